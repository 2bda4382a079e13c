"""Settles the groups of a walk on the pictures, where nobody can be asked where one group ends."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.fuse.walk.traversal import WalkResult


def settle_groups(
    rows: NDArray[np.float32], walks: Sequence[WalkResult]
) -> tuple[WalkResult, NDArray[np.intp]]:
    """Move images to the nearest centre until none moves (Lloyd 1982), from the groups of several walks.

    Walkers decide image by image, and a chain of likely steps may end far from where it began; the paper has a judge
    for that. Of several walks that one counts whose groups then have the least squares.

    Args:
        rows: (n, d) float32; rows of NaN stay as they are.
        walks: Walks over these rows, at least one.

    Returns:
        The walk with its assignment after the moves, and the rows that moved.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    best, least = (walks[0], np.empty(0, np.intp)), np.inf
    for walked in walks:
        seen = np.flatnonzero(~np.isnan(rows).any(axis=1) & walked.soft.any(axis=1))
        if not len(seen):
            continue
        before = walked.soft[seen].argmax(1)
        groups = np.unique(before)
        points = rows[seen].astype(np.float64)
        centres = np.stack([points[before == group].mean(0) for group in groups])
        with threadpool_limits(1, "openmp"):
            model = KMeans(len(groups), init=centres, n_init=1).fit(points)
        if model.inertia_ >= least * (1 - 1e-9):
            continue
        after = groups[model.labels_]
        moved = np.flatnonzero(after != before)
        soft = walked.soft.copy()
        soft[seen[moved], after[moved]] = walked.soft[seen[moved], before[moved]]
        soft[seen[moved], before[moved]] = walked.soft[seen[moved], after[moved]]
        best, least = (replace(walked, soft=soft), seen[moved]), model.inertia_
    return best
