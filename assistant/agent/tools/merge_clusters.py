"""Make one group out of several."""

import re

from pydantic import Field

from assistant.agent.builtin.lexicon import group
from assistant.agent.builtin.values_listed import named_value
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Name, Result, Slots, Tool
from assistant.agent.wording import enumerated
from tools.names import quoted

MOST = 1000
"""The most groups that one call merges."""


class MergeClustersArguments(Arguments):
    """Names the groups, and gives the name of the merged group."""

    clusters: list[GroupName] = Field(min_length=2, max_length=MOST)
    name: Name | None = Field(
        None, description="The name of the merged group; left out, that of the largest."
    )


class MergeClusters(Tool[MergeClustersArguments]):
    """Make one group out of two or more groups of the current grouping."""

    effect = Effect.EDIT
    arguments = MergeClustersArguments

    def run(self, context: Context, arguments: MergeClustersArguments) -> Result:
        chosen = {context.desk.clusterings.find_cluster(cluster).id for cluster in arguments.clusters}
        clustering = context.desk.editing.merge(arguments.clusters, arguments.name)
        text, ids = context.changed(clustering)
        kept = next((cluster for cluster in clustering.clusters if cluster.id in chosen), None)
        if kept is not None:
            ids["made"] = [kept.name]
        if arguments.name is None and kept is not None:
            text += f"\nThey are {quoted(kept.name)} now, as the largest of them was called."
        return text, ids

    def offer(self, context: Context, arguments: MergeClustersArguments) -> str:
        named = f" as {quoted(arguments.name)}" if arguments.name else ""
        clusters = [context.group_name(cluster) for cluster in arguments.clusters]
        return f"merge {enumerated(clusters)}{named}"

    def read_instead(self, arguments: MergeClustersArguments) -> Call:
        return Call("describe_group", {"cluster": arguments.clusters[0]})

    def understand(self, slots: Slots) -> Understood | None:
        clusters, name = list(slots.values.get("groups") or ()), slots.values.get("name")
        if "list" in slots.values:  # "fold gloomy into sad": sad is a group that is there
            clusters, into = list(slots.values["list"]), group(name or "")
            if len(clusters) == 1:
                clusters, name = [*clusters, into], None if re.fullmatch(r"c?\d+", into, re.I) else into
        if slots.form == "by_size":
            by = str(slots.values["by_size"])
            clusters = [
                by,
                *(
                    f"{place}{_ending(place)} {by}"
                    for place in range(2, min(slots.values["number"], MOST) + 1)
                ),
            ]
        if slots.form == "into":
            into = slots.values["into"]
            clusters, name = [slots.values["group"], into], None if into.isdigit() else into
        elif slots.form == "put" and name and slots.dialogue.has(group(name)):
            clusters, name = [*clusters, group(name)], name  # a group that is there takes them in
        if slots.form == "both":  # "handbag and school bag are both bags"
            name = str(slots.values["things"])
            clusters = [*clusters, name] if slots.dialogue.has(name) else clusters
            if named_value(name) is None or not all(map(slots.dialogue.has, clusters)):
                return None
        if len(clusters) < 2 or not all(clusters):
            return None
        return [Call(self.name, {"clusters": clusters} | ({"name": name} if name else {}))]


def _ending(place: int) -> str:
    """Return what makes a place of a number: the "nd" of "2nd"."""
    return "th" if 10 < place % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
