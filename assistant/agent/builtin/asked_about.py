"""Answers a question that no sentence of the grammar asks, by what it is about: an image, what was done, or a group.

A question changes nothing, so a rough answer does no harm, and is better than none.
"""

import re
from collections.abc import Sequence

from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.existing_groups import are_there
from assistant.agent.builtin.not_understood import topic_of
from assistant.agent.calls import Call, Understood
from assistant.agent.left_out import changing
from assistant.agent.tools.base import DialogueContext

_STEP = re.compile(
    r"\b(?:undo(?:ne|ing)?|undid|redo(?:ne|ing)?|redid|done|steps?|merg(?:e[ds]?|ing)|renam(?:e[ds]?|ing)"
    r"|mov(?:e[ds]?|ing)|chang(?:e[ds]?|ing)|tun(?:e[ds]?|ing)|cross(?:ed|ing)|join(?:ed|ing)|link(?:ed|ing)"
    r"|export(?:s|ed|ing)?|(?:un)?lock(?:ed|ing)|group(?:ed|ing|ings)|sort(?:ed|ing)|answer(?:s|ed)|split(?:s|ting)?"
    r"|corrections?|said|told|called)\b",
    re.IGNORECASE,
)
"""Matches what a person or the program does, in any form; a group, a sort or a lock may be a thing that is there."""
_BEFORE = re.compile(
    r"\b(?:did|was|were|been|has|have|had|already|before|ago|so far|still|last|yet|back|since|lose|lost|too late"
    r"|how often|how many|somebody|someone|anybody|anyone|hasn't|haven't|wasn't|weren't|didn't|current)\b",
    re.IGNORECASE,
)
"""Matches what looks back."""
_MOST = 3
"""The most images or groups that are told of."""
_OPENS = re.compile(
    r"(?:what|which|who|whose|when|where|why|how|is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|shall"
    r"|may|might|must)(?:n't| not)?",
    re.IGNORECASE,
)
"""Matches the first word of a question."""


def answer_by_what_it_is_about(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the calls of tools that read and tell of what a question is about; none where nothing here is."""
    named = mentions(text, dialogue.names[: dialogue.current])
    if named.images:
        return [Call("explain", {"image": image}) for image in dict.fromkeys(named.images[:_MOST])]
    if _STEP.search(text) and _BEFORE.search(text):
        return [Call("history", {})]
    if dialogue.names and named.groups:
        return [Call("describe_group", {"cluster": group}) for group in dict.fromkeys(named.groups[:_MOST])]
    topic = topic_of(text)
    return [Call("help", {"topic": topic})] if topic else []


def has_swallowed(text: str, understood: Understood, dialogue: DialogueContext) -> bool:
    """Return whether a question was read as a change of something that is none: a part of the question itself, as a
    group called "what happens to them", or groups that are not here."""
    if not isinstance(understood, list) or not all(call.tool in changing() for call in understood):
        return False
    first = text.split()[:1]
    opener = first[0].casefold() if first and _OPENS.fullmatch(first[0]) else ""
    return any(
        not are_there(call, dialogue) or (opener and any(_begins(value, opener) for value in _texts(call)))
        for call in understood
    )


def _texts(call: Call) -> Sequence[str]:
    values = call.arguments.values()
    return [str(each) for value in values for each in (value if isinstance(value, list) else [value])]


def _begins(value: str, word: str) -> bool:
    return [first.casefold() for first in value.split()[:1]] == [word]
