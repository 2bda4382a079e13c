"""What is asked once before it is done: a name that is close to one that there is, or that nothing has yet."""

import re
from typing import Any

from tools.names import quoted


class Confirmations:
    """What a person was asked about, and whether they have spoken since.

    Where nobody speaks, as in a script of calls, nothing is asked.
    """

    def __init__(self) -> None:
        self._said, self._turn = "", 0
        self._asked: dict[tuple[str, str], int] = {}

    def heard(self, said: str, turn: int) -> None:
        """What the person said last, and how often they spoke so far."""
        self._said, self._turn = said, turn

    def first(self, tool: str, name: str) -> bool:
        """Whether this is to be asked now: not where it was, and the person has said it again or agreed."""
        if not self._said:
            return False
        key = tool, name.casefold()
        asked = self._asked.get(key)
        if asked is not None and asked != self._turn:
            del self._asked[key]
            return False
        self._asked[key] = self._turn
        return True

    @property
    def new(self) -> bool:
        """Whether the person said that something is new."""
        return re.search(r"\bnew\b", self._said, re.IGNORECASE) is not None


def criterion(near: str, typed: str, groups: int | None) -> tuple[str, dict[str, Any]]:
    """The question about a criterion that is close to a known one."""
    told = f"Did you mean {quoted(near)}? Nothing is grouped yet. Say yes, or {quoted(f'group by {typed}')} once more."
    more = {} if groups is None else {"groups": groups}
    return told, {"yes": {"tool": "group_by", "arguments": {"criterion": near} | more}}


def group(to: str, near: str | None, images: list[str], names: list[str]) -> tuple[str, dict[str, Any]]:
    """The question about a group that there is not."""
    there = ", ".join(f"{number} {quoted(name)}" for number, name in enumerate(names[:12], 1))
    if near is not None:
        asks = f"did you mean {quoted(near)}? Say yes, or say it once more to make a new group."
    else:
        asks = f"shall I make it? Say yes, or name another: {there}."
    told = f"There is no group {quoted(to)}: {asks} Nothing was moved yet."
    arguments = {"images": images, "to": to if near is None else near}
    return told, {"yes": {"tool": "move_images", "arguments": arguments}}
