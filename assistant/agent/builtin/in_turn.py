"""Names the groups of several calls of one request as the calls before leave them."""

from collections.abc import Sequence
from typing import Any

from assistant.agent.builtin.existing_groups import GROUPS
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular

_KEEPS = ("rename_cluster", "merge_clusters", "move_images", "lock_group", "show", "count", "describe_group")
"""The tools after which the other groups are those that were on the screen before."""


def in_turn(calls: Sequence[Call], dialogue: DialogueContext) -> list[Call]:
    """Return the calls of one request, each about the groups that the person saw as they spoke.

    In "merge 1 and 2 and lock 3" the third is the third that is shown, though the merge leaves fewer; in "rename hats
    to caps and merge hats with bags" the hats are called caps by then.
    """
    here = dialogue.names[: dialogue.current or None]
    now: dict[str, str] = {}
    changed: list[Call] = []
    merged: set[str] = set()  # the numbers of groups that went into one whose name is not known yet
    for place, call in enumerate(calls):
        if place and (calls[place - 1].tool not in _KEEPS or merged & _said(call)):
            return [*changed, *calls[place:]]
        call = Call(call.tool, {key: _named(key, value, here, now) for key, value in call.arguments.items()})
        changed.append(call)
        if call.tool == "rename_cluster":
            _note([calls[place].arguments["cluster"]], call.arguments["name"], here, now)
        elif call.tool == "merge_clusters":
            _note(calls[place].arguments["clusters"], call.arguments.get("name"), here, now)
            merged |= set() if call.arguments.get("name") else _said(calls[place])
    return changed


def _said(call: Call) -> set[str]:
    """Return how a call names groups."""
    values = [value for key, value in call.arguments.items() if key in GROUPS]
    return {str(each) for value in values for each in (value if isinstance(value, list) else [value])}


def _note(groups: Sequence[str], name: str | None, here: Sequence[str], now: dict[str, str]) -> None:
    """Note what groups are called by now, and by what names the others go on once there are fewer."""
    gone = {_key(each, here) for each in groups}
    for group in gone & set(map(in_singular, here)) if name else ():
        now[group] = str(name)
    if len(gone) > 1:
        for number, group in enumerate(here, 1):
            if in_singular(group) not in gone or name:
                now[str(number)] = now.get(in_singular(group), group)


def _key(group: str, here: Sequence[str]) -> str:
    """Return the key of a group that is named or numbered."""
    numbered = group.isdecimal() and group not in here and 0 < int(group) <= len(here)
    return in_singular(here[int(group) - 1] if numbered else group)


def _named(key: str, value: Any, here: Sequence[str], now: dict[str, str]) -> Any:
    if key not in GROUPS:
        return value
    if isinstance(value, list):
        return [_named(key, each, here, now) for each in value]
    said = str(value)
    return now.get(said if said.isdecimal() and said not in here else in_singular(said), value)
