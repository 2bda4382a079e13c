"""Two clusterings of the same images at once."""

import numpy as np
from numpy.typing import NDArray

from tools.clustering import UNSORTED, Cluster, Clustering, slug
from tools.errors import UsageError
from tools.names import name_key, quoted
from tools.refine import numbered

AND = " / "
"""Between the names of the two groups that a crossed one comes from."""

CROSSED = "crossed"
"""The method of such a clustering."""


def cross(a: Clustering, b: Clustering) -> Clustering:
    """Return a cluster for each cluster of `a` and each of `b` that share images, in the order of `a`, then of `b`.

    Images that are unsorted in one of the two are unsorted. Confidence is that of the less sure one.

    Raises:
        UsageError: They are the same clustering.
    """
    if a.id == b.id:
        raise UsageError(f"{a.criterion} cannot be crossed with itself; name two criteria")
    b = b.over(a.images)
    both = (a.labels != UNSORTED) & (b.labels != UNSORTED)
    pairs = np.unique(np.stack([a.labels[both], b.labels[both]], axis=1), axis=0)
    clusters: list[Cluster] = []
    labels = np.full(len(a.images), UNSORTED, np.int32)
    for number, (first, second) in enumerate(pairs.tolist()):
        one, other = a.clusters[first], b.clusters[second]
        parts = (*(one.parts or (one.name,)), *(other.parts or (other.name,)))
        name = AND.join(parts)
        if any(name_key(other.name) == name_key(name) for other in clusters):  # a name may hold a slash
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


def refuse_crossed(clustering: Clustering) -> None:
    """Raises UsageError where a clustering comes from crossing two: its groups are pairs of theirs."""
    if clustering.method == CROSSED:
        raise UsageError(
            f"{quoted(clustering.criterion)} is made of two groupings; group by one of these and cross them again, "
            "or say fewer groups"
        )


def overlaps(a: Clustering, b: Clustering) -> NDArray[np.int64]:
    """Return (k + 1, m + 1): how many images each cluster of `a` shares with each of `b`; unsorted ones come last."""
    table = np.zeros((len(a.clusters) + 1, len(b.clusters) + 1), np.int64)
    np.add.at(table, (a.labels, b.over(a.images).labels), 1)
    return table
