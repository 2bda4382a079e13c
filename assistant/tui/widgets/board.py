"""Shows the board: clusterings as tabs, clusters as rows, the piles below."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import ListItem, ListView, Static

from assistant.text.commands import Where
from assistant.tui.board_data import BoardData, Member, Row
from assistant.tui.board_layout import LOWEST, Band, band, open_band, without_pictures
from assistant.tui.key_bindings import bindings
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.cluster_row import ClusterRow, PileRow
from assistant.tui.widgets.clustering_tabs import ClusteringTab, ClusteringTabs
from assistant.tui.widgets.contact_sheet import ContactSheet

AT_ONCE = 4
"""The number of rows that are made before the event loop gets its turn."""
OPENING = "Opening the folder: one moment."
EMPTY = "No groups yet. Say what to group by, and they appear here."


class ClusterList(ListView):
    """Lists the rows, where the keys of the board work."""

    place: ClassVar[Where] = "board"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    class Resized(Message):
        """Tells that the rows have another room."""

    def on_resize(self) -> None:
        """Tell the board."""
        self.post_message(self.Resized())

    def action_mark(self) -> None:
        """Select the row under the cursor and go on to the next one."""
        if isinstance(self.highlighted_child, ClusterRow):
            self.highlighted_child.toggle()
            self.action_cursor_down()

    def action_mark_all(self) -> None:
        """Select every cluster, or none when all are selected."""
        rows = [item for item in self.children if isinstance(item, ClusterRow)]
        wanted = not all(row.marked for row in rows)
        for row in rows:
            if row.marked != wanted:
                row.toggle()


class Board(Vertical):
    """Shows the collection in the right part of the main screen. `show` paints it; keys and clicks only
    post messages."""

    class RowOpened(Message):
        """Tells that the user opened a cluster ("c2") or a pile ("unsorted")."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class ClusteringChosen(Message):
        """Tells that the user chose another clustering."""

        def __init__(self, clustering: str) -> None:
            super().__init__()
            self.clustering = clustering

    def __init__(self) -> None:
        super().__init__(id="board", classes="-empty")
        self.data = self._painted = BoardData()
        self._laying_out = asyncio.Lock()
        self._open: tuple[str, tuple[Member, ...]] | None = (
            None  # the cluster that fills the board, and its pictures
        )

    def compose(self) -> ComposeResult:
        yield ClusteringTabs()
        yield Static("", id="note", markup=False)
        yield ContactSheet(OPENING)
        yield ClusterList(id="clusters", initial_index=None)

    @property
    def rows(self) -> ClusterList:
        """Return the list of rows, which takes the focus."""
        return self.query_one(ClusterList)

    @property
    def sheet(self) -> ContactSheet:
        """Return the contact sheet, which is shown until there are groups."""
        return self.query_one(ContactSheet)

    @property
    def empty(self) -> bool:
        """Return whether the board has no rows."""
        return not (self.data.rows or self.data.piles)

    def highlighted(self) -> Row | None:
        """Return the cluster under the cursor; None for none."""
        item = self.rows.highlighted_child
        return item.row if isinstance(item, ClusterRow) else None

    def marked(self) -> list[Row]:
        """Return the selected clusters, in their order."""
        return [item.row for item in self.rows.children if isinstance(item, ClusterRow) and item.marked]

    def highlight(self, cluster: str) -> bool:
        """Put the cursor on a cluster; returns False where it has no row."""
        at = next((i for i, row in enumerate(self.data.rows) if row.cluster == cluster), None)
        if at is not None:
            self.rows.index = at
        return at is not None

    def neighbour(self, by: int) -> str | None:
        """Return the id of the clustering `by` tabs to the right of the current one; None where there is none."""
        ids = [tab.clustering for tab in self.data.tabs]
        if self.data.current not in ids:
            return None
        at = ids.index(self.data.current) + by
        return ids[at] if 0 <= at < len(ids) else None

    async def show(self, data: BoardData) -> None:
        """Paint the board; the cursor stays on its cluster, and selected clusters stay selected.

        Rows are made a few at a time: all of them at once would block the event loop.
        """
        same = data.current == self.data.current
        unchanged = same and (data.rows, data.piles) == (self._painted.rows, self._painted.piles)
        cursor = self.highlighted() if same else None
        marked = {row.cluster for row in self.marked()} if same else set()
        place = self.rows.index if same else None
        self.data = data
        self.set_class(data.current is None, "-empty")
        self.sheet.say(EMPTY)
        await self.query_one(ClusteringTabs).show(data.tabs, data.current)
        note = self.query_one("#note", Static)
        note.update(foreign(data.note))
        note.set_class(not data.sure, "-unsure")
        if unchanged:
            return
        self._painted = data
        self._open = None
        rows: list[ListItem] = [ClusterRow(row, self._band(), row.cluster in marked) for row in data.rows]
        rows += [PileRow(pile) for pile in data.piles]
        with self.app.batch_update():
            await self.rows.clear()
            await self.rows.extend(rows[:AT_ONCE])
        for first in range(AT_ONCE, len(rows), AT_ONCE):
            await asyncio.sleep(0)
            if self._painted is not data:
                return  # it was painted again meanwhile
            await self.rows.extend(rows[first : first + AT_ONCE])
        await self._lay_out()  # the room may have changed meanwhile
        at = next(
            (i for i, row in enumerate(data.rows) if cursor and row.cluster == cursor.cluster), place or 0
        )
        self.rows.index = at if rows else None

    async def open(self, cluster: str, members: Sequence[Member]) -> bool:
        """Let the band of one cluster fill the board, with its pictures and their numbers, until the groups change or
        another one is opened; returns False where the cluster has no row."""
        if not self.highlight(cluster):
            return False
        self._open = cluster, tuple(members)
        await self._lay_out()
        return True

    @on(ClusterList.Resized)
    async def _resized(self) -> None:
        await self._lay_out()

    async def _lay_out(self) -> None:
        """Lay out every row anew, one call after the other: a new size may come while a row is opened."""
        async with self._laying_out:
            await self._lay_out_rows()

    async def _lay_out_rows(self) -> None:
        band, opened = self._band(), None
        for item in self.rows.children:
            if isinstance(item, ClusterRow):
                if self._open is not None and item.row.cluster == self._open[0]:
                    opened = item
                    await item.lay_out(open_band(*self._room, len(self._open[1])), self._open[1])
                else:
                    await item.lay_out(band)
        if opened is not None:
            self.call_after_refresh(self.rows.scroll_to_widget, opened, animate=False, top=True)

    def _band(self) -> Band:
        """Return how each cluster is shown in the room there is."""
        width, height = self._room
        size = next((size for size in LOWEST if self.screen.has_class(f"-{size}")), "normal")
        if self.app.has_class("-no-pictures"):
            return without_pictures(size)
        return band(len(self.data.rows), width, height - len(self.data.piles), size)

    @property
    def _room(self) -> tuple[int, int]:
        size = self.rows.content_size
        return max(size.width - 1, 1), max(size.height, 1)  # the scroll bar takes a column

    @on(ClusteringTab.Chosen)
    def _clustering_chosen(self, event: ClusteringTab.Chosen) -> None:
        event.stop()
        if event.clustering != self.data.current:
            self.post_message(self.ClusteringChosen(event.clustering))

    @on(ListView.Selected)
    def _row_opened(self, event: ListView.Selected) -> None:
        event.stop()
        if isinstance(event.item, ClusterRow):
            self.post_message(self.RowOpened(event.item.row.cluster))
        elif isinstance(event.item, PileRow):
            self.post_message(self.RowOpened(event.item.pile.kind))
