"""How well a choice foresees the answers, and what it costs to have chosen it: of many choices one fits a few by luck.

All in nats, so that what was likely before the answers and what the answers say can be added up.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.views import View

Floats = NDArray[np.float64]

EXPECTED = 0.75
"""How likely the views that were chosen by meaning, with the grouping found without answers, are to show the groups."""
SLIP = 0.1
"""The share of answers that may be slips: no answer counts more than one of which that is true."""
_STEEP = 5.0
"""The factor from a ridge's scores, about 0 to 1, to log-odds."""


def scores_to_chances(scores: Floats) -> Floats:
    """Return (n, c) from scores, about 0 to 1, to chances: rows that sum to 1."""
    return softmax(_STEEP * scores)


def softmax(odds: Floats) -> Floats:
    """Return (n, c) from log-odds to chances: rows that sum to 1."""
    result = np.exp(odds - odds.max(1, keepdims=True))
    return np.asarray(result / result.sum(1, keepdims=True), np.float64)


def allow_for_slips(foreseen: Floats) -> Floats:
    """Return (n, c) the same chances, if some of the answers were slips."""
    return np.asarray(foreseen * (1 - SLIP) + SLIP / foreseen.shape[1], np.float64)


def negative_log_likelihood(foreseen: Floats, names: NDArray[np.intp]) -> float:
    """Return minus the log-likelihood of the answers.

    Args:
        foreseen: (m, c) chances of each answer, made from the others.
        names: (m,) the answers, 0..c-1.
    """
    return float(-np.log(allow_for_slips(foreseen)[np.arange(len(names)), names]).sum())


def slip_probabilities(foreseen: Floats, names: NDArray[np.intp]) -> Floats:
    """Return (m,) how likely each answer was a slip: `SLIP` of them name any of the other groups (Bayes' rule).

    Args:
        foreseen: (m, c) chances of each answer, made from the others.
        names: (m,) the answers, 0..c-1.
    """
    right = (1 - SLIP) * foreseen[np.arange(len(names)), names]
    wrong = SLIP * (1 - foreseen[np.arange(len(names)), names]) / max(foreseen.shape[1] - 1, 1)
    return np.asarray(wrong / (right + wrong), np.float64)


def prior(views: Sequence[View]) -> Floats:
    """Return (v,) how likely each view is the one that shows the groups, before any answer; sums to 1."""
    share = np.array([view.weight for view in views], np.float64)
    if share.sum() > 0:
        share *= EXPECTED / share.sum()
    return np.asarray(share + (1 - share.sum()) / len(views), np.float64)


def divergence(weights: Floats, likely: Floats) -> float:
    """Return what a choice of views costs: its divergence from what was likely before (McAllester, COLT 1999).

    Args:
        weights: (v,) how much each view counts; sums to 1.
        likely: (v,) of `prior`.
    """
    used = weights > 0
    return float((weights[used] * np.log(weights[used] / likely[used])).sum())
