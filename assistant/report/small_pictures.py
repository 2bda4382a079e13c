"""Writes small pictures for the pages, named by their numbers alone, as large as there is room for."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import RegroupError
from tools.progress import Progress

if TYPE_CHECKING:
    from PIL.Image import Image

    from assistant.report.report_data import Picture
    from assistant.workspace.thumbnails import Thumbnails

FOLDER = "pictures"
"""The name of their folder in the report."""
_SIDES = (256, 224, 192, 160, 128, 112, 96)
"""The longest sides in pixels that they may have."""
_QUALITY = 72
"""The quality of a WebP at which no flaw is seen at that size."""
_TRIED = 48
"""The number of pictures by which the size is chosen."""


def small_picture(row: int) -> str:
    """Return the path of a picture's small one, relative to the report."""
    return f"{FOLDER}/{row // 1000}/{row + 1}.webp"


def write_small_pictures(
    folder: Path,
    pictures: "Sequence[Picture]",
    files: Sequence[Path],
    thumbnails: "Thumbnails",
    most: int,
    progress: Progress,
) -> frozenset[int]:
    """Write the small pictures into a report.

    Args:
        folder: That of the report.
        pictures: Those of the report.
        files: The file of each of them.
        thumbnails: The thumbnails of the workspace; what is not there is made and kept there.
        most: About how many bytes there may be in all.
        progress: Called for each picture.

    Returns:
        The rows of the pictures that have one; others do not decode any more.
    """
    rows = range(len(pictures))
    tried: dict[int, Image] = {}
    for row in rows[:: max(1, len(pictures) // _TRIED)]:
        if (image := _thumbnail(thumbnails, pictures[row].image, files[row])) is not None:
            tried[row] = image
    side = _side(list(tried.values()), most // max(1, len(pictures)))
    written = set()
    for row in rows:
        progress("making small pictures", row, len(pictures))
        image = tried.get(row) or _thumbnail(thumbnails, pictures[row].image, files[row])
        if image is not None:
            path = folder / small_picture(row)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_webp(image, side))
            written.add(row)
    return frozenset(written)


def _thumbnail(thumbnails: "Thumbnails", image: str, file: Path) -> "Image | None":
    from PIL import Image

    try:
        with Image.open(thumbnails.get(image, file)) as opened:
            return opened.convert("RGB")
    except (RegroupError, OSError):
        return None


def _side(tried: "Sequence[Image]", bytes_each: int) -> int:
    """Return the largest side at which these pictures have no more bytes each, in the mean."""
    for side in _SIDES:
        if sum(len(_webp(image, side)) for image in tried) <= bytes_each * len(tried):
            return side
    return _SIDES[-1]


def _webp(image: "Image", side: int) -> bytes:
    small = image.copy()
    small.thumbnail((side, side))
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=3)
    return buffer.getvalue()
