"""What widgets that draw one image have in common."""

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from assistant.tui.images import fit

if TYPE_CHECKING:
    from PIL.Image import Image

WAITING = "·"


class Raster(Widget):
    """Draws one RGB image as large as its box allows, where the box aligns what it holds.

    It fills its box whatever the image: another image lays nothing out anew, which for a page of them takes longer than
    a key may wait. Without an image it is a placeholder.

    Args:
        image: What is drawn; None while it is not known.
    """

    CELL: tuple[int, int] | None = None
    """Pixels of a cell; None asks the terminal."""
    STYLED = False
    """Whether the lines take the colours of the widget."""

    def __init__(self, image: "Image | None" = None) -> None:
        super().__init__(classes="raster")
        self._drawn: tuple[Image, int, int] | None = None
        self._lines: list[Strip] = []
        self.image = image

    @property
    def image(self) -> "Image | None":
        """What is drawn."""
        return self._image

    @image.setter
    def image(self, image: "Image | None") -> None:
        self._image = image
        self.set_class(image is None, "-waiting")
        self._prepare(*self.size)  # now: a page of them at the next paint would hold the loop
        self.refresh()

    def on_unmount(self) -> None:
        """Let go of what was drawn now: the widget itself lies about until garbage is looked for, which is seldom."""
        self._lines, self._drawn = [], None
        self._image = None
        self._styles_cache.clear()

    def lines(self, image: "Image", width: int, height: int) -> list[Strip]:
        """The image in `height` lines of `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """One line of cells; what is blank has the colours of the widget, which change with what is selected."""
        (width, height), image, style = self.size, self._image, self.rich_style
        if image is None:
            said = WAITING.center(width) if y == (height - 1) // 2 else " " * width
            return Strip([Segment(said, style)], width)
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
            self._lines = self.lines(image, *fit(image.width, image.height, width, height, self.CELL))

    @property
    def _to_the_left(self) -> bool:
        return isinstance(self.parent, Widget) and self.parent.styles.align_horizontal == "left"
