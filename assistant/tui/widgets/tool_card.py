"""Shows the card of a tool's call, as one line that unfolds."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from assistant.text.commands import Where
from assistant.text.formatting import shortened
from assistant.tui.key_bindings import bindings
from assistant.tui.styled_text import foreign, foreign_lines

MAX_CHARACTERS = 400
"""The most characters of the arguments, and of the result, that the folded line shows."""


class ToolCard(Vertical, can_focus=True):
    """Shows one call, running, done or failed; enter shows its arguments and its whole result."""

    place: ClassVar[Where] = "conversation"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, name: str, arguments: Mapping[str, object]) -> None:
        super().__init__(classes="tool-card")
        self.tool = name
        self._arguments = dict(arguments)
        self._result = ""
        self._ok: bool | None = None

    def compose(self) -> ComposeResult:
        yield Static(self._line(), classes="line", markup=False)
        yield Static(self._detail(), classes="detail", markup=False)

    def finish(self, result: str, ok: bool) -> None:
        """Show how the call ended."""
        self._result, self._ok = result, ok
        self.set_class(not ok, "-failed")
        self._update()

    def action_unfold(self) -> None:
        """Unfold or fold the card."""
        self.toggle_class("-open")
        self._update()

    def on_click(self) -> None:
        """Unfold or fold the card by a click."""
        self.action_unfold()

    def _update(self) -> None:
        for line in self.query(".line").results(Static):  # none before it is mounted: compose shows it then
            line.update(self._line())
        for detail in self.query(".detail").results(Static):
            detail.update(self._detail())

    def _detail(self) -> Content:
        argument_lines = [f"{key}: {_value_text(value)}" for key, value in self._arguments.items()]
        return foreign_lines(shortened("\n".join([*argument_lines, self._result]).strip()))

    def _line(self) -> Content:
        fold = "▾" if self.has_class("-open") else "▸"
        state = {None: ("…", "$muted"), True: ("✓", "$good"), False: ("✗", "$bad")}[self._ok]
        values = ", ".join(
            _value_text(value) for value in self._arguments.values() if value not in (None, "", [], {})
        )
        first = next((line for line in self._result.splitlines() if line.strip()), "")
        called = [foreign(self.tool.replace("_", " "), "bold")] if self.tool else []
        if values:
            called.append(foreign(values[:MAX_CHARACTERS]))
        parts = [Content(" ").join(called)] if called else []
        if first and not self.has_class("-open"):
            parts.append(foreign(first[:MAX_CHARACTERS], "$muted"))
        return Content.assemble(
            (f"{fold} ", "$muted"), state, " ", Content.styled(" · ", "$muted").join(parts)
        )


def _value_text(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)
