"""Quiet the noise of single images: each becomes the mean of itself and its nearest neighbours.

One step of a low-pass filter on the neighbour graph (adaptive graph convolution; Zhang et al., IJCAI 2019). It helps
where groups are large (cifar10mc: type .64 before, .70 after) and would mix groups that are small, so the number of
neighbours grows with the collection and is none for a small one.
"""

import numpy as np
from numpy.typing import NDArray

PER = 100
"""One neighbour for so many images."""
MOST = 30
LEAST = 5
"""So many count at least where the neighbours are known from elsewhere."""


def smooth(points: NDArray[np.float32], by: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The points, each the mean of itself and its n / 100 nearest, at most 30; as they are where that is under 3.

    Args:
        points: (n, d) float32 without NaN.
        by: (n, e) float32 without NaN: where the neighbours are looked for, if not among the points themselves. What
            is said of a picture is noisy, what is said of pictures that look like it less so.
    """
    from sklearn.neighbors import NearestNeighbors

    neighbours = min(len(points) // PER, MOST)
    if by is not None:
        neighbours = min(max(neighbours, LEAST), len(points) // 10)
    if neighbours < 3:
        return points
    place = points if by is None else by
    near = NearestNeighbors(n_neighbors=neighbours + 1).fit(place).kneighbors(place, return_distance=False)
    total = points[near[:, 0]].copy()
    for column in near.T[1:]:  # one at a time: all at once would take n * neighbours * d numbers
        total += points[column]
    return np.asarray(total / (neighbours + 1), np.float32)
