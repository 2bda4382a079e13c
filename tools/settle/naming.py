"""Names for clusters, from what the experts say of their members."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.route import Route

_LEAST_SHARE = 0.3


def names(labels: NDArray[np.int32], k: int, chosen: Route, descriptions: Descriptions) -> list[str]:
    """One distinct name per cluster.

    A cluster is called by the value of the criterion's slot that is common in it and rare elsewhere; each value
    names one cluster, the best assignment over all (Kuhn 1955). A cluster that no value describes gets the
    criterion and a number, never an invented label.
    """
    from scipy.optimize import linear_sum_assignment

    numbered = [f"{_noun(chosen)} {i + 1}" for i in range(k)]
    if chosen.slot is None:
        return numbered
    values, confidence = descriptions.column(chosen.slot)
    vocabulary = sorted({value for value in values if value})
    if not k or not vocabulary:
        return numbered
    inside = _shares(labels, k, values, confidence, vocabulary)
    overall = inside.mean(0, keepdims=True)
    worth = inside * np.log1p(inside / np.maximum(overall, 1e-9))
    worth[inside < _LEAST_SHARE] = 0.0
    # Of two clusters with the same word the larger one has it; the other becomes "happy 2".
    worth *= np.log1p(np.bincount(labels[labels >= 0], minlength=k))[:, None]
    chosen_names = list(numbered)
    for cluster, value in zip(*linear_sum_assignment(-worth), strict=True):
        if worth[cluster, value] > 0:
            chosen_names[cluster] = vocabulary[value]
    return _tell_apart(chosen_names, numbered, inside, vocabulary)


def _noun(chosen: Route) -> str:
    return chosen.matches[0][0].title or chosen.matches[0][0].name if chosen.matches else "group"


def _shares(
    labels: NDArray[np.int32],
    k: int,
    values: Sequence[str | None],
    confidence: NDArray[np.float32],
    vocabulary: Sequence[str],
) -> NDArray[np.float64]:
    """(k, v): the confidence with which the members of each cluster are said to have each value, per member."""
    column = {value: i for i, value in enumerate(vocabulary)}
    shares = np.zeros((k, len(vocabulary)))
    for label, value, sure in zip(labels, values, confidence, strict=True):
        if label >= 0 and value:
            shares[label, column[value]] += sure
    return np.asarray(shares / np.maximum(shares.sum(1, keepdims=True), 1e-9))


def _tell_apart(
    chosen: list[str], numbered: list[str], inside: NDArray[np.float64], vocabulary: Sequence[str]
) -> list[str]:
    """Second-best words for clusters whose word another one took: "happy" and "happy 2"."""
    result = list(chosen)
    for i, name in enumerate(chosen):
        best = vocabulary[int(inside[i].argmax())]
        if name == numbered[i] and inside[i].max() >= _LEAST_SHARE:
            count = 2
            while f"{best} {count}" in result:
                count += 1
            result[i] = f"{best} {count}"
    return result
