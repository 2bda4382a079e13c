"""Which images to ask the user about."""

from collections.abc import Sequence

import numpy as np

from tools.fuse.base import View, side_by_side


def questions(
    views: Sequence[View], images: Sequence[str], count: int, answered: Sequence[str] = (), seed: int = 0
) -> list[str]:
    """Images whose group is worth asking for: those next to the centres of as many k-means clusters.

    Args:
        views: Of the n images, weighted for the criterion.
        images: n ids.
        count: How many to ask about, >= 0.
        answered: Ids that are not asked about again.
        seed: Of k-means.

    Returns:
        At most `count` different ids, none of them answered.
    """
    from sklearn.cluster import KMeans

    rows = side_by_side([view for view in views if view.weight > 0])
    open_rows = np.flatnonzero(~np.isnan(rows).any(axis=1) & ~np.isin(np.asarray(images), list(answered)))
    if count <= 0 or not len(open_rows):
        return []
    points = rows[open_rows]
    k = min(count, len(np.unique(points, axis=0)))
    model = KMeans(k, n_init=2, random_state=seed).fit(points)
    nearest = model.transform(points).argmin(0)
    return [images[int(open_rows[i])] for i in dict.fromkeys(nearest.tolist())]
