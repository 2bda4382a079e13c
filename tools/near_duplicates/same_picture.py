"""Says whether two pictures are one: saved in another size, quality or format, edited, or cut.

Two are compared as grey pictures of 64 x 64 pixels. What counts is what is left where the one is fitted to the other by
a curve of tones: on the whole, and in the worst of 64 tiles, since two pages of text or two frames of a series differ
in places.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tools.models.ports import Pixels

SIDE = 64
"""The side in pixels of the grey picture by which a picture is compared."""
SAVED, EDITED, CUT = "saved again", "edited", "cut"
"""How the one may have come from the other."""

_SAME = (0.99, 0.2)
"""The least correlation of a picture with another one through a curve of tones, and the largest difference in a
tile."""
_CUT = (0.997, 0.15)
"""The same for a part of the other picture."""
_CHANGED = 6.0
"""The mean difference in tones, of 255, from which a picture was edited, and not only saved again."""
_BINS = 32
"""The number of steps of a curve of tones."""
_BLUR = 1.0
"""The standard deviation in pixels of the blur that makes sizes and qualities comparable."""
_SHARES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""The shares of the sides of which it is tried whether they are the other picture."""
_PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where such a part may lie, from one side to the other."""
_FLAT = 6.0
"""The standard deviation of the tones, of 255, below which a picture shows too little to be compared."""

Small = NDArray[np.uint8]
"""A grey picture, (64, 64)."""


@dataclass(frozen=True, slots=True)
class Sameness:
    """Holds how two pictures are one.

    Attributes:
        how: `SAVED`, `EDITED` or `CUT`.
        correlation: Of what they have in common, in [-1, 1].
    """

    how: str
    correlation: float


def small_picture(pixels: Pixels) -> Small:
    """Return the grey picture by which a picture is compared; its sides are those of a square."""
    grey = Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(_BLUR)), np.uint8)


def is_flat(small: Small) -> bool:
    """Return whether a picture shows too little to be told from others."""
    return float(small.std()) < _FLAT


def sameness(a: Small, b: Small, cuts: bool = True) -> Sameness | None:
    """Return how two pictures are one; None where they are two, or show too little to say.

    Args:
        a: A grey picture.
        b: Another one.
        cuts: Whether it is tried that the one is a part of the other, which takes some milliseconds.
    """
    if is_flat(a) or is_flat(b):
        return None
    correlation, worst = _fit(a, b)
    if correlation >= _SAME[0] and worst <= _SAME[1]:
        changed = float(np.abs(a.astype(np.float64) - b).mean()) > _CHANGED
        return Sameness(EDITED if changed else SAVED, correlation)
    if cuts:
        for whole, part in ((a, b), (b, a)):
            if (found := _cut(whole, part)) is not None:
                return found
    return None


def _fit(a: Small, b: Small) -> tuple[float, float]:
    """Return how well one picture follows from the other by a curve of tones: the correlation, and what is left in the
    worst tile, as a share of the contrast. Of both directions the better one counts, since tones may have been cut."""
    return max((_follows(a, b), _follows(b, a)), key=lambda found: found[0] - found[1])


def _follows(a: Small, b: Small) -> tuple[float, float]:
    x, y = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    spread = float(y.std())
    if spread < 1e-9:
        return 0.0, np.inf
    place = a.ravel() // (256 // _BINS)
    count = np.bincount(place, minlength=_BINS)
    here = count > 0
    tones = np.bincount(place, x, _BINS)[here] / count[here]
    curve = np.bincount(place, y, _BINS)[here] / count[here]
    left = (y - np.interp(x, tones, curve)) / spread
    tile = SIDE // 8
    tiles = np.sqrt((left**2).reshape(8, tile, 8, tile).mean(axis=(1, 3)))
    return float(np.sqrt(max(0.0, 1 - float((left**2).mean())))), float(tiles.max())


def _cut(whole: Small, part: Small) -> Sameness | None:
    """Return whether one picture is a part of the other."""
    image = Image.fromarray(whole)
    best: tuple[float, tuple[float, float, float, float]] = (0.0, (0, 0, SIDE, SIDE))
    coarse = np.asarray(Image.fromarray(part).resize((16, 16), Image.Resampling.BOX), np.float64).ravel()
    coarse = (coarse - coarse.mean()) / max(coarse.std(), 1e-9)
    for wide in _SHARES:
        for high in (wide, 1.0):
            for x in _PLACES:
                for y in _PLACES if high < 1 else (0.0,):
                    box = _box(wide, high, x, y)
                    seen = np.asarray(
                        image.resize((16, 16), Image.Resampling.BOX, box=box), np.float64
                    ).ravel()
                    score = float((seen - seen.mean()) @ coarse) / (max(seen.std(), 1e-9) * len(coarse))
                    if score > best[0]:
                        best = score, box
    if best[0] < _CUT[0] - 0.1:
        return None
    box = _refined(image, part, best[1])
    same_part = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box), np.uint8)
    correlation, worst = _fit(same_part, part)
    return Sameness(CUT, correlation) if correlation >= _CUT[0] and worst <= _CUT[1] else None


def _refined(
    image: Image.Image, part: Small, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the box near another one in which an image is most like a part of it: by steps that become smaller."""
    wanted = part.astype(np.float64)

    def score(tried: tuple[float, float, float, float]) -> float:
        seen = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=tried), np.float64)
        spread = float(seen.std() * wanted.std())
        return float(((seen - seen.mean()) * (wanted - wanted.mean())).mean()) / max(spread, 1e-9)

    best = score(box)
    for step in (3.0, 1.5, 0.75, 0.4):
        moved = True
        while moved:
            moved = False
            for side in range(4):
                for by in (-step, step):
                    edges = list(box)
                    edges[side] = min(max(edges[side] + by, 0.0), float(SIDE))
                    tried = (edges[0], edges[1], edges[2], edges[3])
                    if min(tried[2] - tried[0], tried[3] - tried[1]) < SIDE / 2:
                        continue
                    if (now := score(tried)) > best + 1e-4:
                        best, box, moved = now, tried, True
    return box


def _box(wide: float, high: float, x: float, y: float) -> tuple[float, float, float, float]:
    left, top = x * (1 - wide) * SIDE, y * (1 - high) * SIDE
    return left, top, left + wide * SIDE, top + high * SIDE
