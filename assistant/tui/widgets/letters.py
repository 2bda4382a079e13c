"""A picture in letters: for terminals without colour, where half cells show nothing."""

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from assistant.tui.images import USUAL_CELL
from assistant.tui.widgets.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

RAMP = " .:-=+*#%@"
"""From dark to light, as bright letters on a dark ground show it."""


class LetterImage(Raster):
    """An image by its brightness."""

    CELL = USUAL_CELL
    STYLED = True

    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """One letter a cell."""
        return [Strip([Segment(line)], width) for line in letters(image, Size(width, height))]


def letters(image: "Image", size: Size) -> list[str]:
    """The image in lines of letters; the darkest tone of it is blank and the lightest the fullest letter."""
    if not size.area:
        return []
    grey = image.convert("L").resize((size.width, size.height))
    low, high = grey.getextrema()
    span = max(int(high) - int(low), 1)  # type: ignore[arg-type]
    tones = [RAMP[(tone - int(low)) * (len(RAMP) - 1) // span] for tone in grey.tobytes()]  # type: ignore[arg-type]
    return ["".join(tones[at : at + size.width]) for at in range(0, len(tones), size.width)]
