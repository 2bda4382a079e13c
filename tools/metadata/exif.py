"""Reads EXIF: the block that a camera writes into its pictures (CIPA DC-008)."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from tools.metadata.metadata import EXIF, Metadata, camera_name, clean_text, on_earth, plausible

LARGEST = 128 * 2**10
"""The most bytes of a block that is read. A JPEG holds 64 KiB at most; a larger one could repeat its entries without
end."""

_DATES = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    (Base.DateTime, Base.OffsetTime),
)
"""The tags of dates with those of their offsets from UTC, best first; the last one is of any change."""
_PHONES = re.compile(
    r"\b(iphone|ipad|ipod|pixel|nexus|galaxy|sm-\w+|gt-\w+|redmi|xiaomi|mi \w+|poco|huawei|honor|oneplus|oppo|cph\d+|"
    r"vivo|realme|motorola|moto|xperia|nokia|fairphone|htc|lg-\w+|lm-\w+|zte|asus_\w+|blackberry|lumia|nothing)\b",
    re.IGNORECASE,
)
"""The makers and models of phones and tablets."""


def read_exif(image: Image.Image) -> Metadata:
    """Return what the EXIF block of an image says, whose header is read. Only where the header has it: for some formats
    Pillow would decode the picture to find more.

    Raises:
        Exception: Anything, where the block is damaged (`attempt`).
    """
    block = image.info.get("exif")
    if image.format == "TIFF":
        exif = image.getexif()  # its own tags
    elif isinstance(block, bytes) and len(block) <= LARGEST:
        exif = image.getexif()
    else:
        return Metadata()
    detail = exif.get_ifd(IFD.Exif)
    return _facts(exif, detail, exif.get_ifd(IFD.GPSInfo))


def _facts(exif: Mapping[int, Any], detail: Mapping[int, Any], gps: Mapping[int, Any]) -> Metadata:
    tags = {**exif, **detail}
    taken, offset = _taken(tags)
    place = _place(gps)
    make, model = clean_text(tags.get(Base.Make)), clean_text(tags.get(Base.Model))
    camera = camera_name(make, model)
    equivalent = _number(tags.get(Base.FocalLengthIn35mmFilm))
    focal = equivalent or _number(tags.get(Base.FocalLength))
    flash = tags.get(Base.Flash)
    rating = tags.get(0x4746)
    return Metadata(
        taken=taken,
        offset=offset,
        taken_by=EXIF if taken else "",
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        place_by=EXIF if place else "",
        camera=camera,
        lens=clean_text(tags.get(Base.LensModel)),
        phone=bool(_PHONES.search(f"{make} {model}")) if camera else None,
        focal_length=focal,
        focal_is_equivalent=bool(equivalent),
        exposure=_number(tags.get(Base.ExposureTime)),
        flash=bool(flash & 1) if isinstance(flash, int) else None,
        rating=rating if isinstance(rating, int) and 1 <= rating <= 5 else None,
    )


def _taken(tags: Mapping[int, Any]) -> tuple[datetime | None, int | None]:
    """Return when the picture was taken and the offset of that clock from UTC in minutes, each None if unknown."""
    for date, offset in _DATES:
        if (taken := plausible(exif_date(tags.get(date)))) is not None:
            return taken, offset_minutes(tags.get(offset))
    return None, None


def exif_date(text: object) -> datetime | None:
    """Return a date that is written as EXIF does, "2024:05:12 10:11:12"; None for another text."""
    match = re.match(r"\s*(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?", str(text or ""))
    try:
        return datetime(*(int(part or 0) for part in match.groups())) if match else None  # type: ignore[arg-type]
    except ValueError:
        return None


def offset_minutes(text: object) -> int | None:
    """Return the minutes of an offset from UTC such as "+05:30" or "Z"; None for another text."""
    text = clean_text(text)
    if text == "Z":
        return 0
    match = re.fullmatch(r"([+\-])(\d\d):?(\d\d)", text)
    if not match or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    return (-1 if match[1] == "-" else 1) * (60 * int(match[2]) + int(match[3]))


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "S")
    longitude = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "W")
    return on_earth(latitude, longitude)


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    """Return degrees, minutes and seconds as degrees; None where they are none."""
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    numbers = [_fraction(part) for part in parts]
    if any(number is None for number in numbers):
        return None
    degrees: float = sum(float(number or 0) / 60.0**i for i, number in enumerate(numbers))
    return -degrees if clean_text(reference).upper().startswith(negative) else degrees


def _number(value: Any) -> float | None:
    """Return a number above zero; None for anything else."""
    number = _fraction(value)
    return number if number is not None and 0 < number < 1e6 else None


def _fraction(value: Any) -> float | None:
    try:
        number = float(Fraction(value) if isinstance(value, str) else value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
