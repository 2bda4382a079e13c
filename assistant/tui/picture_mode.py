"""Chooses the picture mode: how this terminal can draw pictures, and how many cells a picture takes."""

import os
from typing import Literal

PictureMode = Literal["none", "ascii", "half", "best"]
"""No pictures; letters; coloured half cells; or the terminal's best (sixel, kitty) where nothing scrolls."""

USUAL_CELL = (10, 20)
"""The width and height of a cell in pixels that are assumed where the terminal was not asked."""


def detect_picture_mode(wanted: bool) -> PictureMode:
    """Find out how this terminal can draw pictures; "none" unless they are wanted.

    It asks the terminal, so it must run before Textual takes the terminal over.
    """
    if not wanted:
        return "none"
    if os.environ.get("NO_COLOR"):  # coloured half cells without colour are grey boxes
        return "ascii"
    import textual_image.widget  # asks for the size of a cell and for sixel and kitty graphics
    from textual_image.renderable import HalfcellImage, Image, UnicodeImage

    assert textual_image.widget
    return "half" if Image in (HalfcellImage, UnicodeImage) else "best"


def fit_cells(
    width: int, height: int, columns: int, rows: int, cell: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Return the (columns, rows) of a picture of width x height pixels that keeps its shape inside a box of cells.

    `cell` is the size of a cell in pixels; by default the terminal's own, which `detect_picture_mode` has found out.
    """
    if cell is None:
        from textual_image._terminal import get_cell_size

        terminal = get_cell_size()
        cell = terminal.width, terminal.height
    scale = min(columns * cell[0] / max(width, 1), rows * cell[1] / max(height, 1))
    return (
        min(max(round(width * scale / cell[0]), 1), columns),
        min(max(round(height * scale / cell[1]), 1), rows),
    )
