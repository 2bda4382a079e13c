"""Names for clusters, from what the experts say of their members."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.route import Route, slots_here
from tools.models.ports import SlotSpec
from tools.names import combined_name

_LEAST_SHARE = 0.3
_MIXED = 0.25
"""Where no word has half of a cluster, it is called by all that have this share: "sad or angry"."""
_TELLING = 0.7
"""Share of a group that another slot's word must have to be added to its name,"""
_ELSEWHERE = 0.3
"""and at most this share of every other group of the same word."""


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
    for cluster, name in enumerate(chosen_names):
        mixed = _mixed(inside[cluster], vocabulary)
        if name in mixed and combined_name(mixed) not in chosen_names:
            chosen_names[cluster] = combined_name(mixed)
    return _tell_apart(chosen_names, numbered, inside, vocabulary, labels, chosen.slot, descriptions)


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


def _mixed(shares: NDArray[np.float64], vocabulary: Sequence[str]) -> list[str]:
    """The words of a cluster of which none has half, most common first; none where one has, or only one is common."""
    common = [int(i) for i in np.argsort(-shares, kind="stable") if shares[i] >= _MIXED]
    return [vocabulary[i] for i in common] if len(common) > 1 and shares[common[0]] < 0.5 else []


def _tell_apart(
    chosen: list[str],
    numbered: list[str],
    inside: NDArray[np.float64],
    vocabulary: Sequence[str],
    labels: NDArray[np.int32],
    slot: str,
    descriptions: Descriptions,
) -> list[str]:
    """Names for clusters whose word another one took: "happy, left" where another slot tells them apart, else
    "happy 2"."""
    result = list(chosen)
    best = [vocabulary[int(row.argmax())] for row in inside]
    for i, name in enumerate(chosen):
        if name != numbered[i] or inside[i].max() < _LEAST_SHARE:
            continue
        others = [
            j for j in range(len(chosen)) if j != i and best[j] == best[i] and inside[j].max() >= _LEAST_SHARE
        ]
        second = _second(i, others, labels, slot, descriptions)
        if second and f"{best[i]}, {second}" not in result:
            result[i] = f"{best[i]}, {second}"
            continue
        count = 2
        while f"{best[i]} {count}" in result:
            count += 1
        result[i] = f"{best[i]} {count}"
    return result


def _second(
    cluster: int, others: Sequence[int], labels: NDArray[np.int32], slot: str, descriptions: Descriptions
) -> str:
    """The word of another slot that most of a cluster has and few of each of the others; "" where there is none.

    Only of slots of the same expert, and such as people often sort by: "happy, 2000 x 1500" says nothing to them, and
    "happy, blue" is about two things.
    """
    found = []
    for spec in slots_here(descriptions):
        if spec.name == slot or spec.interest < 1 or _expert(spec) != _expert(descriptions.specs[slot]):
            continue
        values, sure = descriptions.column(spec.name)
        words = sorted(
            {
                v
                for v, label in zip(values, labels, strict=True)
                if v and v != spec.nothing and label == cluster
            }
        )
        for word in words:
            said = np.array([value == word for value in values]) * sure
            share = float(said[labels == cluster].mean())
            elsewhere = max((float(said[labels == other].mean()) for other in others), default=1.0)
            if share >= _TELLING and elsewhere <= _ELSEWHERE:
                found.append((elsewhere - share, word))
    return min(found)[1] if found else ""


def _expert(spec: SlotSpec) -> str:
    return spec.views[0].split(".")[0] if spec.views else ""
