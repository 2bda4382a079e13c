"""Give a group another name."""

import re

from pydantic import Field

from assistant.agent.builtin.lexicon import ATTRIBUTES
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import (
    Arguments,
    DialogueContext,
    Effect,
    GroupName,
    Name,
    Result,
    Slots,
    Tool,
)
from tools.clustering.clustering import Cluster
from tools.names import name_key, quoted

_NO_NAME = re.compile(r"(?:no|nope|nah|not|sorry|wait|oops|rather|actually|please)\W*", re.IGNORECASE)
"""Matches words that deny, which are a name only where they are quoted."""


_AFTER = re.compile(r"(?:after|by|like|according to) (?:the|their|its|each) (?P<what>[\w -]+)", re.IGNORECASE)
"""Matches what says how groups are to be called: "after the camera"."""


class RenameClusterArguments(Arguments):
    """Names the group, and gives its new name."""

    cluster: GroupName
    name: Name = Field(description="The new name.")


class RenameCluster(Tool[RenameClusterArguments]):
    """Give one group of the current grouping another name."""

    effect = Effect.EDIT
    arguments = RenameClusterArguments

    def run(self, context: Context, arguments: RenameClusterArguments) -> Result:
        desk = context.desk
        chosen = desk.clusterings.find_cluster(arguments.cluster)
        for other in desk.clusterings.get().clusters:
            if other.id != chosen.id and name_key(other.name) == name_key(arguments.name):
                return _merge_instead(chosen, other)
        return context.changed(desk.editing.rename(chosen.id, arguments.name))

    def offer(self, context: Context, arguments: RenameClusterArguments) -> str:
        return f"rename {quoted(context.group_name(arguments.cluster))} to {quoted(arguments.name)}"

    def read_instead(self, arguments: RenameClusterArguments) -> Call:
        return Call("describe_group", {"cluster": arguments.cluster})

    def understand(self, slots: Slots) -> Understood | None:
        cluster, name = slots.values.get("naming") or (slots.values.get("group"), slots.values.get("name"))
        if not cluster or not name or cluster.casefold() == name.casefold():  # "call it that" names nothing
            return None
        if _NO_NAME.fullmatch(name):
            return None  # "no, not Tokyo"
        after = _AFTER.fullmatch(name.removeprefix(f"{cluster} "))
        what = after["what"] if after else ""
        if what and what.split()[-1].casefold() in ATTRIBUTES:  # not "by the sea"
            return Reply(
                f'Groups are called after the {what} once they are made by it. Say "group by {what}".',
                asks=True,
            )
        return _several(cluster, name, slots.dialogue, "naming" in slots.values) or [
            Call(self.name, {"cluster": cluster, "name": name})
        ]


def _several(cluster: str, name: str, dialogue: DialogueContext, called: bool) -> list[Call]:
    """Return the calls that rename several groups, where what should be a name goes on with others and theirs: "canine,
    cat feline and bird avian"; none where it is one name, as "purse and hat box" may be."""
    first, *others = re.split(r",? and |, ", name)
    pairs = [(cluster, first)]
    for other in others:
        group, to, new = re.split(
            r" (?:(to|into|as|becomes) )?", f"{other.removeprefix('the ')} ", maxsplit=1
        )
        new = new.strip()
        known = group.isdecimal() or group.casefold() in map(str.casefold, dialogue.names)
        whole = called and known  # not "purse and hat box"
        if not new or not dialogue.has(group) or not (to or whole or len(others) > 1):
            return []
        pairs.append((group, new))
    return [Call(RenameCluster.name, {"cluster": g, "name": n}) for g, n in pairs] if others else []


def _merge_instead(group: Cluster, there: Cluster) -> Result:
    """Return the question whether a group is to become part of the one that has its new name already."""
    text = (
        f"There is a group {quoted(there.name)} already. Shall I merge {quoted(group.name)} into it? Say yes, or "
        "choose another name. Nothing was changed."
    )
    merge = {"clusters": [group.id, there.id], "name": there.name}
    return text, {"yes": {"tool": "merge_clusters", "arguments": merge}}
