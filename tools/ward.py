"""Makes groups of any number from one tree: Ward's tree cut at that number, then refined by k-means until it is stable.

k-means from random starts ends in another place each time, the more often the more groups there are, which would look
like groups that are not repeatable. The tree depends on no random start.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE = 1000
"""The most points that a tree is grown on, since memory grows with their square; of more a sample is enough."""
_STEPS = 50
"""The most steps of k-means after a cut; it usually takes about five."""


class WardTree:
    """Holds the tree of Ward's agglomerative clustering (Ward 1963).

    Args:
        points: (n, d) float32 without NaN, n >= 2. Memory grows with n squared, so give a sample of at most `SAMPLE`.
    """

    def __init__(self, points: NDArray[np.float32]) -> None:
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import pdist

        self._points = points.astype(np.float64)
        self._distances = pdist(self._points)
        self._tree = linkage(self._distances, "ward")
        self._square: NDArray[np.float64] | None = None

    def at(self, k: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return (n,) labels from 0 and (g, d) centres of at most k groups; fewer where points coincide."""
        from scipy.cluster.hierarchy import fcluster

        labels: NDArray[np.intp] = fcluster(self._tree, k, "maxclust").astype(np.intp)
        centres = self._points[:0]
        for _ in range(_STEPS):
            _, labels = np.unique(labels, return_inverse=True)  # a group that lost its last point is gone
            centres = _means(self._points, labels)
            moved = nearest(self._points, centres)
            if (moved == labels).all():
                break
            labels = moved
        return labels, centres

    def silhouette(self, labels: NDArray[np.intp]) -> float:
        """Return the mean silhouette of (n,) labels, in [-1, 1] (Rousseeuw 1987)."""
        from scipy.spatial.distance import squareform
        from sklearn.metrics import silhouette_score

        if self._square is None:
            self._square = squareform(self._distances)
        return float(silhouette_score(self._square, labels, metric="precomputed"))

    def gap(self, k: int) -> float:
        """Return the height of the merge that ends k groups over that of the merge before it, >= 1."""
        heights = self._tree[::-1, 2]
        return float(heights[k - 2] / max(heights[k - 1], 1e-9)) if k - 1 < len(heights) else 1.0


def nearest(points: NDArray[np.floating], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return (n,) the index of the nearest of (g, d) centres to each of (n, d) points."""
    distance = (centres**2).sum(1) - 2 * points @ centres.T
    return np.asarray(distance.argmin(1), np.intp)


def _means(points: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    member = np.zeros((int(labels.max()) + 1, len(points)))
    member[labels, np.arange(len(points))] = 1.0
    return np.asarray(member @ points / member.sum(1, keepdims=True))
