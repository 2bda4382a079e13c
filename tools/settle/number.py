"""How many groups there are, where the user has not said."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# That k-means finds fewer groups, since images look alike, is no news for the terminal. A filter for good, since
# `warnings.catch_warnings` is not thread-safe.
warnings.filterwarnings("ignore", message="Number of distinct clusters")

CANDIDATES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 24, 28, 32)
_SAMPLE = 1500
_HALVINGS = 3


@dataclass(frozen=True, slots=True)
class Number:
    """A number of groups, and what speaks for it.

    Attributes:
        k: 1 where the points hardly differ or nothing is repeatable.
        clear: Silhouette, -1..1.
        stable: Agreement of k-means on halves, adjusted Rand, at most 1.
        agreeing: With the words, AMI, at most 1; 0 where there are none.
    """

    k: int
    clear: float = 0.0
    stable: float = 0.0
    agreeing: float = 0.0

    @property
    def score(self) -> float:
        """What the candidates are compared by."""
        return self.stable * (self.clear + self.agreeing)


def find_k(points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0) -> int:
    """The `k` of `find_number`."""
    return find_number(points, words, seed).k


def find_number(
    points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0
) -> Number:
    """The number of groups at which k-means is clear, repeatable, and agrees with what the experts say.

    For each candidate three numbers: the silhouette (Rousseeuw 1987) of k-means; how well k-means on two random
    halves agree about all points (adjusted Rand; Ben-Hur, Elisseeff and Guyon 2002); and, where there are words, how
    well the groups agree with them (AMI, which does not grow with k by chance). The silhouette alone likes two groups.
    The largest stability x (silhouette + agreement) wins.

    Args:
        points: (n, d) float32 without NaN.
        words: What an expert says of each point, None where it says nothing.
        seed: Of the starts and the halves.

    Returns:
        With 1 <= k <= n.
    """
    from threadpoolctl import threadpool_limits

    distinct = len(np.unique(points, axis=0))
    if distinct < 3:
        return Number(max(1, min(distinct, len(points))))
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(points))[:_SAMPLE]
    sample = points[rows]
    said = None if words is None else [words[i] for i in rows]
    most = max(2, min(distinct, len(points) // 3))
    # On so few points threads wait for each other more than they gain, most of all on a busy machine.
    with threadpool_limits(1, "openmp"):
        numbers = [_judge(sample, said, k, seed) for k in CANDIDATES if k <= most]
    best = max(numbers, key=lambda number: (number.score, -number.k))
    return best if best.score > 0.05 else Number(1)


def _judge(points: NDArray[np.float32], words: Sequence[str | None] | None, k: int, seed: int) -> Number:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, silhouette_score

    labels = KMeans(k, n_init=3, random_state=seed).fit_predict(points)
    if not 2 <= len(set(labels.tolist())) < len(points):
        return Number(k)
    clear, agreeing = float(silhouette_score(points, labels)), 0.0
    if words is not None and (known := [i for i, word in enumerate(words) if word]):
        agreeing = float(adjusted_mutual_info_score([words[i] for i in known], labels[known]))
    rng = np.random.default_rng(seed)
    agreement = []
    for i in range(_HALVINGS):
        halves = np.array_split(rng.permutation(len(points)), 2)
        if min(len(half) for half in halves) < k:
            return Number(k)
        one, two = (
            KMeans(k, n_init=2, random_state=seed + i).fit(points[half]).predict(points) for half in halves
        )
        agreement.append(adjusted_rand_score(one, two))
    return Number(k, clear, float(np.mean(agreement)), agreeing)
