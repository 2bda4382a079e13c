"""Shows one message in the transcript: by the user, by the assistant, or a note of the app."""

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from assistant.text.formatting import shortened
from assistant.tui.styled_text import foreign_lines, hanging

Role = Literal["user", "assistant", "note", "error"]
_MARKS: dict[Role, str] = {"user": "›", "assistant": "●", "note": "·", "error": "!"}
PAINT_SECONDS = 0.05
"""The fewest seconds between two paints of a streaming text: a fast model would keep the screen busy."""


class Message(Horizontal):
    """Shows a mark and a text that may still grow. The text is never markup."""

    def __init__(self, role: Role, text: str = "") -> None:
        super().__init__(classes=f"message {role}")
        self._role = role
        self._text = text
        self._state = ""
        self._width = 0  # of the text in cells; 0 before the first layout
        self._soon: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(Content(_MARKS[self._role]), classes="mark")
        yield Static(self._shown(), classes="text", markup=False)

    @property
    def text(self) -> str:
        """Return the text so far."""
        return self._text

    def set_text(self, text: str) -> None:
        """Replace the text while it streams in."""
        self._text = text
        if self._soon is None and self.is_attached:
            self._soon = self.set_timer(PAINT_SECONDS, self.paint)

    @property
    def state(self) -> str:
        """Return the state in brackets after the text: "waiting", "not sent" or "" for none."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self.set_class(bool(state), "-unsent")
        self.paint()

    def on_resize(self) -> None:
        """Break the lines anew where the width has changed."""
        if self._width != self.query_one(".text").content_size.width:
            self.paint()

    def _shown(self) -> Content:
        shown = foreign_lines(shortened(self._text))
        shown = Content.assemble(shown, f" ({self._state})") if self._state else shown
        return hanging(shown, self._width) if self._width else shown

    def paint(self) -> None:
        """Show the text as it is now. While it streams in that is done now and then, not for every piece."""
        self._soon = None
        for static in self.query(".text").results(Static):
            self._width = static.content_size.width
            static.update(self._shown())
