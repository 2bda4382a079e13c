"""Jumps to a part of the screen: each has a label of one or two letters, and typing it goes there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from assistant.tui.protocols import HostApp

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The letters of the labels, the most easily typed ones first."""


@dataclass(frozen=True, slots=True)
class JumpTarget:
    """Says where a jump leads: the position of its label, in cells of the screen, and the action of going there."""

    at: Offset
    go: Callable[[], object]


def labels(count: int) -> list[str]:
    """Return a label for each of `count` targets, at most 26 * 26: one letter if possible, two for the last ones.

    No label begins with another one.
    """
    firsts = next((n for n in range(len(LETTERS)) if len(LETTERS) - n + n * len(LETTERS) >= count), 26)
    alone = LETTERS[: len(LETTERS) - firsts]
    pairs = [first + second for first in LETTERS[len(alone) :] for second in LETTERS]
    return [*alone, *pairs][:count]


class JumpScreen(ModalScreen[JumpTarget | None]):
    """Shows the labels over the screen below. Any other key goes back."""

    def __init__(self, targets: Sequence[JumpTarget]) -> None:
        super().__init__()
        self._targets = dict(zip(labels(len(targets)), targets, strict=False))
        self._typed = ""

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Put a label on every target of the front screen, if it has some, and go to the one that is typed."""
        targets: list[JumpTarget] = getattr(app.screen, "jump_targets", list)()
        if targets:
            app.show_screen(cls(targets), lambda target: target.go() if target else None)

    def compose(self) -> ComposeResult:
        for letters, target in self._targets.items():
            label = Static(Content(f" {letters} "), classes="jump", name=letters, markup=False)
            label.styles.offset = (target.at.x, target.at.y)
            yield label

    def on_key(self, event: Key) -> None:
        """Go to a target, wait for the second letter, or go back."""
        if event.key == "ctrl+c":
            return
        event.stop()
        self._typed += event.key
        if self._typed in self._targets or not any(each.startswith(self._typed) for each in self._targets):
            self.dismiss(self._targets.get(self._typed))
            return
        for label in self.query(".jump"):
            label.display = str(label.name).startswith(self._typed)
