"""Jump mode: a letter on every part of the screen, or two where there are many; typing it goes there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Spot:
    """Something to jump to: where its letter stands, in cells of the screen, and what going there does."""

    at: Offset
    go: Callable[[], object]


def labels(count: int) -> list[str]:
    """A label for each of `count` spots: one letter as long as that is enough, then two for the last ones.

    No label begins with another one. There are at most 26 * 26.
    """
    firsts = next((n for n in range(len(LETTERS)) if len(LETTERS) - n + n * len(LETTERS) >= count), 26)
    alone = LETTERS[: len(LETTERS) - firsts]
    pairs = [first + second for first in LETTERS[len(alone) :] for second in LETTERS]
    return [*alone, *pairs][:count]


class JumpScreen(ModalScreen[Spot | None]):
    """Shows the letters above the screen below. Any other key goes back."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        super().__init__()
        self._spots = dict(zip(labels(len(spots)), spots, strict=False))
        self._typed = ""

    def compose(self) -> ComposeResult:
        for letters, spot in self._spots.items():
            label = Static(Content(f" {letters} "), classes="jump", name=letters, markup=False)
            label.styles.offset = (spot.at.x, spot.at.y)
            yield label

    def on_key(self, event: Key) -> None:
        """Go, wait for the second letter, or go back."""
        if event.key == "ctrl+c":
            return
        event.stop()
        self._typed += event.key
        if self._typed in self._spots or not any(each.startswith(self._typed) for each in self._spots):
            self.dismiss(self._spots.get(self._typed))
            return
        for label in self.query(".jump"):
            label.display = str(label.name).startswith(self._typed)
