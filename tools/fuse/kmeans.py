"""The baselines: k-means on the views that were routed to the criterion, and on everything at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.base import View, side_by_side
from tools.fuse.guide import Guide
from tools.fuse.last import cluster
from tools.progress import Progress, silent


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
        return cluster(side_by_side(self._chosen(views)), images, constraints, k, seed, guide)

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [view for view in views if view.weight > 0]


class ConcatenatedKMeans(RoutedKMeans):
    """k-means on all views side by side, each with the same weight: what one gets without routing."""

    name: ClassVar[str] = "concatenated"
    every: ClassVar[bool] = True

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [replace(view, weight=1.0) for view in views]
