"""Reads XMP (ISO 16684): what photo programs write into a picture, or beside it as a sidecar."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tools.metadata.exif import offset_minutes
from tools.metadata.metadata import (
    XMP,
    Metadata,
    camera_name,
    clean_keywords,
    clean_text,
    on_earth,
    plausible,
)

LARGEST = 4 * 2**20
"""The most bytes of a packet or a sidecar that is read."""

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_EXIF_EX = "{http://cipa.jp/exif/1.0/}"
_AUX = "{http://ns.adobe.com/exif/1.0/aux/}"
_TIFF = "{http://ns.adobe.com/tiff/1.0/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_DATES = (f"{_EXIF}DateTimeOriginal", f"{_PHOTOSHOP}DateCreated", f"{_XMP}CreateDate")
"""The properties that say when a picture was taken, best first."""


class _WithoutTypes(ElementTree.TreeBuilder):
    """Builds the tree of an XML text that declares no document type, in whichever coding it is written."""

    def doctype(self, *_: object) -> None:
        raise ValueError("no XMP: it declares a document type")


def read_xmp(packet: bytes) -> Metadata:
    """Return what an XMP packet says.

    A packet that declares a document type is refused, since it could say that entities are to be expanded.

    Raises:
        ValueError: It is too large, no XML, or declares a document type.
    """
    if len(packet) > LARGEST:
        raise ValueError("no XMP that is read")
    wide = packet.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    parser = ElementTree.XMLParser(target=_WithoutTypes())
    try:
        parser.feed(packet if wide else packet.strip(b"\0 \r\n\t\xef\xbb\xbf"))
        root: Element = parser.close()
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError("no XML") from error
    properties = dict(_properties(root))
    dates = (date_of(properties.get(name, "")) for name in _DATES)
    taken, to_the, offset = next((d for d in dates if d[0] is not None), (None, "second", None))
    place = on_earth(
        _degrees(properties.get(f"{_EXIF}GPSLatitude", "")),
        _degrees(properties.get(f"{_EXIF}GPSLongitude", "")),
    )
    lens = properties.get(f"{_EXIF_EX}LensModel") or properties.get(f"{_AUX}Lens") or ""
    return Metadata(
        taken=taken,
        to_the=to_the,
        offset=offset,
        taken_by=XMP if taken else "",
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        place_by=XMP if place else "",
        camera=camera_name(properties.get(f"{_TIFF}Make", ""), properties.get(f"{_TIFF}Model", "")),
        lens=clean_text(lens),
        rating=_rating(properties.get(f"{_XMP}Rating", "")),
        keywords=clean_keywords(_keywords(root)),
    )


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    """Yield the simple properties, which may be attributes or elements."""
    for description in root.iter(f"{_RDF}Description"):
        yield from description.attrib.items()
        for child in description:
            if child.text and child.text.strip():
                yield child.tag, child.text.strip()


def _keywords(root: Element) -> list[str]:
    """Return what is in `dc:subject`."""
    return [
        item.text or ""
        for subject in root.iter(f"{_DUBLIN_CORE}subject")
        for item in subject.iter(f"{_RDF}li")
    ]


def date_of(text: str) -> tuple[datetime | None, str, int | None]:
    """Return a date as XMP writes it, how exact it is, and its offset from UTC in minutes, None where it has none.

    Months and years alone are no date of a picture.
    """
    match = re.match(r"\s*(\d{4})[:-](\d\d)[:-](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(\S*))?", text)
    if not match:
        return None, "second", None
    parts = [int(part or 0) for part in match.groups()[:6]]
    try:
        taken = plausible(datetime(*parts))  # type: ignore[arg-type]
    except ValueError:
        return None, "second", None
    return taken, "second" if match[4] else "day", offset_minutes(match[7] or "") if taken else None


def _degrees(text: str) -> float | None:
    """Return the degrees of "38,43.338N", "38,43,20N" or "38.7223"."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?([NSEW])\s*", text)
    if match:
        degrees: float = sum(float(part) / 60.0**i for i, part in enumerate(match.groups()[:3]) if part)
        return -degrees if match[4] in "SW" else degrees
    try:
        return float(text)
    except ValueError:
        return None


def _rating(text: str) -> int | None:
    """Return the stars, -1 for a rejected picture; None for 0, which is what unrated pictures have."""
    try:
        rating = round(float(text))
    except (ValueError, OverflowError):
        return None
    return rating if rating == -1 or 1 <= rating <= 5 else None
