"""A question with a few answers to choose from."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class ChooseScreen(ModalScreen[str | None]):
    """Choose one of several. The result is the key of the choice, or None after escape.

    Args:
        question: What is asked.
        choices: (key, what is shown).
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, question: str, choices: Sequence[tuple[str, Content]]) -> None:
        super().__init__()
        self._question, self._choices = question, list(choices)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="question", markup=False)
            yield OptionList(*(Option(shown) for _, shown in self._choices), compact=True, markup=False)
            yield Static("enter chooses, escape goes back", classes="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The choice."""
        self.dismiss(self._choices[event.option_index][0])
