"""Shows the inside of a cluster or of the unsorted pile: its pictures, to look at and to move."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Footer, Static

from assistant.chat.job import Job
from assistant.tui.screens.base import DeskScreen
from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.jump_screen import JumpTarget
from assistant.tui.screens.picture_screen import PictureScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.styled_text import foreign
from assistant.tui.system_viewer import open_viewer
from assistant.tui.widgets.picture_box import PictureBox
from assistant.tui.widgets.picture_grid import GridCell, Item, PictureGrid
from tools.errors import RegroupError
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.desk.arranging import Order
    from tools.clustering.clustering import Clustering

UNSORTED, NEW = "unsorted", "new"
"""Values in place of a cluster's id: the unsorted pile, and a new cluster as the target of a move."""
ORDERS: dict["Order", str] = {
    "typical": "typical first",
    "alike": "by likeness",
    "time": "by time",
    "name": "by name",
}
"""The orders in turn, and what each is called in the title."""
RESTS = 0.15
"""The seconds after which a cursor is taken to rest: decoding a picture takes longer than a held key waits."""


class ClusterScreen(DeskScreen[None]):
    """Shows the pictures of one cluster, typical ones first unless the user wants another order.

    Args:
        clustering: The id of the clustering.
        cluster: The id of the cluster, or "unsorted".
    """

    def __init__(self, clustering: str, cluster: str) -> None:
        super().__init__()
        self._clustering, self._cluster = clustering, cluster
        self._cluster_name = ""
        self._order: Order = "typical"
        self._resting: Timer | None = None  # runs while the cursor may still be on its way

    def compose(self) -> ComposeResult:
        with Vertical(id="cluster"):
            yield Static("", id="cluster-title", markup=False)
            with Horizontal():
                yield PictureGrid()
                with Vertical(id="beside"):
                    yield PictureBox(None, full=True, id="preview")
                    yield Static("", id="preview-taken", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Load the pictures in a thread."""
        self.grid.focus()
        self.start(self.reload())

    @property
    def grid(self) -> PictureGrid:
        """Return the grid of pictures."""
        return self.query_one(PictureGrid)

    async def reload(self) -> None:
        """Read the cluster again; go back where it is gone or empty."""
        clustering = await self.thread(self.desk.clusterings.get, self._clustering)
        if self._cluster != UNSORTED and self._cluster not in {each.id for each in clustering.clusters}:
            self.dismiss()
            return
        order = self._order
        self._cluster_name, items = await self.thread(self._read, clustering, order)
        if order != self._order:
            return  # another order was asked for meanwhile
        await self.grid.show(items)
        if not items:
            self.dismiss()

    def _read(self, clustering: "Clustering", order: "Order") -> tuple[str, list[Item]]:
        collection = self.desk.collection
        if self._cluster == UNSORTED:
            name, members = "unsorted", clustering.unsorted()
        else:
            name = clustering.clusters[clustering.index(self._cluster)].name
            members = clustering.members(self._cluster)
        members = self.desk.arranging.order(members, order, clustering.id)
        rows = {sha: i for i, sha in enumerate(clustering.images)}
        items = [
            Item(
                sha,
                collection.number(sha),
                collection.by_id(sha).path.name,
                float(clustering.confidence[rows[sha]]),
            )
            for sha in members
        ]
        return name, items

    def on_picture_grid_changed(self) -> None:
        """Update the title to what the grid shows."""
        grid = self.grid
        parts = [f"  {amount(len(grid.items), 'image')}", ORDERS[self._order]]
        if grid.pages > 1:
            parts.append(f"page {grid.page + 1} of {grid.pages}")
        if grid.selected:
            parts.append(f"{len(grid.selected)} selected")
        item = grid.current()
        if item:
            parts.append(f"#{item.number} {item.confidence:.0%} sure  ")
        name = foreign(item.name if item else "", "$muted")  # in full: below its picture it may be cut
        title = Content.assemble(foreign(self._cluster_name, "bold"), (" · ".join(parts), "$muted"), name)
        self.query_one("#cluster-title", Static).update(title)
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(RESTS, self._preview)

    def _preview(self) -> None:
        """Show the picture under the cursor large beside the grid, in a terminal with room for it."""
        preview, item = self.query_one("#preview", PictureBox), self.grid.current()
        if preview.region.area:
            preview.show(item.sha if item else None)
            self.start(self._tell(item.sha if item else None), group="taken")

    async def _tell(self, sha: str | None) -> None:
        """Show below the preview when and where its picture was taken, where the file says it."""
        caption = "" if sha is None else await self.thread(self.desk.metadata.caption, sha)
        if self.query_one("#preview", PictureBox).picture == sha:
            self.query_one("#preview-taken", Static).update(foreign(caption, "$muted"))

    def on_picture_grid_viewed(self, event: PictureGrid.Viewed) -> None:
        """Show one picture, and put the cursor on the last one that was shown."""

        async def back(at: int | None) -> None:
            if at is not None:
                self.grid.cursor = at
                await self.grid.action_step(0, 0)

        self.app.push_screen(
            PictureScreen([item.sha for item in self.grid.items], event.at, self._clustering), back
        )

    def action_move(self) -> None:
        """Move the selected pictures to another group."""
        self.start(self._move())

    async def _move(self) -> None:
        items = self.grid.selection()
        if not items:
            return
        clustering = await self.thread(self.desk.clusterings.get, self._clustering)
        choices = [
            (c.id, Content.assemble(foreign(c.name), (f"  {clustering.size(c.id):,}", "$muted")))
            for c in clustering.clusters
            if c.id != self._cluster
        ]
        choices.append((NEW, Content("a new group")))
        if self._cluster != UNSORTED:
            choices.append((UNSORTED, Content("unsorted: in no group")))
        to = await self.ask(ChoiceScreen(f"Move {amount(len(items), 'image')} to", choices))
        new = to == NEW
        if new:
            to = await self.ask(PromptScreen("Name of the new group"))
        if to is None:
            return
        shas = [item.sha for item in items]
        await self.thread(self.desk.editing.move, shas, to, clustering=self._clustering, new=new)
        names = {c.id: c.name for c in clustering.clusters}
        target = visible(names.get(to, to))
        await self._changed(
            f"Moved {amount(len(items), 'image')} from {visible(self._cluster_name)} to {target}."
        )

    def action_link(self) -> None:
        """Keep the selected pictures together, now and in every later grouping."""
        self.start(self._link())

    async def _link(self) -> None:
        shas = [item.sha for item in self.grid.selection()]
        if len(shas) < 2:
            raise RegroupError("Select two or more pictures with space, then b keeps them together.")
        await self.thread(self.desk.editing.link, shas, self._clustering)
        await self._changed(f"{amount(len(shas), 'picture')} belong together.")

    def action_cut(self) -> None:
        """Keep the two selected pictures apart, now and in every later grouping."""
        self.start(self._cut())

    async def _cut(self) -> None:
        shas = [item.sha for item in self.grid.selection()]
        if len(shas) != 2:
            raise RegroupError("Select the two pictures with space, then x keeps them apart.")
        await self.thread(self.desk.editing.cut, [shas[0]], [shas[1]], self._clustering)
        await self._changed("Two pictures belong apart.")

    def action_order(self) -> None:
        """Show the pictures in the next order, from the first one on."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self.grid.cursor = 0
        self.start(self.reload())

    def action_edit(self, name: str) -> None:
        """Undo or redo, by name."""
        history = self.desk.history
        step = (lambda job: history.undo(progress=job)) if name == "undo" else history.redo
        self.start(self._edit(f"{name}ing", step))

    async def _edit(self, title: str, step: Callable[[Job], str]) -> None:
        await self._changed(await self.host.main.work(title, step))

    def jump_targets(self) -> list[JumpTarget]:
        """Return every picture in sight as a target."""

        def go(cell: GridCell) -> None:
            self.grid.cursor = self.grid.items.index(cell.item)
            self.start(self.grid.action_step(0, 0))

        in_sight = self.grid.region
        return [
            JumpTarget(cell.region.offset, partial(go, cell))
            for cell in self.grid.query(GridCell)
            if in_sight.contains_region(cell.region)
        ]

    async def _changed(self, line: str) -> None:
        await self.host.main.keep_note(line)
        self.notify(line, markup=False, timeout=2)
        self.grid.selected.clear()
        self.host.main.reload_board()
        await self.reload()

    def action_viewer(self) -> None:
        """Open the picture in the system's viewer."""
        item = self.grid.current()
        if item:
            self.start(self.thread(open_viewer, self.desk.collection.file(item.sha)))

    def action_back(self) -> None:
        """Go back to the board."""
        self.dismiss()
