"""Makes the edits of a user's hand: merge, split, move, rename, lock. Each returns a new clustering.

In every result each image is in exactly one place, ids are stable and never used twice, names differ by more than their
case, and a cluster that became empty is gone. The clustering that is passed in is never changed. An edit that would
change the members or the name of a locked cluster is refused.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.errors import UsageError
from tools.names import name_key, quoted, visible

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def merge(clustering: Clustering, cluster_ids: Sequence[str], name: str | None = None) -> Clustering:
    """Make one cluster of several: the largest keeps its id and its position, every image its confidence.

    Args:
        clustering: The clustering to edit.
        cluster_ids: The ids of at least two clusters.
        name: The name of the result; by default that of the largest.

    Raises:
        UsageError: There are fewer than two clusters, one is unknown or locked, or another cluster has the name.
    """
    merged = {_index_of(clustering, id) for id in cluster_ids}
    if len(merged) < 2:
        raise UsageError("name at least two different groups to merge")
    _refuse_locked(clustering, merged)
    largest = min(merged, key=lambda i: (-np.count_nonzero(clustering.labels == i), i))
    clusters = list(clustering.clusters)
    if name is not None:
        others = (cluster for i, cluster in enumerate(clusters) if i not in merged)
        clusters[largest] = Cluster(clusters[largest].id, free_name(name, others))
    labels = clustering.labels.copy()
    labels[np.isin(labels, sorted(merged))] = largest
    return tidy(clustering, clusters, labels)


def split(
    clustering: Clustering, cluster_id: str, labels: ArrayLike, names: Sequence[str] | None = None
) -> Clustering:
    """Make several clusters of one: the largest part keeps the id, the others follow it with new ones.

    Args:
        clustering: The clustering to edit.
        cluster_id: The cluster to split, of m images.
        labels: (m,) part numbers >= 0 of its images in the order of `clustering.members(cluster_id)`, with at least two
            different values; -1 makes an image unsorted.
        names: The names of the parts, in ascending order of their labels. By default the largest part keeps the name
            and the others are numbered ("happy 2").

    Returns:
        The new clustering; every image keeps its confidence.

    Raises:
        UsageError: The cluster is unknown or locked, the labels do not fit it or are all the same, or a name is taken.
    """
    index = _index_of(clustering, cluster_id)
    _refuse_locked(clustering, {index})
    parts = np.asarray(labels)
    members = clustering.members(cluster_id)
    if parts.shape != (len(members),) or not np.issubdtype(parts.dtype, np.integer):
        raise UsageError(
            f"the split of {cluster_id} needs one whole number for each of its {len(members)} images"
        )
    if parts.size and parts.min() < UNSORTED:
        raise UsageError(f"the split of {cluster_id} has a part numbered below {UNSORTED}")
    values, counts = np.unique(parts[parts != UNSORTED], return_counts=True)
    if len(values) < 2:
        raise UsageError(f"the split of {cluster_id} leaves all its images together; nothing would change")
    if names is not None and len(names) != len(values):
        raise UsageError(f"the split of {cluster_id} has {len(values)} parts but {len(names)} names")

    old = clustering.clusters[index]
    largest = int(np.argmax(counts))
    clusters = [cluster for cluster in clustering.clusters if cluster.id != cluster_id]
    number = free_number(clustering)
    pieces: list[Cluster] = [old] if names is None else []
    for part in range(len(values)):
        id = old.id if part == largest else f"c{number}"
        number += part != largest
        if names is not None:
            pieces.append(Cluster(id, free_name(names[part], clusters + pieces)))
        elif part != largest:
            pieces.append(Cluster(id, numbered(old.name, clusters + pieces)))
    # The part that keeps the id comes first, where the cluster was.
    pieces.sort(key=lambda piece: piece.id != old.id)
    order = [largest, *(part for part in range(len(values)) if part != largest)]

    result = np.where(clustering.labels > index, clustering.labels + len(pieces) - 1, clustering.labels)
    rows = _rows(clustering, members)
    result[rows] = UNSORTED
    for offset, part in enumerate(order):
        result[rows[parts == values[part]]] = index + offset
    clusters[index:index] = pieces
    return tidy(clustering, clusters, result, next_number=number)


def move(clustering: Clustering, images: Sequence[str], to: str | None) -> Clustering:
    """Put images into a cluster, or with None on the unsorted pile. Their confidence is 1: the user said so.

    Raises:
        UsageError: There are no images, one is not in the clustering, or a cluster is unknown or locked.
    """
    target = UNSORTED if to is None else _index_of(clustering, to)
    return _placed(clustering, images, list(clustering.clusters), target)


def rename(clustering: Clustering, cluster_id: str, name: str) -> Clustering:
    """Give a cluster another name.

    Raises:
        UsageError: The cluster is unknown or locked, the name is empty, or another cluster has it.
    """
    index = _index_of(clustering, cluster_id)
    _refuse_locked(clustering, {index})
    clusters = list(clustering.clusters)
    others = clusters[:index] + clusters[index + 1 :]
    clusters[index] = Cluster(cluster_id, free_name(name, others))
    return clustering.with_changes(clusters=tuple(clusters))


def swap_names(clustering: Clustering, first: str, second: str) -> Clustering:
    """Give two clusters each other's name; their images stay where they are.

    Raises:
        UsageError: One of them is unknown or locked, or they are the same.
    """
    a, b = _index_of(clustering, first), _index_of(clustering, second)
    if a == b:
        raise UsageError("name two different groups to swap their names")
    _refuse_locked(clustering, {a, b})
    clusters = list(clustering.clusters)
    clusters[a], clusters[b] = (
        replace(clusters[a], name=clusters[b].name, parts=clusters[b].parts),
        replace(clusters[b], name=clusters[a].name, parts=clusters[a].parts),
    )
    return clustering.with_changes(clusters=tuple(clusters))


def lock(clustering: Clustering, cluster_id: str, on: bool = True) -> Clustering:
    """Lock a cluster, so that its members and its name stay as they are; or unlock it, with `on` False.

    Raises:
        UsageError: The cluster is unknown.
    """
    index = _index_of(clustering, cluster_id)
    clusters = list(clustering.clusters)
    clusters[index] = replace(clusters[index], locked=on)
    return clustering.with_changes(clusters=tuple(clusters))


def new_cluster(clustering: Clustering, name: str, images: Sequence[str]) -> Clustering:
    """Make a cluster of images, taken from wherever they are. Their confidence is 1: the user said so.

    Raises:
        UsageError: There are no images, one is not in the clustering or in a locked cluster, or the name is empty or
            taken.
    """
    number = free_number(clustering)
    clusters = [*clustering.clusters, Cluster(f"c{number}", free_name(name, clustering.clusters))]
    return _placed(clustering, images, clusters, len(clusters) - 1, next_number=number + 1)


def _placed(
    clustering: Clustering,
    images: Sequence[str],
    clusters: list[Cluster],
    target: int,
    next_number: int | None = None,
) -> Clustering:
    if not images:
        raise UsageError("no images were named; say which ones, for example #12")
    rows = _rows(clustering, images)
    labels, confidence = clustering.labels.copy(), clustering.confidence.copy()
    changing = set(labels[rows[labels[rows] != target]].tolist())
    _refuse_locked(
        clustering, (changing | {target} if changing else set()) - {UNSORTED, len(clustering.clusters)}
    )
    labels[rows] = target
    confidence[rows] = 1.0
    return tidy(clustering.with_changes(confidence=confidence), clusters, labels, next_number)


def tidy(
    clustering: Clustering,
    clusters: Sequence[Cluster],
    labels: NDArray[np.int32],
    next_number: int | None = None,
) -> Clustering:
    """Return the clustering with these clusters and labels, without the clusters that are empty.

    Args:
        clustering: The clustering that gives everything else.
        clusters: The clusters, some of which may have no image.
        labels: (n,) int32, index into `clusters` or `UNSORTED`.
        next_number: The number of the next new cluster; by default it is not changed.
    """
    occupied = np.isin(np.arange(len(clusters)), labels)
    # One more place at the end, for the label -1 of what is unsorted.
    new_index = np.append(np.cumsum(occupied) - 1, UNSORTED).astype(np.int32)
    return clustering.with_changes(
        clusters=tuple(
            cluster for cluster, is_occupied in zip(clusters, occupied, strict=True) if is_occupied
        ),
        labels=new_index[labels],
        # Never lower than what is in use, even where whoever made the clustering did not count.
        next_number=free_number(clustering) if next_number is None else next_number,
    )


def free_number(clustering: Clustering) -> int:
    """Return the number of the next new cluster, higher than all in use."""
    used = [int(c.id[1:]) for c in clustering.clusters if c.id[:1] == "c" and c.id[1:].isdecimal()]
    return max([clustering.next_number, *(number + 1 for number in used)])


def _index_of(clustering: Clustering, cluster_id: str) -> int:
    try:
        return clustering.index(cluster_id)
    except KeyError:
        listed = ", ".join(f"{c.id} {c.name}" for c in clustering.clusters) or "none"
        raise UsageError(f"no group {cluster_id} in {clustering.criterion!r}; there are: {listed}") from None


def _refuse_locked(clustering: Clustering, indices: Iterable[int]) -> None:
    """Raise UsageError where one of these clusters is locked."""
    for index in sorted(indices):
        if clustering.clusters[index].locked:
            name = visible(clustering.clusters[index].name)
            raise UsageError(f'"{name}" is locked, so it stays as it is; unlock it first')


def _rows(clustering: Clustering, images: Iterable[str]) -> NDArray[np.intp]:
    places = {image: row for row, image in enumerate(clustering.images)}
    try:
        return np.array([places[image] for image in images], np.intp)
    except KeyError as error:
        raise UsageError(f"no image {error.args[0][:12]} in {clustering.criterion!r}") from None


def free_name(name: str, others: Iterable[Cluster]) -> str:
    """Return the name in the form in which it is kept. Raise UsageError where it is empty or another cluster has it."""
    clean = clean_name(name)
    if not clean:
        raise UsageError("a group needs a name with visible characters")
    for other in others:
        if name_key(other.name) == name_key(clean):
            raise UsageError(f"there is already a group {quoted(other.name)}; choose another name")
    return clean


def numbered(name: str, others: Iterable[Cluster]) -> str:
    """Return the name with the lowest number, from 2, that makes it different from all others: "happy 2"."""
    taken = {name_key(other.name) for other in others}
    number = 2
    while name_key(f"{name} {number}") in taken:
        number += 1
    return f"{name} {number}"


def clean_name(name: str) -> str:
    """Return a name as one line, without control characters and those that turn the writing direction."""
    characters = (c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in name if c not in _BIDI)
    return " ".join("".join(characters).split())
