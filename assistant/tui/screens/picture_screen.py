"""Shows one picture, large, with its file and why it is in its cluster."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.formatting import size
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.base import DeskScreen, describe_error
from assistant.tui.styled_text import foreign, foreign_lines
from assistant.tui.system_viewer import open_viewer
from assistant.tui.widgets.picture_box import PictureBox
from tools.names import amount

MOST_COMPANIONS = 4
"""The most files that belong to the picture, such as its sidecar or raw file, that are named."""


class PictureScreen(DeskScreen[int]):
    """Shows one of several pictures at a time. The result is the position of the last one.

    Args:
        images: The hashes of the pictures, in the order of the keys left and right.
        at: The position of the first picture to show.
        clustering: The id of the clustering to explain.
    """

    place: ClassVar[Where] = "picture"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, images: Sequence[str], at: int, clustering: str) -> None:
        super().__init__()
        self._images, self._at, self._clustering = list(images), at, clustering
        self._explaining = Job("looking")

    def compose(self) -> ComposeResult:
        with Horizontal(id="look"):
            yield Horizontal(id="large")
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="file", markup=False)
                yield Static("", id="taken", markup=False)
                yield Static("", id="why", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Show the first picture."""
        await self._show()

    async def action_turn(self, by: int) -> None:
        """Show the picture `by` positions further on, if there is one."""
        at = self._at + by
        if 0 <= at < len(self._images):
            self._at = at
            await self._show()

    def on_unmount(self) -> None:
        """Stop the explanation, for which nobody waits any more."""
        self._explaining.cancel()

    def action_viewer(self) -> None:
        """Open the picture in the system's viewer."""
        try:
            open_viewer(self.desk.collection.file(self._images[self._at]))
        except Exception as error:  # shown, never fatal
            self.notify(describe_error(error), severity="error", markup=False)

    def action_back(self) -> None:
        """Go back to the cluster."""
        self.dismiss(self._at)

    async def _show(self) -> None:
        sha = self._images[self._at]
        collection = self.desk.collection
        file = collection.by_id(sha)
        large = self.query_one("#large")
        await large.remove_children()
        await large.mount(PictureBox(sha, full=True))
        facts = [
            Content.assemble((f"#{collection.number(sha)} ", "$mark bold"), foreign(file.path.name, "bold")),
            foreign(str(file.path.parent), "$muted") if file.path.parent.name else Content(""),
            Content(f"{file.width} x {file.height}, {size(file.bytes)}"),
            *(
                foreign(f"with {companion.path.name}", "$muted")
                for companion in collection.companions_of(sha)[:MOST_COMPANIONS]
            ),
            Content.styled(f"{self._at + 1:,} of {amount(len(self._images), 'image')} here", "$muted"),
        ]
        self.query_one("#file", Static).update(Content("\n").join(fact for fact in facts if fact))
        self.query_one("#why", Static).update(Content("…"))
        self.query_one("#taken", Static).update(Content(""))
        self.run_worker(self._tell(sha), group="taken", exclusive=True, exit_on_error=False)
        self.run_worker(self._explain(sha), group="explain", exclusive=True, exit_on_error=False)

    async def _tell(self, sha: str) -> None:
        """Show when, where and with what the picture was taken, where its file says it."""
        try:
            caption = await self.thread(self.desk.metadata.caption, sha)
        except Exception as error:  # no reason to leave the picture
            caption = describe_error(error)
        if sha == self._images[self._at]:
            self.query_one("#taken", Static).update(foreign(caption))

    async def _explain(self, sha: str) -> None:
        try:
            reason = await self.thread(self.desk.explaining.image, sha, self._clustering, self._explaining)
        except Exception as error:  # no reason to leave the picture
            reason = describe_error(error)
        if sha == self._images[self._at]:
            self.query_one("#why", Static).update(foreign_lines(reason))
