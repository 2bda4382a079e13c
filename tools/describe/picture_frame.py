"""Finds the frame around a picture: a border of one colour, bars, a mount, the white of an instant photograph.

A frame is no part of what a picture shows, but a network sees it in every place of its layers, and what stands out from
a white border is the whole photograph. A thing on plain ground has a border of one colour as well. What tells the two
apart is where the border ends: that of a frame ends on straight lines, all along, and plain ground touches its thing
here and there.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.models.ports import Pixels

_ALIKE = 12
"""The largest difference of a channel within the one colour of a frame, which leaves room for what JPEG adds."""
_PLAIN = 0.98
"""The least share of a line that has the colour of the frame where the line belongs to it."""
_ALONG = 0.7
"""The least share of the inner edge of a frame along which the picture begins, the mean of its sides: a white sky in a
white frame has no upper edge, a night in a black one hardly any. Of framed photographs of night and day 99 in 100 have
more than .7, of things on white ground all less than .55."""
_STEP = 5
"""The difference of a channel from which a picture begins there."""
_BLUR = 2
"""The pixels over which that edge may be blurred; they are cut off with the frame."""
_EMPTY = 0.005
"""The largest share of a side of a frame that has another colour where nothing is written on it: what JPEG adds."""
_WRITING = 0.15
"""The same where something is."""
_FLAT = 0.9
"""The share of one colour from which what is inside is no picture but a flat thing, such as a drawn square."""
_LEAST = 0.3
"""The least share of the width and of the height that is left inside."""
_SMALLEST = 24
"""The fewest pixels along the sides inside a frame."""
_NESTED = 4
"""The most frames inside each other: a line, a mount, its bevel, the border of the print."""

_ALL, _BARS, _PILLARS = (0, 1, 2, 3), (0, 1), (2, 3)
"""The sides that a frame may have: above, below, left and right by their numbers."""
Box = tuple[int, int, int, int]
"""Top, bottom, left and right of a part of a picture, in pixels; bottom and right are the first ones outside."""


def inside_frame(pixels: Pixels) -> Pixels:
    """Return the part of a picture inside its frame, a view of the same pixels; the picture itself where it has none.

    Args:
        pixels: (height, width, 3) uint8.
    """
    for _ in range(_NESTED):
        box = _inside(pixels)
        if box is None:
            break
        top, bottom, left, right = box
        pixels = pixels[top:bottom, left:right]
    return pixels


def _inside(pixels: Pixels) -> Box | None:
    """Return what is inside the outermost frame; None where there is none."""
    ends = [_colour(line) for line in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])]
    for sides in (_ALL, _BARS, _PILLARS):
        colour = ends[sides[0]]
        if colour is None or any(ends[side] is None for side in sides):  # most pictures, at once
            continue
        other = _differs(pixels, colour)
        found = [box for longest in (True, False) if (box := _box(other, sides, longest)) is not None]
        boxes = [box for box in found if not _is_flat(pixels, box)]
        along = [_along(pixels, other, box, sides) for box in boxes]
        if max(along, default=0.0) >= _ALONG:
            top, bottom, left, right = boxes[int(np.argmax(along))]
            rows, columns = _BLUR * (0 in sides), _BLUR * (2 in sides)
            return top + rows, bottom - rows, left + columns, right - columns
    return None


def _is_flat(pixels: Pixels, box: Box) -> bool:
    """Return whether a part of a picture is of one colour throughout: a square that is drawn on white, no picture."""
    top, bottom, left, right = box
    blurred = 2 * _BLUR  # by JPEG, along the edges
    part = pixels[top + blurred : bottom - blurred, left + blurred : right - blurred]
    colour = np.median(part.reshape(-1, 3), axis=0).astype(np.uint8)
    return bool(1 - _differs(part, colour).mean() >= _FLAT)


def _differs(pixels: Pixels, colour: Pixels) -> NDArray[np.bool_]:
    """Return where the pixels are clearly not of a colour."""
    channels = np.maximum(pixels, colour) - np.minimum(pixels, colour) > _ALIKE
    return np.asarray(channels[..., 0] | channels[..., 1] | channels[..., 2])


def _colour(line: Pixels) -> Pixels | None:
    """Return the one colour of a line of pixels, (3,) uint8; None where it has several."""
    colour = np.median(line, axis=0).astype(np.uint8)
    return colour if 1 - _differs(line, colour).mean() >= _PLAIN else None


def _box(other: NDArray[np.bool_], sides: Sequence[int], longest: bool) -> Box | None:
    """Return where what is not of the colour of the frame begins and ends; None where hardly anything is left.

    Args:
        other: Where the picture has not the colour of the frame.
        sides: The sides on which the frame is looked for.
        longest: Whether only the longest part along either axis counts, without what is written on the frame.
    """
    top, bottom, left, right = 0, other.shape[0], 0, other.shape[1]
    if 0 in sides:
        top, bottom = _span(_filled(other, 1), longest)
    if 2 in sides:
        left, right = _span(_filled(other[top:bottom], 0), longest)
    least = [max(_SMALLEST, _LEAST * size) for size in other.shape]
    return None if bottom - top < least[0] or right - left < least[1] else (top, bottom, left, right)


def _filled(other: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Return which lines do not belong to the frame, summed over an axis."""
    return np.asarray(np.count_nonzero(other, axis=axis) > (1 - _PLAIN) * other.shape[axis])


def _span(lines: NDArray[np.bool_], longest: bool) -> tuple[int, int]:
    """Return the first line that is True and the one after the last, of all lines or of the longest run of them."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], lines, [False]])))
    if not len(steps):
        return 0, 0
    runs = steps.reshape(-1, 2)
    run = runs[(runs[:, 1] - runs[:, 0]).argmax()] if longest else steps[[0, -1]]
    return int(run[0]), int(run[1])


def _along(pixels: Pixels, other: NDArray[np.bool_], box: Box, sides: Sequence[int]) -> float:
    """Return along which share of the edge of a box the picture begins or, where it has no frame, is not of its colour:
    the mean of the four sides. 0 where what is around the box is no frame, which has a width on each of its sides and
    is written on at one of them at most."""
    top, bottom, left, right = box
    around = [other[:top], other[bottom:], other[top:bottom, :left], other[top:bottom, right:]]
    shares = [around[side].mean() if around[side].size else 1.0 for side in sides]
    if max(shares) > _WRITING or sum(share > _EMPTY for share in shares) > 1:
        return 0.0
    turned = pixels.swapaxes(0, 1)
    edges = (
        _edge(pixels[:, left:right], top),
        _edge(pixels[::-1, left:right], len(pixels) - bottom),
        _edge(turned[:, top:bottom], left),
        _edge(turned[::-1, top:bottom], len(turned) - right),
    )
    part = other[top:bottom, left:right]
    ends = (part[0].mean(), part[-1].mean(), part[:, 0].mean(), part[:, -1].mean())
    return float(np.mean([edges[side] if side in sides else ends[side] for side in range(4)]))


def _edge(pixels: Pixels, first: int) -> float:
    """Return the share of the first line of a box along which it differs from the frame above it, and more than the
    frame does from itself, as colours do that change slowly."""
    within, outside, further = (
        pixels[min(max(0, first + away), len(pixels) - 1)].astype(np.int16)
        for away in (_BLUR, -_BLUR, -3 * _BLUR)
    )
    step, drift = np.abs(within - outside).max(-1), np.abs(outside - further).max(-1)
    return float((step > drift + _STEP).mean())
