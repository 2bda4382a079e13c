"""Lays the pictures out in a plane, so that those that are alike under a criterion lie near each other."""

import numpy as np
from numpy.typing import NDArray

MOST_PLACED = 2500
"""The most pictures that are laid out together; of more, a sample is, and the others are put beside their nearest."""
_COMPONENTS = 32
"""The principal components of the points from which the plane is made."""
_PERPLEXITY = 30.0
"""The usual number of neighbours that t-SNE keeps near, as in its paper."""
_NEAREST = 3
"""The number of pictures of the sample between which another one is put."""
_LEAST = 5
"""The fewest different points of which a map says anything."""


def laid_out(points: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32] | None:
    """Return where each picture is in the plane, (n, 2) float32, by t-SNE (van der Maaten and Hinton 2008).

    Args:
        points: (n, d) float32; a row with a NaN says that nothing was measured, and is a row of NaN on the map, too.
        seed: The seed of the sample and of the layout.

    Returns:
        The places; None where there are too few different points for a map.
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    rows = np.flatnonzero(~np.isnan(points).any(axis=1))
    seen = points[rows]
    if len(np.unique(seen, axis=0)) < _LEAST:
        return None
    parts = min(_COMPONENTS, *seen.shape)
    if seen.shape[1] > parts:
        seen = PCA(parts, random_state=seed).fit_transform(seen)
    rng = np.random.default_rng(seed)
    sample = np.arange(len(seen))
    if len(seen) > MOST_PLACED:
        sample = np.sort(rng.choice(len(seen), MOST_PLACED, replace=False))
    plane = _tsne(seen[sample], seed)
    placed = np.empty((len(seen), 2), np.float32)
    placed[sample] = plane
    rest = np.setdiff1d(np.arange(len(seen)), sample)
    if len(rest):
        distance, near = NearestNeighbors(n_neighbors=_NEAREST).fit(seen[sample]).kneighbors(seen[rest])
        weight = 1 / (distance + 1e-6)
        between = (plane[near] * (weight / weight.sum(1, keepdims=True))[:, :, None]).sum(1)
        spread = np.ptp(plane, axis=0).max() / 400  # so that pictures in one place are still told apart
        placed[rest] = between + rng.normal(0, spread, between.shape)
    everywhere = np.full((len(points), 2), np.nan, np.float32)
    everywhere[rows] = placed
    return everywhere


def _tsne(points: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    if points.shape[1] < 2:
        points = np.column_stack([points, np.zeros(len(points), np.float32)])
    perplexity = min(_PERPLEXITY, (len(points) - 1) / 3)
    varied = bool(np.var(points, axis=0).max() > 0)
    made = TSNE(2, perplexity=perplexity, init="pca" if varied else "random", random_state=seed)
    return np.asarray(made.fit_transform(points), np.float32)
