"""Remembers which turns changed something, so that the last one can be taken back as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.workspace import Shelf

NOTHING = ""
"""What takes back a turn that changed nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Holds the numbers of the last event in force before a turn and after it; 0 where there was none."""

    before: int
    after: int


class TurnsTaken:
    """Keeps the turns of this run of the app, the newest last.

    Args:
        shelf: Returns the shelf whose journal says what was done.
    """

    def __init__(self, shelf: "Callable[[], Shelf]") -> None:
        self._shelf = shelf
        self._turns: list[Taken] = []

    def now(self) -> int:
        """Return the number of the last event in force."""
        event = self._shelf().next_undo()
        return 0 if event is None else event.number

    def add(self, before: int) -> None:
        """Note a turn that has ended, and began when `before` was the last event in force."""
        self._turns.append(Taken(before, self.now()))

    def back(self) -> str:
        """Forget the last turn, and return the sentence that takes it back; `NOTHING` where it changed nothing.

        What was done by keys since is taken back first, step by step, and a turn that undid something is done again.
        """
        now = self.now()
        if not self._turns or now > max(self._turns[-1].after, self._turns[-1].before):
            return "undo"
        turn = self._turns.pop()
        if turn.after < turn.before:
            return "redo" if now == turn.after else NOTHING
        steps = sum(event.number > turn.before for event in self._shelf().done())
        return NOTHING if not steps else "undo" if steps == 1 else f"undo {steps} times"
