"""Pictures for the terminal: how they can be drawn here, and thumbnails loaded off the event loop."""

import asyncio
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

    from assistant.desk import Desk

PictureMode = Literal["none", "ascii", "half", "best"]
"""No pictures; letters; coloured half cells; or what the terminal does best (sixel, kitty) where nothing scrolls."""


def detect(wanted: bool) -> PictureMode:
    """How this terminal shows pictures. Asks the terminal, so it must run before Textual takes it over."""
    if not wanted:
        return "none"
    if os.environ.get("NO_COLOR"):  # coloured half cells without colour are grey boxes
        return "ascii"
    import textual_image.widget  # asks for the size of a cell and for sixel and kitty graphics
    from textual_image.renderable import HalfcellImage, Image, UnicodeImage

    assert textual_image.widget
    return "half" if Image in (HalfcellImage, UnicodeImage) else "best"


USUAL_CELL = (10, 20)
"""Pixels of a cell where nobody asked the terminal."""


def fit(
    width: int, height: int, columns: int, rows: int, cell: tuple[int, int] | None = None
) -> tuple[int, int]:
    """The cells that a picture of width x height pixels takes inside columns x rows, keeping its shape.

    `cell` is the size of a cell in pixels; by default the terminal's own, which `detect` has asked for.
    """
    if cell is None:
        from textual_image._terminal import get_cell_size

        found = get_cell_size()
        cell = found.width, found.height
    scale = min(columns * cell[0] / max(width, 1), rows * cell[1] / max(height, 1))
    return (
        min(max(round(width * scale / cell[0]), 1), columns),
        min(max(round(height * scale / cell[1]), 1), rows),
    )


class Thumbs:
    """Thumbnails of a desk's pictures, made and decoded by two threads; the latest stay in memory."""

    def __init__(self, desk: "Desk", keep: int = 96, workers: int = 2) -> None:
        self._desk = desk
        self._keep = keep
        self._kept: OrderedDict[str, Image] = OrderedDict()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="thumbnail")

    def kept(self, sha: str) -> "Image | None":
        """The thumbnail if it is in memory."""
        return self._kept.get(sha)

    async def get(self, sha: str) -> "Image | None":
        """The thumbnail (RGB, at most 256 pixels a side), or None where the file does not decode."""
        if sha in self._kept:
            self._kept.move_to_end(sha)
            return self._kept[sha]
        image = await asyncio.get_running_loop().run_in_executor(self._pool, self._load, sha)
        if image is not None:
            self._kept[sha] = image
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return image

    async def full(self, sha: str, side: int = 1024) -> "Image | None":
        """The picture itself, its longest side at most `side` pixels, or None."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._decode, sha, side)

    def close(self) -> None:
        """Stop the threads; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _load(self, sha: str) -> "Image | None":
        from PIL import Image

        try:
            path: Path = self._desk.workspace.thumbnails.get(sha, self._desk.collection.file(sha))
            with Image.open(path) as opened:
                return opened.convert("RGB")
        except (
            Exception
        ):  # a thumbnail is an ornament: whatever is wrong with the file, a placeholder says it
            return None

    def _decode(self, sha: str, side: int) -> "Image | None":
        try:
            return self._desk.workspace.thumbnails.large(self._desk.collection.file(sha), side)
        except Exception:  # as above
            return None
