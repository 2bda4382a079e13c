"""Criteria that fit a collection, from how well the slots of its descriptions split it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tools.describe import Descriptions
from tools.embed.prepare import prepare
from tools.embed.route import slots_here
from tools.models.ports import SlotSpec, Vectors

_LEAST_QUALITY = 0.15
_SAMPLE = 600


@dataclass(frozen=True, slots=True)
class Proposal:
    """A criterion that could be grouped by.

    Attributes:
        criterion: What to call it.
        why: One line for people.
        quality: Expected quality in [0, 1]: coverage x confidence x evenness, or the clearness of the structure;
            times how often people sort by such a thing.
        groups: Value and number of images, largest first; empty where only the structure is known.
    """

    criterion: str
    why: str
    quality: float
    groups: tuple[tuple[str, int], ...] = ()


def propose(descriptions: Descriptions, most: int = 8, seed: int = 0) -> list[Proposal]:
    """Criteria ranked by how well they split this collection, best first; none that puts all in one group, and none
    that parts the images just as a better one does."""
    made = []
    for spec in slots_here(descriptions):
        said, confidence = descriptions.column(spec.name)
        values = [value if value != spec.nothing else None for value in said]
        if any(values):
            made.append(_from_slot(spec, values, confidence))
        elif spec.views and spec.views[0] in descriptions.views:
            made.append(_from_structure(spec, descriptions.view(spec.views[0]), seed))
    good = [proposal for proposal in made if proposal is not None and proposal.quality >= _LEAST_QUALITY]
    ranked = sorted(good, key=lambda proposal: (-proposal.quality, proposal.criterion))
    parted = [proposal.groups for proposal in ranked]
    return [p for i, p in enumerate(ranked) if not p.groups or p.groups not in parted[:i]][:most]


def _from_slot(
    spec: SlotSpec, values: list[str | None], confidence: "np.ndarray[tuple[int], np.dtype[np.float32]]"
) -> Proposal | None:
    n = len(values)
    counts = Counter(value for value in values if value)
    least = max(2, n // 50)
    groups = tuple((value, count) for value, count in counts.most_common() if count >= least)
    if len(groups) < 2:
        return None
    kept = dict(groups)
    rows = [i for i, value in enumerate(values) if value in kept]
    coverage = len(rows) / n
    sure = float(confidence[rows].mean())
    shares = np.array([count for _, count in groups]) / len(rows)
    # How many equal groups the split is worth, against two: a lone odd image is no criterion.
    evenness = min(1.0, float(np.exp(-(shares * np.log(shares)).sum())) - 1.0)
    seen = "all images" if coverage > 0.995 else f"{coverage:.0%} of the images"
    why = f"{len(groups)} different ones, seen in {seen}"
    quality = coverage * sure * evenness * spec.interest
    return Proposal(spec.title or spec.name, why, round(quality, 3), groups)


def _from_structure(spec: SlotSpec, view: Vectors, seed: int) -> Proposal | None:
    """Where no words are known: how clearly the view falls into groups, as k-means with 2 to 8 groups sees it."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rows = prepare(view)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) < 12 or len(np.unique(rows, axis=0)) < 12:
        return None
    sample = rows[np.random.default_rng(seed).permutation(len(rows))[:_SAMPLE]]
    clear = max(
        float(silhouette_score(sample, KMeans(k, n_init=2, random_state=seed).fit_predict(sample)))
        for k in range(2, 9)
    )
    why = f"the pictures fall into groups by {spec.title or spec.name}, for which I have no words"
    return Proposal(spec.title or spec.name, why, round(max(0.0, clear) * spec.interest, 3))
