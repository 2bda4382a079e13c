"""Shows what is in the folder before anything is grouped: pictures from all over it, at once, while it is read."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from assistant.tui.board_layout import many_pictures
from assistant.tui.widgets.picture_box import PictureBox


class ContactSheet(Vertical):
    """Shows as many pictures of a folder as there is room for, and a line of text below them."""

    def __init__(self, text: str) -> None:
        super().__init__(id="contact-sheet")
        self._text = text
        self._files: tuple[Path, ...] = ()
        self._painting = asyncio.Lock()  # files and a new size may come at once

    def compose(self) -> ComposeResult:
        yield Container(id="sheet")
        yield Static(Content(self._text), id="nothing", markup=False)

    def say(self, text: str) -> None:
        """Show another text."""
        self._text = text
        self.query_one("#nothing", Static).update(Content(text))

    async def show(self, files: Sequence[Path]) -> None:
        """Show these pictures, as far as there is room."""
        self._files = tuple(files)
        await self._paint()

    async def on_resize(self) -> None:
        """Fill the new size with pictures."""
        await self._paint()

    async def _paint(self) -> None:
        """Keep the boxes that are there, and add or remove some to fit the room; each shows another picture where the
        room for pictures changed, so that they stay spread over the folder."""
        async with self._painting:
            await self._fill(self.query_one("#sheet", Container))

    async def _fill(self, sheet: Container) -> None:
        size = sheet.content_size
        if not size.area:
            return
        lie = many_pictures(size.width, size.height, len(self._files))
        sheet.styles.grid_size_columns = lie.columns
        sheet.styles.grid_columns = str(lie.width)
        sheet.styles.grid_rows = str(lie.height)
        count = min(lie.count, len(self._files))
        chosen = [self._files[i * len(self._files) // count] for i in range(count)]
        boxes = [box for box in sheet.children if isinstance(box, PictureBox)]
        for box, file in zip(boxes, chosen, strict=False):
            box.show(file)
        await sheet.remove_children(boxes[count:])
        await sheet.mount_all(PictureBox(file, scrolls=True) for file in chosen[len(boxes) :])
