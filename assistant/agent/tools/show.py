"""Show the groups, one group, or one of the piles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from assistant.agent import wording
from assistant.agent.builtin.lexicon import IMAGE_FILE
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.meeting_conditions import meets
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import (
    Conditions,
    DialogueContext,
    Effect,
    GroupName,
    Name,
    Result,
    Slots,
    Tool,
)
from assistant.desk.references import find_criterion
from tools.errors import UsageError
from tools.names import amount, name_key, quoted
from tools.settle.by_value import is_from_files

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering.clustering import Clustering


class ShowArguments(Conditions):
    """Names the grouping to show, one of its groups, and what else must hold; all may be left out."""

    clustering: Name | None = Field(
        None, description="Which grouping, by its criterion; left out, the current."
    )
    cluster: GroupName | None = Field(
        None,
        description='A group to look into, or "unsorted", "unreadable", "duplicates"; left out, all groups.',
    )
    # Only the built-in brain says it: a model would have to read what that is for with every request.
    first: SkipJsonSchema[Literal["oldest", "newest"] | None] = None


class Show(Tool[ShowArguments]):
    """Show the groups of a grouping with names, sizes and confidence, or the images in one group. Changes
    nothing; a grouping that is named is the current one from then on."""

    effect = Effect.READ
    arguments = ShowArguments

    def run(self, context: Context, arguments: ShowArguments) -> Result:
        desk = context.desk
        pile = (arguments.cluster or "").casefold()
        named = desk.clusterings.get(arguments.clustering).clusters if desk.clusterings.all() else ()
        if any(name_key(pile) == name_key(c.name) for c in named):
            pile = ""  # a group of that name comes first
        if pile in ("unreadable", "duplicates"):
            return wording.left_out(desk.collection, pile), {}
        if arguments.first is not None:
            return _by_time(context, arguments, arguments.first)
        several = bool(arguments.also or arguments.but)
        if (several or pile != "doubtful") and (
            met := meets(context, arguments.cluster, arguments)
        ) is not None:
            listed = met.images[: wording.MOST_IMAGES]
            text = wording.listed_images(desk.collection, met.images, met.words, context.shows_pictures)
            return text, met.ids | {"listed": _numbers(desk, listed)}
        if not desk.clusterings.all():
            raise UsageError('nothing is grouped yet; say for example "group by emotion"')
        shown = desk.clusterings.get(arguments.clustering)
        ids: dict[str, Any] = {"clustering": shown.id}
        if arguments.cluster is None:
            others = [quoted(c.criterion) for c in desk.clusterings.all() if c.id != shown.id]
            also = f"\nAlso grouped by {', '.join(others)}." if others else ""
            return wording.grouping(shown) + also, ids
        if pile == "doubtful":
            least = [shown.images[i] for i in wording.least_sure(shown)]
            return wording.doubtful(shown, desk.collection), ids | {"listed": _numbers(desk, least)}
        if arguments.cluster.casefold() == "unsorted":
            text = wording.members(shown, desk.collection, shown.unsorted(), "Unsorted")
            unread = len(desk.collection.unreadable)
            if unread:
                shows = "shows" if unread == 1 else "show"
                text += f"\nBesides, {amount(unread, 'file')} could not be read or {shows} nothing"
                text += ': say "show unreadable".'
            return text, ids
        if (image := _file_called(desk, arguments.cluster, shown)) is not None:
            text = desk.explaining.image(image, shown.id, context.progress)
            return text, ids | {"image": image, FROM_FILES: is_from_files(shown)}
        cluster = desk.clusterings.find_cluster(arguments.cluster, arguments.clustering)
        if away := desk.exports.moved_away():
            return f"{quoted(cluster.name)} has no image here now. {away}", ids | {"cluster": cluster.id}
        listing = wording.member_numbers if context.shows_pictures else wording.members
        text = listing(shown, desk.collection, shown.members(cluster.id), quoted(cluster.name))
        first = shown.members(cluster.id)[: wording.MOST_IMAGES]
        return text, ids | {"cluster": cluster.id, "listed": _numbers(desk, first)}

    def grouping_named(self, arguments: ShowArguments) -> str | None:
        return arguments.clustering

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form in ("back", "grouping"):
            made = find_criterion(str(slots.values["clustering"]), slots.dialogue.criteria)
            return None if made is None else [Call(self.name, {"clustering": made})]
        if slots.form in ("by_time", "all_by_time", "group_by_time"):
            last = _shown_last(slots.dialogue) if slots.form == "by_time" else {}
            said = {key: slots.values[key] for key in ("cluster", "first") if key in slots.values}
            return [Call(self.name, last | said)]
        if slots.form == "without":
            group = str(slots.values["group"])
            return [Call(self.name, {"but": [group]})] if slots.dialogue.has(group) else None
        if slots.form == "only":
            only = slots.values.get("groups") or [str(slots.values["cluster"])]
            if not all(map(slots.dialogue.has, only)):
                return None  # "only by colour"
            return [Call(self.name, {"cluster": name}) for name in only]
        keys = ("cluster", "clustering")
        return [Call(self.name, {key: slots.values[key] for key in keys if slots.values.get(key)})]


def _file_called(desk: "Desk", name: str, shown: "Clustering") -> str | None:
    """Return the image whose file is called so, where no group is; None where it is no name of an image's file.

    Raises:
        tools.errors.UsageError: There is no such file.
    """
    if not IMAGE_FILE.search(name) or any(name_key(c.name) == name_key(name) for c in shown.clusters):
        return None
    return desk.find_images([name])[0]


def _by_time(context: Context, arguments: ShowArguments, first: str) -> Result:
    """Return the images of a group, those that meet conditions, or all, in the order in which they were taken; those of
    which no file says when are last either way."""
    desk = context.desk
    met = meets(context, arguments.cluster, arguments)
    shown = desk.clusterings.current
    images: Sequence[str]
    if met is not None:
        images, words = met.images, met.words
    elif shown is not None and (arguments.cluster or "").casefold() in ("unsorted", "doubtful"):
        words = str(arguments.cluster).casefold()
        images = (
            shown.unsorted() if words == "unsorted" else [shown.images[i] for i in wording.least_sure(shown)]
        )
    elif arguments.cluster is not None:
        cluster = desk.clusterings.find_cluster(arguments.cluster)
        images, words = desk.clusterings.get().members(cluster.id), f"in {quoted(cluster.name)}"
    else:
        images, words = desk.collection.ids, "here"
    known = desk.metadata.all(context.progress)
    ordered = desk.arranging.order(images, "time", progress=context.progress)
    dated = [image for image in ordered if known[image].taken is not None]
    undated = [image for image in ordered if known[image].taken is None]
    if not dated:
        return f"No file says when {'it was' if len(images) == 1 else 'they were'} taken.", {FROM_FILES: True}
    every = [*(dated if first == "oldest" else reversed(dated)), *undated]
    text = wording.listed_images(desk.collection, every, f"{words}, {first} first", context.shows_pictures)
    without = amount(len(undated), "file")
    lost = f"\n{without} {'says' if len(undated) == 1 else 'say'} no date: last." if undated else ""
    ids = {"clustering": shown.id} if shown is not None else {}
    return text + lost, ids | {"listed": _numbers(desk, every[: wording.MOST_IMAGES]), FROM_FILES: True}


def _shown_last(dialogue: DialogueContext) -> dict[str, Any]:
    """Return what was shown just before, as arguments: a group, or what conditions hold for; {} for all groups."""
    last = dialogue.last
    if last is None or last.tool != "show":
        return {}
    return {key: value for key, value in last.arguments.items() if key in ("cluster", "also", "but")}


def _numbers(desk: "Desk", images: Sequence[str]) -> list[str]:
    """Return images as they are named in a conversation: #3, #14."""
    return [f"#{desk.collection.number(image)}" for image in images]
