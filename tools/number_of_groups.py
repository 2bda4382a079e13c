"""Says whether a number of groups is possible, and which one the data speak for where none is given."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.errors import UsageError
from tools.names import amount
from tools.ward import SAMPLE, WardTree, nearest

# k-means warns where images look alike and it finds fewer groups, which does not belong on the terminal. The filter is
# permanent because `warnings.catch_warnings` is not thread-safe.
warnings.filterwarnings("ignore", message="Number of distinct clusters")

CANDIDATES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 22, 24, 28, 32)
"""The numbers of groups that are tried; beyond the last one people no longer see groups but lists."""
APART = 1.5
"""The least factor between the coarse and the middle number of groups, and between the middle and the fine one."""
_HALVINGS = 8
"""The number of times that the points are halved at random to see whether groups repeat."""
_STRONG = 0.8
"""The prediction strength from which all groups count as real (Tibshirani and Walther 2005: .8 to .9)."""
_WIDEST = 3.0
"""The widest gap in the tree that counts; a wider one says no more, since a single far image makes any gap."""
_PRIOR_CENTRE = 6.0
"""The number of groups that people make most often: the median of a log-normal prior."""
_PRIOR_SPREAD = 1.3
"""The standard deviation of the logarithm in that prior."""
_PRIOR_SPREAD_OF_WORDS = 0.7
"""The same deviation where the prior is centred on the number of words that are used, which tells more."""
_LEAST_SCORE = 0.05
"""The score that a number of groups must exceed to be clear; where none does, the best one is a guess."""


@dataclass(frozen=True, slots=True)
class Number:
    """Holds a number of groups, and the evidence for it.

    Attributes:
        k: The number; 1 only where all points are alike, since nobody asks for groups to get one.
        silhouette: The silhouette of the points, in [-1, 1].
        stability: The agreement of the groups of random halves, adjusted Rand, at most 1.
        agreement: The agreement of the groups with the words, AMI, at most 1; 0 where there are no words.
        prediction_strength: The share in [0, 1] of pairs of images of one group that are together in the other half as
            well, for the group that is repeated worst.
        gap: The height of the next merge of Ward's tree over that of the last, >= 1.
        prior: The prior probability of this number relative to that of the likeliest, in (0, 1].
    """

    k: int
    silhouette: float = 0.0
    stability: float = 0.0
    agreement: float = 0.0
    prediction_strength: float = 0.0
    gap: float = 1.0
    prior: float = 1.0

    @property
    def evidence(self) -> float:
        """Return how strongly the points and the words speak for this number, >= 0 for any clear structure, without the
        prior."""
        repeated = max(0.0, self.stability) * min(1.0, self.prediction_strength / _STRONG)
        return float((self.silhouette + self.agreement) * np.sqrt(repeated) * min(self.gap, _WIDEST))

    @property
    def score(self) -> float:
        """Return the evidence times the prior, by which candidates are compared."""
        return self.evidence * self.prior

    @property
    def clear(self) -> bool:
        """Return whether the points or the words speak for this number more than for no structure at all."""
        return self.score > _LEAST_SCORE


def check_k(k: int | None, n: int) -> None:
    """Refuse a number of groups that n images cannot be put into; None, which asks for an estimate, passes.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    if k is not None and not 1 <= k <= n:
        raise UsageError(f"{amount(k, 'group')} cannot be made of {amount(n, 'image')}; ask for 1 to {n}")


def k_or_estimate(
    rows: NDArray[np.float32], k: int | None, words: Sequence[str | None] | None, seed: int
) -> int:
    """Return k where it is given and possible, otherwise the number of groups that the rows and the words speak for.

    Args:
        rows: (n, d) float32, with rows of NaN for images that were not measured.
        k: The number of groups that was asked for, or None to estimate it.
        words: The n words that are said of the images, if any.
        seed: The seed of the estimate (`estimate_number`).

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    check_k(k, len(rows))
    if k is not None:
        return k
    visible = np.flatnonzero(~np.isnan(rows).any(axis=1))
    of_these = None if words is None else [words[i] for i in visible.tolist()]
    return estimate_k(rows[visible], of_these, seed) if len(visible) else 1


def estimate_k(points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0) -> int:
    """Return the number of groups that `estimate_number` finds, 1 <= k <= n; the arguments are the same."""
    return estimate_number(points, words, seed).k


def estimate_number(
    points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0
) -> Number:
    """Return the number of groups that is clear, repeatable, agrees with what the experts say, and is not unusual.

    Candidates are compared by the silhouette (Rousseeuw 1987); by how well the groups of two random halves agree about
    all points (adjusted Rand; Ben-Hur, Elisseeff and Guyon 2002) and about the worst group (prediction strength;
    Tibshirani and Walther 2005); by the gap in the heights of Ward's tree; and, where there are words, by how well the
    groups agree with them (AMI, which does not grow with k by chance). The silhouette alone would prefer two groups, or
    as many as there are near-duplicates.

    Pictures have structure at many sizes, so a prior decides between numbers with equal evidence. Its median is the
    perplexity of the words, that is their number with each word counted by how often it is used; without words it is
    six, and two to twenty are usual.

    Args:
        points: (n, d) float32 without NaN.
        words: The word that an expert says of each point, None where it says nothing.
        seed: The seed of the sample and of the halves.

    Returns:
        The number and its evidence, 1 <= k <= n.
    """
    return _best(_numbers(points, words, seed))


def granularities(
    points: NDArray[np.float32], words: Sequence[str | None] | None = None, seed: int = 0
) -> tuple[Number, ...]:
    """Return up to three numbers of groups, rising: a coarse one, that of `estimate_number`, and a fine one.

    The coarse and the fine one have the most evidence among the numbers at least `APART` times smaller and larger; the
    prior does not count. Either is left out where no such number has evidence. The arguments are those of
    `estimate_number`.
    """
    numbers = _numbers(points, words, seed)
    middle = _best(numbers)
    coarse = [number for number in numbers if number.k * APART <= middle.k]
    fine = [number for number in numbers if number.k >= middle.k * APART and middle.k > 1]
    coarse_and_fine = [
        max(side, key=lambda number: (number.evidence, -number.k)) if side else None
        for side in (coarse, fine)
    ]
    candidates = [coarse_and_fine[0], middle, coarse_and_fine[1]]
    return tuple(
        number for number in candidates if number is middle or (number and number.evidence > _LEAST_SCORE)
    )


def _best(numbers: Sequence[Number]) -> Number:
    return max(numbers, key=lambda number: (number.score, -number.k))


def _numbers(points: NDArray[np.float32], words: Sequence[str | None] | None, seed: int) -> list[Number]:
    """Return every possible candidate with its evidence; there is at least one."""
    distinct = len(np.unique(points, axis=0))
    if distinct < 3:
        return [Number(max(1, min(distinct, len(points))))]
    most = max(2, min(distinct, len(points) // 3))
    return assess(points, [k for k in CANDIDATES if k <= most], words, seed)


def assess(
    points: NDArray[np.float32],
    numbers: Sequence[int],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
) -> list[Number]:
    """Return the evidence for each of some numbers of groups, 2 <= k <= n / 2; the arguments are those of
    `estimate_number`."""
    if not numbers:
        return []
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(points))[:SAMPLE]
    sampled_words = None if words is None else [words[i] for i in rows]
    tree = WardTree(points[rows])
    halves = [_Halves(points[rows], rng) for _ in range(_HALVINGS)]
    # On so few points threads wait for each other more than they gain, most of all on a busy machine.
    with threadpool_limits(1, "openmp"):
        return [_assess(points[rows], sampled_words, k, tree, halves) for k in numbers]


class _Halves:
    """Holds two random halves of points, each with its own tree."""

    def __init__(self, points: NDArray[np.float32], rng: np.random.Generator) -> None:
        self._points = points
        self._rows = np.array_split(rng.permutation(len(points)), 2)
        self._trees = [WardTree(points[rows]) if len(rows) > 1 else None for rows in self._rows]

    def agreement(self, k: int) -> tuple[float, float]:
        """Return the adjusted Rand of the two halves' groups on all points, and the prediction strength on the second
        half."""
        from sklearn.metrics import adjusted_rand_score

        first, second = self._trees
        if first is None or second is None or min(len(rows) for rows in self._rows) < k:
            return 0.0, 0.0
        labels, centres = second.at(k)
        others = nearest(self._points, first.at(k)[1])
        return float(adjusted_rand_score(others, nearest(self._points, centres))), _strength(
            labels, others[self._rows[1]]
        )


def _strength(labels: NDArray[np.intp], others: NDArray[np.intp]) -> float:
    """Return the prediction strength: the share of pairs kept together in the worst group of two or more points.

    Args:
        labels: (m,) groups of one half of the points.
        others: (m,) groups that the other half's centres give the same points.
    """
    shares = []
    for group in np.unique(labels):
        counts = np.bincount(others[labels == group])
        if (size := counts.sum()) > 1:
            shares.append(float((counts * (counts - 1)).sum() / (size * (size - 1))))
    return min(shares, default=0.0)


def _assess(
    points: NDArray[np.float32],
    words: Sequence[str | None] | None,
    k: int,
    tree: WardTree,
    halves: Sequence[_Halves],
) -> Number:
    from sklearn.metrics import adjusted_mutual_info_score

    labels, _ = tree.at(k)
    if not 2 <= len(np.unique(labels)) < len(points):
        return Number(k)
    worded = [i for i, word in enumerate(words or ()) if word]
    spoken = [str(words[i]) for i in worded] if words else []
    agreement = float(adjusted_mutual_info_score(spoken, labels[worded])) if worded else 0.0
    stability, strength = np.mean([half.agreement(k) for half in halves], axis=0).tolist()
    silhouette, prior = tree.silhouette(labels), _prior(labels.tolist(), spoken)
    return Number(k, silhouette, stability, agreement, strength, tree.gap(k), prior)


def _prior(labels: Sequence[int], words: Sequence[str]) -> float:
    """Return the prior of a grouping, relative to its mode: a log-normal over the perplexity of the group sizes.

    Its median is the perplexity of the words. Where there are no words, or more than the largest candidate, which then
    name single things and say nothing about the number, it is `_PRIOR_CENTRE`.
    """
    groups, worded = _perplexity(labels), _perplexity(words) if words else 0.0
    by_words = 0 < worded <= CANDIDATES[-1]
    centre = worded if by_words else _PRIOR_CENTRE
    spread = _PRIOR_SPREAD_OF_WORDS if by_words else _PRIOR_SPREAD
    return float(np.exp(-(np.log(groups / centre) ** 2) / (2 * spread**2)))


def _perplexity(values: Sequence[object]) -> float:
    """Return the perplexity of the values, >= 1: the number of equally frequent values with the same entropy."""
    shares = np.array(list(Counter(values).values()), float) / len(values)
    return float(np.exp(-(shares * np.log(shares)).sum()))
