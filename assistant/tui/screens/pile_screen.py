"""Shows the files of a pile: unreadable files, duplicates, or images without an answer of a model."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from assistant.tui.styled_text import foreign
from tools.names import amount


class PileScreen(ModalScreen[None]):
    """Lists files, each with the reason why it is in the pile.

    Args:
        title: The name of the pile.
        files: The files, each as (path, reason).
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Back")]

    def __init__(self, title: str, files: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._heading, self._files = title, list(files)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            heading = Content.assemble((self._heading, "bold"), f"  {amount(len(self._files), 'file')}")
            yield Static(heading, classes="question", markup=False)
            yield OptionList(
                *(
                    Option(Content.assemble(foreign(path), "  ", foreign(why, "$muted")))
                    for path, why in self._files
                ),
                compact=True,
                markup=False,
            )
            yield Static("escape goes back", classes="hint", markup=False)
