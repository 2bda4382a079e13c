"""Defines a clustering, a partition of a collection under one criterion. It is immutable; every edit makes
a new one."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

UNSORTED = -1
"""The label of an image that is in no cluster."""
LONGEST_ID = 60
"""The most characters that the id of a clustering may have."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Describes one group of a clustering.

    Attributes:
        id: "c1", "c2", ...; stable through every edit and every new grouping.
        name: The name that people see.
        locked: Whether neither its members nor its name may change until it is unlocked.
        parts: The names of the two groups that it was crossed from, which become nested folders on export; empty for a
            group of one criterion.
    """

    id: str
    name: str
    locked: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Partitions a collection under one criterion, into clusters and a pile of unsorted images.

    Attributes:
        id: Short name, unique in its collection: the criterion as a slug.
        criterion: What was grouped by, in the user's words.
        images: SHA-256 of every readable image, in collection order; length n.
        clusters: The groups, in the order in which they are shown.
        labels: (n,) int32, index into `clusters`, or `UNSORTED`.
        confidence: (n,) float32 in [0, 1], how sure the assignment of each image is.
        method: Name of the method that made it.
        chosen: Whether the user chose that method, which then makes later groupings of this criterion, too.
        tier: Name of the model tier whose views it was made from.
        sources: What it was made from, worded for people: ("face: expression", ...).
        sure: Whether any model sees this criterion; False means "plain image features, low confidence".
        next_number: Number of the next new cluster; ids are never used twice.
        notes: What the user should know about how it was made, a line each.
        why: One line per image on why it was put where it was, "" where there is none; empty if no image has any.
    """

    id: str
    criterion: str
    images: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    labels: NDArray[np.int32]
    confidence: NDArray[np.float32]
    method: str = ""
    chosen: bool = False
    tier: str = "bundled"
    sources: tuple[str, ...] = ()
    sure: bool = True
    next_number: int = field(default=1)
    notes: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.images)
        if self.labels.shape != (n,) or self.confidence.shape != (n,):
            raise ValueError(
                f"labels {self.labels.shape} and confidence {self.confidence.shape} must be ({n},)"
            )
        if n and not (self.labels.min() >= UNSORTED and self.labels.max() < len(self.clusters)):
            raise ValueError("a label points at no cluster")

    def index(self, cluster_id: str) -> int:
        """Return the position of a cluster. Raise KeyError where there is none of that id."""
        for i, cluster in enumerate(self.clusters):
            if cluster.id == cluster_id:
                return i
        raise KeyError(cluster_id)

    def members(self, cluster_id: str) -> tuple[str, ...]:
        """Return the images of one cluster, surest first (ties in collection order)."""
        return self._sorted(self.labels == self.index(cluster_id))

    def unsorted(self) -> tuple[str, ...]:
        """Return the images that belong to no cluster, surest first."""
        return self._sorted(self.labels == UNSORTED)

    def size(self, cluster_id: str) -> int:
        """Return the number of images in a cluster."""
        return int(np.count_nonzero(self.labels == self.index(cluster_id)))

    def label_of(self, image: str) -> int:
        """Return the index of the cluster that an image is in, or `UNSORTED`. Raise KeyError for another image."""
        try:
            return int(self.labels[self.images.index(image)])
        except ValueError:
            raise KeyError(image) from None

    def over(self, images: tuple[str, ...]) -> Self:
        """Return the same clustering of a collection that changed: images that are gone leave it, new ones are
        unsorted."""
        if images == self.images:
            return self
        row = {image: i for i, image in enumerate(self.images)}
        rows = np.array([row.get(image, -1) for image in images], np.int64)
        labels = np.where(rows >= 0, np.append(self.labels, UNSORTED)[rows], UNSORTED).astype(np.int32)
        confidence = np.where(rows >= 0, np.append(self.confidence, 0)[rows], 0).astype(np.float32)
        why = tuple((*self.why, "")[row] for row in rows.tolist()) if self.why else ()
        return replace(self, images=images, labels=labels, confidence=confidence, why=why)

    def with_changes(self, **changes: object) -> Self:
        """Return the same clustering with some attributes replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def _sorted(self, mask: NDArray[np.bool_]) -> tuple[str, ...]:
        rows = np.flatnonzero(mask)
        rows = rows[np.argsort(-self.confidence[rows], kind="stable")]
        return tuple(self.images[i] for i in rows)


def slug(criterion: str) -> str:
    """Return a short id of a criterion: lower-case words joined by hyphens, never empty.

    An id that would be too long, or have no word, ends in a digest instead, so that different criteria have different
    ids.
    """
    words = "-".join(re.findall(r"\w+", criterion.lower()))
    if 0 < len(words) <= LONGEST_ID:
        return words
    digest = hashlib.sha256(
        (words or " ".join(criterion.split())).encode("utf-8", "surrogatepass")
    ).hexdigest()[:8]
    return f"{words[: LONGEST_ID - 9] or 'criterion'}-{digest}"
