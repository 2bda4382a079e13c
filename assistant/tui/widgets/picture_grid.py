"""Shows a page of thumbnails with a cursor and a selection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from assistant.text.commands import Where
from assistant.tui.key_bindings import bindings
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.picture_box import PictureBox

CELL_WIDTH, CELL_HEIGHT = 20, 9
"""The size of a picture with its label, in cells of the terminal; cluster.tcss has the same height."""
PAGE = 48
"""The fewest pictures of a page, except for the last page."""
AT_ONCE = 8
"""The number of cells that are made before the event loop gets its turn."""


@dataclass(frozen=True, slots=True)
class Item:
    """Describes one picture of the grid: its hash, its number, its file name, and its confidence from 0 to 1."""

    sha: str
    number: int
    name: str
    confidence: float


class GridCell(Vertical):
    """Shows a thumbnail above its number and name."""

    def __init__(self, item: Item, marked: bool, here: bool) -> None:
        super().__init__(classes="grid-cell")
        self.item = item
        self._picture = PictureBox(None, scrolls=True)
        self.set_class(here, "-cursor")
        self.set_class(marked, "-marked")

    def compose(self) -> ComposeResult:
        yield self._picture
        yield Static(self._label(), classes="label", markup=False)

    def paint(self, item: Item, marked: bool, here: bool) -> None:
        """Show a picture's number and name, whether it is selected, and whether the cursor is on it."""
        if (item, marked, here) == (self.item, self.has_class("-marked"), self.has_class("-cursor")):
            return
        self.item = item
        self.set_class(here, "-cursor")
        self.set_class(marked, "-marked")
        for label in self.query(".label").results(Static):  # none before it is composed
            label.update(self._label(), layout=False)

    def fill(self, in_sight: bool) -> None:
        """Draw the picture if it is in sight; out of sight nothing is drawn, to save time."""
        wanted = self.item.sha if in_sight else None
        if self._picture.picture != wanted:
            self._picture.show(wanted)

    def _label(self) -> Content:
        mark = "✓ " if self.has_class("-marked") else "› " if self.has_class("-cursor") else "  "
        return Content.assemble(mark, (f"#{self.item.number} ", "bold"), foreign(self.item.name, "$muted"))


class PictureGrid(Container, can_focus=True):
    """Shows a grid of thumbnails, one page at a time; a page is as many as fit, or `PAGE` pictures that scroll."""

    place: ClassVar[Where] = "cluster"

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(place),
        Binding("left", "step(-1, 0)", show=False),
        Binding("right", "step(1, 0)", show=False),
        Binding("up", "step(0, -1)", show=False),
        Binding("down", "step(0, 1)", show=False),
    ]

    class Viewed(Message):
        """Tells that the user wants to look at one picture."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    class Changed(Message):
        """Tells that the cursor, the page or the selection changed."""

    def __init__(self, items: Sequence[Item] = ()) -> None:
        super().__init__(id="grid")
        self.items = list(items)
        self.cursor = 0
        self.selected: set[str] = set()
        self._last_selected: int | None = None  # the position of the picture
        self._shape = (1, 1)

    @property
    def per_page(self) -> int:
        """Return the number of pictures of a page, in complete lines."""
        columns, rows = self._shape
        return columns * max(rows, -(-PAGE // columns))

    @property
    def page(self) -> int:
        """Return the number of the current page, from 0."""
        return self.cursor // self.per_page

    @property
    def pages(self) -> int:
        """Return the number of pages, at least 1."""
        return max(-(-len(self.items) // self.per_page), 1)

    def current(self) -> Item | None:
        """Return the picture under the cursor."""
        return self.items[self.cursor] if self.items else None

    def selection(self) -> list[Item]:
        """Return the selected pictures, or the one under the cursor when none is selected."""
        selected = [item for item in self.items if item.sha in self.selected]
        return selected or [item for item in (self.current(),) if item]

    async def show(self, items: Sequence[Item]) -> None:
        """Show other pictures; those that are still there stay selected."""
        self.items = list(items)
        self.selected &= {item.sha for item in items}
        self.cursor = min(self.cursor, max(len(self.items) - 1, 0))
        await self._paint()

    async def on_resize(self) -> None:
        """Fill the new size with pictures."""
        size = self.content_size
        self._shape = (max(size.width // CELL_WIDTH, 1), max(size.height // CELL_HEIGHT, 1))
        self.styles.grid_size_columns = self._shape[0]
        await self._paint()

    async def action_step(self, across: int, down: int) -> None:
        """Move the cursor."""
        target = self.cursor + across + down * self._shape[0]
        if 0 <= target < len(self.items):
            self.cursor = target
            await self._paint()

    async def action_page(self, by: int) -> None:
        """Turn the page."""
        page = min(max(self.page + by, 0), self.pages - 1)
        self.cursor = min(page * self.per_page, max(len(self.items) - 1, 0))
        await self._paint()

    async def action_mark(self) -> None:
        """Select or deselect the picture under the cursor."""
        item = self.current()
        if item:
            self.selected ^= {item.sha}
            self._last_selected = self.cursor
            await self._paint()

    async def action_mark_to(self) -> None:
        """Select all pictures from the last selected one to the one under the cursor."""
        if self.items:
            start = (
                self.cursor if self._last_selected is None else min(self._last_selected, len(self.items) - 1)
            )
            first, last = sorted((start, self.cursor))
            self.selected |= {item.sha for item in self.items[first : last + 1]}
            self._last_selected = self.cursor
            await self._paint()

    async def action_mark_all(self) -> None:
        """Select the whole page, or deselect it if it was selected."""
        start = self.page * self.per_page
        page = {item.sha for item in self.items[start : start + self.per_page]}
        self.selected = self.selected - page if page <= self.selected else self.selected | page
        await self._paint()

    def action_view(self) -> None:
        """View the picture under the cursor."""
        if self.items:
            self.post_message(self.Viewed(self.cursor))

    async def on_click(self, event: Click) -> None:
        """Move the cursor by a click, and view the picture by a second one."""
        cell = (
            next((w for w in (event.widget, *event.widget.ancestors) if isinstance(w, GridCell)), None)
            if event.widget
            else None
        )
        if cell is None:
            return
        at = self.items.index(cell.item)
        if at == self.cursor:
            self.post_message(self.Viewed(at))
        else:
            self.cursor = at
            await self._paint()

    async def _paint(self) -> None:
        """Show the page in the existing cells, and add or remove cells to fit its number of pictures.

        Cells are made a few at a time: all of them at once would block the event loop.
        """
        start = self.page * self.per_page
        page = self.items[start : start + self.per_page]
        cells = self._cells()
        for i, (cell, item) in enumerate(zip(cells, page, strict=False)):
            cell.paint(item, item.sha in self.selected, start + i == self.cursor)
        if len(cells) > len(page):
            await self.remove_children(cells[len(page) :])
        for first in range(len(cells), len(page), AT_ONCE):
            if start != self.page * self.per_page or len(self._cells()) != first:
                return  # it was painted again meanwhile
            await self.mount_all(
                GridCell(item, item.sha in self.selected, start + first + i == self.cursor)
                for i, item in enumerate(page[first : first + AT_ONCE])
            )
            await asyncio.sleep(0)
        at = self.cursor - start
        if cells := self._cells()[at : at + 1]:
            self.call_after_refresh(self.scroll_to_widget, cells[0], animate=False)
        self.call_after_refresh(self._fill)
        self.post_message(self.Changed())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw the pictures that come into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._fill()

    def _fill(self) -> None:
        columns, rows = self._shape
        top = int(self.scroll_y) // CELL_HEIGHT
        for at, cell in enumerate(self._cells()):
            cell.fill(top <= at // columns <= top + rows)

    def _cells(self) -> list[GridCell]:
        return [cell for cell in self.children if isinstance(cell, GridCell)]
