"""Draws pictures in the cells of the terminal: in coloured half cells, or in letters where there is no colour.

The library's own half cells go through Rich and lay out the screen again for each picture, some milliseconds each: a
page of them would block the event loop for longer than a key may wait. These are drawn line by line.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from assistant.tui.picture_mode import USUAL_CELL, fit_cells

if TYPE_CHECKING:
    from PIL.Image import Image

WAITING = "·"
"""The placeholder in the middle of the box until the image is loaded."""

UPPER = "▀"
"""The character whose upper half has the foreground colour and whose lower half the background colour."""

RAMP = " .:-=+*#%@"
"""The letters from dark to light, for bright letters on a dark background."""


class CellImage(Widget):
    """Draws one RGB image in cells, as large as its box allows and aligned as the box says.

    It fills its box whatever the image, so that another image needs no new layout. Without an image it shows a
    placeholder.

    Args:
        image: The image; None while it is not loaded.
    """

    CELL: tuple[int, int] | None = None
    """The width and height of a cell in pixels; None asks the terminal."""
    STYLED = False
    """Whether the lines take the colours of the widget."""

    def __init__(self, image: "Image | None" = None) -> None:
        super().__init__(classes="cell-image")
        self._drawn: tuple[Image, int, int] | None = None
        self._lines: list[Strip] = []
        self._placeholder = WAITING
        self.image = image

    @property
    def image(self) -> "Image | None":
        """Return the image; None while it is not loaded."""
        return self._image

    @image.setter
    def image(self, image: "Image | None") -> None:
        self._image = image
        self.set_class(image is None, "-waiting")
        self._prepare(*self.size)  # now, as a page of them at the next paint would block the loop
        self.refresh()

    def wait(self, placeholder: str) -> None:
        """Show a placeholder of one character in place of an image."""
        self._placeholder = placeholder
        self.image = None

    def on_unmount(self) -> None:
        """Drop the drawn lines at once, as the widget itself stays in memory until garbage is collected."""
        self._lines, self._drawn = [], None
        self._image = None
        self._styles_cache.clear()

    @abstractmethod
    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """Return the image in `height` lines of `width` cells."""

    def render_line(self, y: int) -> Strip:
        """Return one line of cells; blank cells have the widget's colours, which change with the selection."""
        (width, height), image, style = self.size, self._image, self.rich_style
        if image is None:
            text = self._placeholder.center(width) if y == (height - 1) // 2 else " " * width
            return Strip([Segment(text, style)], width)
        self._prepare(width, height)
        at = y - (height - len(self._lines)) // 2
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, style)
        line = self._lines[at].apply_style(style) if self.STYLED else self._lines[at]
        left = 0 if self._to_the_left else (width - line.cell_length) // 2
        right = width - left - line.cell_length
        return (
            Strip.join([Strip.blank(left, style), line, Strip.blank(right, style)]) if left or right else line
        )

    def _prepare(self, width: int, height: int) -> None:
        image = self._image
        if image is not None and width and height and self._drawn != (image, width, height):
            self._drawn = image, width, height
            self._lines = self.lines(image, *fit_cells(image.width, image.height, width, height, self.CELL))

    @property
    def _to_the_left(self) -> bool:
        return isinstance(self.parent, Widget) and self.parent.styles.align_horizontal == "left"


class HalfCellImage(CellImage):
    """Draws an image in half cells, two pixels a cell."""

    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """Return the image in `height` lines of `width` cells."""
        return half_cell_strips(image, width, height)


class AsciiImage(CellImage):
    """Draws an image by its brightness, one letter a cell."""

    CELL = USUAL_CELL
    STYLED = True

    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """Return the image in `height` lines of `width` cells."""
        return [Strip([Segment(line)], width) for line in ascii_lines(image, Size(width, height))]


def half_cell_strips(image: "Image", width: int, height: int) -> list[Strip]:
    """Return an RGB image in `height` lines of `width` cells, each of which shows two pixels, one above the other."""
    if not width or not height:
        return []
    pixels = image.resize((width, height * 2)).tobytes()

    def colour(x: int, y: int) -> Color:
        at = 3 * (y * width + x)
        return Color.from_rgb(pixels[at], pixels[at + 1], pixels[at + 2])

    return [
        Strip([Segment(UPPER, Style.from_color(colour(x, y), colour(x, y + 1))) for x in range(width)], width)
        for y in range(0, height * 2, 2)
    ]


def ascii_lines(image: "Image", size: Size) -> list[str]:
    """Return an image in lines of letters; its darkest tone is blank and its lightest the fullest letter."""
    if not size.area:
        return []
    grey = image.convert("L").resize((size.width, size.height))
    low, high = grey.getextrema()
    span = max(int(high) - int(low), 1)  # type: ignore[arg-type]
    tones = [RAMP[(tone - int(low)) * (len(RAMP) - 1) // span] for tone in grey.tobytes()]  # type: ignore[arg-type]
    return ["".join(tones[at : at + size.width]) for at in range(0, len(tones), size.width)]
