"""Decides which picture a file is. The rule is here and nowhere else:

1. A file with the bytes of a known picture is that picture.
2. A file at the path of a known picture, with its coded picture, is that one: only what is written about it changed.
3. A file with the coded picture of a known one that is nowhere else is that one: it was renamed as well.
4. A file at the path of a known picture that is nowhere else is that one if its pixels are nearly the same.
5. Any other file is a new picture.

A picture's id is the SHA-256 of the bytes that it had when it was seen first. It stays, whatever is written into the
file. Two files that differ in their metadata are two pictures while both are there, as they were for their owner.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from tools.decode.decode import Undecodable
from tools.decode.decode_pool import decode_in_worker
from tools.models.ports import Pixels

_SIDE = 16
"""The side in pixels of the small picture that is kept of each, to tell whether another is nearly the same."""
_MEAN, _LARGEST = 3.0, 24
"""The mean and the largest difference, in 0..255, of small pictures that count as the same: saving a picture again,
even as a JPEG of low quality, stays far below."""
_STRETCH = 1.02
"""The factor by which the ratio of the sides may differ, since small pictures have rounded sides."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Holds what identity is decided by.

    Attributes:
        path: The absolute path.
        sha256: The hash of its bytes, in hex.
        coded: The hash of its coded picture (`tools.decode.coded_data`), in hex; "" where there is none.
        former: The hash of the bytes that were at this path before; "" for a path that is new.
    """

    path: Path
    sha256: str
    coded: str
    former: str


class KnownPictures(Protocol):
    """Remembers the pictures of a collection between scans."""

    def ids(self) -> dict[str, str]:
        """Return the id of the picture by each hash that was ever seen (`identify`)."""
        ...

    def keep(self, ids: Mapping[str, str]) -> None:
        """Remember more hashes with their ids."""
        ...

    def former(self, path: bytes) -> str:
        """Return the hash of the bytes at a path at the last scan, whether they changed since or not; "" for none."""
        ...

    def look(self, id: str) -> bytes | None:
        """Return the small picture (`look_of`) of an id; None where none was kept."""
        ...


def identify(
    files: Sequence[FileFacts],
    known: Mapping[str, str],
    look: Callable[[str], bytes | None] = lambda id: None,
) -> tuple[list[str], dict[str, str]]:
    """Return the id of the picture in each file.

    Args:
        files: All files with pictures in the collection.
        known: The id by each known hash, as earlier calls returned them.
        look: Returns the small picture of an id, or None.

    Returns:
        The ids, and those hashes with their ids that were not known.
    """
    new: dict[str, str] = {}

    def id_of(key: str) -> str | None:
        return new.get(key) or known.get(key)

    def is_picture(file: FileFacts, id: str) -> str:
        for key in (file.sha256, file.coded, _both(id, file.coded)):
            if key and id_of(key) is None:
                new[key] = id
        return id

    ids: list[str] = []
    for file in files:
        id = id_of(file.sha256)
        former = known.get(file.former, file.former)
        if id is None and former and file.coded and id_of(_both(former, file.coded)):
            id = former
        ids.append("" if id is None else is_picture(file, id))
    present = set(ids)
    for i, file in enumerate(files):
        if ids[i]:
            continue
        id = id_of(file.sha256)  # a file before this one has the same bytes
        coded = id_of(file.coded) if file.coded else None
        if id is None and coded is not None and coded not in present:
            id = coded
        former = known.get(file.former, file.former)
        if id is None and former and former not in present and _looks_like(file.path, look(former)):
            id = former
        ids[i] = is_picture(file, id or file.sha256)
        present.add(ids[i])
    return ids, new


def _both(id: str, coded: str) -> str:
    """Return the key under which it is known that a picture had a coded picture; "" without one."""
    return f"{id}:{coded}" if coded else ""


def look_of(pixels: Pixels) -> bytes:
    """Return a picture so small that it can be kept of each: width and height, then 16 x 16 RGB."""
    height, width = pixels.shape[:2]
    small = np.asarray(Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.uint8)
    return b"".join((width.to_bytes(4, "big"), height.to_bytes(4, "big"), small.tobytes()))


def nearly_equal(a: bytes, b: bytes) -> bool:
    """Return whether two small pictures (`look_of`) show nearly the same, so that one was saved from the other."""
    if len(a) != len(b) or len(a) != 8 + 3 * _SIDE * _SIDE:
        return False
    (wide, high), (other_wide, other_high) = np.frombuffer(a[:8], ">u4"), np.frombuffer(b[:8], ">u4")
    ratio = (float(wide) * float(other_high)) / (float(high) * float(other_wide))
    if not 1 / _STRETCH <= ratio <= _STRETCH:
        return False
    difference = np.abs(np.frombuffer(a[8:], np.uint8).astype(int) - np.frombuffer(b[8:], np.uint8))
    return bool(difference.mean() <= _MEAN and difference.max() <= _LARGEST)


def _looks_like(file: Path, look: bytes | None) -> bool:
    """Return whether the picture in a file is nearly the same as a small one."""
    if look is None:
        return False
    try:
        return nearly_equal(look_of(decode_in_worker(file, 640)), look)
    except Undecodable:
        return False
