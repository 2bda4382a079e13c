"""A page of thumbnails with a cursor and a selection."""

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

from assistant.tui.commands import bindings
from assistant.tui.text import foreign
from assistant.tui.widgets.picture import Picture

CELL_WIDTH, CELL_HEIGHT = 20, 9


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of the grid: its hash, the number shown, its file's name, its confidence."""

    sha: str
    number: int
    name: str
    confidence: float


class GridCell(Vertical):
    """A thumbnail above its number and name."""

    def __init__(self, item: Item, marked: bool, here: bool) -> None:
        super().__init__(classes="grid-cell")
        self.item = item
        self.set_class(here, "-cursor")
        self.set_class(marked, "-marked")

    def compose(self) -> ComposeResult:
        yield Picture(self.item.sha)
        yield Static(self._label(), classes="label", markup=False)

    def paint(self, marked: bool, here: bool) -> None:
        """Show whether the cell is selected and whether the cursor is on it."""
        self.set_class(here, "-cursor")
        self.set_class(marked, "-marked")
        if self.is_attached:
            self.query_one(".label", Static).update(self._label())

    def _label(self) -> Content:
        mark = "✓ " if self.has_class("-marked") else "› " if self.has_class("-cursor") else "  "
        return Content.assemble(mark, (f"#{self.item.number} ", "bold"), foreign(self.item.name, "$muted"))


class PictureGrid(Container, can_focus=True):
    """As many thumbnails as fit, one page at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("cluster"),
        Binding("left", "step(-1, 0)", show=False),
        Binding("right", "step(1, 0)", show=False),
        Binding("up", "step(0, -1)", show=False),
        Binding("down", "step(0, 1)", show=False),
    ]

    class Viewed(Message):
        """The user wants to look at one picture."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    class Changed(Message):
        """The cursor, the page or the selection changed."""

    def __init__(self, items: Sequence[Item] = ()) -> None:
        super().__init__(id="grid")
        self.items = list(items)
        self.cursor = 0
        self.chosen: set[str] = set()
        self._shape = (1, 1)
        self._shown: tuple[int, int] | None = None

    @property
    def per_page(self) -> int:
        """How many pictures fit."""
        return self._shape[0] * self._shape[1]

    @property
    def page(self) -> int:
        """The page shown, from 0."""
        return self.cursor // self.per_page

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(-(-len(self.items) // self.per_page), 1)

    def current(self) -> Item | None:
        """The picture under the cursor."""
        return self.items[self.cursor] if self.items else None

    def selection(self) -> list[Item]:
        """The selected pictures, or the one under the cursor when none is selected."""
        chosen = [item for item in self.items if item.sha in self.chosen]
        return chosen or [item for item in (self.current(),) if item]

    async def show(self, items: Sequence[Item]) -> None:
        """Show other pictures; the selection keeps what is still there."""
        self.items = list(items)
        self.chosen &= {item.sha for item in items}
        self.cursor = min(self.cursor, max(len(self.items) - 1, 0))
        self._shown = None
        await self._paint()

    async def on_resize(self) -> None:
        """Fill the new size."""
        size = self.content_size
        self._shape = (max(size.width // CELL_WIDTH, 1), max(size.height // CELL_HEIGHT, 1))
        self.styles.grid_size_columns = self._shape[0]
        self._shown = None
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
        """Select the picture under the cursor, or take it out."""
        item = self.current()
        if item:
            self.chosen ^= {item.sha}
            await self._paint()

    async def action_mark_all(self) -> None:
        """Select the whole page, or nothing of it when it was selected."""
        start = self.page * self.per_page
        page = {item.sha for item in self.items[start : start + self.per_page]}
        self.chosen = self.chosen - page if page <= self.chosen else self.chosen | page
        await self._paint()

    def action_view(self) -> None:
        """Look at the picture under the cursor."""
        if self.items:
            self.post_message(self.Viewed(self.cursor))

    async def on_click(self, event: Click) -> None:
        """A click moves the cursor, a second one looks."""
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
        """Make the page's cells when it is another page, else only mark them anew."""
        start = self.page * self.per_page
        wanted = (start, self.per_page)
        if wanted != self._shown:
            self._shown = wanted
            cells = [
                GridCell(item, item.sha in self.chosen, start + i == self.cursor)
                for i, item in enumerate(self.items[start : start + self.per_page])
            ]
            with self.app.batch_update():
                await self.remove_children()
                await self.mount_all(cells)
        else:
            here = self.current()
            for cell in self.query(GridCell):
                cell.paint(cell.item.sha in self.chosen, here is not None and cell.item.sha == here.sha)
        self.post_message(self.Changed())
