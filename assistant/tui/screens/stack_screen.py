"""Lays the pictures of a stack of near-duplicates or of a burst side by side, of which the user keeps some."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer, Static

from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.formatting import size
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.base import DeskScreen
from assistant.tui.styled_text import foreign
from assistant.tui.system_viewer import open_viewer
from assistant.tui.widgets.picture_box import PictureBox
from tools.errors import Cancelled
from tools.names import amount

if TYPE_CHECKING:
    from assistant.desk.near_duplicates import Candidate
    from assistant.tui.protocols import HostApp
    from tools.near_duplicates.stacks import Stack
    from tools.scan.collection import ImageFile

COLUMN = 26
"""The fewest cells of the terminal that a picture with its facts takes."""
SHARP = 0.9
"""The share of the sharpness of the sharpest from which a picture is called as sharp."""


class StackScreen(DeskScreen[None]):
    """Shows one stack at a time. What is not kept gets a group of its own at the end; no file is touched."""

    place: ClassVar[Where] = "stack"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self) -> None:
        super().__init__()
        from assistant.desk.near_duplicates import BURSTS, NEAR

        self._kinds = [NEAR, BURSTS]
        self._stacks: list[Stack] = []
        self._aside: set[str] = set()  # the pictures that are not kept
        self._compared: list[Candidate] = []  # of the stack that is shown, once they were compared
        self._at, self._cursor = 0, 0
        self._looking = True  # whether the stacks are still looked for
        self._job = Job("looking")

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Look for near-duplicates, unless other work is running."""
        if app.main.job is not None:
            app.main.show_status("still working; ctrl+c cancels")
        else:
            app.show_screen(cls())

    def compose(self) -> ComposeResult:
        yield Static("", id="stack-title", markup=False)
        yield Horizontal(id="stack")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Look for near-duplicates in a thread."""
        self.start(self._find())

    def on_unmount(self) -> None:
        """Stop the running work, for which nobody waits any more."""
        self._job.cancel()

    async def on_resize(self) -> None:
        """Show as many pictures side by side as there is room for."""
        await self._show()

    @property
    def kind(self) -> str:
        """Return which kind of stacks is shown."""
        return self._kinds[0]

    # -- keys ------------------------------------------------------------------------------------------

    async def action_step(self, by: int) -> None:
        """Move the cursor to another picture of the stack."""
        if self._stacks and 0 <= self._cursor + by < len(self._stack.images):
            self._cursor += by
            await self._show()

    async def action_turn(self, by: int) -> None:
        """Show another stack."""
        if 0 <= self._at + by < len(self._stacks):
            self._at += by
            self._cursor, self._compared = 0, []
            await self._show()
            self._compare()

    async def action_keep(self) -> None:
        """Keep the picture under the cursor, or set it aside; the last one that is kept stays."""
        if self._stacks:
            image = self._stack.images[self._cursor]
            if (
                image not in self._aside
                and len(self._aside.intersection(self._stack.images)) == len(self._stack.images) - 1
            ):
                self.notify("one picture of a stack is kept", markup=False, timeout=2)
                return
            self._aside ^= {image}
            await self._show()

    async def action_only(self) -> None:
        """Keep only the picture under the cursor, and go on to the next stack."""
        if self._stacks:
            self._aside |= set(self._stack.images)
            self._aside.discard(self._stack.images[self._cursor])
            await self._go_on()

    async def action_all(self) -> None:
        """Keep all pictures of the stack, and go on to the next one."""
        if self._stacks:
            self._aside -= set(self._stack.images)
            await self._go_on()

    def action_kind(self) -> None:
        """Show the bursts in place of the near-duplicates, or the other way round."""
        self._kinds.reverse()
        self._stacks, self._aside = [], set()  # what was chosen of one kind is none of the other's
        self._job.cancel()
        self._job = Job("looking")
        self.start(self._find())

    def action_group(self) -> None:
        """Group what is not kept apart from all others, and leave; not while stacks are looked for."""
        if not self._looking:
            self.start(self._group())

    def action_viewer(self) -> None:
        """Open the picture under the cursor in the system's viewer."""
        if self._stacks:
            file = self.desk.collection.file(self._stack.images[self._cursor])
            self.start(self.thread(open_viewer, file))

    def action_back(self) -> None:
        """Go back. Nothing is changed."""
        self.dismiss()

    # -- work ------------------------------------------------------------------------------------------

    @property
    def _stack(self) -> "Stack":
        return self._stacks[self._at]

    async def _find(self) -> None:
        """Look for the stacks; of each the best is kept until the user says something else."""
        self._stacks, self._compared, self._at, self._cursor = [], [], 0, 0
        kind, self._looking = self.kind, True
        await self._show()
        self.query_one("#stack-title", Static).update(Content(f"looking for {kind} …"))
        try:
            stacks = await self.thread(self.desk.near_duplicates.find, kind, self._job)
        except Cancelled:
            return
        if kind != self.kind:
            return  # the other kind was asked for meanwhile
        self._stacks, self._looking = stacks, False
        self._aside = {image for stack in self._stacks for image in stack.images[1:]}
        await self._show()
        self._compare()

    def _compare(self) -> None:
        if self._stacks:
            self.start(self._read(), group="compare")

    async def _read(self) -> None:
        stack = self._stack
        try:
            compared = await self.thread(self.desk.near_duplicates.compare, stack, self._job)
        except Cancelled:
            return
        if self._stacks and stack is self._stack:
            self._compared = compared
            await self._show()

    async def _go_on(self) -> None:
        if self._at + 1 < len(self._stacks):
            await self.action_turn(1)
        else:
            await self._show()

    async def _group(self) -> None:
        await self.thread(self.desk.near_duplicates.set_aside, self.kind, self._aside)
        line = f"Set {amount(len(self._aside), 'picture')} of the {self.kind} aside; no file was touched."
        await self.host.main.keep_note(line)
        self.host.main.reload_board()
        self.dismiss()

    # -- drawing ---------------------------------------------------------------------------------------

    async def _show(self) -> None:
        """Draw the stack: as many of its pictures as fit, the one under the cursor among them."""
        row = self.query_one("#stack", Horizontal)
        images = self._stack.images if self._stacks else ()
        fit = max(row.size.width // COLUMN, 1)
        first = self._cursor // fit * fit
        shown = images[first : first + fit]
        self.query_one("#stack-title", Static).update(self._title(first, len(shown)))
        columns = list(row.query(StackColumn))
        if [column.image for column in columns] != list(shown):
            await row.remove_children()
            columns = [StackColumn(image) for image in shown]
            await row.mount_all(columns)
        for at, column in enumerate(columns, first):
            column.paint(self._facts(at), column.image not in self._aside, at == self._cursor)

    def _title(self, first: int, shown: int) -> Content:
        """Return the kind of stack, and which of its pictures are shown: "← 4 to 6 of 9 pictures →"."""
        if not self._stacks:
            return Content(f"There are no {self.kind} among these pictures.")
        count = len(self._stack.images)
        pictures = amount(count, "picture")
        if shown < count:
            part = f"{first + 1:,} to {first + shown:,}" if shown > 1 else f"{first + 1:,}"
            pictures = f"{part} of {pictures}"
        before, after = "← " if first else "", " →" if first + shown < count else ""
        where = f"  {self._at + 1:,} of {len(self._stacks):,} · {before}{pictures}{after}"
        aside = f" · {amount(len(self._aside), 'picture')} set aside in all"
        return Content.assemble((self.kind, "bold"), (where + aside, "$muted"))

    def _facts(self, at: int) -> list[Content]:
        """Return what is known of a picture, in lines."""
        stack, collection = self._stack, self.desk.collection
        files = [collection.by_id(image) for image in stack.images]
        file = files[at]
        lines = [
            Content.assemble(
                (f"#{collection.number(stack.images[at])} ", "bold"), foreign(file.path.name, "$muted")
            ),
            Content(f"{file.width} x {file.height}, {size(file.bytes)}{_largest(file, files)}"),
            Content.styled(stack.how[at], "$muted"),
        ]
        if self._compared:
            lines += [Content(line) for line in candidate_lines(self._compared[at])]
        return lines


class StackColumn(Vertical):
    """Shows one picture of a stack above what is known of it."""

    def __init__(self, image: str) -> None:
        super().__init__(classes="stack-column")
        self.image = image
        self._facts = Static("", classes="facts", markup=False)

    def compose(self) -> ComposeResult:
        yield PictureBox(self.image, full=True)
        yield self._facts

    def paint(self, facts: list[Content], kept: bool, here: bool) -> None:
        """Show the facts, whether the picture is kept, and whether the cursor is on it."""
        self.set_class(here, "-cursor")
        mark = Content.assemble(
            "› " if here else "  ", ("✓ kept", "$mark bold") if kept else ("– set aside", "$muted")
        )
        self._facts.update(Content("\n").join([mark, *facts]))


def candidate_lines(candidate: "Candidate") -> list[str]:
    """Return what may decide, in lines of a few words: "sharpest" and "2 faces, eyes widest"; none where nothing was
    seen."""
    sharp, seen = "", []
    if candidate.sharpness is not None:
        sharp = "sharpest" if candidate.sharpness == 1 else _less_sharp(candidate.sharpness)
    if candidate.faces:
        seen.append(amount(candidate.faces, "face"))
    if candidate.eyes_widest:
        seen.append("eyes widest")
    return [line for line in (sharp, ", ".join(seen)) if line]


def _less_sharp(sharpness: float) -> str:
    return "as sharp" if sharpness >= SHARP else f"sharpness {sharpness:.0%}"


def _largest(file: "ImageFile", files: "list[ImageFile]") -> str:
    pixels = sorted((other.width * other.height for other in files), reverse=True)
    only = pixels[0] > pixels[1] if len(pixels) > 1 else False
    return ", largest" if only and file.width * file.height == pixels[0] else ""
