"""What several experts need of a picture, measured once: a small copy, its CIELAB, its subject."""

import weakref
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.lab import to_lab
from tools.models.bundled.segment import SIDE, Segments, segment
from tools.models.ports import Pixels

_KEPT = 32


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """A picture at a glance.

    Attributes:
        small: (h, w, 3) uint8 RGB, longest side 96 pixels; at least 8 pixels on either side.
        lab: The same in CIELAB, (h, w, 3) float32.
        parts: Its subject and its background.
    """

    small: Pixels
    lab: NDArray[np.float32]
    parts: Segments


class Glances:
    """Glances of the pictures that experts are looking at now. The experts of a tier share one.

    Experts get the same arrays of the same batch at about the same time, so the last few glances are kept. A picture
    is known by its array, which must not be written to in between. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, tuple[weakref.ref[Pixels], Glance]] = {}

    def of(self, pixels: Pixels) -> Glance:
        """The glance at a picture of any size, (height, width, 3) uint8."""
        with self._lock:
            held = self._kept.get(id(pixels))
            # An id is given out again when its array is gone: only the reference says that this is the same one.
            if held is not None and held[0]() is pixels:
                return held[1]
            small = _small(pixels)
            lab = to_lab(small)
            made = Glance(small, lab, segment(lab))
            self._kept.pop(id(pixels), None)
            self._kept[id(pixels)] = (weakref.ref(pixels), made)
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
            return made


def _small(pixels: Pixels) -> Pixels:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(picture)
    return small if min(small.shape[:2]) >= 8 else np.asarray(picture.resize((SIDE, SIDE)))
