"""Learns from the user's answers what group all the other images belong to, as a method."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.fuse.base import Method
from tools.fuse.constrained import apply_constraints, ties_of
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.method_context import MethodContext
from tools.learn.material import Material
from tools.number_of_groups import check_k
from tools.progress import Progress, silent
from tools.views import View, fill_gaps


class Taught(Method):
    """Learns kernel ridge regression on all views from the answers, and pools it with the grouping found without them.

    `tools.learn` does the work. Without any answer this is the default method, which obeys links.
    """

    name = "taught"
    about = "learned from your answers, on all that is seen"
    uses_all_views = True
    estimates_k = True
    learns_from_answers = True

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
        """See `tools.fuse.base.Method.fit`. Constraints may make more groups than k."""
        check_k(k, len(images))
        ties = ties_of(images, constraints, context)
        if ties.names:
            material = context.material if context is not None else None
            if material is None:
                filled = [View(view.name, fill_gaps(view.data), view.weight) for view in views]
                material = Material(tuple(images), filled, _plain(views, images, (), k, seed))
            learned = material.learn(ties, constraints, k)
            soft = learned.posterior.soft.astype(np.float32) if learned else material.start
        else:
            soft = _plain(views, images, constraints, k, seed)
        while not apply_constraints(soft, ties):
            soft = np.pad(soft, ((0, 0), (0, 1)))
        return soft


def _plain(
    views: Sequence[View], images: Sequence[str], constraints: Sequence[Constraint], k: int | None, seed: int
) -> NDArray[np.float32]:
    return RoutedKMeans().fit(views, images=images, constraints=constraints, k=k, seed=seed)
