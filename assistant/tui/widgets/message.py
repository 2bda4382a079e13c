"""One turn of the conversation: what the user said, what the assistant said, or a note of the app's."""

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from assistant.tui.text import foreign_lines

Role = Literal["user", "assistant", "note", "error"]
_MARKS: dict[Role, str] = {"user": "›", "assistant": "●", "note": "·", "error": "!"}


class Message(Horizontal):
    """A mark and a text that may still grow. The text is never markup."""

    def __init__(self, role: Role, text: str = "") -> None:
        super().__init__(classes=f"message {role}")
        self._role = role
        self._text = text
        self._state = ""

    def compose(self) -> ComposeResult:
        yield Static(Content(_MARKS[self._role]), classes="mark")
        yield Static(self._shown(), classes="text", markup=False)

    @property
    def text(self) -> str:
        """All that was said so far."""
        return self._text

    def set_text(self, text: str) -> None:
        """Replace the text, as it streams in."""
        self._text = text
        self._paint()

    @property
    def state(self) -> str:
        """What stands behind the text in brackets: "waiting", "not sent" or nothing."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self.set_class(bool(state), "-unsent")
        self._paint()

    def _shown(self) -> Content:
        shown = foreign_lines(self._text)
        return Content.assemble(shown, f" ({self._state})") if self._state else shown

    def _paint(self) -> None:
        for static in self.query(".text").results(Static):
            static.update(self._shown())
