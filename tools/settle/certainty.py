"""Says how likely each image is in the right group, where nobody has answered a question yet.

How far an image is from the centre of its group says little: the chances that k-means gives are those of round groups
of one size. Two things that need no label say more. Where the nearest images are in the same group, the image lies
inside it and not at its edge; and where groups of random halves of the collection agree, there is something to find.
"""

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Clustering
from tools.embed.criterion_views import NEIGHBOURS
from tools.neighbours import nearest_rows

OFFSET, OF_NEIGHBOURS, OF_STABILITY = -1.1, 1.4, 1.7
"""The logarithm of the odds that an image is in the right group: `OFFSET` + `OF_NEIGHBOURS` x the share of its
neighbours in its group + `OF_STABILITY` x the adjusted Rand of the groups of random halves. A logistic regression on
the 33 criteria of eleven development folders, each of the same weight, gives -1.12, 1.43 and 1.79; right is an image
with the label that most of its group have. Without an answer nothing is surer than .88.
`python -m tests.benchmarks.certainty` makes it again."""
FEWEST = 24
"""The fewest images that can be told by their neighbours; fewer have none to speak of."""


def calibrate(
    clustering: Clustering, points: NDArray[np.float32], stability: float, seen: float = 1.0
) -> Clustering:
    """Return the clustering with confidences that say how many of such images are in the right group.

    Images of which the points say nothing keep the confidence that they have. Fewer than `FEWEST` have too few
    neighbours to be told by; they keep theirs too, but none is surer than the surest of a large collection.

    Args:
        clustering: Of n images, in two groups or more.
        points: (n, d) float32, in which the groups were made; rows of NaN where nothing was measured.
        stability: The adjusted Rand of the groups of random halves (`tools.number_of_groups.Number`).
        seen: A factor below 1 where no expert sees the criterion: groups may be as clear as can be, and not be those
            that were asked for.
    """
    placed = np.asarray(~np.isnan(points).any(axis=1)) & (clustering.labels != UNSORTED)
    if not placed.any() or len(clustering.clusters) < 2:
        return clustering
    confidence = clustering.confidence.copy()
    if placed.sum() < FEWEST:
        surest = chances(np.ones(1), stability)
        confidence[placed] = seen * np.minimum(confidence[placed], surest)
        return clustering.with_changes(confidence=confidence)
    shares = neighbourhood(points[placed], clustering.labels[placed])
    confidence[placed] = seen * chances(shares, stability)
    return clustering.with_changes(confidence=confidence)


def chances(shares: NDArray[np.float64], stability: float) -> NDArray[np.float64]:
    """Return how likely m images are in the right group, (m,), from the shares of `neighbourhood` and the stability."""
    odds = OFFSET + OF_NEIGHBOURS * shares + OF_STABILITY * max(0.0, stability)
    return np.asarray(1 / (1 + np.exp(-odds)))


def neighbourhood(points: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the share in [0, 1] of the neighbours of each of m points that have its label, (m,), weighted by nearness.

    Args:
        points: (m, d) float32 without NaN, m >= 2.
        labels: (m,) their groups.
    """
    distance, near = nearest_rows(points, min(NEIGHBOURS, len(points) - 1))
    weight = np.exp(-distance / np.maximum(distance.mean(axis=1, keepdims=True), 1e-9))
    return np.asarray(((labels[near] == labels[:, None]) * weight).sum(1) / weight.sum(1))
