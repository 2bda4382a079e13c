"""What is left of a view when that on which the criterion does not depend is taken out of it.

Non-redundant clustering by orthogonalisation (Cui, Fern and Dy, ICDM 2007), guided: a slot names the slots that it is
apart from. Who somebody is and where they look show in every measure of a face; without them the expression remains
(cmuface: emotion .04 before, .15 after).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.left import crossed, without
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
SHOWN = 0.5
"""AMI of the groups in the views and the slot's own words from which the views show it already (drawn faces .79, real
faces .17): then taking out what it does not depend on only takes away."""


def residual(views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int = 0) -> list[View]:
    """The views without the groups of the slots that `spec` is apart from.

    Each grouping is subtracted, then the cells of their product. A grouping that is not repeatable, too fine, or the
    same as what the slot says is left in, and so is everything where the views show the slot already.

    Args:
        views: Prepared; rows of NaN stay.
        spec: What is grouped by.
        descriptions: Of the same images.
        seed: Of k-means.
    """
    if not spec.apart_from or _shown(views, spec, descriptions, seed):
        return list(views)
    groupings = [
        labels
        for name, k in spec.apart_from
        if (labels := _groups(descriptions, name, k, seed)) is not None
        and not _same(labels, spec.name, descriptions)
    ]
    if not groupings:
        return list(views)
    return [
        replace(view, data=without(view.data, crossed(groupings))) if view.weight > 0 else view
        for view in views
    ]


def _shown(views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int) -> bool:
    """Whether as many groups in the views as the slot has words are those words."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score
    from threadpoolctl import threadpool_limits

    points = side_by_side([view for view in views if view.weight > 0])
    values, _ = descriptions.column(spec.name)
    seen = ~np.isnan(points).any(axis=1) & np.array([value is not None for value in values], bool)
    words, counts = np.unique([str(values[i]) for i in np.flatnonzero(seen).tolist()], return_counts=True)
    if len(words) < 2:
        return False
    shares = counts / counts.sum()
    k = max(
        2, round(float(np.exp(-(shares * np.log(shares)).sum())))
    )  # words that are hardly used do not count
    said = [values[i] for i in np.flatnonzero(seen).tolist()]
    with threadpool_limits(1, "openmp"):
        labels = KMeans(k, n_init=5, random_state=seed).fit_predict(points[seen])
    return float(adjusted_mutual_info_score(said, labels)) > SHOWN


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
