"""Pools the opinions of the regression and of the grouping found without answers, as the chances of each name.

The chances of both are multiplied, each to a power (a logarithmic opinion pool; Genest and Zidek 1986). The powers are
averaged over, weighted by how well each answer is predicted from the others and by a prior that trusts the grouping
first. So eight answers that agree with a good grouping do not undo it, and a bad one is given up once the regression
has predicted more of them than chance and its choice of views explain.

The regression's chances are first divided by the frequency of each name (scaled likelihoods; Bourlard and Morgan 1994):
the questions were chosen, so the answers are no sample of the collection, and of an image unlike all that were answered
the regression knows nothing but these frequencies.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import Floats, allow_for_slips, negative_log_likelihood, softmax
from tools.learn.kernel_ridge import KernelRidge

_GROUP = (0.25, 0.5, 1.0)
"""The powers of the grouping's chances that are averaged over."""
_HEAD = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
"""The powers of the regression's chances that are averaged over."""
_LESS = 0.5
"""The prior cost, in nats, of giving up the grouping entirely."""
_MORE = 1.5
"""The prior cost, in nats, of trusting the regression fully, besides the cost of its choice of views."""
_EDGE = 0.5
"""The weight of an answer at the edge of a group, where one in its middle counts 1; pictures at the edge are asked
about because they may be exceptions."""
_FAINT = 0.01
"""The least share of the average that a pair of powers must have to count."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Holds the grouping that was found without answers.

    Attributes:
        of: (n,) the group of each image, 0..k-1, or -1 for unsorted.
        k: The number of groups.
        middle: (n,) float64, the position of each image in its group, from 1 in the middle to 0 at the edge.
    """

    of: NDArray[np.intp]
    k: int
    middle: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Holds the pooled chances of the c names.

    Attributes:
        chances: (n, c) float64 for all images; rows sum to 1.
        foreseen: (l, c) float64 for each answer that was learned from, predicted from all others; rows sum to 1.
    """

    chances: Floats
    foreseen: Floats


def grouped(start: NDArray[np.float32], points: NDArray[np.float32] | None = None) -> Grouped:
    """Return the groups of an assignment.

    Args:
        start: (n, k) float32; rows sum to 1, or to 0 for unsorted images.
        points: (n, d) float32 by which images are ranked from the middle of their group to its edge; None puts all in
            the middle.
    """
    of = np.where(start.any(axis=1), start.argmax(1), -1)
    middle = np.ones(len(start))
    if points is not None:
        for group in range(start.shape[1]):
            members = np.flatnonzero(of == group)
            outward = ((points[members] - points[members].mean(0)) ** 2).sum(1) if len(members) else members
            middle[members[np.argsort(outward, kind="stable")]] -= np.arange(len(members)) / max(
                len(members), 1
            )
    return Grouped(of, start.shape[1], middle)


def opinion_pool(
    ridge: KernelRidge,
    start: Grouped,
    rows: NDArray[np.intp],
    names: NDArray[np.intp],
    learned: NDArray[np.intp] | None = None,
) -> Pooled:
    """Return the pooled chances of each name, for all images.

    Args:
        ridge: The regression that has learned from the answers.
        start: The grouping found without answers.
        rows: (m,) the rows of the answered images.
        names: (m,) their names, 0..c-1.
        learned: The positions of the answers that the regression has learned from; None for all.
    """
    n, c = ridge.chances.shape
    if c < 2:
        return Pooled(ridge.chances, ridge.foreseen)
    counts = _EDGE + (1 - _EDGE) * start.middle[rows]
    inside = start.of[rows] >= 0
    votes = np.zeros((start.k, c))
    np.add.at(votes, (start.of[rows[inside]], names[inside]), counts[inside])
    likely = _unasked_chances(votes)
    learned_rows = np.arange(len(rows)) if learned is None else learned
    single_vote = np.eye(c)[names[learned_rows]] * counts[learned_rows, None]
    at = start.of[rows[learned_rows]]
    leave_one_out = _log_chances(votes[at] - single_vote, likely[at], at >= 0)  # each answer left out
    by_group = _log_chances(votes, likely, np.ones(start.k, bool))
    by_group = np.concatenate([by_group, np.zeros((1, c))])  # of an image that is in no group
    log_frequency = np.log(allow_for_slips(ridge.unseen[None]))
    each, chances = (
        np.log(allow_for_slips(ridge.foreseen)) - log_frequency,
        np.log(allow_for_slips(ridge.chances)) - log_frequency,
    )
    powers = [(a, b) for a in _GROUP for b in _HEAD]
    cost = np.array(
        [
            negative_log_likelihood(softmax(a * leave_one_out + b * each), names[learned_rows])
            + _LESS * (1 - a)
            + b * (_MORE + ridge.luck)
            for a, b in powers
        ]
    )
    share = np.exp(cost.min() - cost)
    share[share < _FAINT * share.sum()] = 0.0
    pooled, foreseen = np.zeros((n, c)), np.zeros((len(learned_rows), c))
    for (a, b), part in zip(powers, (share / share.sum()).tolist(), strict=True):
        if part > 0:
            pooled += part * softmax(a * by_group[start.of] + b * chances)
            foreseen += part * softmax(a * leave_one_out + b * each)
    return Pooled(pooled, foreseen)


def _unasked_chances(votes: Floats) -> Floats:
    """Return the chances of each name for a group without answers, (k, c): lower for names that other groups have."""
    asked = votes.sum(1) > 0
    named = (votes + 1 / votes.shape[1]) / (votes.sum(1, keepdims=True) + 1)
    named[~asked] = 0.0
    likely = 1 / (1 + named.sum(0) - named)
    return np.asarray(likely / likely.sum(1, keepdims=True), np.float64)


def _log_chances(votes: Floats, likely: Floats, asked: NDArray[np.bool_]) -> Floats:
    """Return the log-chances of the names in groups, (g, c), by Polya's urn with `likely` as one answer.

    Rows outside of `asked` are 0.
    """
    log_chances = np.log((votes.clip(0) + likely) / (votes.clip(0).sum(1, keepdims=True) + 1))
    return np.where(asked[:, None], log_chances, 0.0)
