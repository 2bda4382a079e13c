"""Loads what Pillow alone does not: the low bytes of 16-bit colours, and files that end too early."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image, ImageFile

MISSING = 0.25
"""The largest share of rows that may be missing in a file that ends too early."""
_MARK = (37, 219, 101, 83)
"""The samples that stand where nothing was decoded. No row of a picture is likely to be of this colour throughout."""
_MADE_UP = 128
"""The sample that a JPEG decoder makes up where nothing is left."""
_FOREIGN = "B" if sys.byteorder == "little" else "L"
_PIXELS = 1_000_000
"""The most pixels that are looked at at once, but for a single row."""
_leniency = threading.Lock()


def deep_mode(image: Image.Image) -> str | None:
    """Return how the colours of 16 bits are packed in an image whose header is read, such as "RGB;16B"; else None.

    Pillow has no mode for such colours: it drops their low bytes.
    """
    modes = {_raw_mode(tile[3]) for tile in getattr(image, "tile", [])}
    mode = modes.pop() if len(modes) == 1 else ""
    return mode if image.mode in ("RGB", "RGBA", "CMYK") and mode[-4:-1] == ";16" else None


def low_bytes(image: Image.Image, mode: str) -> Image.Image | None:
    """Load the low bytes of an image in place of the high ones; None where this Pillow cannot.

    Args:
        image: Its header is read, and nothing else.
        mode: What `deep_mode` returned.
    """
    if mode.startswith("LA"):  # there is no mode with the other order; as four bytes these are L, l, A, a
        image._mode, other = "RGBA", "RGBA"
    else:
        # Read in the other order of bytes, what seems to be the high byte is the low one.
        other = mode[:-1] + {"B": "L", "L": "B", "N": _FOREIGN}[mode[-1]]
    tiles: list[Any] = getattr(image, "tile", [])
    image.tile = [  # type: ignore[attr-defined]
        tile._replace(args=_with_raw_mode(tile.args, other)) for tile in tiles
    ]
    try:
        image.load()
    except (OSError, ValueError, SyntaxError):
        return None
    if mode.startswith("LA"):
        _, grey, _, opacity = image.split()
        return Image.merge("RGBA", (grey, grey, grey, opacity))
    return image


def load_what_is_there(image: Image.Image) -> None:
    """Load an image whose file ends too early, as viewers do; what is missing is of one colour.

    Args:
        image: Its header is read, and nothing else.

    Raises:
        OSError: More than `MISSING` of its rows are missing, or nothing can be decoded.
    """
    bands = len(image.getbands())
    mark = np.array(_MARK[:bands])
    colour = _MARK[:bands] if bands > 1 else _MARK[0]
    image.im = Image.core.fill(image.mode, image.size, colour)  # type: ignore[attr-defined]
    with _end_accepted():
        image.load()
    if image.format in ("JPEG", "MPO"):  # its decoder fills the rest by itself
        mark = np.full(bands, _MADE_UP)
    missing = 0
    count = max(1, _PIXELS // image.width)
    for top in range(0, image.height, count):
        rows = np.asarray(image.crop((0, top, image.width, min(image.height, top + count))))
        samples = rows.reshape(len(rows), -1, rows.shape[2] if rows.ndim == 3 else 1)
        distance = np.abs(samples.astype(np.float32) - mark.astype(np.float32))
        missing += int((distance <= 1).all(axis=(1, 2)).sum())
    if missing > MISSING * image.height:
        raise OSError("image file is truncated")


@contextmanager
def _end_accepted() -> Iterator[None]:
    """Have Pillow accept files that end too early. It knows only one switch for the whole process."""
    with _leniency:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _raw_mode(arguments: Any) -> str:
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _with_raw_mode(arguments: Any, mode: str) -> Any:
    return (mode, *arguments[1:]) if isinstance(arguments, tuple) else mode
