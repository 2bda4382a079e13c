"""Puts the images of a group in an order that helps to look through them."""

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 800
"""The most images whose order is optimised at once; more are cut into such pieces first. It takes a second."""


def typical_first(points: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the order of n images in which those nearest to the middle of all come first, (n,).

    Args:
        points: (n, d) float32; images with a row of NaN come last, in their order.
    """
    seen = np.asarray(~np.isnan(points).any(axis=1))
    if not seen.any():
        return np.arange(len(points))
    distance = np.full(len(points), np.inf)
    distance[seen] = np.linalg.norm(points[seen] - points[seen].mean(axis=0), axis=1)
    return np.argsort(distance, kind="stable")


def by_likeness(points: NDArray[np.float32], seed: int = 0) -> NDArray[np.intp]:
    """Return the order of n images in which neighbours are as alike as may be, (n,), begun at the most typical end.

    It is the order of the leaves of an average-linkage tree, turned so that the distances between neighbours add up to
    the least (Bar-Joseph, Gifford and Jaakkola 2001). More than `AT_ONCE` are cut into pieces by k-means, the pieces
    are put in order by their middles, and then each by itself.

    Args:
        points: (n, d) float32; images with a row of NaN come last, in their order.
        seed: The seed of k-means.
    """
    seen = np.flatnonzero(~np.isnan(points).any(axis=1))
    unseen = np.setdiff1d(np.arange(len(points)), seen)
    if len(seen) < 3:
        return np.concatenate([seen, unseen]).astype(np.intp)
    order = _ordered(points[seen], seed)
    first, middle = points[seen][order], points[seen].mean(axis=0)
    if np.linalg.norm(first[-1] - middle) < np.linalg.norm(first[0] - middle):
        order = order[::-1]
    return np.concatenate([seen[order], unseen]).astype(np.intp)


def _ordered(points: NDArray[np.float32], seed: int) -> NDArray[np.intp]:
    from scipy.cluster.hierarchy import leaves_list, linkage
    from sklearn.cluster import MiniBatchKMeans

    if len(points) < 3:
        return np.arange(len(points))
    if len(points) <= AT_ONCE:
        tree = linkage(points.astype(np.float64), method="average", optimal_ordering=True)
        return np.asarray(leaves_list(tree), np.intp)
    pieces = min(-(-len(points) // AT_ONCE) * 2, AT_ONCE)
    fitted = MiniBatchKMeans(pieces, n_init=3, random_state=seed).fit(points)
    if np.bincount(fitted.labels_).max() == len(points):  # all are alike: no order is better than another
        return np.arange(len(points))
    parts: list[NDArray[np.intp]] = []
    for piece in _ordered(fitted.cluster_centers_.astype(np.float32), seed):
        rows = np.flatnonzero(fitted.labels_ == piece)
        order = rows[_ordered(points[rows], seed)]
        if parts and len(parts[-1]):  # each piece begins where the last one ended
            end = points[parts[-1][-1]]
            if np.linalg.norm(points[order[-1:]] - end) < np.linalg.norm(points[order[:1]] - end):
                order = order[::-1]
        if len(order):
            parts.append(order)
    return np.concatenate(parts)
