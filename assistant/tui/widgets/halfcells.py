"""A picture in coloured half cells, drawn line by line: quick enough for many in a list that scrolls.

The library's own half cells go through Rich and lay the screen out anew with each picture, some milliseconds a
thumbnail: drawn at once, a page of them would hold the event loop for longer than a key may wait.
"""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from assistant.tui.widgets.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

UPPER = "▀"


class HalfCells(Raster):
    """An image in half cells."""

    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """Two pixels a cell."""
        return strips(image, width, height)


def strips(image: "Image", width: int, height: int) -> list[Strip]:
    """The image in `height` lines of `width` cells, two pixels a cell: the upper in the colour of the letter."""
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
