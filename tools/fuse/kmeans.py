"""Gives the baselines: k-means on the views routed to the criterion, on everything at once, and on one view."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.names import quoted
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.views import View, side_by_side

VIEW_PREFIX = "view:"
"""The beginning of the names of the methods that take one view alone."""


class RoutedKMeans(Method):
    """Runs k-means on the weighted views side by side (Lloyd 1982; k-means++ starts, best of ten), and then lets the
    groups be long where all of them are (`tools.fuse.common_shape`)."""

    name = "kmeans"
    about = "k-means on what was seen that has to do with the criterion"
    shaped = True
    """Whether groups may be long where all are (`tools.fuse.common_shape`)."""
    aliases: ClassVar[tuple[str, ...]] = ("k means", "kmeans++", "usual", "default", "standard", "normal")

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`."""
        rows = side_by_side(self._chosen(views))
        return constrained_kmeans(rows, images, constraints, k, seed, context, self.shaped)

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [view for view in views if view.weight > 0]


class ConcatenatedKMeans(RoutedKMeans):
    """Runs k-means on all views side by side with equal weights, which is the result without routing."""

    name = "concatenated"
    about = "k-means on everything that was seen, whatever the criterion"
    shaped = False
    aliases = ()
    uses_all_views = True

    def _chosen(self, views: Sequence[View]) -> Sequence[View]:
        return [replace(view, weight=1.0) for view in views]


class SingleView(Method):
    """Runs k-means on a single view whatever its weight, as "view:NAME": the baseline "best of one view".

    Args:
        view: The name of the view, such as "object.kind".
    """

    about = "k-means on one view alone"
    uses_all_views = True

    def __init__(self, view: str) -> None:
        self.view = view
        self.name = VIEW_PREFIX + view

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there is such a view; otherwise one line that says which views there are."""
        if any(view.name == self.view for view in views):
            return None
        names = ", ".join(sorted(view.name for view in views))
        return f"there is no view {quoted(self.view)} of these images; there are {names}"

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        if missing := self.missing_requirements(views, context):
            raise UsageError(missing)
        rows = next(view.data for view in views if view.name == self.view)
        k = k_or_estimate(rows, k, context.values if context else None, seed)
        return constrained_kmeans(rows, images, constraints, k, seed, context)
