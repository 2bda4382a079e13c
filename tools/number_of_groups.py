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
"""The least factor between a number of groups and the next coarser or finer one."""
FAR = 3.0
"""The largest such factor where no number stands out: from six groups to two to four, or to nine to eighteen."""
_HALVINGS = 8
"""The number of times that the points are halved at random to see whether groups repeat."""
_STRONG = 0.8
"""The prediction strength from which all groups count as real (Tibshirani and Walther 2005: .8 to .9)."""
_WIDEST = 3.0
"""The widest gap in the tree that counts; a wider one says no more, since a single far image makes any gap."""
USUAL = (6.0, 0.7)
"""How many groups people make where nothing is known about the criterion, and the standard deviation of its logarithm:
two thirds make three to twelve."""
_SPREAD_OF_WORDS = 0.5
"""The same deviation of a prior that is centred on the number of words in use."""
_WEIGHT = 5.0
"""The logarithm of the odds that one unit of evidence adds to the prior. The share of numbers that were right was the
same from 2 to 6 (19 or 20 of 33), and 5 was best whichever development folder but one was left out."""
_LEAST_EVIDENCE = 0.05
"""The evidence, times the prior, that a number of groups must exceed to be clear; where none does, it is a guess."""


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
        prior: How usual such a number is, in (0, 1]: of what people make, and of the words where there are some.
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
        """Return the logarithm of the odds of this number up to a constant, by which candidates are compared.

        The evidence is a sum and not a factor: where the pictures hardly speak for any number it is near 0 for all of
        them, and what is usual decides; where they fall into clear groups it decides.
        """
        return _WEIGHT * self.evidence + float(np.log(max(self.prior, 1e-12)))

    @property
    def clear(self) -> bool:
        """Return whether the points or the words speak for this number more than for no structure at all."""
        return self.evidence * self.prior > _LEAST_EVIDENCE


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


def estimate_k(
    points: NDArray[np.float32],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
    usual: tuple[float, float] | None = None,
) -> int:
    """Return the number of groups that `estimate_number` finds, 1 <= k <= n; the arguments are the same."""
    return estimate_number(points, words, seed, usual).k


def estimate_number(
    points: NDArray[np.float32],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
    usual: tuple[float, float] | None = None,
) -> Number:
    """Return the number of groups that is clear, repeatable, agrees with what the experts say, and is not unusual.

    Candidates are compared by the silhouette (Rousseeuw 1987); by how well the groups of two random halves agree about
    all points (adjusted Rand; Ben-Hur, Elisseeff and Guyon 2002) and about the worst group (prediction strength;
    Tibshirani and Walther 2005); by the gap in the heights of Ward's tree; and, where there are words, by how well the
    groups agree with them (AMI, which does not grow with k by chance). The silhouette alone would prefer two groups, or
    as many as there are near-duplicates.

    Pictures have structure at many sizes, and photographs hardly speak for any number: a prior decides between numbers
    with equal evidence. It is the product of two log-normals. One is what people make (`usual`), the other is centred
    on the perplexity of the words, that is their number with each word counted by how often it is used. A word that is
    said of nearly all pictures is too coarse to tell their number, and words for single things are too fine.

    Args:
        points: (n, d) float32 without NaN.
        words: The word that an expert says of each point, None where it says nothing.
        seed: The seed of the sample and of the halves.
        usual: The number that people make by such a criterion, with the standard deviation of its logarithm; None for
            `USUAL`.

    Returns:
        The number and its evidence, 1 <= k <= n.
    """
    return best(candidates(points, words, seed, usual))


def best(numbers: Sequence[Number]) -> Number:
    """Return the likeliest of some numbers of groups, the smaller one of two that are equally likely."""
    return max(numbers, key=lambda number: (number.score, -number.k))


def next_number(numbers: Sequence[Number], now: int, step: int) -> int:
    """Return the next coarser or finer number of groups that is a level of its own, at least 1.

    A level has clear evidence, and more than the numbers beside it; the nearest one that is at least `APART` times
    fewer or more is taken. Where there is none, as among most photographs, it is the number with the most evidence up
    to `FAR` times fewer or more, else one group less or more. The prior does not count: the user has said that it was
    wrong.

    Args:
        numbers: The candidates with their evidence (`candidates`), rising.
        now: How many groups there are.
        step: -1 for fewer groups, 1 for more.
    """
    evidence = [0.0, *(number.evidence for number in numbers), 0.0]
    levels, others = [], []
    for i, number in enumerate(numbers, 1):
        times = number.k / now if step > 0 else now / number.k
        if times < APART or number.k < 2:
            continue
        if evidence[i] > max(_LEAST_EVIDENCE, evidence[i - 1], evidence[i + 1]):
            levels.append((times, number.k))
        if times <= FAR:
            others.append((-number.evidence, number.k))
    return min(levels or others, default=(0.0, max(1, now + step)))[1]


def candidates(
    points: NDArray[np.float32],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
    usual: tuple[float, float] | None = None,
) -> list[Number]:
    """Return every possible number of groups with its evidence, rising; there is at least one.

    The arguments are those of `estimate_number`.
    """
    distinct = len(np.unique(points, axis=0))
    if distinct < 3:
        return [Number(max(1, min(distinct, len(points))))]
    most = max(2, min(distinct, len(points) // 3))
    return assess(points, [k for k in CANDIDATES if k <= most], words, seed, usual)


def assess(
    points: NDArray[np.float32],
    numbers: Sequence[int],
    words: Sequence[str | None] | None = None,
    seed: int = 0,
    usual: tuple[float, float] | None = None,
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
        return [_assess(points[rows], sampled_words, k, tree, halves, usual or USUAL) for k in numbers]


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
    usual: tuple[float, float],
) -> Number:
    from sklearn.metrics import adjusted_mutual_info_score

    labels, _ = tree.at(k)
    if not 2 <= len(np.unique(labels)) < len(points):
        return Number(k)
    worded = [i for i, word in enumerate(words or ()) if word]
    spoken = [str(words[i]) for i in worded] if words else []
    agreement = float(adjusted_mutual_info_score(spoken, labels[worded])) if worded else 0.0
    stability, strength = np.mean([half.agreement(k) for half in halves], axis=0).tolist()
    known = spoken if 2 * len(spoken) > len(points) else []
    silhouette, prior = tree.silhouette(labels), _prior(k, known, usual)
    return Number(k, silhouette, stability, agreement, strength, tree.gap(k), prior)


def _prior(k: int, words: Sequence[str], usual: tuple[float, float]) -> float:
    """Return how usual a number of groups is, in (0, 1]: log-normals, multiplied.

    One is what people make. The other is centred on the perplexity of the words, where that is at least two: fewer are
    too coarse, and more than the largest candidate name single things.
    """
    worded = _perplexity(words) if words else 0.0
    priors = [usual, (worded, _SPREAD_OF_WORDS)] if 2 <= worded <= CANDIDATES[-1] else [usual]
    return float(np.exp(-sum(np.log(k / centre) ** 2 / (2 * spread**2) for centre, spread in priors)))


def _perplexity(values: Sequence[object]) -> float:
    """Return the perplexity of the values, >= 1: the number of equally frequent values with the same entropy."""
    shares = np.array(list(Counter(values).values()), float) / len(values)
    return float(np.exp(-(shares * np.log(shares)).sum()))
