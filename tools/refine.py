"""What the user changes by hand: merge, split, move, rename, and keeping it. Each returns a new clustering.

In every result each image is in exactly one place, ids are stable and never used twice, names are distinct
whatever their case, and a cluster that became empty is gone. What is passed in is never changed.
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.errors import UsageError

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
    kept = min(merged, key=lambda i: (-np.count_nonzero(clustering.labels == i), i))
    clusters = list(clustering.clusters)
    if name is not None:
        others = (cluster for i, cluster in enumerate(clusters) if i not in merged)
        clusters[kept] = Cluster(clusters[kept].id, _free(name, others))
    labels = clustering.labels.copy()
    labels[np.isin(labels, sorted(merged))] = kept
    return _tidy(clustering, clusters, labels)


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
    number = _next_number(clustering)
    pieces: list[Cluster] = [old] if names is None else []
    for part in range(len(values)):
        id = old.id if part == largest else f"c{number}"
        number += part != largest
        if names is not None:
            pieces.append(Cluster(id, _free(names[part], clusters + pieces)))
        elif part != largest:
            pieces.append(Cluster(id, _numbered(old.name, clusters + pieces)))
    # The part that keeps the id comes first, where the cluster was.
    pieces.sort(key=lambda piece: piece.id != old.id)
    order = [largest, *(part for part in range(len(values)) if part != largest)]

    result = np.where(clustering.labels > index, clustering.labels + len(pieces) - 1, clustering.labels)
    rows = _rows(clustering, members)
    result[rows] = UNSORTED
    for place, part in enumerate(order):
        result[rows[parts == values[part]]] = index + place
    clusters[index:index] = pieces
    return _tidy(clustering, clusters, result, next_number=number)


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
    clusters = list(clustering.clusters)
    others = clusters[:index] + clusters[index + 1 :]
    clusters[index] = Cluster(cluster_id, _free(name, others))
    return clustering.with_changes(clusters=tuple(clusters))


def new_cluster(clustering: Clustering, name: str, images: Sequence[str]) -> Clustering:
    """Make a cluster of images, taken from wherever they are. Their confidence is 1: the user said so.

    Raises:
        UsageError: No images, an image that is not in the clustering, an empty name or one that is taken.
    """
    number = _next_number(clustering)
    clusters = [*clustering.clusters, Cluster(f"c{number}", _free(name, clustering.clusters))]
    return _placed(clustering, images, clusters, len(clusters) - 1, next_number=number + 1)


def keep(before: Clustering, after: Clustering, moved: Collection[str]) -> Clustering:
    """Put the images that the user moved where they put them, in a clustering that was made afresh.

    They join the cluster of `after` that has most of the other images of their cluster in `before`, whatever it is
    called now. A cluster that the user moved together by hand is there again under its name.

    Args:
        before: The clustering that the user changed.
        after: The new one of the same criterion. Images that are not in both are left alone.
        moved: The images that the user moved.
    """
    rows = {image: row for row, image in enumerate(after.images)}
    result = after
    for label, cluster in [*enumerate(before.clusters), (UNSORTED, None)]:
        there = [i for i, old in zip(before.images, before.labels, strict=True) if old == label and i in rows]
        mine = [image for image in there if image in moved]
        if not mine:
            continue
        if cluster is None:
            result = move(result, mine, None)
            continue
        others = after.labels[[rows[image] for image in there if image not in moved]]
        found = np.bincount(others[others != UNSORTED])
        same = [c.id for c in result.clusters if _key(c.name) == _key(cluster.name)]
        if len(found):
            result = move(result, mine, after.clusters[int(found.argmax())].id)
        elif same:
            result = move(result, mine, same[0])
        else:
            result = new_cluster(result, cluster.name, mine)
    return result


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
    labels[rows] = target
    confidence[rows] = 1.0
    return _tidy(clustering.with_changes(confidence=confidence), clusters, labels, next_number)


def _tidy(
    clustering: Clustering,
    clusters: Sequence[Cluster],
    labels: NDArray[np.int32],
    next_number: int | None = None,
) -> Clustering:
    """The clustering with these clusters and labels, without the clusters that are empty."""
    full = np.isin(np.arange(len(clusters)), labels)
    # One more place at the end, for the label -1 of what is unsorted.
    places = np.append(np.cumsum(full) - 1, UNSORTED).astype(np.int32)
    return clustering.with_changes(
        clusters=tuple(cluster for cluster, some in zip(clusters, full, strict=True) if some),
        labels=places[labels],
        # Never lower than what is in use, even where whoever made the clustering did not count.
        next_number=_next_number(clustering) if next_number is None else next_number,
    )


def _next_number(clustering: Clustering) -> int:
    used = [int(c.id[1:]) for c in clustering.clusters if c.id[:1] == "c" and c.id[1:].isdecimal()]
    return max([clustering.next_number, *(number + 1 for number in used)])


def _known(clustering: Clustering, cluster_id: str) -> int:
    try:
        return clustering.index(cluster_id)
    except KeyError:
        there = ", ".join(f"{c.id} {c.name}" for c in clustering.clusters) or "none"
        raise UsageError(f"no group {cluster_id} in {clustering.criterion!r}; there are: {there}") from None


def _rows(clustering: Clustering, images: Iterable[str]) -> NDArray[np.intp]:
    places = {image: row for row, image in enumerate(clustering.images)}
    try:
        return np.array([places[image] for image in images], np.intp)
    except KeyError as error:
        raise UsageError(f"no image {error.args[0][:12]} in {clustering.criterion!r}") from None


def _free(name: str, others: Iterable[Cluster]) -> str:
    """The name as it is kept, which none of the others has."""
    clean = _clean(name)
    if not clean:
        raise UsageError("a group needs a name that can be read")
    for other in others:
        if _key(other.name) == _key(clean):
            raise UsageError(f"there is already a group {other.name!r} ({other.id}); choose another name")
    return clean


def _numbered(name: str, others: Sequence[Cluster]) -> str:
    taken = {_key(other.name) for other in others}
    number = 2
    while _key(f"{name} {number}") in taken:
        number += 1
    return f"{name} {number}"


def _clean(name: str) -> str:
    """One line, without characters that are no text or turn the writing direction."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in name if c not in _BIDI)
    return " ".join("".join(kept).split())


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
