"""Finds pairs of pictures that may be one, by perceptual hashes, without a comparison of all pictures."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.near_duplicates.same_picture import SIDE, Small

NEAR = 12
"""The most bits of 64 in which the hashes of two pictures differ that are looked at."""
_INSIDE = (1.0, 0.9, 0.8, 0.72)
"""The shares of the sides of a picture's middle that are hashed as well: those of the whole of one that was cut."""
MOST_NEAR = 50
"""The most pictures that one is paired with, the nearest first: thousands of frames of one scene that are all near each
other would otherwise make millions of pairs."""
_AT_ONCE = 32_000_000
"""The most hashes that are compared in one step, which bounds the memory for it at some 300 MB."""


def hashes(small: Small) -> NDArray[np.uint64]:
    """Return the perceptual hashes of a picture, as a whole and of its middle: (4,) uint64 (pHash; Zauner 2010)."""
    from imagehash import phash

    image = Image.fromarray(small)
    found = []
    for share in _INSIDE:
        edge = round(SIDE * (1 - share) / 2)
        middle = image.crop((edge, edge, SIDE - edge, SIDE - edge))
        bits = np.packbits(phash(middle).hash.ravel())
        found.append(int.from_bytes(bits.tobytes(), "big"))
    return np.array(found, np.uint64)


def near_to(all_hashes: NDArray[np.uint64], row: int, near: int = NEAR) -> NDArray[np.intp]:
    """Return the rows of all pictures that `near_pairs` would pair with one if it had no `MOST_NEAR`; not the one."""
    one, whole = all_hashes[row], all_hashes[:, 0]
    bits = np.bitwise_count(all_hashes ^ one[0]).min(axis=1)
    for hash in one[1:]:
        bits = np.minimum(bits, np.bitwise_count(whole ^ hash))
    found: NDArray[np.intp] = np.flatnonzero((bits <= near) & (np.arange(len(bits)) != row))
    return found


def near_pairs(all_hashes: NDArray[np.uint64], near: int = NEAR) -> Iterator[tuple[int, int]]:
    """Yield the pairs of pictures of which any hash of the one is near the whole of the other, each once.

    Args:
        all_hashes: (n, 4), as `hashes` returns them.
        near: The most bits that differ.
    """
    n = len(all_hashes)
    whole = all_hashes[:, 0] if n else np.zeros(0, np.uint64)
    block = max(_AT_ONCE // max(n, 1), 1)
    told: set[tuple[int, int]] = set()
    for begin in range(0, n, block):
        rows = all_hashes[begin : begin + block]
        least = np.full((len(rows), n), 64, np.uint8)
        for column in range(rows.shape[1]):
            np.minimum(least, np.bitwise_count(rows[:, column, None] ^ whole[None, :]), out=least)
        for row, bits in enumerate(least):
            a = begin + row
            close = [b for b in np.flatnonzero(bits <= near).tolist() if b != a]
            close.sort(key=lambda b: (bits[b], abs(b - a)))
            for pair in ((min(a, b), max(a, b)) for b in close[:MOST_NEAR]):
                if pair not in told:
                    told.add(pair)
                    yield pair
