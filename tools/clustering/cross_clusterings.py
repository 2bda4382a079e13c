"""Crosses two clusterings of the same images."""

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering, slug
from tools.clustering.refine import numbered
from tools.errors import UsageError
from tools.names import name_key, quoted

AND = " / "
"""The text between the two names in the name of a crossed group."""

CROSSED = "crossed"
"""The `Clustering.method` of a crossed clustering."""

STACKED = "stacked"
"""The `Clustering.method` of near-duplicates and bursts, which are pairs and no kinds."""

PICKED = "picked"
"""The `Clustering.method` of the best pictures of each group of another clustering."""


def cross(a: Clustering, b: Clustering) -> Clustering:
    """Return a cluster for each cluster of `a` and each of `b` that share images, in the order of `a`, then of `b`.

    Images that are unsorted in either of the two stay unsorted. An image's confidence is the lower of its two.

    Raises:
        UsageError: `a` and `b` are the same clustering.
    """
    if a.id == b.id:
        raise UsageError(f"{a.criterion} cannot be crossed with itself; name two criteria")
    b = b.over(a.images)
    both = (a.labels != UNSORTED) & (b.labels != UNSORTED)
    pairs = np.unique(np.stack([a.labels[both], b.labels[both]], axis=1), axis=0)
    clusters: list[Cluster] = []
    labels = np.full(len(a.images), UNSORTED, np.int32)
    for number, (first, second) in enumerate(pairs.tolist()):
        cluster_a, cluster_b = a.clusters[first], b.clusters[second]
        parts = (*(cluster_a.parts or (cluster_a.name,)), *(cluster_b.parts or (cluster_b.name,)))
        name = AND.join(parts)
        if any(
            name_key(cluster_b.name) == name_key(name) for cluster_b in clusters
        ):  # a name may hold a slash
            name = numbered(name, clusters)
        clusters.append(Cluster(f"c{number + 1}", name, parts=parts))
        labels[(a.labels == first) & (b.labels == second)] = number
    criterion = f"{a.criterion} x {b.criterion}"
    return Clustering(
        id=slug(criterion),
        criterion=criterion,
        images=a.images,
        clusters=tuple(clusters),
        labels=labels,
        confidence=np.minimum(a.confidence, b.confidence),
        method=CROSSED,
        tier=a.tier,
        sources=tuple(dict.fromkeys((*a.sources, *b.sources))),
        sure=a.sure and b.sure,
        next_number=len(clusters) + 1,
    )


def following(clustering: Clustering, whole: Clustering) -> Clustering:
    """Return a clustering in which all images of each cluster of another go where most of them are, the first where
    that is a tie: so crossing the two cuts none of these in pieces. Unsorted images of either stay where they are."""
    other = whole.over(clustering.images)
    labels = clustering.labels.copy()
    for number in range(len(other.clusters)):
        rows = (other.labels == number) & (clustering.labels != UNSORTED)
        if rows.any():
            labels[rows] = np.bincount(clustering.labels[rows]).argmax()
    return clustering.with_changes(labels=labels)


def refuse_crossed(clustering: Clustering) -> None:
    """Raise UsageError where a clustering was crossed from two, since its groups cannot be changed by themselves."""
    if clustering.method == CROSSED:
        raise UsageError(
            f"{quoted(clustering.criterion)} is crossed from two groupings; regroup one of them and cross them again, "
            "or ask for fewer groups"
        )
    refuse_stacked(clustering)


def refuse_stacked(clustering: Clustering) -> None:
    """Raise UsageError where a clustering is of near-duplicates, bursts or picks, which are found and not grouped by a
    criterion."""
    if clustering.method == PICKED:
        raise UsageError(
            f"the {clustering.criterion} was picked from another grouping; change that one and pick again"
        )
    if clustering.method == STACKED:
        raise UsageError(
            f"the {clustering.criterion} are found by comparing; say: group the near duplicates, or: group the bursts"
        )


def overlaps(a: Clustering, b: Clustering) -> NDArray[np.int64]:
    """Return (k + 1, m + 1): how many images each cluster of `a` shares with each of `b`; unsorted ones come last."""
    table = np.zeros((len(a.clusters) + 1, len(b.clusters) + 1), np.int64)
    np.add.at(table, (a.labels, b.over(a.images).labels), 1)
    return table
