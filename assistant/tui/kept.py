"""The lines that edits by key leave in the conversation, kept so that they stand there again on reopening."""

from typing import TYPE_CHECKING

from assistant.chat.conversations import FIRST
from assistant.tui.widgets.conversation import KEPT

if TYPE_CHECKING:
    from assistant.desk import Desk

_KEY = "lines"


class Kept:
    """Lines with the number of turns that the session had when each was left.

    Args:
        desk: The open desk, in whose shelf the lines lie.
        thread: The conversation that they belong to.
    """

    def __init__(self, desk: "Desk", thread: str = FIRST) -> None:
        self._shelf = desk.shelf
        self._key = _KEY if thread == FIRST else f"{_KEY}:{thread}"
        self._lines: list[tuple[int, str]] = [(n, line) for n, line in self._shelf.noted(self._key, [])][
            -KEPT:
        ]

    def add(self, turns: int, line: str) -> None:
        """Keep a line that was left after so many turns. Blocks on the disk."""
        self._lines = [*self._lines, (turns, line)][-KEPT:]
        self._shelf.note(self._key, self._lines)

    def after(self, start: int, end: int | None = None) -> list[str]:
        """The lines that were left after at least `start` and fewer than `end` turns, oldest first."""
        return [line for turns, line in self._lines if start <= turns and (end is None or turns < end)]
