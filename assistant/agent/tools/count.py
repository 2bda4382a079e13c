"""Count the groups, or the images in one of them."""

from typing import Literal

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.meeting_conditions import meets
from assistant.agent.tools.base import Conditions, Effect, GroupName, Name, Result, Slots, Tool
from assistant.desk.references import find_criterion
from tools.metadata.metadata_criteria import named_criterion
from tools.names import amount, quoted


class CountArguments(Conditions):
    """Names the group whose images are counted, and what else must hold for them."""

    cluster: GroupName | None = Field(
        None, description='A group, "unsorted", "biggest" or "smallest"; left out, all groups.'
    )
    clustering: Name | None = Field(
        None, description="Which grouping, by its criterion; left out, the current."
    )
    what: Literal["groups", "images"] = Field(
        "groups", description="What is counted where no group is named: the groups, or all images."
    )


class Count(Tool[CountArguments]):
    """Say how many groups there are, or how many images are in one of them."""

    effect = Effect.READ
    arguments = CountArguments
    needs_groups = False

    def run(self, context: Context, arguments: CountArguments) -> Result:
        if (met := meets(context, arguments.cluster, arguments)) is not None:
            verb = "is" if len(met.images) == 1 else "are"
            text = f"{amount(len(met.images), 'image')} of {len(context.desk.collection)} {verb} {met.words}."
            return text, met.ids
        if arguments.cluster is None and arguments.what == "images":
            return _all_images(context)
        clustering = context.desk.clusterings.get()
        ids = {"clustering": clustering.id}
        if arguments.cluster is None:
            groups = f"{amount(len(clustering.clusters), 'group')} by {quoted(clustering.criterion)}"
            unsorted = len(clustering.unsorted())
            left = f", and {amount(unsorted, 'image')} unsorted" if unsorted else ""
            return f"{groups}{left}.", ids
        if arguments.cluster.casefold() == "unsorted":
            place, images = "the unsorted pile", len(clustering.unsorted())
        else:
            cluster = context.desk.clusterings.find_cluster(arguments.cluster)
            place, images = quoted(cluster.name), clustering.size(cluster.id)
        verb = "is" if images == 1 else "are"
        return f"{amount(images, 'image')} of {len(clustering.images)} {verb} in {place}.", ids

    def grouping_named(self, arguments: CountArguments) -> str | None:
        return arguments.clustering

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "two":
            return [
                Call(self.name, {"cluster": slots.values[key]}) for key in ("first_group", "second_group")
            ]
        kind = str(slots.values.get("clustering" if slots.form in ("per", "extreme") else "cluster", ""))
        if slots.form == "kinds":
            return self._of_kind(slots) or _values_seen(kind, slots)
        if slots.form == "per":
            return _for_each(kind, slots)
        if slots.form != "extreme":
            return self._of_kind(slots) or _values_seen(kind, slots) or super().understand(slots)
        by_size = {"cluster": slots.values["cluster"]}
        made = find_criterion(kind, slots.dialogue.criteria) if kind else None
        if not kind or (made is not None and made == slots.dialogue.criteria[0]):
            return [Call(self.name, by_size)]
        if made is not None:
            return [Call(self.name, by_size | {"clustering": made})]
        return _told_by_files(kind) or _values_seen(kind, slots)

    def _of_kind(self, slots: Slots) -> Understood | None:
        """Return the calls that count the groups of the grouping that is named: "how many cities are there"."""
        kind = str(slots.values.get("cluster", ""))
        made = (
            find_criterion(kind, slots.dialogue.criteria) if kind and not slots.dialogue.has(kind) else None
        )
        if made is None:
            return None
        here = made == slots.dialogue.criteria[0]
        return [Call(self.name, {} if here else {"clustering": made})]


def _for_each(kind: str, slots: Slots) -> Understood | None:
    """Return the call that tells how many images there are for each value: "how many per city"; None where nobody can
    tell."""
    if (made := find_criterion(kind, slots.dialogue.criteria)) is not None:
        return [Call("show", {} if made == slots.dialogue.criteria[0] else {"clustering": made})]
    return _told_by_files(kind) or _values_seen(kind, slots)


def _told_by_files(kind: str) -> Understood | None:
    """Return the call that counts what files say of something; None where they say nothing of the kind."""
    named = named_criterion(kind)
    return [Call("show_metadata", {"counted": named.name})] if named is not None else None


def _values_seen(kind: str, slots: Slots) -> Understood | None:
    """Return the call that tells what is seen of something that nothing is grouped by: "how many colours are there";
    None where that is no criterion here."""
    if not kind or slots.dialogue.has(kind) or not slots.dialogue.informed:
        return None
    if (made := find_criterion(kind, slots.dialogue.sees)) is None:
        return None
    return [Call("describe_images", {"question": made})]


def _all_images(context: Context) -> Result:
    """Return how many images there are, how many of them are in groups, and what was left out."""
    desk, collection = context.desk, context.desk.collection
    lines = [f"{amount(len(collection), 'image')} in {quoted(collection.folder.name)}."]
    current, ids = desk.clusterings.current, {}
    if current is not None:
        unsorted = len(current.unsorted())
        left = f", {unsorted:,} unsorted" if unsorted else ""
        groups = amount(len(current.clusters), "group")
        placed = len(collection) - unsorted
        are = "It is" if placed == len(collection) == 1 else f"{placed:,} {'is' if placed == 1 else 'are'}"
        lines.append(f"{are} in {groups} by {quoted(current.criterion)}{left}.")
        ids = {"clustering": current.id}
    if away := desk.exports.moved_away():
        lines.append(away)
    if collection.duplicates:
        lines.append(f"{amount(len(collection.duplicates), 'file')} more with the very same picture.")
    if collection.unreadable:
        lines.append(f"{amount(len(collection.unreadable), 'file')} could not be read.")
    return " ".join(lines), ids
