"""Names the two results of reading a sentence: calls of tools, or a reply in words."""

from dataclasses import dataclass, field
from typing import Any

NOTHING_DONE = "nothing_done"
"""The key of a tool's artifact that says that it did nothing of what was asked for, and said why."""

ASIDE = "aside"
"""The key of a tool's artifact that says that its approval waits on, while a question is answered."""


@dataclass(frozen=True, slots=True)
class Call:
    """Names a tool to call, and the arguments to call it with."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers in words, where there is nothing to call.

    Attributes:
        text: The answer.
        examples: The sentences quoted in it, all of which are understood.
        asks: Whether it asks for something that the request left out.
        lost: Whether nothing was understood.
        undone: Whether nothing was done of a request that asks for something, although it was understood.
        courtesy: Whether it only returns a courtesy, which may accompany a request.
    """

    text: str
    examples: tuple[str, ...] = ()
    asks: bool = False
    lost: bool = False
    undone: bool = False
    courtesy: bool = False


Understood = list[Call] | Reply
