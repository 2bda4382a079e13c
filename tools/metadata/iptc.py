"""Reads IPTC (IIM 4.2): the older block in which photo programs write keywords and dates into JPEG and TIFF."""

import re
from datetime import datetime

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.IptcImagePlugin import getiptcinfo

from tools.metadata.exif import offset_minutes
from tools.metadata.metadata import IPTC, Metadata, clean_keywords, plausible

_CODING, _KEYWORDS, _DATE, _TIME = (1, 90), (2, 25), (2, 55), (2, 60)
"""The numbers of the datasets: how texts are coded, keywords, and the date and time of creation."""
_UTF_8 = b"\x1b%G"


def read_iptc(image: Image.Image) -> Metadata:
    """Return what the IPTC block of an image says, whose header is read.

    Raises:
        Exception: Anything, where the block is damaged (`attempt`).
    """
    block = getiptcinfo(image) or {} if isinstance(image, ImageFile) else {}
    said = {number: value if isinstance(value, list) else [value] for number, value in block.items()}
    is_utf_8 = _UTF_8 in said.get(_CODING, [])
    keywords = [_text(value, is_utf_8) for value in said.get(_KEYWORDS, [])]
    date, time = (_text(said.get(number, [b""])[0], False) for number in (_DATE, _TIME))
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", date.strip())
    clock = re.fullmatch(r"(\d\d)(\d\d)(\d\d)([+-]\d{4})?", time.strip())
    taken = None
    if match is not None:
        parts = [int(part) for part in (*match.groups(), *(clock.groups()[:3] if clock else ()))]
        taken = plausible(datetime(*parts))  # type: ignore[arg-type]
    return Metadata(
        taken=taken,
        to_the="second" if clock or taken is None else "day",
        offset=offset_minutes(clock[4] or "") if taken and clock else None,
        taken_by=IPTC if taken else "",
        keywords=clean_keywords(keywords),
    )


def _text(value: bytes, is_utf_8: bool) -> str:
    """Return a text, which is in UTF-8 also where the block does not say so, unless it cannot be."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace") if is_utf_8 else value.decode("latin-1")
