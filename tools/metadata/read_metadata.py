"""Reads what is known of one picture without its pixels: from its file, what lies beside it, and its name."""

import stat
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tools.decode.decode import is_read_in_c, opened_header
from tools.decode.decode_pool import blocks_in_worker
from tools.metadata.exif import read_exif
from tools.metadata.file_name_date import date_in_name
from tools.metadata.iptc import read_iptc
from tools.metadata.jxl_blocks import jxl_blocks
from tools.metadata.metadata import Metadata, attempt
from tools.metadata.takeout import LARGEST as LARGEST_TAKEOUT
from tools.metadata.takeout import read_takeout
from tools.metadata.xmp import LARGEST as LARGEST_XMP
from tools.metadata.xmp import read_xmp

RULES = 3
"""Changes whenever the same files would be read differently, so that they are read again."""


def read_metadata(file: Path, companions: Sequence[Path] = ()) -> Metadata:
    """Return what is known of a picture: by its EXIF, then XMP, then IPTC, then a JSON of Takeout, then its name.

    It never raises: what is damaged, missing, too large or hostile says nothing.

    Args:
        file: The picture.
        companions: The files that belong to it (`tools.scan.companions`).
    """
    inside, packet, older = _inside(file)
    sidecars = [Metadata() if packet is None else attempt(lambda: read_xmp(packet))]
    takeout = Metadata()
    for companion in companions:
        kind = companion.suffix.lower()
        if kind == ".xmp":
            sidecars.insert(0, attempt(lambda: read_xmp(_bytes(companion, LARGEST_XMP))))  # noqa: B023
        elif kind == ".json":
            takeout = takeout.or_else(attempt(lambda: read_takeout(_bytes(companion, LARGEST_TAKEOUT))))  # noqa: B023
    known = inside
    for other in (*sidecars, older, takeout, date_in_name(file.name)):
        known = known.or_else(other)
    return known


def _inside(file: Path) -> tuple[Metadata, bytes | None, Metadata]:
    """Return what the file's EXIF says, its XMP packet where its header has one, and what its IPTC says."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Metadata(), None, Metadata()
        with file.open("rb") as opened:
            image = _with_blocks(file) if is_read_in_c(opened) else jxl_blocks(opened)
            image = image or opened_header(opened, file.name)
            return attempt(lambda: read_exif(image)), _packet(image), attempt(lambda: read_iptc(image))
    except (Exception, RecursionError):  # Pillow's plugins raise anything
        return Metadata(), None, Metadata()


def _with_blocks(file: Path) -> Image.Image:
    """Return an empty image with the blocks of a file whose header may be hostile to a C library."""
    image = Image.new("L", (1, 1))
    image.info["exif"], image.info["xmp"] = blocks_in_worker(file)
    return image


def _packet(image: Image.Image) -> bytes | None:
    """Return the XMP packet of an image whose header is read."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if packet is None and image.format == "TIFF":
        packet = image.getexif().get(700)
    if isinstance(packet, str):
        return packet.encode("utf-8", "replace")
    return packet if isinstance(packet, bytes) else None


def _bytes(file: Path, most: int) -> bytes:
    """Return the bytes of a regular file. Raise OSError or ValueError where it is none, or has more than `most`."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:  # opening a pipe would wait forever
        raise ValueError("not a file that is read")
    with file.open("rb") as opened:
        return opened.read(most)
