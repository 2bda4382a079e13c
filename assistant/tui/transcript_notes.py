"""Keeps the notes that edits by key leave in the transcript, to show them again on reopening."""

from typing import TYPE_CHECKING

from assistant.chat.conversations import FIRST
from assistant.tui.widgets.transcript import MAX_SHOWN

if TYPE_CHECKING:
    from assistant.desk import Desk

_KEY = "lines"


class TranscriptNotes:
    """Keeps the notes of one conversation, each with the number of turns before it. They are read when it is
    constructed.

    Args:
        desk: The open desk, whose shelf keeps the notes.
        thread: The thread of the conversation.
    """

    def __init__(self, desk: "Desk", thread: str = FIRST) -> None:
        self._shelf = desk.shelf
        self._key = _KEY if thread == FIRST else f"{_KEY}:{thread}"
        kept: list[tuple[int, str]] = [(turns, line) for turns, line in self._shelf.noted(self._key, [])]
        self._notes = kept[-MAX_SHOWN:]

    def add(self, turns: int, line: str) -> None:
        """Add a note after this number of turns. Blocks while it is written."""
        self._notes = [*self._notes, (turns, line)][-MAX_SHOWN:]
        self._shelf.note(self._key, self._notes)

    def after(self, start: int, end: int | None = None) -> list[str]:
        """Return the notes after at least `start` and fewer than `end` turns, oldest first."""
        return [line for turns, line in self._notes if start <= turns and (end is None or turns < end)]
