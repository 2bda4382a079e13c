"""Shows the transcript of the conversation: turns and tool cards, oldest first.

It follows its end until the user scrolls up.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from assistant.text.commands import Where
from assistant.text.formatting import sentence
from assistant.tui.key_bindings import bindings
from assistant.tui.widgets.message import Message, Role
from assistant.tui.widgets.tool_card import ToolCard

MAX_SHOWN = 400
"""The most turns and cards on the screen; older ones are only in the session's history."""

WAITING = "waiting"
"""The state of a sentence that was typed but not sent yet."""


class Transcript(VerticalScroll):
    """Shows the conversation in the left part of the main screen."""

    place: ClassVar[Where] = "conversation"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place, "conversation.back")]

    def on_mount(self) -> None:
        """Follow the end from the start."""
        self.anchor()

    def say(self, role: Role, text: str = "") -> Message:
        """Add a message and return it, so that its text can grow."""
        message = Message(role, text)
        self._add(message)
        return message

    def say_later(self, text: str) -> Message:
        """Add a sentence of the user that is sent later; it stays below everything else until then."""
        message = Message("user", text)
        message.state = WAITING
        self.mount(message)
        return message

    def note(self, text: str) -> None:
        """Add one quiet line."""
        self.say("note", sentence(text))

    def error(self, text: str) -> None:
        """Add one line about an error."""
        self.say("error", sentence(text))

    def card(self, tool: str, arguments: Mapping[str, object]) -> ToolCard:
        """Add a tool card and return it."""
        card = ToolCard(tool, arguments)
        self._add(card)
        return card

    def cards(self) -> list[ToolCard]:
        """Return every tool card, oldest first."""
        return list(self.query(ToolCard))

    def _add(self, widget: Message | ToolCard) -> None:
        waiting = next((m for m in self.query(Message) if m.state == WAITING), None)
        self.mount(widget, before=waiting)
        old = len(self.children) - MAX_SHOWN
        if old > 0:
            self.remove_children(list(self.children)[:old])
