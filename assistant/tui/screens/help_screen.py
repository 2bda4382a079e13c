"""Shows the help: every key, made from the registry of commands, first those that work here."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from assistant.text.commands import PLACES, Where, commands

if TYPE_CHECKING:
    from assistant.tui.protocols import HostApp


class HelpScreen(ModalScreen[None]):
    """Shows the keys of every part of the app.

    Args:
        here: The parts of the app in which the user is, the innermost first.
        without: The ids of commands that do nothing here.
        type_text: Called with text that is not a key of this screen, which then closes; None ignores such text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1", "dismiss", "Back")]

    def __init__(
        self,
        here: Sequence[Where] = (),
        without: Collection[str] = (),
        type_text: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._here = list(dict.fromkeys(here))
        self._without = without
        self._type_text = type_text

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Show the help of the front screen, unless that is the help itself."""
        front = app.screen
        if isinstance(front, cls):
            return
        around = front.focused.ancestors_with_self if front.focused else [front]
        here: list[Where] = [place for node in around if (place := getattr(node, "place", None))]
        without: set[str] = set()
        if "approval" in here:  # an approval may lack some commands: pictures to be sent cannot be reworded
            bound = {active.binding.id for active in front.active_bindings.values()}
            without = {command.id for command in commands("approval") if command.id not in bound}
        type_text = app.main.type_text if app.main.is_current else None
        app.show_screen(cls([*here, "everywhere"], without, type_text))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            with VerticalScroll():
                for place in [*self._here, *(each for each in PLACES if each not in self._here)]:
                    here = " (you are here)" if self._here and place == self._here[0] else ""
                    yield Static(Content(PLACES[place] + here), classes="question", markup=False)
                    for command in (c for c in commands(place) if c.id not in self._without):
                        yield from self._line(command.keys, command.help)
                        for other_way in filter(None, (command.typed, command.say)):
                            yield from self._line("", f"or {other_way}")
            yield Static("escape goes back", classes="hint", markup=False)

    def _line(self, key: str, what: str) -> ComposeResult:
        with Horizontal(classes="keys"):
            yield Static(Content(key), classes="key", markup=False)
            yield Static(Content(what), classes="what", markup=False)

    def on_key(self, event: Key) -> None:
        """Close when the user begins a sentence, which goes to the input line."""
        typed = event.is_printable and event.character and event.key not in self.active_bindings
        if typed and self._type_text is not None:
            event.stop()
            self.dismiss()
            self._type_text(event.character or "")

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one(VerticalScroll).focus()
