"""The baselines: k-means on the views that were routed to the criterion, and on everything at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Ties
from tools.embed.smooth import smooth
from tools.errors import UsageError
from tools.fuse.base import View, side_by_side
from tools.fuse.guide import Guide
from tools.fuse.obey import obey, tied
from tools.progress import Progress, silent
from tools.settle.number import find_k

RESTARTS = 10


class RoutedKMeans:
    """k-means on the weighted views side by side (Lloyd 1982; k-means++ starts, best of ten)."""

    name: ClassVar[str] = "kmeans"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = False
    finds_k: ClassVar[bool] = False

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """None: it runs on any view."""
        return None

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        guide: Guide | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`."""
        return _fit(side_by_side(self._chosen(views)), images, constraints, k, seed, guide)

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [view for view in views if view.weight > 0]


class ConcatenatedKMeans(RoutedKMeans):
    """k-means on all views side by side, each with the same weight: what one gets without routing."""

    name: ClassVar[str] = "concatenated"
    every: ClassVar[bool] = True

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [replace(view, weight=1.0) for view in views]


def _fit(
    rows: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    k: int | None,
    seed: int,
    guide: Guide | None = None,
) -> NDArray[np.float32]:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = len(rows)
    if k is not None and not 1 <= k <= n:
        raise UsageError(f"{k} groups cannot be made of {n} images; ask for 1 to {n}")
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
    with threadpool_limits(
        1, "openmp"
    ):  # or threads wait for each other on a busy machine, ten times as long
        if starts is None:
            model = KMeans(found, n_init=RESTARTS, random_state=seed).fit(points)
        else:
            model = KMeans(found, init=starts, n_init=1, random_state=seed).fit(points)
    soft = np.zeros((n, found), np.float32)
    soft[seen] = _soft(points, model.cluster_centers_)
    soft = np.pad(soft, ((0, 0), (0, max(0, (k or 0) - found))))
    obey(soft, said)
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
