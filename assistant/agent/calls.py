"""What a sentence comes to: calls of tools, or a reply in words."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One tool to call, with its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in words, where there is nothing to call.

    Attributes:
        text: The answer.
        examples: Sentences that are named in it, and that are understood.
        asks: Whether it asks for what a request does not say.
        lost: Whether nothing was understood.
        courtesy: Whether it only returns a courtesy, which may stand beside a request.
    """

    text: str
    examples: tuple[str, ...] = ()
    asks: bool = False
    lost: bool = False
    courtesy: bool = False


Understood = list[Call] | Reply
