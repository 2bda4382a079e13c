"""Every key, made from the registry of commands."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from assistant.tui.commands import PLACES, commands

_TITLES = {
    "everywhere": "Everywhere",
    "main": "Conversation and board",
    "input": "Input line",
    "conversation": "Results of tools",
    "board": "Board",
    "cluster": "Inside a cluster",
    "picture": "One picture",
    "approval": "Approvals",
}


class HelpScreen(ModalScreen[None]):
    """The keys of every part of the app."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1", "dismiss", "Back")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            with VerticalScroll():
                for place in PLACES:
                    yield Static(_TITLES[place], classes="question", markup=False)
                    for command in commands(place):
                        with Horizontal(classes="keys"):
                            yield Static(Content(command.keys), classes="key", markup=False)
                            yield Static(Content(command.help), classes="what", markup=False)
            yield Static("escape goes back", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()
