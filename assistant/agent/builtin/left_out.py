"""Finds out that a sentence leaves out what it names, as in "show everything but Berlin", which no tool here can do."""

import re
from collections.abc import Sequence

from assistant.agent.builtin.entities import mentions
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

NOT_WITHOUT = Reply(
    'I cannot leave something out of what is meant: name the groups or the pictures, as in "show 1 and 2".'
)
"""The answer, since the opposite of what was meant would be worse than none."""
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|other than|apart from|besides|but not"
    r"|(?:all|everything|everyone|anything|those|each|every one) but|(?:are|is|were|was)(?: not|n't))\b",
    re.IGNORECASE,
)
"""Matches what says that the words behind it are left out."""
_OF_THOSE_MEANT = frozenset(
    {"show", "count", "merge_clusters", "move_images", "export_clusters", "lock_group"}
)
"""The tools that are about the groups or images that are named, all of them and no others."""


def leaves_out(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> bool:
    """Return whether calls are about the groups or images that a text leaves out: "how many are not in Berlin?"."""
    match = _EXCEPT.search(text)
    if match is None or not {call.tool for call in calls} <= _OF_THOSE_MEANT:
        return False
    left_out = mentions(text[match.end() :], dialogue.names)
    moves = any(call.tool == "move_images" for call in calls)
    # "#12 is not happy, it goes to sad" names where it was and where it is to be.
    named = [] if moves else left_out.groups
    given = [value for call in calls for value in call.arguments.values()]
    meant = {
        str(each).casefold() for value in given for each in (value if isinstance(value, list) else [value])
    }
    return not meant.isdisjoint(name.casefold() for name in (*named, *left_out.images))
