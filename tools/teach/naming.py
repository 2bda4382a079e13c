"""Names that the user gave to images become the names of their groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.constraints import Constraint, Label, consistent, ties
from tools.names import same_name
from tools.refine import free_number, numbered


def named(clustering: Clustering, constraints: Sequence[Constraint]) -> Clustering:
    """The clustering, each group called as the user called images in it; where another has that name, it is numbered.

    Images that have a name and no group, as no view says anything about them, join the group of that name or get one of
    their own, beyond the number that was asked for if need be.

    Args:
        clustering: In which the constraints hold, but for images that are unsorted.
        constraints: What the user said.
    """
    kept, _ = consistent(constraints)
    place = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    said = {place[c.image]: c.name for c in kept if isinstance(c, Label) and c.image in place}
    left = said.pop(UNSORTED, None) is not None
    if not said and not left:
        return clustering
    clusters = [replace(c, name=said.get(i, c.name)) for i, c in enumerate(clustering.clusters)]
    times = Counter(same_name(c.name) for c in clusters)
    for i, cluster in enumerate(clusters):
        if i not in said and times[same_name(cluster.name)] > 1:
            clusters[i] = replace(cluster, name=numbered(cluster.name, clusters))
            times[same_name(cluster.name)] -= 1
            times[same_name(clusters[i].name)] += 1
    made = clustering.with_changes(clusters=tuple(clusters))
    return _all_placed(made, kept) if left else made


def _all_placed(clustering: Clustering, constraints: Sequence[Constraint]) -> Clustering:
    """The clustering where every image that has a name is in the group of that name."""
    said = ties(clustering.images, constraints)
    clusters, number = list(clustering.clusters), free_number(clustering)
    there = {same_name(cluster.name): i for i, cluster in enumerate(clusters)}
    labels, confidence = clustering.labels.copy(), clustering.confidence.copy()
    blocks = said.blocks
    for block, name in said.names.items():
        rows = np.array(blocks[block], np.intp)
        if not np.any(labels[rows] == UNSORTED):
            continue
        if same_name(name) not in there:
            there[same_name(name)] = len(clusters)
            clusters.append(Cluster(f"c{number}", name))
            number += 1
        labels[rows], confidence[rows] = there[same_name(name)], 1.0
    return clustering.with_changes(
        clusters=tuple(clusters), labels=labels, confidence=confidence, next_number=number
    )
