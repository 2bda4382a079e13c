"""Reads a line of input, and keeps a history of earlier sentences."""

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Paste
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from assistant.chat.at_names import completed
from assistant.text.commands import Where, slashes
from assistant.text.greeting import SUGGESTION
from assistant.tui.key_bindings import bindings

SUGGESTIONS = (
    SUGGESTION,
    "group by emotion",
    "group by colour",
    "group by ",
    "show the groups",
    "merge ",
    "split ",
    "rename ",
    "ask me",
    "undo",
    "redo",
    "export to ",
    "help",
    *(f"/{command.slash}{' ' if command.argument else ''}" for command in slashes()),
)
MAX_CHARACTERS = 4000
"""The most characters of one sentence; longer pasted text is cut off, with a notice to the user."""


class InputLine(Input):
    """Takes one line of input; up and down bring earlier sentences back.

    Attributes:
        names: The groups and files that can be named after an "@", each with what a sentence says in its place.
    """

    place: ClassVar[Where] = "input"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    class Sent(Message):
        """Tells that the user pressed enter on a sentence."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cut(Message):
        """Tells that pasted text was too long, so that its end was cut off."""

    class Left(Message):
        """Tells that the user pressed escape on an empty line."""

    def __init__(self) -> None:
        super().__init__(
            placeholder=SUGGESTION,
            suggester=_Suggestions(self),
            compact=True,
            max_length=MAX_CHARACTERS,
            select_on_focus=False,  # what is typed on the board goes on here
            id="input-line",
        )
        self.names: Mapping[str, str] = {}
        self._history: list[str] = []
        self._at = 0

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the sentence, unless the line is empty."""
        event.stop()
        text = event.value.strip()
        if text:
            self.post_message(self.Sent(text))

    def on_paste(self, event: Paste) -> None:
        """Join pasted text into one line, and cut it where it is too long."""
        event.prevent_default()
        event.stop()
        text, room = " ".join(event.text.split()), MAX_CHARACTERS - len(self.value)
        self.insert_text_at_cursor(text[:room])
        if len(text) > room:
            self.post_message(self.Cut())

    def remember(self, text: str) -> None:
        """Add a sent sentence to the history, and empty the line."""
        if not self._history or self._history[-1] != text:
            self._history.append(text)
        self._at = len(self._history)
        self.value = ""

    def action_clear(self) -> None:
        """Empty the line; on an empty line leave it."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Left())

    def action_older(self) -> None:
        """Bring back the previous sentence."""
        self._step(-1)

    def action_newer(self) -> None:
        """Bring back the next sentence."""
        self._step(1)

    def _step(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._history))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)


class _Suggestions(Suggester):
    """Suggests the end of a common sentence or command, and of a name after an "@"."""

    def __init__(self, line: InputLine) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._line = line

    async def get_suggestion(self, value: str) -> str | None:
        begun = value.casefold()
        sentence = next((each for each in SUGGESTIONS if each.casefold().startswith(begun)), None)
        return sentence if sentence is not None else completed(value, self._line.names)
