"""Asks a question with one line as the answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class PromptScreen(ModalScreen[str | None]):
    """Asks a question with one line as the answer. The result is the line without outer spaces, or None after escape.

    Args:
        question: The question; foreign text in it must have been made visible.
        value: The initial text of the line.
        hint: A quiet line below.
        begun: Whether the user has already begun to type `value`: typing then adds to it, else replaces it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(
        self,
        question: str,
        value: str = "",
        hint: str = "enter accepts, escape goes back",
        begun: bool = False,
    ) -> None:
        super().__init__()
        self._question, self._value, self._hint, self._begun = question, value, hint, begun

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="question", markup=False)
            yield Input(self._value, compact=True, select_on_focus=not self._begun)
            yield Static(Content(self._hint), classes="hint", markup=False)

    def on_key(self, event: Key) -> None:
        """Keep the keys that are typed before the line is mounted."""
        if self._begun and event.is_printable and not self.query(Input):
            self.add(event.character or "")

    def add(self, text: str) -> None:
        """Add what was typed before the line had the keys."""
        if lines := self.query(Input):
            lines.first().insert_text_at_cursor(text)
        else:
            self._value += text

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the answer, unless it is empty."""
        if event.value.strip():
            self.dismiss(event.value.strip())
