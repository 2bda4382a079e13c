"""What the regression says of an image, and what the answers call the group that it was found in, as one chance.

The grouping found without answers is believed first, the regression as far as it has shown that it foresees answers:
their chances are multiplied, each to a power (a logarithmic opinion pool; Genest and Zidek 1986). Which powers is not
chosen but averaged over, by how well each answer is foreseen from the others and by what was likely before. So eight
answers that a good grouping agrees with do not undo it, and a bad one is given up when the head has foreseen more of
them than chance and its choice of views explain.

The regression's chances are divided by how often each name was said before they are multiplied: the questions were
chosen, so that is no sample of the collection, and of an image unlike all that were answered it says nothing else
(scaled likelihoods; Bourlard and Morgan 1994)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import Floats, allow_for_slips, negative_log_likelihood, softmax
from tools.learn.kernel_ridge import KernelRidge

_GROUP = (0.25, 0.5, 1.0)
"""The powers of what the groups are called that are averaged over."""
_HEAD = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
"""The powers of what the regression says that are averaged over."""
_LESS = 0.5
"""The cost, in nats, of giving the grouping up wholly."""
_MORE = 1.5
"""The cost, in nats, of believing the regression, besides what its views cost."""
_EDGE = 0.5
"""How much an answer at the edge of a group says about the group, where one in its middle counts 1: pictures at the
edge are asked about because they may be exceptions."""
_FAINT = 0.01
"""Powers that are less likely than this are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The grouping that was found without answers.

    Attributes:
        of: (n,) the group of each image, 0..k-1, or -1.
        k: Number of groups.
        middle: (n,) float64: where in its group an image lies, from 1, in its middle, to 0, at its edge.
    """

    of: NDArray[np.intp]
    k: int
    middle: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """What the regression and the grouping say together.

    Attributes:
        chances: (n, c), rows that sum to 1.
        foreseen: (l, c), rows that sum to 1: of each answer that was learned from, made from all others.
    """

    chances: Floats
    foreseen: Floats


def grouped(start: NDArray[np.float32], points: NDArray[np.float32] | None = None) -> Grouped:
    """Return the groups of an assignment.

    Args:
        start: (n, k), rows that sum to 1, or to 0 for unsorted.
        points: (n, d) in which middle and edge are told, by rank; None for all in the middle.
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
    """Return the chances of each name, for all images.

    Args:
        ridge: What was learned from the answers.
        start: The grouping found without them.
        rows: (m,) answered images.
        names: (m,) 0..c-1.
        learned: Which of the answers it has learned from; None for all.
    """
    n, c = ridge.chances.shape
    if c < 2:
        return Pooled(ridge.chances, ridge.foreseen)
    counts = _EDGE + (1 - _EDGE) * start.middle[rows]
    inside = start.of[rows] >= 0
    heard = np.zeros((start.k, c))
    np.add.at(heard, (start.of[rows[inside]], names[inside]), counts[inside])
    likely = _apart(heard)
    some = np.arange(len(rows)) if learned is None else learned
    alone = np.eye(c)[names[some]] * counts[some, None]
    at = start.of[rows[some]]
    mine = _called(heard[at] - alone, likely[at], at >= 0)  # each answer left out
    theirs = _called(heard, likely, np.ones(start.k, bool))
    theirs = np.concatenate([theirs, np.zeros((1, c))])  # of an image that is in no group
    often = np.log(allow_for_slips(ridge.unseen[None]))
    each, chances = (
        np.log(allow_for_slips(ridge.foreseen)) - often,
        np.log(allow_for_slips(ridge.chances)) - often,
    )
    powers = [(a, b) for a in _GROUP for b in _HEAD]
    cost = np.array(
        [
            negative_log_likelihood(softmax(a * mine + b * each), names[some])
            + _LESS * (1 - a)
            + b * (_MORE + ridge.luck)
            for a, b in powers
        ]
    )
    share = np.exp(cost.min() - cost)
    share[share < _FAINT * share.sum()] = 0.0
    found, foreseen = np.zeros((n, c)), np.zeros((len(some), c))
    for (a, b), part in zip(powers, (share / share.sum()).tolist(), strict=True):
        if part > 0:
            found += part * softmax(a * theirs[start.of] + b * chances)
            foreseen += part * softmax(a * mine + b * each)
    return Pooled(found, foreseen)


def _apart(heard: Floats) -> Floats:
    """Return (k, c) what each group would be called if nobody had been asked about it: rather not as another one is."""
    asked = heard.sum(1) > 0
    named = (heard + 1 / heard.shape[1]) / (heard.sum(1, keepdims=True) + 1)
    named[~asked] = 0.0
    likely = 1 / (1 + named.sum(0) - named)
    return np.asarray(likely / likely.sum(1, keepdims=True), np.float64)


def _called(heard: Floats, likely: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return (g, c) log-chances of the names in groups (Polya's urn: `likely` counts as one answer); 0 where not
    known."""
    found = np.log((heard.clip(0) + likely) / (heard.clip(0).sum(1, keepdims=True) + 1))
    return np.where(known[:, None], found, 0.0)
