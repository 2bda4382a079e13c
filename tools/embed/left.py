"""What is left of views when known clusterings are taken out of them.

Non-redundant clustering by orthogonalisation (Cui, Fern and Dy, ICDM 2007): cluster the dominant structure, subtract
it, and the next one appears. On faces: who it is, then where they look, then who wears sunglasses, without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.fuse.base import unit

SHRINK = 5.0
"""A group of m images is subtracted by m / (m + SHRINK) of its mean (James and Stein 1961)."""

ROUNDS = 3
"""So many clusterings are found in sequence at most."""
REPEATABLE = 0.7
"""Adjusted Rand between halves under which a structure is not there, and the sequence ends."""
NUMBERS = (2, 3, 4, 6, 8, 12, 16, 20, 24)
CROWD = 8
"""A group of fewer images on average says more about the images than about the group."""
SAMPLE = 1000


def without(
    data: NDArray[np.float32], groupings: Sequence[NDArray[np.intp]], shrink: float = SHRINK
) -> NDArray[np.float32]:
    """The data less the mean of each group, of one grouping after the other.

    Args:
        data: (n, d) float32; rows of NaN stay.
        groupings: (n,) integer labels each; -1 is no group: nothing is subtracted from those images.
        shrink: See `SHRINK`; 0 where the groups are known to be right.

    Returns:
        (n, d) float32.
    """
    left = data.copy()
    seen = ~np.isnan(data).any(axis=1)
    for labels in groupings:
        for group in np.unique(labels[seen & (labels >= 0)]):
            rows = seen & (labels == group)
            left[rows] -= left[rows].mean(0) * (rows.sum() / (rows.sum() + shrink))
    return left


def crossed(groupings: Sequence[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
    """The groupings, and after them the cells of their product where there are several.

    Cells alone would be small and noisy; single groupings alone leave what only a combination shows.
    """
    if len(groupings) < 2:
        return list(groupings)
    _, cells = np.unique(np.stack(groupings), axis=1, return_inverse=True)
    return [*groupings, cells.ravel().astype(np.intp)]


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A clustering that a view falls into by itself.

    Attributes:
        view: Index of the view.
        k: Number of groups.
        labels: (n,) from 0.
        score: Repeatability x silhouette, at most 1.
    """

    view: int
    k: int
    labels: NDArray[np.intp]
    score: float


def sequence(
    views: Sequence[NDArray[np.float32]],
    known: Sequence[NDArray[np.intp]] = (),
    seed: int = 0,
    numbers: Sequence[int] = NUMBERS,
) -> list[Structure]:
    """Structures in the order in which they stand out, each found on what the known and the earlier ones leave.

    It ends where none is repeatable; each is then found once more on what all the others leave.

    Args:
        views: (n, d) float32 each, prepared, without NaN.
        known: Groupings that are subtracted from the start: what the user accepted under other criteria.
        seed: Of k-means and of the halves.
        numbers: Of groups that are tried.
    """
    found: list[Structure] = []
    for _ in range(ROUNDS):
        taken = [*known, *(structure.labels for structure in found)]
        best = strongest([left(view, taken) for view in views], seed, numbers)
        if best is None:
            break
        found.append(best)
    if len(found) < 2:
        return found
    return [_again(views, known, found, i, seed) for i in range(len(found))]


def strongest(
    views: Sequence[NDArray[np.float32]], seed: int = 0, numbers: Sequence[int] = NUMBERS
) -> Structure | None:
    """The structure of largest repeatability x silhouette over views and numbers of groups; None where none repeats."""
    best: Structure | None = None
    for i, view in enumerate(views):
        for k in numbers:
            if CROWD * k > len(view):
                continue
            score, stable = worth(view, k, seed)
            if stable >= REPEATABLE and (best is None or score > best.score):
                best = Structure(i, k, clusters(view, k, seed), score)
    return best


def worth(points: NDArray[np.float32], k: int, seed: int = 0) -> tuple[float, float]:
    """(repeatability x silhouette, repeatability) of k-means with k groups, on a sample of at most 1000 points."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    sample = points[rng.permutation(len(points))[:SAMPLE]]
    if len(sample) < 2 * k:
        return 0.0, 0.0
    with threadpool_limits(1, "openmp"):
        labels = KMeans(k, n_init=2, random_state=seed).fit_predict(sample)
        if not 2 <= len(set(labels.tolist())) < len(sample):
            return 0.0, 0.0
        agreement = []
        for i in range(2):
            halves = np.array_split(rng.permutation(len(sample)), 2)
            one, two = (
                KMeans(k, n_init=2, random_state=seed + i).fit(sample[half]).predict(sample)
                for half in halves
            )
            agreement.append(adjusted_rand_score(one, two))
    stable = float(np.mean(agreement))
    return stable * max(0.0, float(silhouette_score(sample, labels))), stable


def clusters(points: NDArray[np.float32], k: int, seed: int = 0) -> NDArray[np.intp]:
    """(n,) labels of k-means."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "openmp"):
        return np.asarray(KMeans(k, n_init=10, random_state=seed).fit_predict(points), np.intp)


def left(view: NDArray[np.float32], taken: Sequence[NDArray[np.intp]]) -> NDArray[np.float32]:
    """A view without groupings and the cells of their product, its rows of length 1; as it is for no grouping."""
    return unit(without(view, crossed(taken))) if taken else view


def _again(
    views: Sequence[NDArray[np.float32]],
    known: Sequence[NDArray[np.intp]],
    found: Sequence[Structure],
    i: int,
    seed: int,
) -> Structure:
    others = [*known, *(structure.labels for j, structure in enumerate(found) if j != i)]
    best = strongest([left(view, others) for view in views], seed, (found[i].k,))
    return best or found[i]
