"""Asks a question with a few answers to choose from."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

K = TypeVar("K", bound=str)


class ChoiceScreen(ModalScreen[K | None], Generic[K]):
    """Lets the user choose one of several answers. The result is the key of the answer, or None after escape.

    Args:
        question: The question; foreign text in it must have been made visible.
        choices: The answers, each as (key, text).
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, question: str, choices: Sequence[tuple[K, Content]]) -> None:
        super().__init__()
        self._question, self._choices = question, list(choices)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="question", markup=False)
            yield OptionList(*(Option(label) for _, label in self._choices), compact=True, markup=False)
            yield Static("enter chooses, escape goes back", classes="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the answer under the cursor."""
        self.dismiss(self._choices[event.option_index][0])
