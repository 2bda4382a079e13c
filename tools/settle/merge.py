"""Merges groups that are said to be the same thing, where nobody asked for their number."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import CannotLink, Constraint, Label
from tools.describe.describe import Words
from tools.views import View, side_by_side

SHARE = 0.8
"""The share of the members of a group that must be said to be the same."""
SURE = 0.7
"""The mean confidence with which they must be: what is said of kinds of things is less sure, and often too coarse."""


def merge(
    soft: NDArray[np.float32],
    words: Words | None,
    views: Sequence[View],
    images: Sequence[str],
    constraints: Sequence[Constraint] = (),
) -> NDArray[np.float32]:
    """Return the assignment with one column for groups whose members are said to be the same, and which lie together.

    Two groups lie together where none that is called otherwise is nearer to either. At least two groups are left: where
    all have one word, the word is too coarse for the criterion.

    Args:
        soft: (n, k) float32; rows of zeros belong to no group.
        words: What is said of each image under the criterion; nothing is merged without.
        views: The prepared views that the groups were made from.
        images: The n image ids, which the constraints refer to.
        constraints: Groups that hold images that the user told apart are never merged.
    """
    if words is None:
        return soft
    points = side_by_side([view for view in views if view.weight > 0])
    while soft.shape[1] > 2:
        labels = np.where(soft.sum(1) > 0, soft.argmax(1), -1)
        pair = _pair(_agreed(labels, soft.shape[1], words), labels, points, images, constraints)
        if pair is None:
            break
        one, other = pair
        merged = np.delete(soft, other, axis=1)
        merged[:, one] += soft[:, other]
        soft = merged
    return soft


def _pair(
    words: Sequence[str | None],
    labels: NDArray[np.intp],
    points: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
) -> tuple[int, int] | None:
    """Return the nearest two groups that are one, the lower number first; None where there are none.

    `words` has what the members of each group are agreed to be.
    """
    k = len(words)
    seen = np.isfinite(points).all(axis=1)
    rows = [np.flatnonzero((labels == group) & seen) for group in range(k)]
    there = [group for group in range(k) if len(rows[group])]
    if len({words[group] or str(group) for group in there}) < 2:
        return None
    centres = {group: points[rows[group]].mean(0) for group in there}
    far = {(a, b): float(np.linalg.norm(centres[a] - centres[b])) for a in there for b in there}
    pairs = [(far[a, b], a, b) for a in there for b in there if a < b and words[a] and words[a] == words[b]]
    for distance, a, b in sorted(pairs):
        nearer = any(min(far[a, c], far[b, c]) <= distance for c in there if words[c] != words[a])
        if not nearer and not _apart(labels, a, b, images, constraints):
            return a, b
    return None


def _agreed(labels: NDArray[np.intp], k: int, words: Words) -> list[str | None]:
    """Return what nearly all members of each group are surely said to be; None where they are not."""
    values, sure = words
    found: list[str | None] = []
    for group in range(k):
        rows = np.flatnonzero(labels == group).tolist()
        counts: dict[str, list[float]] = {}
        for row in rows:
            if value := values[row]:
                counts.setdefault(value, []).append(float(sure[row]))
        word = max(sorted(counts), key=lambda value: len(counts[value]), default=None)
        agreed = word is not None and len(counts[word]) >= SHARE * len(rows) and np.mean(counts[word]) >= SURE
        found.append(word if agreed else None)
    return found


def _apart(
    labels: NDArray[np.intp], a: int, b: int, images: Sequence[str], constraints: Sequence[Constraint]
) -> bool:
    """Return whether the user told images of these two groups apart: by a link, or by different names."""
    at = dict(zip(images, labels.tolist(), strict=True))
    if any(isinstance(c, CannotLink) and {at.get(c.a), at.get(c.b)} == {a, b} for c in constraints):
        return True
    named = [(at.get(c.image), c.name) for c in constraints if isinstance(c, Label)]
    first, second = ({name for group, name in named if group == wanted} for wanted in (a, b))
    return bool(first and second and first != second)
