"""Shows a picture in a box of cells, loaded off the event loop, with a placeholder until then or instead."""

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from assistant.tui.picture_mode import fit_cells
from assistant.tui.widgets.cell_images import WAITING, AsciiImage, CellImage, HalfCellImage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from PIL.Image import Image

    from assistant.tui.protocols import PictureHost
    from assistant.tui.thumbnail_loader import Picture, ThumbnailLoader

BROKEN, HIDDEN = "×", "▫"
"""The placeholders of a file that does not decode, and of every picture where none are drawn."""


class PictureBox(Container):
    """Shows one image by its hash, or by its file while its folder is being read.

    Args:
        picture: The image; None shows nothing.
        scrolls: Whether the picture scrolls with a list; then it is always drawn in half cells.
        full: Whether to decode the file itself instead of its thumbnail.
        id: The id of the widget.
    """

    def __init__(
        self, picture: "Picture | None", scrolls: bool = False, full: bool = False, id: str | None = None
    ) -> None:
        super().__init__(classes="picture", id=id)
        self._picture = picture
        self._scrolls = scrolls
        self._full = full
        self._image: Image | None = None
        self._canvas: Widget | None = None  # the widget that draws it, after the first image

    def compose(self) -> ComposeResult:
        if self._host.picture_mode == "none":
            yield Static(Content(HIDDEN), classes="placeholder")
        elif self._in_cells:
            # It waits in its place from the beginning: mounted later, each picture would lay out the whole screen.
            self._canvas = AsciiImage() if self._host.picture_mode == "ascii" else HalfCellImage()
            yield self._canvas
        else:
            yield Static(Content(WAITING), classes="placeholder")

    def on_mount(self) -> None:
        self.show(self._picture)

    @property
    def picture(self) -> "Picture | None":
        """Return the image that is shown or being loaded."""
        return self._picture

    def show(self, picture: "Picture | None") -> None:
        """Show another image in the same place; a placeholder until it is loaded, and for None."""
        if not self.is_attached:
            self._picture = picture  # shown when it is mounted
            return
        if picture != self._picture:
            self._image = None
            self._show_placeholder(WAITING)
        self._picture = picture
        thumbnails = self._host.thumbnails
        if picture is None or self._host.picture_mode == "none":
            return
        cached = None if self._full else thumbnails.cached(picture)
        if cached is not None:
            self._image = cached
            self.call_after_refresh(self._draw)
        else:
            load: Callable[[], Awaitable[None]] = partial(self._load, thumbnails, picture)
            self.run_worker(load, group="picture", exclusive=True, exit_on_error=False)

    async def redraw(self) -> None:
        """Draw the image again after the picture mode has changed."""
        self._image = self._canvas = None  # or a resize meanwhile would draw it in the old mode
        await self.recompose()
        self.show(self._picture)

    def on_resize(self) -> None:
        """Keep the picture's shape in its new box."""
        if self._image is not None:
            self.call_after_refresh(self._draw)

    async def _load(self, thumbnails: "ThumbnailLoader", picture: "Picture") -> None:
        image = await (thumbnails.full(picture) if self._full else thumbnails.get(picture))
        if picture != self._picture or not self.is_attached:
            return
        if image is None:
            self._show_placeholder(BROKEN)
            return
        self._image = image
        await self._draw()

    def _show_placeholder(self, symbol: str) -> None:
        canvas = self._canvas
        if canvas is not None:
            canvas.remove_class("_drawn")
        if isinstance(canvas, CellImage):
            canvas.wait(symbol)
            return
        if canvas is not None:
            canvas.display = False
        for placeholder in self.query(".placeholder").results(Static):  # none before it is composed
            placeholder.update(Content(symbol))
            placeholder.display = True

    async def _draw(self) -> None:
        """Put the picture in place of the placeholder, as large as the box allows."""
        box, image = self.content_size, self._image
        if image is None or not self.is_attached or box.area == 0 or self._host.picture_mode == "none":
            return
        if self._canvas is None:
            from textual_image.widget import SixelImage, TGPImage

            self._canvas = SixelImage(image) if self._host.picture_mode == "sixel" else TGPImage(image)
            await self.mount(self._canvas)
        canvas = self._canvas
        if not isinstance(canvas, CellImage):
            self.query(".placeholder").set(display=False)
            canvas.display = True
            width, height = fit_cells(image.width, image.height, box.width, box.height)
            canvas.styles.width, canvas.styles.height = width, height
        if canvas.image is not image:  # type: ignore[attr-defined]
            canvas.image = image  # type: ignore[attr-defined]
        canvas.add_class("_drawn")

    @property
    def _in_cells(self) -> bool:
        """Return whether the picture is drawn in cells rather than by the best protocol of the terminal."""
        return self._scrolls or self._host.picture_mode in ("half", "ascii")

    @property
    def _host(self) -> "PictureHost":
        return cast("PictureHost", self.app)
