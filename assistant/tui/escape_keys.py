"""Decides what escape does in the conversation: stop the work, leave a part, or, pressed twice, go back a step."""

from collections.abc import Callable
from time import monotonic

from assistant.tui.turn_controller import TurnController
from assistant.tui.widgets.input_line import InputLine

WITHIN = 0.5
"""The seconds within which a second escape goes back a step."""


class EscapeKeys:
    """Keeps when escape was pressed.

    Args:
        turns: The controller of the conversation's turns.
        line: The input line, into which the last sentence comes back.
        tell: Shows a short text in the status line.
    """

    def __init__(self, turns: TurnController, line: InputLine, tell: Callable[[str], None]) -> None:
        self._turns, self._line, self._tell = turns, line, tell
        self._last = -WITHIN

    def pressed(self) -> bool:
        """Note that escape left the input line or the board, and go back a step if it was the second time.

        What the last turn changed is undone by saying so, which asks first where files are concerned; the last sentence
        comes back into the line, to be changed. While work runs or something waits for an answer, nothing is undone.

        Returns:
            Whether it went back.
        """
        now = monotonic()
        if now - self._last > WITHIN:
            self._last = now
            return False
        self._last = -WITHIN
        if self._turns.is_busy or self._turns.approval is not None:
            self._tell("nothing was undone: something is still running, or waits for your answer")
            return True
        if self._turns.can_talk:
            if not self._turns.go_back():
                self._tell("nothing was undone: that had changed nothing")
            self._line.focus()
            self._line.action_older()
        return True
