"""Subtracts groupings from views, so that the remainder shows what else there is.

The mean of each group is subtracted, as in non-redundant clustering by orthogonalisation (Cui, Fern and Dy, ICDM 2007).
A slot names the groupings that are in its way: identity and pose show in every measure of a face, and without them the
expression remains (cmuface: emotion .04 before, .15 after).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions
from tools.embed.prepare import prepared
from tools.models.ports import SlotSpec
from tools.number_of_groups import assess, estimate_number
from tools.views import View, side_by_side, unit

SHRINK = 5.0
"""The shrinkage of means: of a group of m images m / (m + SHRINK) of its mean is subtracted (James and Stein 1961)."""
CROWD = 8
"""The fewest images per group, on average, for a grouping to be subtracted; with fewer it describes single images."""
REPEATABLE_GROUPS = 0.8
"""The adjusted Rand between k-means on two halves from which groups are real enough to be subtracted."""
SAME = 0.5
"""The AMI of groups and the slot's own words above which they are the same, so that nothing would remain."""
SHOWN = 0.5
"""The AMI of the groups in the views and the slot's own words above which the views show the slot already, so that a
subtraction would only lose information (drawn faces .79, real faces .17)."""


def subtract(
    data: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]], shrink: float = SHRINK
) -> NDArray[np.float32]:
    """Subtract the mean of each group from its images, of one grouping after the other.

    Args:
        data: (n, d) float32; rows of NaN stay.
        groupings: (n,) integer labels each; nothing is subtracted from images of label -1.
        shrink: The shrinkage of the means (`SHRINK`); 0 where the groups are known to be right.

    Returns:
        (n, d) float32, a new array.
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

    Cells alone would be small and noisy, and single groupings alone leave what only their combination shows.
    """
    if len(groupings) < 2:
        return list(groupings)
    _, cells = np.unique(np.stack(groupings), axis=1, return_inverse=True)
    return [*groupings, cells.ravel().astype(np.intp)]


def residual(view: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]]) -> NDArray[np.float32]:
    """Subtract groupings and the cells of their product from a view and scale its rows to length 1.

    Without any grouping the view is returned as it is.
    """
    return unit(subtract(view, with_cells(groupings))) if groupings else view


def subtract_independent(
    views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int = 0
) -> list[View]:
    """Subtract from the views the groups of the slots that `spec` names as independent of it (`apart_from`).

    Each grouping is subtracted, then the cells of their product. A grouping that is not repeatable, too fine, or the
    same as what the slot says is not subtracted, and none is where the views show the slot already.

    Args:
        views: Prepared views; rows of NaN stay.
        spec: The slot that is grouped by.
        descriptions: The descriptions of the same images.
        seed: The seed of k-means.
    """
    if not spec.apart_from or _already_shown(views, spec, descriptions, seed):
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


def _already_shown(views: Sequence[View], spec: SlotSpec, descriptions: Descriptions, seed: int) -> bool:
    """Return whether k-means on the views, with as many groups as the slot has words, finds the slot's words."""
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
    """Return the groups of a slot's views, (n,) from 1, and 0 for images without a measure; None for no groups."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    spec = descriptions.specs.get(slot)
    names = [name for name in spec.views if name in descriptions.views] if spec else []
    if not names:
        return None
    points = side_by_side([View(name, prepared(name, descriptions)) for name in names])
    seen = ~np.isnan(points).any(axis=1)
    if k is not None and seen.sum() < CROWD * k:
        return None
    number = (
        estimate_number(points[seen], None, seed) if k is None else assess(points[seen], [k], seed=seed)[0]
    )
    k = number.k
    if number.stability < REPEATABLE_GROUPS or seen.sum() < CROWD * k or k < 2:
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
