"""The baselines: k-means on the views that were routed to the criterion, and on everything at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Label
from tools.embed.smooth import smooth
from tools.errors import UsageError
from tools.fuse.base import View, side_by_side
from tools.fuse.guide import Guide
from tools.progress import Progress, silent
from tools.settle.number import find_k

RESTARTS = 10


class RoutedKMeans:
    """k-means on the weighted views side by side (Lloyd 1982; k-means++ starts, best of ten)."""

    name: ClassVar[str] = "kmeans"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = False

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
        return _fit(side_by_side(self._chosen(views)), images, constraints, k, seed)

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
) -> NDArray[np.float32]:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = len(rows)
    if k is not None and not 1 <= k <= n:
        raise UsageError(f"{k} groups cannot be made of {n} images; ask for 1 to {n}")
    seen = np.asarray(~np.isnan(rows).any(axis=1))
    points = smooth(rows[seen])
    if not len(points):
        return np.zeros((n, k or 1), np.float32)
    distinct = len(np.unique(points, axis=0))
    found = min(k or find_k(points, seed=seed), distinct)
    place = np.cumsum(seen) - 1  # of a row among the points
    named = [group for group in _labelled(images, constraints) if seen[group].any()]
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
    _obey(soft, named)
    return np.pad(soft, ((0, 0), (0, max(0, (k or 0) - found))))


def _soft(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Memberships of spherical Gaussians of one width, the mean squared distance to the nearest centre."""
    distance = ((points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)).clip(0)
    nearest = distance.min(1, keepdims=True)
    width = max(float(nearest.mean()), 1e-9)
    soft = np.exp(-(distance - nearest) / (2 * width))
    return np.asarray(soft / soft.sum(1, keepdims=True), dtype=np.float32)


def _labelled(images: Sequence[str], constraints: Sequence[Constraint]) -> list[NDArray[np.intp]]:
    """Rows of the images that the user put under one name, the largest such group first. The newest label counts."""
    row = {image: i for i, image in enumerate(images)}
    said = {c.image: c.name for c in constraints if isinstance(c, Label) and c.image in row}
    groups: dict[str, list[int]] = {}
    for image, name in said.items():
        groups.setdefault(name, []).append(row[image])
    return [np.array(rows, np.intp) for rows in sorted(groups.values(), key=len, reverse=True)]


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


def _obey(soft: NDArray[np.float32], groups: Sequence[NDArray[np.intp]]) -> None:
    """Give the images of each name to the group in which most of them are; no group gets two names.

    That holds for images about which the views say nothing as well, where others have the same name.
    """
    taken: set[int] = set()
    for rows in groups:
        free = [int(g) for g in np.argsort(-soft[rows].sum(0), kind="stable") if int(g) not in taken]
        if not free:
            return
        taken.add(free[0])
        soft[rows] = 0.0
        soft[rows, free[0]] = 1.0
