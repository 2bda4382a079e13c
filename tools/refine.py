"""What the user changes by hand: merge, split, move, rename, lock. Each returns a new clustering.

In every result each image is in exactly one place, ids are stable and never used twice, names are distinct
whatever their case, and a cluster that became empty is gone. What is passed in is never changed. What would change
a locked cluster, its members or its name, is refused.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.errors import UsageError
from tools.names import name_key, visible

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def merge(clustering: Clustering, cluster_ids: Sequence[str], name: str | None = None) -> Clustering:
    """Make one cluster of several: the largest keeps its id and its place, every image its confidence.

    Args:
        clustering: Is not changed.
        cluster_ids: At least two.
        name: Of the result; by default the name of the largest.

    Raises:
        UsageError: Fewer than two clusters, an unknown one, or the name is taken by yet another one.
    """
    merged = {_known(clustering, id) for id in cluster_ids}
    if len(merged) < 2:
        raise UsageError("a merge takes at least two different groups")
    _open(clustering, merged)
    kept = min(merged, key=lambda i: (-np.count_nonzero(clustering.labels == i), i))
    clusters = list(clustering.clusters)
    if name is not None:
        others = (cluster for i, cluster in enumerate(clusters) if i not in merged)
        clusters[kept] = Cluster(clusters[kept].id, free_name(name, others))
    labels = clustering.labels.copy()
    labels[np.isin(labels, sorted(merged))] = kept
    return tidy(clustering, clusters, labels)


def split(
    clustering: Clustering, cluster_id: str, labels: ArrayLike, names: Sequence[str] | None = None
) -> Clustering:
    """Make several clusters of one: the largest part keeps the id, the others follow it with new ones.

    Args:
        clustering: Is not changed.
        cluster_id: The one to split, of m images.
        labels: (m,) ints >= 0 for its images in the order of `clustering.members(cluster_id)`, of at least
            two different values; -1 makes an image unsorted.
        names: Of the parts, in ascending order of their labels. By default the largest part keeps the name
            and the others are numbered ("happy 2").

    Returns:
        The new clustering; every image keeps its confidence.

    Raises:
        UsageError: An unknown cluster, labels that do not fit it or are all the same, a name that is taken.
    """
    index = _known(clustering, cluster_id)
    _open(clustering, {index})
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
    for place, part in enumerate(order):
        result[rows[parts == values[part]]] = index + place
    clusters[index:index] = pieces
    return tidy(clustering, clusters, result, next_number=number)


def move(clustering: Clustering, images: Sequence[str], to: str | None) -> Clustering:
    """Put images into a cluster, or with None on the unsorted pile. Their confidence is 1: the user said so.

    Raises:
        UsageError: No images, an image that is not in the clustering, or an unknown cluster.
    """
    target = UNSORTED if to is None else _known(clustering, to)
    return _placed(clustering, images, list(clustering.clusters), target)


def rename(clustering: Clustering, cluster_id: str, name: str) -> Clustering:
    """Give a cluster another name.

    Raises:
        UsageError: An unknown cluster, an empty name, or another cluster has that name.
    """
    index = _known(clustering, cluster_id)
    _open(clustering, {index})
    clusters = list(clustering.clusters)
    others = clusters[:index] + clusters[index + 1 :]
    clusters[index] = Cluster(cluster_id, free_name(name, others))
    return clustering.with_changes(clusters=tuple(clusters))


def lock(clustering: Clustering, cluster_id: str, on: bool = True) -> Clustering:
    """Keep a cluster as it is from now on, members and name; or, with `on` False, let it change again.

    Raises:
        UsageError: An unknown cluster.
    """
    index = _known(clustering, cluster_id)
    clusters = list(clustering.clusters)
    clusters[index] = replace(clusters[index], locked=on)
    return clustering.with_changes(clusters=tuple(clusters))


def new_cluster(clustering: Clustering, name: str, images: Sequence[str]) -> Clustering:
    """Make a cluster of images, taken from wherever they are. Their confidence is 1: the user said so.

    Raises:
        UsageError: No images, an image that is not in the clustering, an empty name or one that is taken.
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
    _open(clustering, (changing | {target} if changing else set()) - {UNSORTED, len(clustering.clusters)})
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
        labels: (n,) int32, index into `clusters` or `UNSORTED`.
        next_number: Number of the next new cluster; by default as it was.
    """
    full = np.isin(np.arange(len(clusters)), labels)
    # One more place at the end, for the label -1 of what is unsorted.
    places = np.append(np.cumsum(full) - 1, UNSORTED).astype(np.int32)
    return clustering.with_changes(
        clusters=tuple(cluster for cluster, some in zip(clusters, full, strict=True) if some),
        labels=places[labels],
        # Never lower than what is in use, even where whoever made the clustering did not count.
        next_number=free_number(clustering) if next_number is None else next_number,
    )


def free_number(clustering: Clustering) -> int:
    """Return the number of the next new cluster, higher than all in use."""
    used = [int(c.id[1:]) for c in clustering.clusters if c.id[:1] == "c" and c.id[1:].isdecimal()]
    return max([clustering.next_number, *(number + 1 for number in used)])


def _known(clustering: Clustering, cluster_id: str) -> int:
    try:
        return clustering.index(cluster_id)
    except KeyError:
        there = ", ".join(f"{c.id} {c.name}" for c in clustering.clusters) or "none"
        raise UsageError(f"no group {cluster_id} in {clustering.criterion!r}; there are: {there}") from None


def _open(clustering: Clustering, indices: Iterable[int]) -> None:
    """Raises UsageError where one of these clusters is locked."""
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
    """Return the name as it is kept, which none of the others has. Raise UsageError."""
    clean = _clean(name)
    if not clean:
        raise UsageError("a group needs a name that can be read")
    for other in others:
        if name_key(other.name) == name_key(clean):
            raise UsageError(f"there is already a group {other.name!r} ({other.id}); choose another name")
    return clean


def numbered(name: str, others: Iterable[Cluster]) -> str:
    """Return the name with a number that makes it different from all others: "happy 2"."""
    taken = {name_key(other.name) for other in others}
    number = 2
    while name_key(f"{name} {number}") in taken:
        number += 1
    return f"{name} {number}"


def _clean(name: str) -> str:
    """Return one line, without characters that are no text or turn the writing direction."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in name if c not in _BIDI)
    return " ".join("".join(kept).split())
