"""Cuts a turned and scaled piece out of a picture."""

from functools import lru_cache
from math import ceil, floor, hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.ports import Pixels


def patch(
    pixels: Pixels,
    middle: NDArray[np.floating],
    right: NDArray[np.floating],
    down: NDArray[np.floating],
    size: tuple[int, int],
) -> Pixels:
    """Return a parallelogram of a picture, resampled between its pixels; black beyond the picture's edge.

    Args:
        pixels: (h, w, 3) or (h, w) uint8.
        middle: (2,) the centre of the piece, in pixels of the picture.
        right: (2,) from the centre to the middle of the piece's right edge.
        down: (2,) from the centre to the middle of its lower edge.
        size: Width and height of the result.
    """
    across, along = (2 * right / size[0]).tolist(), (2 * down / size[1]).tolist()
    shrink = max(1, int(max(hypot(*across), hypot(*along))))
    start, reach = (middle - right - down).tolist(), (np.abs(right) + np.abs(down)).tolist()
    (left, end), (top, bottom) = (
        _around(float(middle[i]), reach[i], shrink, pixels.shape[1 - i]) for i in (0, 1)
    )
    if left >= end or top >= bottom:
        return np.zeros((size[1], size[0], *pixels.shape[2:]), np.uint8)
    near = np.ascontiguousarray(pixels[top:bottom, left:end])
    if shrink > 1:  # sampling the full picture bilinearly would skip pixels
        near = np.asarray(Image.fromarray(near).reduce(shrink))
    x, y = start[0] / shrink, start[1] / shrink
    corner = left // shrink, top // shrink
    if across[1] == along[0] == 0:
        step, whole = (
            (across[0] / shrink, along[1] / shrink),
            (-(-pixels.shape[1] // shrink), -(-pixels.shape[0] // shrink)),
        )
        columns = _between(x, step[0], size[0], corner[0], near.shape[1], whole[0], near.ndim == 3)
        rows = _between(y, step[1], size[1], corner[1], near.shape[0], whole[1])
        return _upright(near, columns, rows)
    turned = (
        *(across[0] / shrink, along[0] / shrink, x - corner[0]),
        *(across[1] / shrink, along[1] / shrink, y - corner[1]),
    )
    return np.asarray(
        Image.fromarray(near).transform(size, Image.Transform.AFFINE, turned, Image.Resampling.BILINEAR)
    )


def _around(middle: float, reach: float, shrink: int, length: int) -> tuple[int, int]:
    """Return the first pixel of a line that a piece needs, and the one after the last.

    The first is a multiple of `shrink`, so that the line is shrunk as the whole of it would be, and two of the pixels
    that come of that are left on each side of the piece.
    """
    first, last = floor((middle - reach) / shrink - 2) * shrink, ceil((middle + reach) / shrink + 2) * shrink
    return max(first, 0), min(last, length)


class Between(NamedTuple):
    """Says of evenly spaced points of a line between which two places of it each of them lies.

    Attributes:
        first, second: The places.
        part: The part of the way from the first to the second.
        outside: Whether the point is beyond the line; None where none is.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    part: NDArray[np.float32]
    outside: NDArray[np.bool_] | None


def _upright(pixels: Pixels, columns: Between, rows: Between) -> Pixels:
    """Return a piece that is not turned. It is what Pillow's affine transform gives but for rounding, in a sixth of the
    time: first along the columns, of whole rows, and of all rows and columns at once."""
    height, _, *channels = pixels.shape
    lines = pixels.reshape(height, -1)
    bands = _mixed(lines.take(rows.first, 0), lines.take(rows.second, 0), rows.part[:, None])
    seen = _mixed(bands.take(columns.first, 1), bands.take(columns.second, 1), columns.part)
    if rows.outside is not None:
        seen[rows.outside] = 0
    if columns.outside is not None:
        seen[:, columns.outside] = 0
    return seen.astype(np.uint8).reshape(len(rows.part), -1, *channels)


@lru_cache(256)
def _between(
    start: float, step: float, count: int, corner: int, length: int, whole: int, coloured: bool = False
) -> Between:
    """Return where points lie; the arrays are shared and must not be written to.

    Args:
        start: Where the first point's cell begins, in the whole line.
        step: The distance of the points.
        count: How many there are.
        corner: The first pixel of the part of the line that is at hand.
        length: The pixels of that part.
        whole: The pixels of the whole line.
        coloured: Whether a pixel has three places.
    """
    points = step * (np.arange(count) + 0.5) + start
    low = np.floor(points - 0.5)
    each = 3 if coloured else 1
    first, second = (
        (np.clip(low + i - corner, 0, length - 1).astype(np.intp)[:, None] * each + np.arange(each)).reshape(
            -1
        )
        for i in (0, 1)
    )
    part, outside = (points - 0.5 - low).astype(np.float32), (points < 0) | (points >= whole)
    return Between(first, second, np.repeat(part, each), np.repeat(outside, each) if outside.any() else None)


def _mixed(
    first: NDArray[np.generic], second: NDArray[np.generic], part: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what lies between two arrays, at these parts of the way."""
    start = first.astype(np.float32, copy=False)
    way = second.astype(np.float32)
    way -= start
    way *= part
    way += start
    return way
