"""Reads how sure a sentence wants the groups of pictures to be: "the doubtful dogs", "dogs that you are sure about"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.agent.builtin.lexicon import PICTURES
from assistant.agent.builtin.named_here import named_here
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext
from assistant.desk.conditions import DOUBTFUL, SURE

_UNSURE = (
    r"doubtful|dubious|uncertain|unsure|unclear|questionable|borderline|shaky|iffy|least (?:sure|certain)"
    r"|not (?:so |very |quite |really )?(?:sure|certain|clear)|in doubt"
)
_CERTAIN = r"(?:(?:most|very|quite|really) )?(?:sure|certain|confident|clear)|undoubted|surest"
_HOW_SURE = rf"(?:(?P<un>{_UNSURE})|(?P<sure>{_CERTAIN}))"
_BEFORE = re.compile(
    rf"(?P<lead>(?:^|\b(?:the|your|my|all|only|just|any|these|those|show|see|list|count|put|which|what|many|there|of)\s+))"
    rf"{_HOW_SURE}\s+$",
    re.IGNORECASE,
)
"""Matches the words before the name of a group, where the last of them says how sure it is: "the doubtful dogs"."""
_BEHIND = re.compile(
    rf"\s+(?:(?:that|which|who|where|of which|{PICTURES}|ones?)\s+)?"
    rf"(?:you(?:'re| are| were| seem)?|are you|were you|are|is|were)\s+(?:only |just |still |the )?{_HOW_SURE}"
    r"(?:\s+(?:about|of|on|with|in))?\s*$",
    re.IGNORECASE,
)
"""Matches the end of a sentence that says it behind the name: "which dogs are you unsure about"."""
_ABOUT_IT = re.compile(r"\bhow (?:sure|certain|confident|clear)\b|^\s*(?:are|is|am) ", re.IGNORECASE)
"""Matches what asks how sure it is, rather than which pictures are."""
_GATHERS = re.compile(r"\s*(?:put|gather|collect|group|bring|pick|take|pull|set|sort|lump)\b", re.IGNORECASE)
"""Matches the beginning of a sentence that makes a group."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """Holds a sentence without what it says of how sure groups are, the groups that it names, and what it says.

    Attributes:
        rest: The sentence without it.
        groups: The groups that it names.
        condition: What has to hold, in the words of `assistant.desk.conditions`.
        gathers: Whether a group is to be made of these pictures.
    """

    rest: str
    groups: tuple[str, ...]
    condition: str
    gathers: bool

    def held(self, calls: Sequence[Call]) -> list[Call] | None:
        """Return the calls of the rest of the sentence with the condition; None where they cannot have it."""
        alone = bool(re.fullmatch(r"(?:(?:the|my|all|your|which|what) )*[\w' -]+", self.rest.strip(" .!?")))
        looks = [call for call in calls if call.tool in ("show", "count") and call.arguments.get("cluster")]
        if self.gathers and (looks or alone):
            return [Call("pick_out", {"all_of": [*self.groups, self.condition]})]
        if looks and len(looks) == len(calls):
            return [_with(call, self.condition) for call in looks]
        if not calls and alone and len(self.rest.split()) <= _MOST_WORDS:
            first, *others = self.groups
            return [Call("show", {"cluster": first, "also": [*others, self.condition]})]
        return None


_MOST_WORDS = 4
"""The most words of a sentence that is no more than the name of a group."""


def sureness_said(text: str, dialogue: DialogueContext) -> Sureness | None:
    """Return what a sentence that names a group says of how sure its pictures have to be; None where it says nothing of
    that, or a group is called so."""
    if {DOUBTFUL, SURE} & {name.casefold() for name in dialogue.names} or _ABOUT_IT.search(text):
        return None
    here = [named for named in named_here(text, dialogue) if named.is_group]
    if not here:
        return None
    names = tuple(dict.fromkeys(named.name for named in here))
    gathers = _GATHERS.match(text) is not None
    for named in here:
        if match := _BEFORE.search(text[: named.start]):
            rest = f"{text[: match.end('lead')]}{text[named.start :]}"
            return Sureness(rest, names, _condition(match), gathers)
    bare = text.rstrip(" .!?")
    if (match := _BEHIND.search(bare)) and match.start() >= here[0].end:
        return Sureness(bare[: match.start()], names, _condition(match), gathers)
    return None


def _condition(match: re.Match[str]) -> str:
    return DOUBTFUL if match["un"] else SURE


def _with(call: Call, condition: str) -> Call:
    return Call(call.tool, {**call.arguments, "also": [*call.arguments.get("also", ()), condition]})
