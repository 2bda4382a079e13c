"""Weighs the evidence for a choice of views: how well it predicts the answers, and what it costs to have chosen it.

Of many choices one fits a few answers by luck, so an unlikely choice is charged. Everything is in nats, so that the
prior and the likelihood of the answers add up.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.views import View

Floats = NDArray[np.float64]

EXPECTED = 0.75
"""The prior probability that the views chosen by meaning, with the grouping found without answers, show the groups."""
SLIP = 0.1
"""The share of answers that are taken to be slips, which bounds how much a single answer can count."""
_STEEP = 5.0
"""The factor from a ridge's scores, about 0 to 1, to log-odds."""


def scores_to_chances(scores: Floats) -> Floats:
    """Turn ridge scores, about 0 to 1, into chances: both (n, c) float64, the rows of the result sum to 1."""
    return softmax(_STEEP * scores)


def softmax(odds: Floats) -> Floats:
    """Turn log-odds into chances by the softmax of each row: both (n, c) float64."""
    result = np.exp(odds - odds.max(1, keepdims=True))
    return np.asarray(result / result.sum(1, keepdims=True), np.float64)


def allow_for_slips(foreseen: Floats) -> Floats:
    """Mix (n, c) chances with the uniform distribution, by the share of slips."""
    return np.asarray(foreseen * (1 - SLIP) + SLIP / foreseen.shape[1], np.float64)


def negative_log_likelihood(foreseen: Floats, names: NDArray[np.intp]) -> float:
    """Return minus the log-likelihood of the answers in nats, with slips allowed for.

    Args:
        foreseen: (m, c) the chances of each answer, predicted from the others.
        names: (m,) the answers, 0..c-1.
    """
    return float(-np.log(allow_for_slips(foreseen)[np.arange(len(names)), names]).sum())


def slip_probabilities(foreseen: Floats, names: NDArray[np.intp]) -> Floats:
    """Return the probability that each answer was a slip, (m,) float64, by Bayes' rule.

    The share `SLIP` of the answers is taken to name any of the other groups.

    Args:
        foreseen: (m, c) the chances of each answer, predicted from the others.
        names: (m,) the answers, 0..c-1.
    """
    right = (1 - SLIP) * foreseen[np.arange(len(names)), names]
    wrong = SLIP * (1 - foreseen[np.arange(len(names)), names]) / max(foreseen.shape[1] - 1, 1)
    return np.asarray(wrong / (right + wrong), np.float64)


def prior(views: Sequence[View]) -> Floats:
    """Return the prior probability that each view is the one that shows the groups: (v,) float64 that sums to 1."""
    share = np.array([view.weight for view in views], np.float64)
    if share.sum() > 0:
        share *= EXPECTED / share.sum()
    return np.asarray(share + (1 - share.sum()) / len(views), np.float64)


def divergence(weights: Floats, likely: Floats) -> float:
    """Return the Kullback-Leibler divergence of a choice of views from the prior, in nats (McAllester, COLT 1999).

    Args:
        weights: (v,) the weight of each view; sums to 1.
        likely: (v,) the prior of each view (`prior`).
    """
    used = weights > 0
    return float((weights[used] * np.log(weights[used] / likely[used])).sum())
