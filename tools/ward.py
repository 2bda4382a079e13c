"""Groups at every number from one tree: Ward's merges cut there, then moved by k-means to where it is stable.

k-means from random starts ends in another place each time, the more often the more groups there are, and that was
taken for groups that are not repeatable. The tree has no luck in it.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE = 1000
"""The most points that a tree is grown on: memory grows with the square, and a sample of more is enough."""
_STEPS = 50
"""The most steps of k-means after a cut; it usually takes about five."""


class WardTree:
    """Ward's tree of points (Ward 1963).

    Args:
        points: (n, d) float32 without NaN, n >= 2. Memory grows with n squared: give a sample.
    """

    def __init__(self, points: NDArray[np.float32]) -> None:
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import pdist

        self._points = points.astype(np.float64)
        self._distances = pdist(self._points)
        self._tree = linkage(self._distances, "ward")
        self._square: NDArray[np.float64] | None = None

    def at(self, k: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return (n,) labels from 0 and (g, d) centres of at most k groups: fewer where points are the same."""
        from scipy.cluster.hierarchy import fcluster

        labels: NDArray[np.intp] = fcluster(self._tree, k, "maxclust").astype(np.intp)
        for _ in range(_STEPS):
            _, labels = np.unique(labels, return_inverse=True)  # a group that lost its last point is gone
            centres = _means(self._points, labels)
            moved = nearest(self._points, centres)
            if (moved == labels).all():
                break
            labels = moved
        return labels, centres

    def silhouette(self, labels: NDArray[np.intp]) -> float:
        """Return the silhouette of a grouping, -1..1 (Rousseeuw 1987)."""
        from scipy.spatial.distance import squareform
        from sklearn.metrics import silhouette_score

        if self._square is None:
            self._square = squareform(self._distances)
        return float(silhouette_score(self._square, labels, metric="precomputed"))

    def gap(self, k: int) -> float:
        """Return how much higher the merge of k groups is than the one before it, >= 1: what it would cost to have
        fewer."""
        heights = self._tree[::-1, 2]
        return float(heights[k - 2] / max(heights[k - 1], 1e-9)) if k - 1 < len(heights) else 1.0


def nearest(points: NDArray[np.floating], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return (n,) which of (g, d) centres is the nearest to each of (n, d) points."""
    distance = (centres**2).sum(1) - 2 * points @ centres.T
    return np.asarray(distance.argmin(1), np.intp)


def _means(points: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    member = np.zeros((int(labels.max()) + 1, len(points)))
    member[labels, np.arange(len(points))] = 1.0
    return np.asarray(member @ points / member.sum(1, keepdims=True))
