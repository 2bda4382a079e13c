"""Prepared views: of comparable width and scale, and smoothed against the noise of single images."""

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions
from tools.models.ports import Vectors
from tools.neighbours import nearest_rows

WIDEST = 64
"""The most columns that a prepared view has; of a wider one the first principal components are kept."""
IMAGES_PER_NEIGHBOUR = 100
"""The number of images in the collection for each neighbour in an average, so that small groups do not mix."""

MOST_NEIGHBOURS = 30
"""The most neighbours that an image is averaged with."""

LEAST_NEIGHBOURS = 5
"""The fewest neighbours that an image is averaged with where they are found in another view."""


def prepare(data: Vectors) -> Vectors:
    """Return a view in the form that the methods take.

    Wide views are activations of a network: each column is standardised, the whole compressed to `WIDEST`
    principal components and every row L2-normalised. Narrow views are measurements that their expert scaled:
    they are only centred. Either way the mean squared norm is 1, and constant views become zeros.

    Args:
        data: (n, d) float32; a row with a NaN says that there was nothing to measure. Infinite values count as NaN.

    Returns:
        (n, min(d, 64)) float32; the same rows are NaN.
    """
    seen = np.isfinite(data).all(axis=1)
    prepared = np.full((len(data), min(data.shape[1], WIDEST)), np.nan, np.float32)
    if not seen.any():
        return prepared
    rows = data[seen].astype(np.float64)
    rows -= rows.mean(0)
    if rows.shape[1] > WIDEST:
        rows = _compress(rows)
    scale = np.sqrt((rows**2).sum(1).mean())
    prepared[seen] = rows / scale if scale > 1e-9 else 0.0
    return prepared


def prepared(name: str, descriptions: Descriptions) -> Vectors:
    """Return a view as `prepare` makes it, worked out once for a collection. (n, d) float32; not to be written to."""
    if name not in descriptions.prepared:
        descriptions.prepared[name] = prepare(descriptions.view(name))
    return descriptions.prepared[name]


def smooth(points: NDArray[np.float32], by: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Return the points, each averaged with its n / 100 nearest, at most 30; fewer than 3 leave them as they are.

    This is one step of a low-pass filter on the neighbour graph (adaptive graph convolution; Zhang et al., IJCAI 2019).
    It helps where groups are large (cifar10mc: type .64 before, .70 after) and would mix small groups, so the number of
    neighbours grows with the collection and is 0 for a small one.

    Args:
        points: (n, d) float32 without NaN.
        by: (n, e) float32 without NaN, the view in which neighbours are found; by default the points themselves.
            Those of many points are looked for in a sample (`tools.neighbours`).
    """
    neighbours = min(len(points) // IMAGES_PER_NEIGHBOUR, MOST_NEIGHBOURS)
    if by is not None:
        neighbours = min(max(neighbours, LEAST_NEIGHBOURS), len(points) // 10)
    if neighbours < 3:
        return points
    _, near = nearest_rows(points if by is None else by, neighbours)
    total = points.copy()
    for column in near.T:  # one at a time: all at once would take n * neighbours * d numbers
        total += points[column]
    return np.asarray(total / (neighbours + 1), np.float32)


def _compress(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first principal components of the standardised columns, with rows of length 1 and fixed signs."""
    deviation = rows.std(0)
    rows = rows / np.where(deviation > 1e-6, deviation, 1.0)
    if len(rows) < rows.shape[1]:
        values, vectors = np.linalg.eigh(rows @ rows.T)
        scores = vectors * np.sqrt(np.maximum(values, 0))
    else:
        _, vectors = np.linalg.eigh(rows.T @ rows)
        scores = rows @ vectors[:, -WIDEST:]
    scores = scores[:, ::-1][:, :WIDEST]
    flip = np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])])
    scores = scores * np.where(flip == 0, 1, flip)
    if scores.shape[1] < WIDEST:
        scores = np.pad(scores, ((0, 0), (0, WIDEST - scores.shape[1])))
    norm = np.linalg.norm(scores, axis=1, keepdims=True)
    return np.asarray(scores / np.where(norm > 1e-9, norm, 1.0))
