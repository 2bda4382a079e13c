"""How many groups there are, where the user has not said."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.settle.cuts import SAMPLE, Cuts, nearest

# That k-means finds fewer groups, since images look alike, is no news for the terminal. A filter for good, since
# `warnings.catch_warnings` is not thread-safe.
warnings.filterwarnings("ignore", message="Number of distinct clusters")

CANDIDATES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 22, 24, 28, 32)
APART = 1.5
"""The coarse number of groups is at most the middle one over this, the fine one at least the middle one times this."""
_HALVINGS = 8
_STRONG = 0.8
"""Prediction strength from which every group is there (Tibshirani and Walther 2005: .8 to .9)."""
_WIDEST = 3.0
"""A gap in the tree that is wider says no more: one far image makes any gap."""
_USUAL, _SPREAD = 6.0, 1.3
"""So many groups people usually make; log-normal, with this deviation."""
_SAID = 0.7
"""The same deviation, around as many groups as there are words."""
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Number:
    """A number of groups, and what speaks for it.

    Attributes:
        k: 1 where the points hardly differ or nothing is repeatable.
        clear: Silhouette, -1..1.
        stable: Agreement of the groups of halves, adjusted Rand, at most 1.
        agreeing: With the words, AMI, at most 1; 0 where there are none.
        strong: Prediction strength, 0..1: of the group that the other half repeats worst, the share of its pairs of
            images that are together there as well.
        gap: How much higher the next merge of Ward's tree is than the last, >= 1.
        usual: How likely so many groups are before one looks, 0..1.
    """

    k: int
    clear: float = 0.0
    stable: float = 0.0
    agreeing: float = 0.0
    strong: float = 0.0
    gap: float = 1.0
    usual: float = 1.0

    @property
    def evidence(self) -> float:
        """What speaks for it in the points and the words."""
        repeated = max(0.0, self.stable) * min(1.0, self.strong / _STRONG)
        return float((self.clear + self.agreeing) * np.sqrt(repeated) * min(self.gap, _WIDEST))

    @property
    def score(self) -> float:
        """What the candidates are compared by."""
        return self.evidence * self.usual


def find_k(points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0) -> int:
    """The `k` of `find_number`."""
    return find_number(points, words, seed).k


def find_number(
    points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0
) -> Number:
    """The number of groups that is clear, repeatable, agrees with what the experts say, and is not unusual.

    For each candidate the silhouette (Rousseeuw 1987); how well the groups of two random halves agree about all points
    (adjusted Rand; Ben-Hur, Elisseeff and Guyon 2002) and about the worst group (prediction strength; Tibshirani and
    Walther 2005); the gap in the heights of Ward's tree; and, where there are words, how well the groups agree with
    them (AMI, which does not grow with k by chance). The silhouette alone likes two groups, or as many as there are
    near-duplicates.

    Pictures have structure at many sizes, so what people do decides between numbers for which as much speaks: they
    make about as many groups as there are words that are used, each word counted by how often (perplexity); where
    there are no words, some two to twenty.

    Args:
        points: (n, d) float32 without NaN.
        words: What an expert says of each point, None where it says nothing.
        seed: Of the sample and the halves.

    Returns:
        With 1 <= k <= n.
    """
    return _best(_numbers(points, words, seed))


def granularities(
    points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0
) -> tuple[Number, ...]:
    """Up to three numbers of groups, rising: a coarse one, that of `find_number`, and a fine one.

    The coarse and the fine one are those for which most speaks among the numbers at least `APART` times smaller and
    larger, whatever is usual. There is none where nothing speaks for any.

    Args and seed: See `find_number`.
    """
    numbers = _numbers(points, words, seed)
    middle = _best(numbers)
    coarse = [number for number in numbers if number.k * APART <= middle.k]
    fine = [number for number in numbers if number.k >= middle.k * APART and middle.k > 1]
    beside = [
        max(side, key=lambda number: (number.evidence, -number.k)) if side else None
        for side in (coarse, fine)
    ]
    found = [beside[0], middle, beside[1]]
    return tuple(number for number in found if number is middle or (number and number.evidence > _LEAST))


def _best(numbers: Sequence[Number]) -> Number:
    best = max(numbers, key=lambda number: (number.score, -number.k))
    return best if len(numbers) == 1 or best.score > _LEAST else Number(1)


def _numbers(points: NDArray[np.float32], words: Sequence[str | None] | None, seed: int) -> list[Number]:
    """Every candidate that is possible, at least one."""
    distinct = len(np.unique(points, axis=0))
    if distinct < 3:
        return [Number(max(1, min(distinct, len(points))))]
    most = max(2, min(distinct, len(points) // 3))
    return judge(points, [k for k in CANDIDATES if k <= most], words, seed)


def judge(
    points: NDArray[np.float32],
    numbers: Sequence[int],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
) -> list[Number]:
    """What speaks for each of some numbers of groups, 2..n / 2, in (n, d) points; arguments as of `find_number`."""
    if not numbers:
        return []
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(points))[:SAMPLE]
    said = None if words is None else [words[i] for i in rows]
    cuts = Cuts(points[rows])
    halves = [_Halves(points[rows], rng) for _ in range(_HALVINGS)]
    # On so few points threads wait for each other more than they gain, most of all on a busy machine.
    with threadpool_limits(1, "openmp"):
        return [_judge(points[rows], said, k, cuts, halves) for k in numbers]


class _Halves:
    """Two random halves of points, each with its own tree."""

    def __init__(self, points: NDArray[np.float32], rng: np.random.Generator) -> None:
        self._points = points
        self._rows = np.array_split(rng.permutation(len(points)), 2)
        self._cuts = [Cuts(points[rows]) if len(rows) > 1 else None for rows in self._rows]

    def agreement(self, k: int) -> tuple[float, float]:
        """Adjusted Rand of the two halves' groups on all points, and the prediction strength on the second half."""
        from sklearn.metrics import adjusted_rand_score

        first, second = self._cuts
        if first is None or second is None or min(len(rows) for rows in self._rows) < k:
            return 0.0, 0.0
        own, centres = second.at(k)
        others = nearest(self._points, first.at(k)[1])
        return float(adjusted_rand_score(others, nearest(self._points, centres))), _strength(
            own, others[self._rows[1]]
        )


def _strength(own: NDArray[np.intp], others: NDArray[np.intp]) -> float:
    """Of the worst group of two or more: a single image has no pair that could be parted."""
    shares = []
    for group in np.unique(own):
        counts = np.bincount(others[own == group])
        if (size := counts.sum()) > 1:
            shares.append(float((counts * (counts - 1)).sum() / (size * (size - 1))))
    return min(shares, default=0.0)


def _judge(
    points: NDArray[np.float32],
    words: Sequence[str | None] | None,
    k: int,
    cuts: Cuts,
    halves: Sequence[_Halves],
) -> Number:
    from sklearn.metrics import adjusted_mutual_info_score

    labels, _ = cuts.at(k)
    if not 2 <= len(np.unique(labels)) < len(points):
        return Number(k)
    known = [i for i, word in enumerate(words or ()) if word]
    said = [str(words[i]) for i in known] if words else []
    agreeing = float(adjusted_mutual_info_score(said, labels[known])) if known else 0.0
    stable, strong = np.mean([half.agreement(k) for half in halves], axis=0).tolist()
    return Number(k, cuts.clear(labels), stable, agreeing, strong, cuts.gap(k), _usual(labels.tolist(), said))


def _usual(labels: Sequence[int], said: Sequence[str]) -> float:
    """How likely such groups are for such words: like is compared with like, both by their perplexity.

    More words than any number of groups are names of single things, and say nothing about the number.
    """
    groups, words = _perplexity(labels), _perplexity(said) if said else 0.0
    centre, spread = (words, _SAID) if 0 < words <= CANDIDATES[-1] else (_USUAL, _SPREAD)
    return float(np.exp(-(np.log(groups / centre) ** 2) / (2 * spread**2)))


def _perplexity(values: Sequence[object]) -> float:
    """How many different values there are, each counted by how often: 1 where all are the same."""
    shares = np.array(list(Counter(values).values()), float) / len(values)
    return float(np.exp(-(shares * np.log(shares)).sum()))
