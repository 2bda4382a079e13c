"""Cuts a turned and scaled piece out of a picture."""

from functools import lru_cache
from math import ceil, floor, hypot

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
    x, y = (start[0] - left) / shrink, (start[1] - top) / shrink
    if across[1] == along[0] == 0:
        return _upright(near, (x, y), (across[0] / shrink, along[1] / shrink), size)
    turned = (across[0] / shrink, along[0] / shrink, x, across[1] / shrink, along[1] / shrink, y)
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


def _upright(
    pixels: Pixels, start: tuple[float, float], step: tuple[float, float], size: tuple[int, int]
) -> Pixels:
    """Return a piece that is not turned, as Pillow's affine transform gives it: rows first and then columns take less
    than half the time.

    Args:
        pixels: The picture.
        start: The upper left corner of the piece, x and y.
        step: The pixels from one column, and from one row, to the next.
        size: Width and height of the result.
    """
    height, width, *channels = pixels.shape
    each = channels[0] if channels else 1
    rows = _between(start[1], step[1], size[1], height)
    columns = _between(start[0], step[0], size[0], width, each)
    lines = pixels.reshape(height, -1)
    bands = _mixed(lines.take(rows[0], 0), lines.take(rows[1], 0), rows[2][:, None])
    seen = _mixed(bands.take(columns[0], 1), bands.take(columns[1], 1), columns[2])
    seen[~rows[3]] = 0
    seen[:, ~columns[3]] = 0
    return seen.astype(np.uint8).reshape(size[1], size[0], *channels)


@lru_cache(256)
def _between(
    start: float, step: float, count: int, length: int, each: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Return the two places of a line between which each of evenly spaced points lies, the way from the first to the
    second, and whether it is in the line at all. They are shared and must not be written to.

    Args:
        start: Where the first point's cell begins.
        step: The distance of the points.
        count: How many there are.
        length: The pixels of the line.
        each: The places that a pixel has.
    """
    points = start + step * (np.arange(count) + 0.5)
    low = np.floor(points - 0.5)
    first, second = (
        (np.clip(low + i, 0, length - 1).astype(np.intp)[:, None] * each + np.arange(each)).reshape(-1)
        for i in (0, 1)
    )
    part, inside = (points - 0.5 - low).astype(np.float32), (points >= 0) & (points < length)
    return first, second, np.repeat(part, each), np.repeat(inside, each)


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
