"""Computes once what several experts need of a picture: a small copy, its CIELAB colours, its subject."""

import weakref
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cielab import to_lab
from tools.models.bundled.segment import SIDE, Segments, segment
from tools.models.ports import Pixels

KEPT_PICTURES = 64
"""The most pictures that are remembered: those that all threads are at (`LOOKERS` and `STEP` of
`tools.describe.describe`), each of which shows its few to one expert after another."""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedPicture:
    """Holds a small copy of a picture, divided into subject and background.

    Attributes:
        small: (h, w, 3) uint8 RGB; the longer side has `segment.SIDE` pixels, the shorter at least 8.
        lab: (h, w, 3) float32, the same in CIELAB.
        parts: Which pixels are the subject and which the background.
    """

    small: Pixels
    lab: NDArray[np.float32]
    parts: Segments


class ForegroundCache:
    """Remembers the last few segmented pictures. The experts of a tier share one cache.

    One thread shows the same arrays to one expert after another. A picture is recognised by its array, which
    must not be written to in between. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pictures: dict[int, tuple[weakref.ref[Pixels], SegmentedPicture]] = {}

    def of(self, pixels: Pixels) -> SegmentedPicture:
        """Return the segmented copy of a picture of any size, (height, width, 3) uint8."""
        with self._lock:
            cached = self._pictures.get(id(pixels))
        # An id is used again when its array is gone: only the reference shows that this is the same array.
        if cached is not None and cached[0]() is pixels:
            return cached[1]
        small = _small(pixels)
        lab = to_lab(small)
        picture = SegmentedPicture(small, lab, segment(lab))
        with self._lock:
            self._pictures.pop(id(pixels), None)
            self._pictures[id(pixels)] = (weakref.ref(pixels), picture)
            if len(self._pictures) > KEPT_PICTURES:
                del self._pictures[next(iter(self._pictures))]
            return picture


def _small(pixels: Pixels) -> Pixels:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(picture)
    return small if min(small.shape[:2]) >= 8 else np.asarray(picture.resize((SIDE, SIDE)))
