"""A picture in a box of cells, loaded off the event loop, with a placeholder until then or instead."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from assistant.tui.images import PictureMode, Thumbs, fit

if TYPE_CHECKING:
    from PIL.Image import Image

    from assistant.tui.app import RegroupApp

WAITING, BROKEN, HIDDEN = "·", "×", "▫"


class Picture(Container):
    """Shows one image by its hash.

    Args:
        sha: Which image; None shows nothing.
        scrolls: True where the picture scrolls with a list: then it is always drawn with half cells.
        full: Decode the file itself rather than its thumbnail.
    """

    def __init__(self, sha: str | None, scrolls: bool = False, full: bool = False) -> None:
        super().__init__(classes="picture")
        self._sha = sha
        self._scrolls = scrolls
        self._full = full
        self._image: Image | None = None

    def compose(self) -> ComposeResult:
        mode = self._app.pictures
        yield Static(Content(HIDDEN if mode == "none" else WAITING), classes="placeholder")

    def on_mount(self) -> None:
        self.show(self._sha)

    def show(self, sha: str | None) -> None:
        """Show another image in the same place."""
        self._sha = sha
        thumbs = self._app.thumbs
        if sha is None or thumbs is None or self._app.pictures == "none":
            return
        kept = None if self._full else thumbs.kept(sha)
        if kept is not None:
            self._image = kept
            self.call_after_refresh(self._draw)
        else:
            self.run_worker(self._load(thumbs, sha), group="picture", exclusive=True, exit_on_error=False)

    def on_resize(self) -> None:
        """Keep the picture's shape in its new box."""
        if self._image is not None:
            self.call_after_refresh(self._draw)

    async def _load(self, thumbs: Thumbs, sha: str) -> None:
        image = await (thumbs.full(sha) if self._full else thumbs.get(sha))
        if sha != self._sha or not self.is_attached:
            return
        if image is None:
            self.query_one(".placeholder", Static).update(Content(BROKEN))
            return
        self._image = image
        await self._draw()

    async def _draw(self) -> None:
        """Put the image widget in place of the placeholder, as large as the box allows."""
        box, image = self.content_size, self._image
        if image is None or not self.is_attached or box.area == 0:
            return
        from textual_image.widget import HalfcellImage
        from textual_image.widget import Image as BestImage

        mode: PictureMode = self._app.pictures
        drawn = self.query("._drawn").first() if self.query("._drawn") else None
        kind = BestImage if mode == "best" and not self._scrolls else HalfcellImage
        width, height = fit(image.width, image.height, box.width, box.height)
        if drawn is None:
            drawn = kind(image, classes="_drawn")
            drawn.styles.width, drawn.styles.height = width, height
            self.query(".placeholder").set(display=False)
            await self.mount(drawn)
        else:
            drawn.styles.width, drawn.styles.height = width, height
            if drawn.image is not image:  # type: ignore[attr-defined]
                drawn.image = image  # type: ignore[attr-defined]

    @property
    def _app(self) -> "RegroupApp":
        return cast("RegroupApp", self.app)
