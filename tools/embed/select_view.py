"""Chooses a single view in which the groups of the routed views stand out more clearly.

Where each kind of toy has its own colours, eleven numbers about colour separate what nine layers of a network blur
(coil100_9: object .90 before, 1.0 after). A view takes the place of the routed ones only where it finds their groups.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions
from tools.embed.prepare import prepared
from tools.embed.route import Route
from tools.number_of_groups import assess
from tools.views import View, side_by_side
from tools.ward import SAMPLE, WardTree

WIDE = 32
"""The fewest columns of a view of a network, in which many things show; a narrower view measures one thing."""
SAME = 0.85
"""The AMI from which two views count as having the same groups."""
TIMES = 2.0
"""The least ratio of the evidence for the groups in the single view to that in the routed ones."""


def select_view(views: Sequence[View], others: Sequence[View], k: int, seed: int = 0) -> list[View]:
    """Return the views or, in their place, another one that has the same k groups with far more evidence for them.

    Only views of a network are replaced, and only by one that measures one thing: two layers of a network that find
    the same groups are no evidence for each other.

    Args:
        views: The prepared views that the criterion was routed to; only those of weight > 0 count.
        others: Prepared views of the same n images that may take their place.
        k: The number of groups.
        seed: The seed of the sample and of the halves of `tools.number_of_groups`.
    """
    used = [view for view in views if view.weight > 0]
    points = side_by_side(used)
    seen = np.flatnonzero(~np.isnan(points).any(axis=1))
    if k < 2 or len(seen) < 3 * k or any(view.data.shape[1] < WIDE for view in used):
        return list(views)
    rows = np.random.default_rng(seed).permutation(seen)[:SAMPLE]
    groups, _ = WardTree(points[rows]).at(k)
    same = [
        view
        for view in others
        if view.data.shape[1] < WIDE
        and np.isfinite(view.data[seen]).all()
        and _agree(groups, view.data[rows], k)
    ]
    if not same:
        return list(views)
    least = TIMES * assess(points[seen], [k], seed=seed)[0].evidence
    evidence = {view.name: assess(view.data[seen], [k], seed=seed)[0].evidence for view in same}
    best = max(same, key=lambda view: evidence[view.name])
    return [best] if evidence[best.name] >= least else list(views)


def clearest_views(
    views: Sequence[View], route: Route, descriptions: Descriptions, k: int, seed: int
) -> list[View]:
    """As `select_view`, among the other views of the collection; worked out once for a route and k.

    Views that tell how a picture was taken are not among them: the light is no measure of what stands in it, however
    clearly it divides pictures from a studio.
    """
    names = [view.name for view in views]

    def work() -> list[View]:
        if any(view.data.shape[1] < WIDE for view in views if view.weight > 0):
            return list(views)  # before the others are prepared, which takes longer than to group
        taken = {name for spec in descriptions.specs.values() if spec.interest < 1 for name in spec.own_views}
        shown = {
            name for spec in descriptions.specs.values() if spec.interest >= 1 for name in spec.own_views
        }
        others = [
            View(name, prepared(name, descriptions))
            for name in descriptions.views
            if name not in names
            and (name in shown or name not in taken)
            and descriptions.width(name)
            < WIDE  # to prepare a wide one, which `select_view` passes over, takes long
        ]
        return select_view(views, others, k, seed)

    return descriptions.once(("clearest views", route.slot, k, seed, *names), work)


def _agree(groups: NDArray[np.intp], points: NDArray[np.float32], k: int) -> bool:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(groups, WardTree(points).at(k)[0])) >= SAME
