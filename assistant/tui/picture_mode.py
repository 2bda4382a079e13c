"""Chooses the picture mode: how this terminal can draw pictures, and how many cells a picture takes."""

import io
import os
import re
import sys
from typing import Literal

from assistant.tui.terminal_answers import TerminalAnswers

PictureMode = Literal["none", "ascii", "half", "sixel", "kitty"]
"""No pictures; letters; coloured half cells; or a protocol for pictures, used where nothing scrolls."""

USUAL_CELL = (10, 20)
"""The width and height of a cell in pixels that are assumed where the terminal does not tell."""


def detect_picture_mode(wanted: bool, terminal: TerminalAnswers) -> PictureMode:
    """Return how this terminal can draw pictures; "none" unless they are wanted.

    It loads the library that draws them, which asks the terminal unless it is told the answers, and loses keys.
    """
    if sys.platform == "win32":
        import textual_image.widget  # only the library can ask here
    else:
        _load_library(terminal.cell or USUAL_CELL)
    if not wanted:
        return "none"
    if os.environ.get("NO_COLOR"):  # coloured half cells without colour are grey boxes
        return "ascii"
    if sys.platform == "win32":
        return "sixel" if textual_image.widget.Image is textual_image.widget.SixelImage else "half"
    if terminal.sixel:
        return "sixel"
    return "kitty" if terminal.kitty and places_pictures(terminal.name) else "half"


def _load_library(cell: tuple[int, int]) -> None:
    """Import the library that draws pictures as if there were no terminal, and tell it the size of a cell."""
    from textual_image._terminal import CellSize, get_cell_size

    get_cell_size._result = CellSize(*cell)  # type: ignore[attr-defined]
    terminal, sys.__stdout__ = sys.__stdout__, io.StringIO()  # type: ignore[misc, assignment]
    try:
        import textual_image.widget
    finally:
        sys.__stdout__ = terminal  # type: ignore[misc]
    assert textual_image.widget


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

    told = get_cell_size()
    return told.width, told.height
