"""Compares the groups that a call speaks of with those that there are."""

import re
from typing import Any

from assistant.agent.builtin.lexicon import is_quoted
from assistant.agent.builtin.named_here import short_forms
from assistant.agent.builtin.slots import CONTEXT
from assistant.agent.builtin.templates import Match
from assistant.agent.calls import Call, Understood
from assistant.agent.tools.base import DialogueContext
from assistant.desk.references import BY_SIZE
from tools.singular import in_singular


def as_named(call: Call, dialogue: DialogueContext) -> Call:
    """Return the call with groups named as they are: "the apples" are the group "apple"."""
    names = short_forms(dialogue) | {form: name for name in dialogue.names for form in _forms(name)}

    def named(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        by_size, _, kind = value.casefold().partition(" ")
        if by_size in BY_SIZE and kind and dialogue.criteria and in_singular(kind) == dialogue.criteria[0]:
            return by_size  # "the biggest event"
        return names.get(value.casefold(), value)

    keys = (*GROUPS, *_TWO) if call.tool == "swap_names" else GROUPS
    arguments = {
        key: [named(v) for v in value] if key == "clusters" else named(value) if key in keys else value
        for key, value in call.arguments.items()
    }
    return Call(call.tool, arguments)


GROUPS = ("cluster", "clusters", "out_of", "to", "within")
"""The arguments that name groups."""
_TWO = ("first", "second")
"""The arguments that name groups where two are given each other's name; elsewhere they name groupings."""


def _forms(name: str) -> tuple[str, ...]:
    """Return the forms of a name for one and for many, in lower case; the name itself is last, so that it
    comes first."""
    plain_name = name.casefold()
    return f"{plain_name}es", f"{plain_name}s", plain_name.removesuffix("s"), plain_name


def are_there(call: Call, dialogue: DialogueContext) -> bool:
    """Return whether the groups that a call is about are there: if not, something else may be meant."""
    if not dialogue.informed:
        return True
    keys = ("cluster", "within", *(_TWO if call.tool == "swap_names" else ()))
    named = [*(call.arguments.get(key) for key in keys), *call.arguments.get("clusters", [])]
    here = {name.casefold() for name in dialogue.names} | {"unsorted", "unreadable", "duplicates", "doubtful"}
    here |= BY_SIZE.keys() if dialogue.current else set()
    named = [re.sub(r"^\d{1,3}(?:st|nd|rd|th) ", "", name) for name in named if name]  # "2nd biggest"
    return all(re.fullmatch(r"c?\d+", n, re.I) or n.casefold() in here or is_quoted(n) for n in named)


def groups_spoken_of(understood: Understood, match: Match, dialogue: DialogueContext) -> int:
    """Return how many existing groups a call is about, less those in words that the template passes over."""
    here = {name.casefold() for name in dialogue.names}
    if not here:
        return 0
    meant = 0
    for call in understood if isinstance(understood, list) else []:
        keys = ("cluster", "to", "within", *(_TWO if call.tool == "swap_names" else ()))
        named = [*(call.arguments.get(key) for key in keys), *call.arguments.get("clusters", [])]
        meant += sum(str(name).casefold() in here for name in named if name)
    passed = [text.casefold() for slot, text in match.slots.items() if slot in CONTEXT]
    return meant - sum(
        re.search(rf"\b{re.escape(name)}\b", text) is not None for name in here for text in passed
    )
