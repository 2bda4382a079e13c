"""The two sides of a collection as two matrices, and what is the same in every method that takes both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.errors import UsageError
from tools.fuse.base import Method, View, possible, side_by_side
from tools.fuse.guide import Guide
from tools.settle.number import find_k


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What is seen and what is said of n images.

    Attributes:
        image: (n, d) float32 of the pixels; zeros where nothing is seen.
        seen: (n,) bool.
        text: (n, e) float32 of the words; zeros where nothing is said.
        read: (n,) bool.
    """

    image: NDArray[np.float32]
    seen: NDArray[np.bool_]
    text: NDArray[np.float32]
    read: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) bool: on which images at least one side says something."""
        return self.seen | self.read

    @property
    def rows(self) -> NDArray[np.float32]:
        """(n, d + e) float32: both sides, each of mean squared norm 1; NaN where neither says anything."""
        both = np.concatenate([_scaled(self.image, self.seen), _scaled(self.text, self.read)], axis=1)
        both[~self.known] = np.nan
        return both


def pair(views: Sequence[View]) -> Pair:
    """The two sides of views that have weight. A side without a view is one column of zeros."""
    (image, seen), (text, read) = (
        _side([view for view in views if view.kind == kind and view.weight > 0], len(views[0].data))
        for kind in ("image", "text")
    )
    return Pair(image, seen, text, read)


def lacking(views: Sequence[View], title: str, guide: Guide | None) -> str | None:
    """None where both sides are there; else one line about the side that is not."""
    kinds = {view.kind for view in views if view.weight > 0}
    if "image" not in kinds:
        return f"{title} compares pixels with words, and nothing was measured in the pixels; use kmeans"
    if "text" not in kinds or guide is None or not guide.values:
        return (
            f"{title} compares pixels with words, and no model says anything about this criterion; use kmeans"
        )
    return None


def ready(method: Method, views: Sequence[View], guide: Guide | None) -> Guide:
    """The guide, where a method can run; raises UsageError where it lacks something."""
    if lack := method.lacks(views, guide):
        raise UsageError(lack)
    if guide is None:
        raise UsageError(f"{method.name} needs to be told what is said of the images")
    return guide


def number(rows: NDArray[np.float32], k: int | None, guide: Guide | None, seed: int) -> int:
    """k if it is possible, else the number of groups that the rows and the words speak for.

    Args:
        rows: (n, d) float32, NaN where nothing is known.
        k: What was asked for.
        guide: Whose words count.
        seed: See `tools.settle.number.find_k`.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    possible(k, len(rows))
    if k is not None:
        return k
    known = np.flatnonzero(~np.isnan(rows).any(axis=1))
    words = [guide.said[i] for i in known] if guide else None
    return find_k(rows[known], words, seed) if len(known) else 1


def _side(views: Sequence[View], n: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if not views:
        return np.zeros((n, 1), np.float32), np.zeros(n, bool)
    rows = side_by_side(views)
    there = np.asarray(~np.isnan(rows).any(axis=1))
    return np.nan_to_num(rows, nan=0.0), there


def _scaled(rows: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    size = float(np.sqrt((rows[there] ** 2).sum(1).mean())) if there.any() else 0.0
    return np.asarray(rows / size if size > 1e-9 else rows, np.float32)
