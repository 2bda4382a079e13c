"""Hashes the coded picture in a file, without ratings, tags, comments, EXIF, XMP and profiles.

Programs that write such things into a file leave the coded picture as it is, so its hash stays the same. Each format
has one function here, which yields the parts that a decoder turns into pixels.
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from io import BufferedReader

_LIMIT = 1 << 28
"""The most bytes of a file that is taken apart; a larger one is known by all of its bytes alone."""
_MOST_STEPS = 1_000_000
"""The most parts of a file that are looked at, so that a hostile one takes no time."""


class _Unknown(Exception):
    """Raised where a file is not built as its format says."""


class _Steps:
    """Counts the parts of one file that were looked at."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def take(self, steps: int = 1) -> None:
        """Count one or more further parts. Raise _Unknown where that is too many."""
        self._left -= steps
        if self._left < 0:
            raise _Unknown


def file_hashes(file: BufferedReader) -> tuple[str, str]:
    """Return the SHA-256, in hex, of the bytes of a file that is open for reading, and of its coded picture or ""."""
    file.seek(0)
    data = file.read(_LIMIT)
    if len(data) < _LIMIT:
        return hashlib.sha256(data).hexdigest(), coded_sha256(data)
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest(), ""


def coded_sha256(data: bytes) -> str:
    """Return the SHA-256, in hex, of the coded picture in a file; "" where its format keeps no metadata or is damaged.

    Args:
        data: All bytes of the file.
    """
    digest = hashlib.sha256()
    parts = _Steps()
    hashed = 0
    try:
        for part in _parts(memoryview(data), parts):
            digest.update(part)
            hashed += len(part)
            if hashed > 2 * len(data) + 4096:  # parts that lie over each other
                return ""
    except (_Unknown, struct.error, IndexError, ValueError, OverflowError):
        return ""
    return digest.hexdigest() if hashed else ""


def _parts(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    head = bytes(data[:16])
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(data, steps)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data, steps)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data, steps)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(data, steps)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff(data, steps)
    if head[:4] == b"8BPS":
        return _photoshop(data)
    if head[4:8] == b"ftyp":
        return _heif(data, steps)
    if head[4:8] in (b"jP  ", b"JXL "):
        return _code_streams(data, steps)
    return iter(())


def _cut(data: memoryview, begin: int, length: int) -> memoryview:
    """Return a part of the file. Raise _Unknown where the file does not have all of it."""
    if not 0 <= begin <= begin + length <= len(data):
        raise _Unknown
    return data[begin : begin + length]


# --- JPEG: segments, and between them the coded scans ---

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""A marker after coded data, in which 0xff is followed by 0 or by the number of a restart."""


def _jpeg(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    yield b"JPEG"
    at, scans = 2, 0
    while True:
        if data[at] != 0xFF:
            raise _Unknown
        while data[at] == 0xFF:
            at += 1
            steps.take()
        marker = data[at]
        at += 1
        if marker == 0xD9:  # the end; what follows are other pictures and films
            break
        (length,) = struct.unpack_from(">H", data, at)
        segment = data[at : at + length]
        at += length
        # APP14 of Adobe says how colours are coded; the other application segments and comments are metadata.
        metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not metadata or (marker == 0xEE and bytes(segment[2:7]) == b"Adobe"):
            yield bytes([marker])
            yield segment
        if marker == 0xDA:
            scans += 1
            following = _JPEG_MARKER.search(data, at)
            yield data[at : following.start() if following else len(data)]
            if following is None:  # cut off; what is there is the picture
                return
            at = following.start()
    if not scans:
        raise _Unknown


# --- PNG: chunks ---

_PNG_CODED = frozenset([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"])


def _png(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    yield b"PNG"
    at, before, pixels = 8, b"", False
    while at + 8 <= len(data):
        steps.take()
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in _PNG_CODED:
            if kind != before or kind != b"IDAT":  # the cuts between IDAT chunks say nothing
                yield kind
            yield data[at + 8 : at + 8 + length]
            before, pixels = kind, pixels or kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND":
            break
    if not pixels:
        raise _Unknown


# --- GIF: blocks of sub-blocks ---


def _gif(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    yield b"GIF"  # without the version, which a comment changes
    yield data[6:13]
    at, frames = 13, 0
    if data[10] & 0x80:
        size = 3 << ((data[10] & 7) + 1)
        yield data[at : at + size]
        at += size
    while at < len(data):
        steps.take()
        kind = data[at]
        if kind == 0x3B:
            break
        if kind == 0x21:
            coded = data[at + 1] not in (0xFE, 0xFF)  # a comment, or what an application keeps
            if coded:
                yield data[at : at + 2]
            at += 2
        elif kind == 0x2C:
            coded, frames = True, frames + 1
            size = 3 << ((data[at + 9] & 7) + 1) if data[at + 9] & 0x80 else 0
            yield data[at : at + 11 + size]
            at += 11 + size
        else:
            raise _Unknown
        begin = at
        while data[at]:
            at += 1 + data[at]
            steps.take()
        at += 1
        if coded:
            yield data[begin:at]
    if not frames:
        raise _Unknown


# --- WebP: chunks of RIFF ---

_WEBP_CODED = frozenset([b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"])
"""Without VP8X, whose bits say which metadata there is."""


def _webp(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    yield b"WEBP"
    at, found = 12, False
    while at + 8 <= len(data):
        steps.take()
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in _WEBP_CODED:
            yield kind
            yield data[at + 8 : at + 8 + length]
            found = True
        at += 8 + length + length % 2
    if not found:
        raise _Unknown


# --- TIFF, and the raw formats built on it: directories of tags ---

_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
"""The bytes of one value of a type; the others (fractions) say nothing about how pixels are coded."""
_TIFF_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_TIFF_CODED = frozenset([256, 257, 258, 259, 262, 266, 277, 284, 317, 320, 322, 323, 338, 339, 347, 530, 531])
"""Width, height, bits, compression, colours, order of bits, samples, planes, predictor, colour map, tiles, ..."""
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES, _JPEG, _JPEG_SIZE, _INNER = 273, 279, 324, 325, 513, 514, 330


def _tiff(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    yield b"TIFF"
    order = "<" if data[0] == 0x49 else ">"
    big = data[2] == 43 or data[3] == 43
    count, offset, entry = ("Q", "Q", 20) if big else ("H", "I", 12)
    (first,) = struct.unpack_from(order + offset, data, 8 if big else 4)
    waiting: list[int] = [first]
    seen: set[int] = set()
    found = False
    while waiting:
        at = waiting.pop()
        if at == 0 or at in seen:
            continue
        seen.add(at)
        (tags,) = struct.unpack_from(order + count, data, at)
        at += struct.calcsize(count)
        steps.take(tags)
        values = dict(_tiff_tags(data, at, tags, order, offset, steps))
        yield repr([(tag, values[tag]) for tag in sorted(values) if tag in _TIFF_CODED]).encode()
        for places, sizes in ((_STRIPS, _STRIP_SIZES), (_TILES, _TILE_SIZES), (_JPEG, _JPEG_SIZE)):
            for place, size in zip(values.get(places, ()), values.get(sizes, ()), strict=False):
                yield _cut(data, place, size)
                found = True
        (following,) = struct.unpack_from(order + offset, data, at + tags * entry)
        waiting += [following, *values.get(_INNER, ())]
    if not found:
        raise _Unknown


def _tiff_tags(
    data: memoryview, at: int, tags: int, order: str, offset: str, steps: _Steps
) -> Iterator[tuple[int, tuple[int, ...] | bytes]]:
    """Yield the number and the values of each tag of a directory that says how pixels are coded, and where."""
    needed = _TIFF_CODED | {_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES, _JPEG, _JPEG_SIZE, _INNER}
    entry = 20 if offset == "Q" else 12
    for i in range(at, at + tags * entry, entry):
        tag, kind, count = struct.unpack_from(f"{order}HH{offset}", data, i)
        if tag not in needed or kind not in _TIFF_SIZES:
            continue
        place, size = i + 4 + struct.calcsize(offset), count * _TIFF_SIZES[kind]
        if size > struct.calcsize(offset):
            (place,) = struct.unpack_from(order + offset, data, place)
        steps.take(size // 16)
        code = _TIFF_CODES.get(kind)
        yield (
            tag,
            struct.unpack_from(f"{order}{count}{code}", data, place)
            if code
            else bytes(data[place : place + size]),
        )


# --- Photoshop: four sections before the pixels, of which the second holds the metadata ---


def _photoshop(data: memoryview) -> Iterator[bytes | memoryview]:
    yield data[:26]
    at = 26
    (colours,) = struct.unpack_from(">I", data, at)
    yield data[at : at + 4 + colours]
    at += 4 + colours
    (resources,) = struct.unpack_from(">I", data, at)
    yield data[at + 4 + resources :]


# --- HEIF, AVIF, JPEG 2000, JPEG XL: boxes ---

_NO_PICTURE = frozenset([b"Exif", b"mime", b"uri "])
"""The types of items that hold metadata."""
_CODEC = frozenset([b"hvcC", b"av1C", b"avcC", b"vvcC", b"jpgC", b"ispe", b"pixi"])
"""The properties that a decoder needs; without those that turn a picture, and without profiles."""


def _boxes(data: memoryview, at: int, end: int, steps: _Steps) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the beginning of the contents and the end of each box."""
    while at + 8 <= end:
        steps.take()
        size, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        stop = at + size if size else end
        if not begin <= stop <= end:
            raise _Unknown
        yield kind, begin, stop
        at = stop


def _heif(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    meta = next(((b, e) for kind, b, e in _boxes(data, 0, len(data), steps) if kind == b"meta"), None)
    if meta is None:
        return
    inner = {kind: (b, e) for kind, b, e in _boxes(data, meta[0] + 4, meta[1], steps)}
    kinds = dict(_item_kinds(data, *inner[b"iinf"], steps)) if b"iinf" in inner else {}
    if not kinds or b"iloc" not in inner:
        return
    yield b"HEIF"
    if b"iprp" in inner:
        for kind, begin, end in _boxes(data, *inner[b"iprp"], steps):
            if kind == b"ipco":
                for name, b, e in _boxes(data, begin, end, steps):
                    if name in _CODEC:
                        yield name
                        yield data[b:e]
    stored, found = inner.get(b"idat", (0, 0))[0], False
    for item, method, extents in _item_places(data, *inner[b"iloc"], steps):
        if kinds.get(item, b"Exif") in _NO_PICTURE:
            continue
        if method > 1:
            raise _Unknown
        yield kinds[item]
        for begin, length in extents:
            begin += stored if method == 1 else 0
            yield _cut(data, begin, length or len(data) - begin)
            found = True
    if not found:
        raise _Unknown


def _item_kinds(data: memoryview, begin: int, end: int, steps: _Steps) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the type of each item."""
    wide = data[begin] > 0
    for kind, b, _ in _boxes(data, begin + (8 if wide else 6), end, steps):
        version = data[b]
        if kind == b"infe" and version >= 2:
            number, _, name = struct.unpack_from(">HH4s" if version == 2 else ">IH4s", data, b + 4)
            yield number, name


def _item_places(
    data: memoryview, at: int, end: int, steps: _Steps
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield the number of each item, how its place is given, and the beginning and length of its extents."""
    version, sizes = data[at], struct.unpack_from(">H", data, at + 4)[0]
    lengths = [sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0]
    at += 6

    def number(size: int) -> int:
        nonlocal at
        if at + size > end:
            raise _Unknown
        at += size
        steps.take()
        return int.from_bytes(data[at - size : at], "big")

    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(lengths[2])
        extents = []
        for _ in range(number(2)):
            number(lengths[3])
            begin = number(lengths[0])
            extents.append((base + begin, number(lengths[1])))
        yield item, method, extents


def _code_streams(data: memoryview, steps: _Steps) -> Iterator[bytes | memoryview]:
    """Yield the boxes of JPEG 2000 and JPEG XL that hold coded pixels."""
    for kind, begin, end in _boxes(data, 0, len(data), steps):
        if kind in (b"jp2c", b"jxlc", b"jxlp"):
            yield kind
            yield data[begin:end]
