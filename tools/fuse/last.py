"""The last step of methods: k-means on what they made, or their own assignment, obeying what was said."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Ties
from tools.embed.smooth import smooth
from tools.fuse.base import possible
from tools.fuse.guide import Guide
from tools.fuse.obey import obey, tied
from tools.settle.number import find_k

RESTARTS = 10


def cluster(
    rows: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    k: int | None,
    seed: int,
    guide: Guide | None = None,
) -> NDArray[np.float32]:
    """k-means on the rows: (n, k) float32, starting from what the user named, obeying what was said.

    Args:
        rows: (n, d) float32; a row of NaN becomes one of zeros.
        images: n image ids.
        constraints: What was said.
        k: Number of groups, or None to find it.
        seed: Of the starts.
        guide: To whose notes a line is added where things that were said contradict each other.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = len(rows)
    possible(k, n)
    seen = np.asarray(~np.isnan(rows).any(axis=1))
    said = tied(images, constraints, guide)
    points = _together(smooth(rows[seen]), said, seen)
    if not len(points):
        return np.zeros((n, k or 1), np.float32)
    distinct = len(np.unique(points, axis=0))
    found = min(k or find_k(points, seed=seed), distinct)
    place = np.cumsum(seen) - 1  # of a row among the points
    named = [group for group in _named(said) if seen[group].any()]
    starts = _starts(points, [place[group[seen[group]]] for group in named[:found]], found, seed)
    # One thread: several wait for each other on a busy machine, ten times as long.
    with threadpool_limits(1, "openmp"):
        if starts is None:
            model = KMeans(found, n_init=RESTARTS, random_state=seed).fit(points)
        else:
            model = KMeans(found, init=starts, n_init=1, random_state=seed).fit(points)
    soft = np.zeros((n, found), np.float32)
    soft[seen] = _soft(points, model.cluster_centers_)
    soft = np.pad(soft, ((0, 0), (0, max(0, (k or 0) - found))))
    obey(soft, said)
    return soft


def assigned(
    soft: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    guide: Guide | None = None,
) -> NDArray[np.float32]:
    """A method's own assignment: no group is empty as long as there are images enough, and what was said is obeyed.

    Args:
        soft: (n, k) float32, rows that sum to 1 or, where nothing is known, to 0.
        images: n image ids.
        constraints: What was said.
        guide: See `cluster`.
    """
    filled = fill(soft)
    obey(filled, tied(images, constraints, guide))
    return filled


def fill(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each group that is no image's best the image that is least sure of its own, from a group that has others.

    Two rows trade the places of these two groups, so sums stay.
    """
    soft = soft.copy()
    known = np.flatnonzero(soft.any(axis=1))
    for empty in range(soft.shape[1]):
        best = soft[known].argmax(1)
        size = np.bincount(best, minlength=soft.shape[1])
        if size[empty] or not len(known):
            continue
        free = np.flatnonzero(size[best] > 1)
        if not len(free):
            break
        least = free[np.argmin(soft[known[free], best[free]] - soft[known[free], empty])]
        row, group = known[least], best[least]
        soft[row, [empty, group]] = soft[row, [group, empty]]
    return soft


def _soft(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Memberships of spherical Gaussians of one width, the mean squared distance to the nearest centre."""
    distance = ((points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)).clip(0)
    nearest = distance.min(1, keepdims=True)
    width = max(float(nearest.mean()), 1e-9)
    soft = np.exp(-(distance - nearest) / (2 * width))
    return np.asarray(soft / soft.sum(1, keepdims=True), dtype=np.float32)


def _named(said: Ties) -> list[NDArray[np.intp]]:
    """Rows of the images that the user put under one name, the largest such group first."""
    blocks = said.blocks
    groups = [np.array(blocks[number], np.intp) for number in said.names]
    return sorted(groups, key=len, reverse=True)


def _together(points: NDArray[np.float32], said: Ties, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The points, with those of each nameless block moved to its mean: they are counted as one heavy point."""
    place = np.cumsum(seen) - 1
    moved = points.copy()
    for number, block in enumerate(said.blocks):
        rows = [place[row] for row in block if seen[row]]
        if len(rows) > 1 and number not in said.names:
            moved[rows] = points[rows].mean(0)
    return moved


def _starts(
    points: NDArray[np.float32], groups: Sequence[NDArray[np.intp]], k: int, seed: int
) -> NDArray[np.float32] | None:
    """Centres to start from where the user named groups: their means (seeded k-means; Basu, Banerjee and Mooney
    2002), and for the other groups points far from those. None where nothing was said."""
    from sklearn.cluster import kmeans_plusplus

    if not groups:
        return None
    means = np.stack([points[rows].mean(0) for rows in groups])
    if len(means) == k:
        return means
    distance = ((points[:, None, :] - means) ** 2).sum(-1).min(1)
    far = distance >= np.median(distance)
    pool = points[far] if far.sum() >= k - len(means) else points
    others, _ = kmeans_plusplus(pool, k - len(means), random_state=seed)
    return np.concatenate([means, others]).astype(np.float32)
