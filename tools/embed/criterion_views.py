"""Gives the views for one criterion: routed to it, and weighted by how well they agree with what is said."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions, Words
from tools.describe.guided import IN_VECTORS
from tools.embed.prepare import prepared, smooth
from tools.embed.route import Route
from tools.embed.subtract_groupings import residual, subtract_independent
from tools.views import View, side_by_side

NEIGHBOURS = 10
"""The number of nearest images whose values an image's value is compared with."""
_SAMPLE = 1500
"""The most images on which agreement is measured."""
_BY_CHANCE = 0.02
"""The agreement below which it may be chance, so that no view is preferred for it."""


def criterion_views(
    route: Route,
    descriptions: Descriptions,
    *,
    all_views: bool = False,
    seed: int = 0,
    accepted: Sequence[NDArray[np.intp]] = (),
) -> list[View]:
    """Return the views weighted for a criterion, without the groupings that are in its way.

    From views of weight > 0 those groupings are subtracted that the criterion's slot names as independent of it or,
    where no expert sees the criterion, the accepted ones.

    Args:
        route: The slots and views that the criterion is about.
        descriptions: What the experts say of n images.
        all_views: Whether views of weight 0 are returned as well.
        seed: The seed of samples and of k-means.
        accepted: (n,) integer labels each of groupings that the user keeps under other criteria; -1 for unsorted.
    """

    def work() -> list[View]:
        weighted = weigh(routed_views(route, descriptions, all_views), route.words(descriptions), seed)
        if not route.matches:
            return weighted
        return subtract_independent(weighted, route.matches[0][0], descriptions, seed)

    views = descriptions.once(("criterion views", route.slot, route.views, all_views, seed), work)
    if route.sure or not accepted:
        return views
    return [replace(view, data=residual(view.data, accepted)) if view.weight > 0 else view for view in views]


def criterion_points(route: Route, descriptions: Descriptions, seed: int = 0) -> NDArray[np.float32]:
    """Return the views of weight > 0 side by side, (n, d) float32; rows that are near are alike under the criterion.

    A row of NaN says that nothing was measured in the image.

    Args:
        route: The slots and views that the criterion is about.
        descriptions: What the experts say of the n images.
        seed: The seed of the weights.
    """

    def work() -> NDArray[np.float32]:
        views = weigh(routed_views(route, descriptions, False), route.words(descriptions), seed)
        return side_by_side([view for view in views if view.weight > 0])

    return descriptions.once(("criterion points", route.slot, route.views, seed), work)


def routed_views(route: Route, descriptions: Descriptions, all_views: bool = True) -> list[View]:
    """Return the views of the collection, prepared, with the weights of the route: 0 where they have nothing to do with
    it.

    Args:
        route: The slots and views that the criterion is about.
        descriptions: What the experts say.
        all_views: Whether views of weight 0 are returned as well, which take a while to prepare.
    """
    weights = {name: weight for name, weight in route.views if name in descriptions.views}
    if not weights:  # no expert that has these views can run here
        weights = dict.fromkeys(descriptions.views, 1.0)
    names = [*weights, *(name for name in descriptions.views if all_views and name not in weights)]
    context = route.matches[0][0].context if route.matches else ()
    context_views = [
        View(name, prepared(name, descriptions)) for name in context if name in descriptions.views
    ]
    described = (name for spec in descriptions.specs.values() if spec.by for name in spec.views)
    words = {name for name in described if not name.endswith(IN_VECTORS)}
    prepared_views = [
        View(name, prepared(name, descriptions), weights.get(name, 0.0), "text" if name in words else "image")
        for name in names
    ]
    return [
        _in_context(view, context_views) if view.weight > 0 and view.name not in context else view
        for view in prepared_views
    ]


def weigh(views: Sequence[View], words: Words | None, seed: int = 0) -> list[View]:
    """Return the views with their weights times their agreement with the words, the best view's taken as 1.

    Where there are no words, or no view agrees with them, the weights stay: a view is not worse for words that are.

    Args:
        views: Prepared, of n images. A weight of 0 stays 0.
        words: What the slot that the criterion was routed to says of the same images, if there is one.
        seed: Of the sample of images on which the agreement is measured.
    """
    used = [view for view in views if view.weight > 0]
    if words is None or len(used) < 2:
        return list(views)
    agreements = {view.name: agreement(view.data, words.values, words.confidence, seed) for view in used}
    best = max(agreements.values())
    if best < _BY_CHANCE:
        return list(views)
    return [
        replace(view, weight=view.weight * max(0.0, agreements[view.name]) / best)
        if view.weight > 0
        else view
        for view in views
    ]


def agreement(
    data: NDArray[np.float32],
    values: Sequence[str | None],
    confidence: NDArray[np.float32],
    seed: int = 0,
) -> float:
    """Return how much likelier than by chance the nearest neighbours of an image have its value.

    Args:
        data: (n, d) float32; rows of NaN are left out.
        values: The n values of the images; those that are None are left out.
        confidence: (n,) float32 in [0, 1], how much each value counts.
        seed: The seed of the sample.

    Returns:
        1 where all neighbours have the same value, 0 for chance, below 0 for less than chance.
    """
    from sklearn.neighbors import NearestNeighbors

    seen = np.isfinite(data).all(axis=1) & np.array([value is not None for value in values])
    rows = np.flatnonzero(seen)
    rows = np.random.default_rng(seed).permutation(rows)[:_SAMPLE]
    if len(rows) < 2 * NEIGHBOURS:
        return 0.0
    _, value = np.unique([str(values[i]) for i in rows.tolist()], return_inverse=True)
    weight = confidence[rows].astype(np.float64) + 1e-6
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(data[rows]).kneighbors(return_distance=False)
    alike = (value[near] == value[:, None]) * weight[near]
    share = float((weight * alike.sum(1) / weight[near].sum(1)).sum() / weight.sum())
    shares = np.bincount(value, weight) / weight.sum()
    chance = float((shares**2).sum())
    return (share - chance) / (1 - chance) if chance < 1 - 1e-6 else 0.0


def _in_context(view: View, context_views: Sequence[View]) -> View:
    if not context_views or np.isnan(view.data).any():
        return view
    near = side_by_side(context_views)
    return view if np.isnan(near).any() else replace(view, data=smooth(view.data, near))
