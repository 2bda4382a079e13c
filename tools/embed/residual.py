"""What is left of a view when that on which the criterion does not depend is taken out of it.

Non-redundant clustering by orthogonalisation (Cui, Fern and Dy, ICDM 2007), guided: a slot names the slots that it is
apart from. Who somebody is and where they look show in every measure of a face; without them the expression remains
(cmuface: emotion .04 before, .15 after).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.route import prepared
from tools.fuse.base import View, side_by_side
from tools.models.ports import SlotSpec
from tools.settle.number import find_number

STABLE = 0.8
"""Adjusted Rand between k-means on halves from which groups are real enough to be subtracted."""
CROWD = 8
"""A group of fewer images on average says more about the images than about the group."""
SAME = 0.5
"""AMI of groups and the slot's own words above which they are one thing, and nothing would be left."""
SHRINK = 5.0
"""A cell of m images is subtracted by m / (m + SHRINK) of its mean (James and Stein 1961)."""


def residual(views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int = 0) -> list[View]:
    """The views without the groups of the slots that `spec` is apart from.

    Each grouping is subtracted, then the cells of their product. A grouping that is not repeatable, too fine, or the
    same as what the slot says is left in.

    Args:
        views: Prepared; rows of NaN stay.
        spec: What is grouped by.
        descriptions: Of the same images.
        seed: Of k-means.
    """
    groupings = [
        labels
        for name, k in spec.apart_from
        if (labels := _groups(descriptions, name, k, seed)) is not None
        and not _same(labels, spec.name, descriptions)
    ]
    if not groupings:
        return list(views)
    if len(groupings) > 1:
        _, cells = np.unique(np.stack(groupings), axis=1, return_inverse=True)
        groupings.append(cells.ravel())
    return [
        View(view.name, _without(view.data, groupings), view.weight) if view.weight > 0 else view
        for view in views
    ]


def _groups(descriptions: Descriptions, slot: str, k: int | None, seed: int) -> NDArray[np.intp] | None:
    """(n,) the groups of a slot, from 0, a group of its own for images in which it is not seen; None for no groups."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    spec = descriptions.specs.get(slot)
    names = [name for name in spec.views if name in descriptions.views] if spec else []
    if not names:
        return None
    points = side_by_side([View(name, prepared(name, descriptions)) for name in names])
    seen = ~np.isnan(points).any(axis=1)
    if k is None:
        found = find_number(points[seen], None, seed)
        if found.stable < STABLE or seen.sum() < CROWD * found.k:
            return None
        k = found.k
    if seen.sum() < CROWD * k or k < 2:
        return None
    labels = np.zeros(len(points), np.intp)
    with threadpool_limits(1, "openmp"):
        labels[seen] = 1 + KMeans(k, n_init=5, random_state=seed).fit_predict(points[seen])
    return labels


def _same(labels: NDArray[np.intp], slot: str, descriptions: Descriptions) -> bool:
    from sklearn.metrics import adjusted_mutual_info_score

    values, _ = descriptions.column(slot)
    known = [i for i, value in enumerate(values) if value]
    if not known:
        return False
    return float(adjusted_mutual_info_score([values[i] for i in known], labels[known])) > SAME


def _without(data: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]]) -> NDArray[np.float32]:
    left = data.copy()
    seen = ~np.isnan(data).any(axis=1)
    for labels in groupings:
        for group in np.unique(labels[seen]):
            rows = seen & (labels == group)
            left[rows] -= left[rows].mean(0) * (rows.sum() / (rows.sum() + SHRINK))
    return left
