"""A new grouping in place of an old one: clusters keep their ids, locked ones their members, and constraints hold.

Which new cluster is which old one is the best assignment over all pairs (Kuhn 1955) by Jaccard overlap; a name that the
user gave counts before any overlap. Constraints are obeyed exactly: blocks of images that belong together are placed
one after the other, those first that may go to the fewest clusters (DSATUR; Brelaz 1979), and where every cluster is
closed to one, it gets a cluster of its own.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.constraints import CannotLink, Constraint, Label, Ties, tie
from tools.names import name_key
from tools.refine import free_number, numbered, tidy
from tools.saturation_queue import SaturationQueue

_ALIKE = 0.2
"""The Jaccard overlap from which a new cluster is an old one."""
_SAME_NAME = 0.25
"""What an equal name counts as, in overlap."""
_SAME_IMAGES = 2.0
"""What the very same images count besides, so that no equal name outweighs them."""
_GIVEN_NAME = 10.0
"""What a name that the user gave counts: more than any images."""


def match_clusters(
    before: Clustering,
    after: Clustering,
    constraints: Sequence[Constraint] = (),
    *,
    set_aside: Collection[str] = (),
    named: Collection[str] | None = None,
    merged_ids: Collection[str] = (),
) -> Clustering:
    """Return the new grouping, as what the old one became.

    Args:
        before: The clustering that is replaced; it keeps its id.
        after: The new one of the same images, made with or without the constraints.
        constraints: What the user said of the images, without contradictions (`tools.constraints.consistent`), and
            nothing that would change a locked cluster.
        set_aside: Images that the user put on the unsorted pile.
        named: Ids of clusters of `before` whose names are kept; None for all. Those of others come from `after`.
        merged_ids: Ids of clusters of `before` that the user made of several: a new grouping does not cut them.

    Returns:
        One in which every constraint holds, locked clusters have the members and names that they had, and every
        cluster that is an old one has its id. Clusters are in the order of before, new ones at the end.
    """
    before = before.over(after.images)
    ties = tie(after.images, constraints)
    after = _joined(before, after, merged_ids, ties)
    clusters, labels, number = _identified(before, after, ties, named)
    confidence = after.confidence.copy()
    locked = np.isin(before.labels, [i for i, c in enumerate(before.clusters) if c.locked])
    place = {cluster.id: i for i, cluster in enumerate(clusters)}
    for index, cluster in enumerate(before.clusters):
        if not cluster.locked:
            continue
        new, inside = place[cluster.id], before.labels == index
        for row in np.flatnonzero((labels == new) & ~inside).tolist():  # nobody comes in
            old = int(before.labels[row])
            at = UNSORTED if old == UNSORTED else place.get(before.clusters[old].id, UNSORTED)
            labels[row] = UNSORTED if at != UNSORTED and clusters[at].locked else at
        labels[inside] = new
    confidence[locked] = before.confidence[locked]
    out = np.isin(np.asarray(after.images), list(set_aside)) & ~locked
    labels[out] = UNSORTED
    number = _place_blocks(clusters, labels, confidence, ties, ~locked, number, before.criterion)
    changed = after.with_changes(id=before.id, confidence=confidence)
    return tidy(changed, clusters, labels, number)


def violated(clustering: Clustering, constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return those that do not hold in a clustering. A constraint on images that are not in it always holds."""
    places = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    return [c for c in constraints if not _holds(c, places, clustering.clusters)]


def _holds(constraint: Constraint, places: dict[str, int], clusters: Sequence[Cluster]) -> bool:
    if isinstance(constraint, Label):
        place = places.get(constraint.image)
        return place is None or (place != UNSORTED and clusters[place].name == constraint.name)
    a, b = places.get(constraint.a), places.get(constraint.b)
    if a is None or b is None:
        return True
    return (a != b or a == UNSORTED) if isinstance(constraint, CannotLink) else a == b


def _joined(before: Clustering, after: Clustering, merged_ids: Collection[str], ties: Ties) -> Clustering:
    """Return the new grouping with the pieces of clusters that the user made of several put together again."""
    if not merged_ids:
        return after
    wanted = _given_names(after, ties)
    shared = _shared(before, after)
    sizes = shared[:-1].sum(1)
    becomes = np.arange(len(after.clusters) + 1, dtype=np.int32)
    becomes[-1] = UNSORTED
    for index, cluster in enumerate(before.clusters):
        if cluster.id not in merged_ids:
            continue
        most = np.flatnonzero(2 * shared[:-1, index] > sizes).tolist()  # a piece is of one cluster only
        pieces = [g for g in most if wanted.get(g, cluster.name) == cluster.name]
        if pieces:
            becomes[pieces] = max(pieces, key=lambda g: (g in wanted, int(sizes[g]), -g))
    return after.with_changes(labels=becomes[after.labels])


def _identified(
    before: Clustering, after: Clustering, ties: Ties, named: Collection[str] | None
) -> tuple[list[Cluster], NDArray[np.int32], int]:
    """Return the clusters of both, with ids and names, the labels that point at them, and the next number."""
    from scipy.optimize import linear_sum_assignment

    wanted = _given_names(after, ties)
    worth = _overlap(before, after)
    worth += _SAME_IMAGES * (worth == 1)
    called: dict[str, list[int]] = {}
    for old, cluster in enumerate(before.clusters):
        called.setdefault(name_key(cluster.name), []).append(old)
    for new, cluster in enumerate(after.clusters):
        same = called.get(name_key(wanted.get(new, cluster.name)), [])
        value = worth[new, same] + (_GIVEN_NAME if new in wanted else _SAME_NAME)
        if new in wanted:
            worth[new] *= 0.5  # it may be an old one under a name that is new
        worth[new, same] = value
    old_of = {
        int(new): int(old)
        for new, old in zip(*linear_sum_assignment(-worth), strict=True)
        if worth[new, old] >= _ALIKE
    }
    number = free_number(before)
    clusters: list[Cluster] = []
    places: dict[int, int] = {}  # of the new clusters, in the result
    # How much a name counts (lower is more), its place in the result, and the name.
    names: list[tuple[int, int, str]] = []
    new_of = {old: new for new, old in old_of.items()}
    for old, cluster in enumerate(before.clusters):
        found = new_of.get(old)
        if found is None and not cluster.locked:
            continue
        name, rank = cluster.name, 0 if cluster.locked else 2
        if found is not None:
            places[found] = len(clusters)
            if not cluster.locked and found in wanted:
                name, rank = wanted[found], 1
            elif not cluster.locked and named is not None and cluster.id not in named:
                cluster = replace(after.clusters[found], id=cluster.id)
                name, rank = cluster.name, 3
        names.append((rank, len(clusters), name))
        clusters.append(cluster)
    for new, cluster in enumerate(after.clusters):
        if new not in places and np.any(after.labels == new):
            places[new] = len(clusters)
            names.append((1 if new in wanted else 4, len(clusters), wanted.get(new, cluster.name)))
            clusters.append(Cluster(f"c{number}", cluster.name, parts=cluster.parts))
            number += 1
    given: list[Cluster] = []
    taken: set[str] = set()
    for _, place, name in sorted(names):
        if name_key(name) in taken:
            name = numbered(name, given)
        if name != clusters[place].name:  # its parts are the halves of the old name
            clusters[place] = replace(clusters[place], name=name, parts=())
        given.append(clusters[place])
        taken.add(name_key(name))
    labels = np.array([places.get(int(g), UNSORTED) for g in after.labels], np.int32)
    return clusters, labels, number


def _given_names(after: Clustering, ties: Ties) -> dict[int, str]:
    """Return new cluster to the name that the user gave it: where most images of that name are. A name is of one
    cluster."""
    counts: dict[tuple[int, int], int] = {}
    for row, block in enumerate(ties.block):
        if block in ties.names and after.labels[row] != UNSORTED:
            key = int(after.labels[row]), block
            counts[key] = counts.get(key, 0) + 1
    found: dict[int, str] = {}
    given: set[int] = set()
    for (new, block), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if new not in found and block not in given:
            found[new] = ties.names[block]
            given.add(block)
    return found


def _overlap(before: Clustering, after: Clustering) -> NDArray[np.float64]:
    """Return (new, old): shared images over all images of the two."""
    shared = _shared(before, after)
    new, old = shared.sum(1)[:-1, None], shared.sum(0)[None, :-1]
    shared = shared[:-1, :-1]
    return np.asarray(shared / np.maximum(new + old - shared, 1))


def _shared(before: Clustering, after: Clustering) -> NDArray[np.float64]:
    """Return (new + 1, old + 1): how many images two clusters share; those that are unsorted are the last."""
    shared = np.zeros((len(after.clusters) + 1, len(before.clusters) + 1))
    np.add.at(shared, (after.labels, before.labels), 1)
    return shared


def _place_blocks(
    clusters: list[Cluster],
    labels: NDArray[np.int32],
    confidence: NDArray[np.float32],
    ties: Ties,
    free: NDArray[np.bool_],
    number: int,
    criterion: str,
) -> int:
    """Put every image where the constraints allow it, in place; returns the next number of a cluster."""
    blocks = [np.array(rows, np.intp) for rows in ties.blocks]
    tied = [b for b, rows in enumerate(blocks) if len(rows) > 1 or b in ties.names or b in ties.parted]
    fixed = {b: rows[~free[rows]] for b in tied if len(rows := blocks[b]) and not free[rows].all()}
    # What is fixed first, then what has a name: where those go is not to be chosen.
    first = sorted(fixed, key=lambda b: (b not in ties.names, -len(blocks[b]), b))
    first += sorted((b for b in ties.names if b not in fixed), key=lambda b: (-len(blocks[b]), b))
    queue = SaturationQueue(sorted(set(tied) - set(first)), ties.parted, (), lambda b: (-len(blocks[b]), b))
    called = {cluster.name: i for i, cluster in reversed(list(enumerate(clusters)))}
    locked = {i for i, cluster in enumerate(clusters) if cluster.locked}
    sizes = np.bincount(labels[labels >= 0], minlength=len(clusters)).tolist()
    used: set[int] = set()

    def put(block: int, target: int, name: str | None = None) -> None:
        nonlocal number
        rows = blocks[block]
        if target == len(clusters):
            clusters.append(Cluster(f"c{number}", name or numbered(criterion, clusters)))
            called.setdefault(clusters[target].name, target)
            sizes.append(0)
            number += 1
        used.add(target)
        queue.take(block, target)
        rows_free = rows[free[rows]]
        if len(rows) > 1 or block in ties.names:
            confidence[rows_free] = 1.0
        for row in rows_free.tolist():
            if labels[row] != UNSORTED:
                sizes[labels[row]] -= 1
            sizes[target] += 1
        labels[rows_free] = target

    for placed in first:
        if placed in fixed:
            put(placed, int(labels[fixed[placed][0]]))
        else:
            name = ties.names[placed]
            put(placed, called.get(name, len(clusters)), name)
    while (block := queue.next()) is not None:
        here = Counter(int(place) for place in labels[blocks[block]] if place != UNSORTED)
        if not here:
            continue
        options = [i for i in here if i not in locked and not queue.closed(block, i)] or [
            i
            for i in range(len(clusters))
            if i not in locked and not queue.closed(block, i) and (sizes[i] or i in used)
        ]
        put(block, max(options, key=lambda i: (here[i], sizes[i], -i)) if options else len(clusters))
    return number
