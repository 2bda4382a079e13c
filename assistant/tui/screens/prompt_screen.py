"""A question with one line as the answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class PromptScreen(ModalScreen[str | None]):
    """Ask for one line. The result is the line without outer spaces, or None after escape.

    Args:
        question: What is asked; foreign text in it must have been made visible.
        value: What stands in the line at first.
        hint: A quiet line below.
        begun: Whether the value is what the user has begun to type: then it is gone on with, else typing replaces it.
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
        """Take what is typed before the line is there."""
        if self._begun and event.is_printable and not self.query(Input):
            self._value += event.character or ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the answer, unless it is empty."""
        if event.value.strip():
            self.dismiss(event.value.strip())
