"""Small JPEGs of images for the screen, by content hash: shared by all collections, safe to delete."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.workspace.files import remove, written
from tools.errors import RegroupError

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 256
_END_OF_JPEG = b"\xff\xd9"


def read_picture(file: Path, side: int) -> "Image":
    """Decode an image (RGB, at most `side` pixels a side) and keep nothing.

    Raises:
        tools.errors.RegroupError: The image does not decode.
    """
    from PIL import Image

    from tools.decode.decode_pool import decode_in_worker

    return Image.fromarray(decode_in_worker(file, side))


class Thumbnails:
    """JPEGs of at most 256 x 256 pixels, in 256 folders named by the first two digits of the hash.

    Args:
        folder: The folder of the thumbnails, created if necessary.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha: str) -> Path | None:
        """Return the thumbnail of an image, or None where there is none yet or its file is truncated."""
        path = self._place(sha)
        try:
            with path.open("rb") as file:
                file.seek(-len(_END_OF_JPEG), 2)
                return path if file.read() == _END_OF_JPEG else None
        except OSError:
            return None

    def make(self, sha: str, file: Path) -> Path:
        """Make the thumbnail of the image in `file`, even if there is one.

        Raises:
            tools.errors.RegroupError: The image does not decode, or the disk is full.
        """
        picture = read_picture(file, SIDE)
        path = self._place(sha)
        with written(path) as temporary:
            picture.save(temporary, "JPEG", quality=85)
        return path

    def get(self, sha: str, file: Path) -> Path:
        """Return the thumbnail of the image in `file`, made if there is none yet. Raises as `make` does."""
        return self.path(sha) or self.make(sha, file)

    def jpeg(self, sha: str, file: Path, width: int, height: int) -> bytes | None:
        """Return the thumbnail of the image in `file` as a JPEG of at most this size in pixels, made if there is none
        yet; None where the image does not decode."""
        from PIL import Image

        data = BytesIO()
        try:
            with Image.open(self.get(sha, file)) as opened:
                small = opened.convert("RGB")
        except (RegroupError, OSError):
            return None
        small.thumbnail((width, height))
        small.save(data, "JPEG", quality=80)
        return data.getvalue()

    def forget(self, sha: str) -> None:
        """Remove the thumbnail of an image, if there is one, so that it is made again."""
        remove(self._place(sha))

    def _place(self, sha: str) -> Path:
        return self.folder / sha[:2] / f"{sha}.jpg"
