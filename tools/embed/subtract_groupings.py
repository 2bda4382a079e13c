"""Take groupings out of views: what is left shows what else there is.

Non-redundant clustering by orthogonalisation (Cui, Fern and Dy, ICDM 2007): the mean of each group is subtracted. Which
groupings are in the way of a criterion, a slot itself names: who somebody is and where they look show in every measure
of a face; without them the expression remains (cmuface: emotion .04 before, .15 after).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.prepare import prepared
from tools.models.ports import SlotSpec
from tools.number_of_groups import estimate_number
from tools.views import View, side_by_side, unit

SHRINK = 5.0
"""A group of m images is subtracted by m / (m + SHRINK) of its mean (James and Stein 1961)."""
CROWD = 8
"""With fewer images to a group on average, a grouping says more about the images than about the groups."""
REPEATABLE_GROUPS = 0.8
"""Adjusted Rand between k-means on halves from which groups are real enough to be subtracted."""
SAME = 0.5
"""AMI of groups and the slot's own words above which they are one thing, and nothing would be left."""
SHOWN = 0.5
"""AMI of the groups in the views and the slot's own words from which the views show it already (drawn faces .79, real
faces .17): then taking out what it does not depend on only takes away."""


def subtract(
    data: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]], shrink: float = SHRINK
) -> NDArray[np.float32]:
    """Return the data less the mean of each group, of one grouping after the other.

    Args:
        data: (n, d) float32; rows of NaN stay.
        groupings: (n,) integer labels each; -1 is no group: nothing is subtracted from those images.
        shrink: See `SHRINK`; 0 where the groups are known to be right.

    Returns:
        (n, d) float32.
    """
    residual = data.copy()
    seen = ~np.isnan(data).any(axis=1)
    for labels in groupings:
        for group in np.unique(labels[seen & (labels >= 0)]):
            rows = seen & (labels == group)
            residual[rows] -= residual[rows].mean(0) * (rows.sum() / (rows.sum() + shrink))
    return residual


def with_cells(groupings: Sequence[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
    """Return the groupings, and after them the cells of their product where there are several.

    Cells alone would be small and noisy; single groupings alone leave what only a combination shows.
    """
    if len(groupings) < 2:
        return list(groupings)
    _, cells = np.unique(np.stack(groupings), axis=1, return_inverse=True)
    return [*groupings, cells.ravel().astype(np.intp)]


def residual(view: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]]) -> NDArray[np.float32]:
    """Return a view without groupings and the cells of their product, its rows of length 1; as it is for no
    grouping."""
    return unit(subtract(view, with_cells(groupings))) if groupings else view


def subtract_independent(
    views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int = 0
) -> list[View]:
    """Return the views without the groups of the slots that `spec` is apart from.

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
        replace(view, data=subtract(view.data, with_cells(groupings))) if view.weight > 0 else view
        for view in views
    ]


def _shown(views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int) -> bool:
    """Return whether as many groups in the views as the slot has words are those words."""
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
    # The perplexity: words that are hardly used do not count.
    k = max(2, round(float(np.exp(-(shares * np.log(shares)).sum()))))
    truth = [values[i] for i in np.flatnonzero(seen).tolist()]
    with threadpool_limits(1, "openmp"):
        labels = KMeans(k, n_init=5, random_state=seed).fit_predict(points[seen])
    return float(adjusted_mutual_info_score(truth, labels)) > SHOWN


def _groups(descriptions: Descriptions, slot: str, k: int | None, seed: int) -> NDArray[np.intp] | None:
    """Return (n,) the groups of a slot, from 0, a group of its own for images in which it is not seen; None for no
    groups."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    spec = descriptions.specs.get(slot)
    names = [name for name in spec.views if name in descriptions.views] if spec else []
    if not names:
        return None
    points = side_by_side([View(name, prepared(name, descriptions)) for name in names])
    seen = ~np.isnan(points).any(axis=1)
    if k is None:
        number = estimate_number(points[seen], None, seed)
        if number.stability < REPEATABLE_GROUPS or seen.sum() < CROWD * number.k:
            return None
        k = number.k
    if seen.sum() < CROWD * k or k < 2:
        return None
    labels = np.zeros(len(points), np.intp)
    with threadpool_limits(1, "openmp"):
        labels[seen] = 1 + KMeans(k, n_init=5, random_state=seed).fit_predict(points[seen])
    return labels


def _same(labels: NDArray[np.intp], slot: str, descriptions: Descriptions) -> bool:
    """Return whether a grouping is the same as what the slot says."""
    from sklearn.metrics import adjusted_mutual_info_score

    values, _ = descriptions.column(slot)
    worded = [i for i, value in enumerate(values) if value]
    if not worded:
        return False
    return float(adjusted_mutual_info_score([values[i] for i in worded], labels[worded])) > SAME
