"""One picture, large, with what is known of it and why it is where it is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.formatting import size
from assistant.tui.keys import bindings
from assistant.tui.screens.base import describe_error
from assistant.tui.text import foreign, foreign_lines
from assistant.tui.viewer import open_viewer
from assistant.tui.widgets.picture import Picture
from tools.names import amount

if TYPE_CHECKING:
    from assistant.tui.app import RegroupApp


class PictureScreen(Screen[int]):
    """Looks at one of several pictures. The result is the position where the looking ended.

    Args:
        images: Hashes, in the order in which left and right walk them.
        at: Position to start at.
        clustering: The clustering in which they are looked at.
    """

    place: ClassVar[Where] = "picture"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, images: Sequence[str], at: int, clustering: str) -> None:
        super().__init__()
        self._images, self._at, self._clustering = list(images), at, clustering
        self._looking = Job("looking")

    def compose(self) -> ComposeResult:
        with Horizontal(id="look"):
            yield Horizontal(id="large")
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="file", markup=False)
                yield Static("", id="why", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Show the first one."""
        await self._show()

    async def action_turn(self, by: int) -> None:
        """Another picture."""
        at = self._at + by
        if 0 <= at < len(self._images):
            self._at = at
            await self._show()

    def on_unmount(self) -> None:
        """Nobody waits for the reason any more."""
        self._looking.cancel()

    def action_viewer(self) -> None:
        """Open the picture outside."""
        try:
            open_viewer(self._regroup.open_desk.collection.file(self._images[self._at]))
        except Exception as error:  # shown, never fatal
            self.notify(describe_error(error), severity="error", markup=False)

    def action_back(self) -> None:
        """Back to the cluster."""
        self.dismiss(self._at)

    async def _show(self) -> None:
        sha = self._images[self._at]
        collection = self._regroup.open_desk.collection
        file = collection.by_id(sha)
        large = self.query_one("#large")
        await large.remove_children()
        await large.mount(Picture(sha, full=True))
        facts = [
            Content.assemble((f"#{collection.number(sha)} ", "$mark bold"), foreign(file.path.name, "bold")),
            foreign(str(file.path.parent), "$muted") if file.path.parent.name else Content(""),
            Content(f"{file.width} x {file.height}, {size(file.bytes)}"),
            Content.styled(f"{self._at + 1:,} of {amount(len(self._images), 'image')} here", "$muted"),
        ]
        self.query_one("#file", Static).update(Content("\n").join(fact for fact in facts if fact))
        self.query_one("#why", Static).update(Content("…"))
        self.run_worker(self._explain(sha), group="explain", exclusive=True, exit_on_error=False)

    async def _explain(self, sha: str) -> None:
        import asyncio

        try:
            said = await asyncio.to_thread(
                self._regroup.open_desk.explaining.image, sha, self._clustering, self._looking
            )
        except Exception as error:  # no reason to leave the picture
            said = describe_error(error)
        if sha == self._images[self._at]:
            self.query_one("#why", Static).update(foreign_lines(said))

    @property
    def _regroup(self) -> "RegroupApp":
        return cast("RegroupApp", self.app)
