"""Cuts a turned and scaled piece out of a picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.ports import Pixels

Floats = NDArray[np.float64]


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
    steps = np.stack([2 * right / size[0], 2 * down / size[1]], axis=1).astype(np.float64)
    start = np.asarray(middle - right - down, np.float64)
    shrink = max(1, int(np.hypot(*steps).max()))
    pixels, corner = _around(pixels, middle, np.abs(right) + np.abs(down), shrink)
    if not pixels.size:
        return np.zeros((size[1], size[0], *pixels.shape[2:]), np.uint8)
    if shrink > 1:  # sampling the full picture bilinearly would skip pixels
        pixels = np.asarray(Image.fromarray(pixels).reduce(shrink))
    steps, start = steps / shrink, (start - corner) / shrink
    if steps[0, 1] == steps[1, 0] == 0:
        return _upright(pixels, steps.diagonal(), start, size)
    affine = (*steps[0], start[0], *steps[1], start[1])
    return np.asarray(
        Image.fromarray(pixels).transform(size, Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    )


def _around(
    pixels: Pixels, middle: NDArray[np.floating], reach: NDArray[np.floating], shrink: int
) -> tuple[Pixels, Floats]:
    """Return the part of a picture in which a piece lies, and its upper left corner, x and y.

    Its corner is a multiple of `shrink`, so that it is shrunk as the whole picture would be, and two of the pixels that
    come of that are left around the piece.
    """
    height, width = pixels.shape[:2]
    low = np.floor((middle - reach) / shrink - 2) * shrink
    high = np.ceil((middle + reach) / shrink + 2) * shrink
    left, top = np.clip(low, 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(high, 0, (width, height)).astype(int).tolist()
    left, top = left - left % shrink, top - top % shrink
    return np.ascontiguousarray(pixels[top:bottom, left:right]), np.array([left, top], np.float64)


def _upright(pixels: Pixels, step: Floats, start: Floats, size: tuple[int, int]) -> Pixels:
    """Return a piece that is not turned, as Pillow's affine transform gives it: rows and columns one after the other
    take half the time.

    Args:
        pixels: The picture.
        step: The pixels from one column, and from one row, to the next.
        start: The upper left corner of the piece, x and y.
        size: Width and height of the result.
    """
    columns, rows = (
        _between(start[i] + step[i] * (np.arange(size[i]) + 0.5), pixels.shape[1 - i]) for i in (0, 1)
    )
    bands = _mixed(pixels.take(rows[0], 0).astype(np.float32), pixels.take(rows[1], 0), rows[2], 0)
    seen = _mixed(bands.take(columns[0], 1), bands.take(columns[1], 1), columns[2], 1)
    seen[~rows[3]] = 0
    seen[:, ~columns[3]] = 0
    return seen.astype(np.uint8)


def _between(
    places: Floats, length: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Return the two pixels of a line between which each place lies, its distance from the first, and whether it lies
    in the line at all."""
    low = np.floor(places - 0.5)
    first, second = (np.clip(low + i, 0, length - 1).astype(np.intp) for i in (0, 1))
    return first, second, (places - 0.5 - low).astype(np.float32), (places >= 0) & (places < length)


def _mixed(
    first: NDArray[np.float32], second: NDArray[np.generic], part: NDArray[np.float32], axis: int
) -> NDArray[np.float32]:
    """Return what lies between two arrays, at these parts of the way along an axis."""
    way = np.subtract(second, first, dtype=np.float32)
    way *= part.reshape([-1 if i == axis else 1 for i in range(first.ndim)])
    way += first
    return way
