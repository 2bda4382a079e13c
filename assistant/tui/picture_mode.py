"""Chooses the picture mode: how this terminal can draw pictures, and how many cells a picture takes."""

import os
import re
import sys
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
    try:
        import textual_image.widget  # asks for the size of a cell and for sixel and kitty graphics
    except ZeroDivisionError:  # a terminal that says that it has no columns
        return "half"
    from textual_image.renderable import Image, SixelImage, TGPImage

    assert textual_image.widget
    return "best" if Image is SixelImage or (Image is TGPImage and places_pictures(_terminal())) else "half"


def places_pictures(terminal: str) -> bool:
    """Return whether a terminal with kitty's graphics draws pictures in place of characters that stand for them.

    Others that say that they have kitty's graphics, older versions of kitty among them, show those characters.

    Args:
        terminal: The name and version by which it answers XTVERSION, as in "kitty(0.26.5)".
    """
    name = re.match(r"([a-z]+)\W*(\d+)\.(\d+)", terminal.lower())
    return name is not None and (
        name[1] == "ghostty" or (name[1] == "kitty" and (int(name[2]), int(name[3])) >= (0, 28))
    )


def _terminal() -> str:
    """Ask the terminal for its name and version (XTVERSION); "" where it does not tell."""
    from textual_image._terminal import TerminalError, capture_terminal_response

    assert sys.__stdout__ is not None
    try:
        with capture_terminal_response("\x1bP>|", "\x1b\\", 0.5) as response:
            sys.__stdout__.write("\x1b[>q")
            sys.__stdout__.flush()
    except (TerminalError, TimeoutError):
        return ""
    return str(response.sequence).removeprefix("\x1bP>|").removesuffix("\x1b\\")


def fit_cells(
    width: int, height: int, columns: int, rows: int, cell: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Return the (columns, rows) of a picture of width x height pixels that keeps its shape inside a box of cells.

    `cell` is the size of a cell in pixels; by default the terminal's own, which `detect_picture_mode` has found out.
    """
    if cell is None:
        cell = _cell()
    scale = min(columns * cell[0] / max(width, 1), rows * cell[1] / max(height, 1))
    return (
        min(max(round(width * scale / cell[0]), 1), columns),
        min(max(round(height * scale / cell[1]), 1), rows),
    )


def _cell() -> tuple[int, int]:
    """Return the width and height of a cell of this terminal in pixels."""
    from textual_image._terminal import get_cell_size

    try:
        told = get_cell_size()
    except ZeroDivisionError:
        return USUAL_CELL
    return told.width, told.height
