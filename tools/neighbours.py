"""Finds the nearest images of every image: among all of them, or, where they are many, among a random sample.

A sample is enough for what is averaged over neighbours, such as smoothing or the share of neighbours in the same group:
it thins the neighbours out and leaves them where they are. The time then grows with the number of images and not with
its square, nothing has to be built, and the same seed finds the same neighbours.
"""

import numpy as np
from numpy.typing import NDArray

EXACT = 20_000
"""The most images that are all compared with each other."""
SAMPLE = 5_000
"""The number of images among which the neighbours of more than `EXACT` images are looked for."""


def nearest_rows(
    points: NDArray[np.float32], reach: int, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the distances and the rows of the neighbours of n points, (n, reach) each, the nearest first.

    A point is no neighbour of itself.

    Args:
        points: (n, d) float32 without NaN, n > reach.
        reach: The number of neighbours, at least 1; at most `SAMPLE` - 1 where n > `EXACT`.
        seed: The seed of the sample.
    """
    from sklearn.neighbors import NearestNeighbors

    n = len(points)
    if n <= EXACT:
        distance, near = NearestNeighbors(n_neighbors=reach).fit(points).kneighbors()
        return distance.astype(np.float32), near.astype(np.intp)
    rows = np.sort(np.random.default_rng(seed).choice(n, SAMPLE, replace=False))
    index = NearestNeighbors(n_neighbors=reach + 1, algorithm="brute").fit(points[rows])
    distance, near = index.kneighbors(points)
    near = rows[near]
    # Those of the sample find themselves; of the others the farthest is one too many.
    own = near == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True
    return (
        distance[~own].reshape(n, reach).astype(np.float32),
        near[~own].reshape(n, reach).astype(np.intp),
    )
