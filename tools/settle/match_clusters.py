"""Puts a new grouping in place of an old one: clusters keep their ids, locked ones their members, constraints hold.

New clusters are matched to old ones by the best assignment over all pairs (Kuhn 1955) of their Jaccard overlap; a name
that the user gave counts before any overlap. Constraints are obeyed exactly: blocks of tied images are placed one after
the other, those first that may go to the fewest clusters (DSATUR; Brelaz 1979), and a block that every cluster is
closed to gets a cluster of its own.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, Ties, tie
from tools.clustering.refine import free_number, numbered, tidy
from tools.names import name_key
from tools.saturation_queue import SaturationQueue

_ALIKE = 0.2
"""The least Jaccard overlap, with bonuses, at which a new cluster is an old one."""
_SAME_NAME = 0.25
"""The overlap that an equal name adds."""
_SAME_IMAGES = 2.0
"""The overlap that the very same images add, so that no equal name outweighs them."""
_GIVEN_NAME = 10.0
"""The overlap that a name given by the user adds, which outweighs any images."""


def match_clusters(
    before: Clustering,
    after: Clustering,
    constraints: Sequence[Constraint] = (),
    *,
    set_aside: Collection[str] = (),
    named: Collection[str] | None = None,
    merged_ids: Collection[str] = (),
) -> Clustering:
    """Return the new grouping with the identities of the old one.

    Args:
        before: The clustering that is replaced, whose id is kept.
        after: The new clustering of the same images, made with or without the constraints.
        constraints: The user's constraints, without contradictions (`consistent` of `tools.clustering.constraints`)
            and without any that would change a locked cluster.
        set_aside: The images that the user put on the unsorted pile.
        named: The ids of clusters of `before` that keep their names, None for all; the others are named by `after`.
        merged_ids: The ids of clusters of `before` that the user merged from several, which are not cut again.

    Returns:
        A clustering in which every constraint holds, locked clusters have the members and names that they had, and
        every cluster that matches an old one has its id. Clusters are in the order of before, new ones at the end.
    """
    before = before.over(after.images)
    ties = tie(after.images, constraints)
    after = _rejoin_merged(before, after, merged_ids, ties)
    clusters, labels, number = _identified(before, after, ties, named)
    confidence = after.confidence.copy()
    locked = np.isin(before.labels, [i for i, c in enumerate(before.clusters) if c.locked])
    new_index = {cluster.id: i for i, cluster in enumerate(clusters)}
    for index, cluster in enumerate(before.clusters):
        if not cluster.locked:
            continue
        new, inside = new_index[cluster.id], before.labels == index
        for row in np.flatnonzero((labels == new) & ~inside).tolist():  # nobody comes in
            old = int(before.labels[row])
            at = UNSORTED if old == UNSORTED else new_index.get(before.clusters[old].id, UNSORTED)
            labels[row] = UNSORTED if at != UNSORTED and clusters[at].locked else at
        labels[inside] = new
    confidence[locked] = before.confidence[locked]
    out = np.isin(np.asarray(after.images), list(set_aside)) & ~locked
    labels[out] = UNSORTED
    number = _place_blocks(clusters, labels, confidence, ties, ~locked, number, before.criterion)
    _take_back_ids(before, clusters, labels)
    changed = after.with_changes(id=before.id, confidence=confidence)
    return tidy(changed, clusters, labels, number)


def violated(clustering: Clustering, constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return the constraints that do not hold in a clustering; one on images that it does not have always holds."""
    labels = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    return [c for c in constraints if not _holds(c, labels, clustering.clusters)]


def _holds(constraint: Constraint, labels: dict[str, int], clusters: Sequence[Cluster]) -> bool:
    if isinstance(constraint, Label):
        label = labels.get(constraint.image)
        return label is None or (label != UNSORTED and clusters[label].name == constraint.name)
    a, b = labels.get(constraint.a), labels.get(constraint.b)
    if a is None or b is None:
        return True
    return (a != b or a == UNSORTED) if isinstance(constraint, CannotLink) else a == b


def _rejoin_merged(
    before: Clustering, after: Clustering, merged_ids: Collection[str], ties: Ties
) -> Clustering:
    """Return the new grouping with the pieces of clusters that the user had merged put together again."""
    if not merged_ids:
        return after
    wanted = _user_names(after, ties)
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

    wanted = _user_names(after, ties)
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
    new_index: dict[int, int] = {}  # of the new clusters, in the result
    # How much a name counts (lower is more), its place in the result, and the name.
    names: list[tuple[int, int, str]] = []
    new_of = {old: new for new, old in old_of.items()}
    for old, cluster in enumerate(before.clusters):
        successor = new_of.get(old)
        if successor is None and not cluster.locked:
            continue
        name, rank = cluster.name, 0 if cluster.locked else 2
        if successor is not None:
            new_index[successor] = len(clusters)
            if not cluster.locked and successor in wanted:
                name, rank = wanted[successor], 1
            elif not cluster.locked and named is not None and cluster.id not in named:
                cluster = replace(after.clusters[successor], id=cluster.id)
                name, rank = cluster.name, 3
        names.append((rank, len(clusters), name))
        clusters.append(cluster)
    for new, cluster in enumerate(after.clusters):
        if new not in new_index and np.any(after.labels == new):
            new_index[new] = len(clusters)
            names.append((1 if new in wanted else 4, len(clusters), wanted.get(new, cluster.name)))
            clusters.append(Cluster(f"c{number}", cluster.name, parts=cluster.parts))
            number += 1
    renamed: list[Cluster] = []
    taken: set[str] = set()
    for _, index, name in sorted(names):
        if name_key(name) in taken:
            name = numbered(name, renamed)
        if name != clusters[index].name:  # its parts are the halves of the old name
            clusters[index] = replace(clusters[index], name=name, parts=())
        renamed.append(clusters[index])
        taken.add(name_key(name))
    labels = np.array([new_index.get(int(g), UNSORTED) for g in after.labels], np.int32)
    return clusters, labels, number


def _user_names(after: Clustering, ties: Ties) -> dict[int, str]:
    """Map new clusters to the names that the user gave: each name goes to the cluster that most of its images are
    in."""
    counts: dict[tuple[int, int], int] = {}
    for row, block in enumerate(ties.block):
        if block in ties.names and after.labels[row] != UNSORTED:
            key = int(after.labels[row]), block
            counts[key] = counts.get(key, 0) + 1
    names: dict[int, str] = {}
    used_blocks: set[int] = set()
    for (new, block), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if new not in names and block not in used_blocks:
            names[new] = ties.names[block]
            used_blocks.add(block)
    return names


def _overlap(before: Clustering, after: Clustering) -> NDArray[np.float64]:
    """Return the Jaccard overlap of each new cluster with each old one, (new, old) float64."""
    shared = _shared(before, after)
    new, old = shared.sum(1)[:-1, None], shared.sum(0)[None, :-1]
    shared = shared[:-1, :-1]
    return np.asarray(shared / np.maximum(new + old - shared, 1))


def _shared(before: Clustering, after: Clustering) -> NDArray[np.float64]:
    """Return the number of images that each two clusters share, (new + 1, old + 1); the unsorted piles come last."""
    shared = np.zeros((len(after.clusters) + 1, len(before.clusters) + 1))
    np.add.at(shared, (after.labels, before.labels), 1)
    return shared


def _take_back_ids(before: Clustering, clusters: list[Cluster], labels: NDArray[np.int32]) -> None:
    """Give an old cluster its id back, in place, where the constraints alone put its images together again."""
    old_ids = {cluster.id for cluster in before.clusters}
    for index, cluster in enumerate(clusters):
        if cluster.id in old_ids or not (rows := np.flatnonzero(labels == index)).size:
            continue
        was = int(before.labels[rows[0]])
        if was == UNSORTED or name_key(before.clusters[was].name) != name_key(cluster.name):
            continue
        if np.array_equal(rows, np.flatnonzero(before.labels == was)):
            clusters[index] = before.clusters[was]


def _place_blocks(
    clusters: list[Cluster],
    labels: NDArray[np.int32],
    confidence: NDArray[np.float32],
    ties: Ties,
    free: NDArray[np.bool_],
    number: int,
    criterion: str,
) -> int:
    """Move every block to a cluster that the constraints allow, in place, and return the number of the next cluster."""
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
        label_counts = Counter(int(label) for label in labels[blocks[block]] if label != UNSORTED)
        if not label_counts:
            continue
        options = [i for i in label_counts if i not in locked and not queue.closed(block, i)] or [
            i
            for i in range(len(clusters))
            if i not in locked and not queue.closed(block, i) and (sizes[i] or i in used)
        ]
        put(block, max(options, key=lambda i: (label_counts[i], sizes[i], -i)) if options else len(clusters))
    return number
