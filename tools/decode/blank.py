"""Recognises pictures that show nothing: one shade of white, grey or black throughout, but for noise.

A picture of one bright colour is no such picture: its colour can be grouped by.
"""

from collections.abc import Iterator

import numpy as np

from tools.models.ports import Decoded, Pixels

_STEP = 8
_CLEARLY = 90
"""The range of a few samples above which no closer look is needed."""
_BLOCKS = 32
"""The number of blocks along a side whose means are compared, so that noise does not count."""
_MEANS_RANGE = 10
"""The most that the means of the blocks differ."""
_NOISE = 40
"""The most that a single sample differs from the mean: a dot on a sheet is something."""
_COLOURLESS = 14
"""The most that the mean colour differs from grey."""
_NAMES = ((60, "black"), (225, "grey"), (256, "white"))


def without_blank(pictures: Decoded) -> Iterator[tuple[str, Pixels | None, str]]:
    """Yield decoded pictures; one that shows nothing counts as one that does not decode.

    It would get a name and a group by chance.
    """
    for image, pixels, reason in pictures:
        blank = nothing_to_see(pixels) if pixels is not None else ""
        yield image, (None if blank else pixels), blank or reason
        del pixels


def nothing_to_see(pixels: Pixels) -> str:
    """Return why a picture shows nothing, such as "shows nothing: white throughout"; "" where it shows something.

    Args:
        pixels: (h, w, 3) uint8 RGB.
    """
    few = pixels[::_STEP, ::_STEP].reshape(-1, 3)
    if (few.max(axis=0) - few.min(axis=0)).max() > _CLEARLY:
        return ""
    colour = pixels.reshape(-1, 3).mean(axis=0)
    if colour.max() - colour.min() > _COLOURLESS:
        return ""
    if max(colour.max() - pixels.min(), pixels.max() - colour.min()) > _NOISE:
        return ""
    means = _block_means(pixels)
    if (means.max(axis=(0, 1)) - means.min(axis=(0, 1))).max() > _MEANS_RANGE:
        return ""
    name = next(name for most, name in _NAMES if colour.mean() < most)
    return f"shows nothing: {name} throughout"


def _block_means(pixels: Pixels) -> np.ndarray:
    """Return the means of up to 32 x 32 blocks, (rows, columns, 3) float32."""
    sums = pixels.astype(np.float32)
    for axis in (0, 1):
        starts = np.unique(
            np.linspace(0, sums.shape[axis], min(_BLOCKS, sums.shape[axis]) + 1)[:-1].astype(int)
        )
        counts = np.diff([*starts, sums.shape[axis]]).astype(np.float32)
        totals = np.add.reduceat(sums, starts, axis=axis)
        sums = (totals / np.expand_dims(counts, tuple({0, 1, 2} - {axis}))).astype(np.float32)
    return sums
