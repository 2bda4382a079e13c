"""The line in which the user types, with the sentences said before."""

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Paste
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from assistant.text.commands import Where, slashes
from assistant.text.greeting import SUGGESTION
from assistant.tui.keys import bindings

SENTENCES = (
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
LONGEST = 4000
"""Characters of one sentence; what is pasted beyond that is cut off, and that is said."""


class Entry(Input):
    """One line of input; up and down bring earlier sentences back."""

    place: ClassVar[Where] = "input"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    class Said(Message):
        """The user pressed enter on a sentence."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cut(Message):
        """What the user pasted was too long; its end is gone."""

    class Left(Message):
        """The user pressed escape on an empty line."""

    def __init__(self) -> None:
        super().__init__(
            placeholder=SUGGESTION,
            suggester=SuggestFromList(SENTENCES, case_sensitive=False),
            compact=True,
            max_length=LONGEST,
            select_on_focus=False,  # what is typed on the board goes on here
            id="entry",
        )
        self._said: list[str] = []
        self._at = 0

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Say it, unless the line is empty."""
        event.stop()
        text = event.value.strip()
        if text:
            self.post_message(self.Said(text))

    def on_paste(self, event: Paste) -> None:
        """Lines become one line; what is too long is cut."""
        event.prevent_default()
        event.stop()
        text, room = " ".join(event.text.split()), LONGEST - len(self.value)
        self.insert_text_at_cursor(text[:room])
        if len(text) > room:
            self.post_message(self.Cut())

    def accepted(self, text: str) -> None:
        """The sentence was taken: remember it and empty the line."""
        if not self._said or self._said[-1] != text:
            self._said.append(text)
        self._at = len(self._said)
        self.value = ""

    def action_clear(self) -> None:
        """Empty the line; on an empty line leave it."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Left())

    def action_older(self) -> None:
        """The sentence before."""
        self._step(-1)

    def action_newer(self) -> None:
        """The sentence after."""
        self._step(1)

    def _step(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._said))
        self.value = self._said[self._at] if self._at < len(self._said) else ""
        self.cursor_position = len(self.value)
