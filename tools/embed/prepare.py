"""Make views comparable: the same width at most, the same scale."""

import numpy as np
from numpy.typing import NDArray

from tools.models.ports import Vectors

WIDEST = 64


def prepare(data: Vectors) -> Vectors:
    """A view as the methods want it.

    Wide views are activations of a network: each column is standardised, the whole compressed to `WIDEST`
    principal components and every row L2-normalised. Narrow views are measurements that their expert scaled:
    they are only centred. Either way the mean squared norm is 1, and constant views become zeros.

    Args:
        data: (n, d) float32; rows with a NaN say "nothing to measure here". Infinite values count as NaN.

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


def _compress(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standardised columns to principal components, rows to unit length. The sign of a component is fixed."""
    deviation = rows.std(0)
    rows = rows / np.where(deviation > 1e-6, deviation, 1.0)
    if len(rows) < rows.shape[1]:
        values, vectors = np.linalg.eigh(rows @ rows.T)
        scores = vectors * np.sqrt(np.maximum(values, 0))
    else:
        _, vectors = np.linalg.eigh(rows.T @ rows)
        scores = rows @ vectors
    scores = scores[:, ::-1][:, :WIDEST]
    flip = np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])])
    scores = scores * np.where(flip == 0, 1, flip)
    if scores.shape[1] < WIDEST:
        scores = np.pad(scores, ((0, 0), (0, WIDEST - scores.shape[1])))
    norm = np.linalg.norm(scores, axis=1, keepdims=True)
    return np.asarray(scores / np.where(norm > 1e-9, norm, 1.0))
