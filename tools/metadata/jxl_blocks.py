"""Finds the EXIF and XMP blocks of a JPEG XL, which lie beside its pixels in boxes (ISO/IEC 18181-2)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

from tools.metadata.exif import LARGEST as LARGEST_EXIF
from tools.metadata.xmp import LARGEST as LARGEST_XMP

_SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_BOXES = 64
"""The most boxes of a file that are looked at."""


def jxl_blocks(file: BinaryIO) -> Image.Image | None:
    """Return an empty image that carries the blocks of a JPEG XL as Pillow does; None for any other file.

    Blocks that are packed (boxes "brob") are left out, and so is how the picture is turned: a JPEG XL says that
    elsewhere, and its EXIF does not count.

    Raises:
        struct.error: A box is damaged.
    """
    file.seek(0)
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        return None
    image = Image.new("L", (1, 1))
    for kind, length in _boxes(file):
        if kind == b"Exif" and 4 < length <= LARGEST_EXIF:
            block = file.read(length)
            begin = 4 + struct.unpack_from(">I", block)[0]
            image.info["exif"] = b"Exif\0\0" + block[begin:]
        elif kind == b"xml " and length <= LARGEST_XMP:
            image.info["xmp"] = file.read(length)
    return image


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the kind of each box and the bytes of its contents, with the file at their beginning."""
    at, end = len(_SIGNATURE), file.seek(0, 2)
    for _ in range(_BOXES):
        file.seek(at)
        if at + 8 > end:
            return
        size, kind = struct.unpack(">I4s", file.read(8))
        begin = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            begin += 8
        stop = at + size if size else end
        if not begin <= stop <= end:
            return
        yield kind, stop - begin
        at = stop
