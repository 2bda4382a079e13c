"""Names and measures the silhouette of the subject. It has no weights.

The largest connected part of what differs from the border is measured: its convex hull, the smallest rectangle around
it, how well three, four and five corners make up the hull, the ellipse of the same second moments, and the Fourier
magnitudes of its radius over the angle (Zahn and Roskies, 1972), which do not change when the shape turns. All are
independent of scale and rotation. A shape gets the name of the ideal that it is nearest to; what is near to none is
irregular.

Accuracy and expected calibration error on 300 drawn things that were not used for the tables: shape .88, .06; aspect
.88, .03.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.calibration import Row, findings
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.bundled.segment import Segments
from tools.models.ports import HABIT, LOOSE, Findings, Pixels, Slot, SlotSpec

WIDTHS = {"shape.outline": 14, "shape.aspect": 2}
"""Maps the name of a view to its number of columns."""

_CLEAR = 0.25
"""The contrast of the subject below which its outline would be a guess."""
_LEAST = 24
"""The fewest pixels of the small picture in a silhouette."""
_ANGLES = 48
"""The number of sectors into which the angle around the middle is divided."""
_WAVES = 8
"""The number of Fourier magnitudes of the radius that are kept."""
_STAR = range(5, 9)
"""The numbers of points that a star may have; with four it would be a cross as well."""
_OVAL, _RECTANGLE, _LONG, _WIDE = 1.2, 1.2, 3.0, 1.15
"""The ratio of length to width from which a thing is called by each of these names."""

_IDEALS = {
    # Fill, best 3, 4 and 5 corners, ellipse and solidity, as measured on clean drawings.
    "round": (0.79, 0.39, 0.61, 0.74, 0.99, 0.97),
    "square": (0.985, 0.47, 0.89, 0.93, 0.83, 0.96),
    "triangle": (0.58, 0.78, 0.87, 0.93, 0.67, 0.93),
}
_TOLERANCES = np.array([0.06, 0.1, 0.07, 0.05, 0.06, 0.05])
"""The spreads of the measures of `_IDEALS` where an outline is a little off."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Describes a silhouette in numbers. All but `box` are independent of scale and rotation.

    Attributes:
        box: Width over height of the upright box around it.
        length: Length over width of the smallest rectangle around it, >= 1.
        solidity: Its area as a share of its convex hull.
        fill: The hull as a share of the smallest rectangle around it.
        corners: The shares of the hull that polygons of 3, 4 and 5 of its corners cover.
        ellipse: Intersection over union with the ellipse of the same moments.
        waves: (8,) Fourier magnitudes 1..8 of the radius around the middle, over the mean radius.
    """

    box: float
    length: float
    solidity: float
    fill: float
    corners: tuple[float, float, float]
    ellipse: float
    waves: NDArray[np.float64]


class ShapeExpert:
    """Names and measures the silhouette of the subject."""

    name = "shape"
    version = "2"
    specs = (
        SlotSpec(
            "shape",
            (
                "silhouette", "outline", "round or square", "form of the thing", "contour", "geometric shape",
                "circles, squares and triangles", "how round it is", "roundness", "pointed or rounded",
            ),
            ("shape.outline",),
            "shape",
            special=True,
            nothing="irregular",
            usual=(4, LOOSE),
        ),
        SlotSpec(
            "aspect",
            (
                "proportions", "tall or wide", "long or short", "slim or broad", "thin or thick", "height and width",
                "elongated", "upright or lying",
            ),
            ("shape.aspect",),
            "proportions",
            interest=0.5,
            requires="things",
            usual=(3, HABIT),
        ),
    )  # fmt: skip

    def __init__(self, foregrounds: ForegroundCache | None = None) -> None:
        self._foregrounds = foregrounds or ForegroundCache()

    def missing(self) -> str | None:
        """Return None always, because this expert has no weights."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the slots "shape" and "aspect", which are left out where no subject stands out.

        Views, with rows of NaN there: `shape.outline` (14-d), length over width, solidity, fill, corners, ellipse and
        waves, each divided by how much it spreads over drawn shapes; `shape.aspect` (2-d), logarithms of width over
        height of the upright box and of length over width.
        """
        return findings([self.raw(pixels) for pixels in batch], WIDTHS)

    def raw(self, pixels: Pixels) -> Row:
        """Return the views of one picture, and its slots with their clearness in place of a confidence."""
        parts = self._foregrounds.of(pixels).parts
        blob = _silhouette(parts)
        if blob is None:
            return {}, []
        seen = measure(blob)
        views = {
            "shape.outline": np.array(
                [
                    np.log(seen.length) / 0.5, seen.solidity / 0.2, seen.fill / 0.15, *np.divide(seen.corners, 0.15),
                    seen.ellipse / 0.1, *(seen.waves[1:] / 0.08),
                ],
                np.float32,
            ),
            "shape.aspect": np.array([np.log(seen.box), np.log(seen.length)], np.float32),
        }  # fmt: skip
        # In a silhouette of few pixels, corners and edges can hardly be distinguished.
        sharp = float(np.clip(blob.sum() / 600, 0.3, 1))
        return views, [_shape(seen, parts.contrast * sharp), _aspect(seen, parts.contrast)]


def _silhouette(parts: Segments) -> NDArray[np.bool_] | None:
    """Return the largest connected part of the subject as (h, w) bool, with one pixel around it; None where there is
    none."""
    from scipy import ndimage

    if parts.contrast < _CLEAR:
        return None
    labels, count = ndimage.label(parts.subject > 0.5)
    if not count:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    best = int(sizes.argmax())
    if sizes[best] < _LEAST:
        return None
    box = ndimage.find_objects(labels, best + 1)[best]
    return np.pad(labels[box] == best + 1, 1)


def measure(blob: NDArray[np.bool_]) -> Outline:
    """Measure a silhouette: (h, w) bool, one connected part of at least `_LEAST` pixels that touches no border."""
    from scipy.spatial import ConvexHull

    y, x = np.nonzero(blob)
    area = float(len(x))
    # The outermost pixels of each row, with their four corners, are enough for the hull.
    rows = np.nonzero(blob.any(1))[0]
    first = blob[rows].argmax(1)
    last = blob.shape[1] - 1 - blob[rows, ::-1].argmax(1)
    edge = np.concatenate(
        [np.stack([c + a, rows + b], 1) for c, a in ((first, -0.5), (last, 0.5)) for b in (-0.5, 0.5)]
    )
    hull = ConvexHull(edge)
    points = edge[hull.vertices]
    long, wide = _rectangle(points)
    middle = np.array([x.mean(), y.mean()])
    spots = np.stack([x, y], 1) - middle
    cover = spots.T @ spots / area + np.eye(2) / 12
    inside = float((((spots @ np.linalg.inv(cover)) * spots).sum(1) <= 4).sum())
    ellipse = 4 * np.pi * float(np.sqrt(np.linalg.det(cover)))
    return Outline(
        box=(int(x.max()) - int(x.min()) + 1) / (int(y.max()) - int(y.min()) + 1),
        length=long / wide,
        solidity=area / float(hull.volume),
        fill=float(hull.volume) / (long * wide),
        corners=_corners(points),
        ellipse=inside / (area + ellipse - inside),
        waves=_waves(spots),
    )


def _rectangle(points: NDArray[np.float64]) -> tuple[float, float]:
    """Return the sides of the smallest rectangle around a convex polygon, the longer first.

    One side of the rectangle lies on a side of the polygon (Freeman and Shapira, 1975).
    """
    sides = np.roll(points, -1, 0) - points
    angle = np.arctan2(sides[:, 1], sides[:, 0])
    along = points @ np.stack([np.cos(angle), np.sin(angle)])
    across = points @ np.stack([-np.sin(angle), np.cos(angle)])
    a, b = np.ptp(along, 0), np.ptp(across, 0)
    best = int((a * b).argmin())
    return float(max(a[best], b[best])), float(min(a[best], b[best]))


def _corners(points: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the shares of a convex polygon's area that 3, 4 and 5 of its corners cover.

    Corners are removed one by one, always the one that costs least area (Visvalingam and Whyatt, 1993).
    """
    polygon: list[tuple[float, float]] = [(x, y) for x, y in points.tolist()]
    area = _area(polygon)
    shares = {len(polygon): 1.0}
    corner_areas = [
        _area((polygon[i - 1], polygon[i], polygon[(i + 1) % len(polygon)])) for i in range(len(polygon))
    ]
    while len(polygon) > 3:
        gone = corner_areas.index(min(corner_areas))
        del polygon[gone], corner_areas[gone]
        for i in (gone - 1, gone % len(polygon)):  # only its two neighbours have a new triangle
            corner_areas[i] = _area((polygon[i - 1], polygon[i], polygon[(i + 1) % len(polygon)]))
        if len(polygon) <= 5:
            shares[len(polygon)] = _area(polygon) / area
    return shares[3], shares.get(4, 1.0), shares.get(5, 1.0)


def _area(polygon: Sequence[tuple[float, float]]) -> float:
    """Return the area of a polygon in the plane, by the shoelace formula."""
    twice = 0.0
    ax, ay = polygon[-1]
    for bx, by in polygon:
        twice += ax * by - bx * ay
        ax, ay = bx, by
    return abs(twice) / 2


def _waves(spots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (8,) Fourier magnitudes of the outer radius over the angle, relative to its mean."""
    radius = np.hypot(spots[:, 0], spots[:, 1]) + 0.5
    sector = ((np.arctan2(spots[:, 1], spots[:, 0]) / (2 * np.pi) % 1.0) * _ANGLES).astype(int) % _ANGLES
    far = np.zeros(_ANGLES)
    np.maximum.at(far, sector, radius)
    seen = far > 0
    far = np.interp(np.arange(_ANGLES), np.nonzero(seen)[0], far[seen], period=_ANGLES)
    return np.asarray(np.abs(np.fft.rfft(far))[1 : _WAVES + 1] / far.sum())


def _shape(seen: Outline, clear: float) -> Slot:
    """Return the slot "shape" with the nearest name; its clearness is how much nearer it is than the others, times
    `clear`."""
    traits = np.array([seen.fill, *seen.corners, seen.ellipse, seen.solidity])
    near = {
        name: float(np.exp(-0.25 * (((traits - ideal) / _TOLERANCES) ** 2).sum()))
        for name, ideal in _IDEALS.items()
    }
    near["star"] = _starry(seen)
    near["irregular"] = 0.15
    total = sum(near.values())
    best = max(near, key=lambda name: near[name])
    sure = near[best] / total
    named = best
    edge = 1.0
    if seen.length >= _LONG and best != "star":
        named, sure, edge = "long", 1.0, _beyond(seen.length, _LONG)
    elif best == "round":
        named, edge = ("oval" if seen.length >= _OVAL else "round"), _beyond(seen.length, _OVAL)
    elif best == "square":
        named, edge = (
            ("rectangle" if seen.length >= _RECTANGLE else "square"),
            _beyond(seen.length, _RECTANGLE),
        )
    return Slot("shape", named, round(clear * sure * edge, 4))


def _starry(seen: Outline) -> float:
    """Return how much it is a star, in [0, 1]: deep notches, and one wave of five or more points stronger than the
    others."""
    waves = seen.waves[1:]
    points = max(float(seen.waves[n - 1]) for n in _STAR if n <= _WAVES)
    alone = points**2 / max(float((waves**2).sum()), 1e-9)
    return float(np.clip((0.88 - seen.solidity) / 0.15, 0, 1) * np.clip((alone - 0.35) / 0.35, 0, 1))


def _aspect(seen: Outline, clear: float) -> Slot:
    named = "wide" if seen.box >= _WIDE else "tall" if seen.box <= 1 / _WIDE else "square"
    return Slot("aspect", named, round(clear * _beyond(max(seen.box, 1 / seen.box), _WIDE), 4))


def _beyond(ratio: float, limit: float) -> float:
    """Return how far a ratio is from the limit between two names: from 0.3, on the limit, to 1."""
    return float(np.clip(0.3 + abs(np.log(ratio / limit)) / 0.2, 0, 1))
