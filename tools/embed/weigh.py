"""How much the views of a slot have to do with it, by how well their structure agrees with what the slot says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.fuse.base import View

NEIGHBOURS = 10
_SAMPLE = 1500
_NOTHING = 0.02
"""Agreement that chance gives."""


def weigh(views: Sequence[View], slot: str | None, descriptions: Descriptions, seed: int = 0) -> list[View]:
    """The views with their weights times their agreement with a slot, the best view's taken as 1.

    Where the slot says nothing, or no view agrees with it, the weights stay: a view is not worse for words that are.

    Args:
        views: Prepared, of the same n images. A weight of 0 stays 0.
        slot: What the criterion was routed to.
        descriptions: What the experts say.
        seed: Of the sample of images on which the agreement is measured.
    """
    used = [view for view in views if view.weight > 0]
    if slot is None or len(used) < 2:
        return list(views)
    values, sure = descriptions.column(slot)
    found = {view.name: agreement(view.data, values, sure, seed) for view in used}
    best = max(found.values())
    if best < _NOTHING:
        return list(views)
    return [
        replace(view, weight=view.weight * max(0.0, found[view.name]) / best) if view.weight > 0 else view
        for view in views
    ]


def agreement(
    data: NDArray[np.float32],
    values: Sequence[str | None],
    sure: NDArray[np.float32],
    seed: int = 0,
) -> float:
    """How much likelier than by chance the nearest neighbours of an image have its value, 0..1.

    Args:
        data: (n, d) float32; rows of NaN are left out.
        values: n values; those that are None are left out.
        sure: (n,) float32 in [0, 1], how much each value counts.
        seed: Of the sample.
    """
    from sklearn.neighbors import NearestNeighbors

    seen = np.isfinite(data).all(axis=1) & np.array([value is not None for value in values])
    rows = np.flatnonzero(seen)
    rows = np.random.default_rng(seed).permutation(rows)[:_SAMPLE]
    if len(rows) < 2 * NEIGHBOURS:
        return 0.0
    _, said = np.unique([str(values[i]) for i in rows.tolist()], return_inverse=True)
    weight = sure[rows].astype(np.float64) + 1e-6
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(data[rows]).kneighbors(return_distance=False)
    alike = (said[near] == said[:, None]) * weight[near]
    share = float((weight * alike.sum(1) / weight[near].sum(1)).sum() / weight.sum())
    shares = np.bincount(said, weight) / weight.sum()
    chance = float((shares**2).sum())
    return (share - chance) / (1 - chance) if chance < 1 - 1e-6 else 0.0
