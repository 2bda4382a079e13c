"""Every key, made from the registry of commands: first those of where the user is."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from assistant.text.commands import PLACES, Where, commands

TITLES: dict[Where, str] = {
    "everywhere": "Everywhere",
    "main": "Conversation and board",
    "input": "Input line",
    "conversation": "Results of tools",
    "board": "Board",
    "cluster": "Inside a cluster",
    "picture": "One picture",
    "teach": "Teaching",
    "approval": "Approvals",
    "sessions": "Folders and conversations",
}


class HelpScreen(ModalScreen[None]):
    """The keys of every part of the app.

    Args:
        here: Where the user is, the innermost part first.
        without: Ids of commands that do nothing where the user is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1", "dismiss", "Back")]

    def __init__(self, here: Sequence[Where] = (), without: Collection[str] = ()) -> None:
        super().__init__()
        self._here = list(dict.fromkeys(here))
        self._without = without

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            with VerticalScroll():
                for place in [*self._here, *(each for each in PLACES if each not in self._here)]:
                    here = " (you are here)" if self._here and place == self._here[0] else ""
                    yield Static(Content(TITLES[place] + here), classes="question", markup=False)
                    for command in (c for c in commands(place) if c.id not in self._without):
                        yield from self._line(command.keys, command.help)
                        for said in filter(None, (command.typed, command.say)):
                            yield from self._line("", f"or {said}")
            yield Static("escape goes back", classes="hint", markup=False)

    def _line(self, key: str, what: str) -> ComposeResult:
        with Horizontal(classes="keys"):
            yield Static(Content(key), classes="key", markup=False)
            yield Static(Content(what), classes="what", markup=False)

    def on_key(self, event: Key) -> None:
        """Who types a sentence does not want help any more: it goes to the input line."""
        from assistant.tui.screens.main import MainScreen

        below = self.app.screen_stack[-2]
        sentence = event.is_printable and event.character and event.key not in self.active_bindings
        if sentence and isinstance(below, MainScreen):
            event.stop()
            self.dismiss()
            below.typed(event.character or "")

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()
