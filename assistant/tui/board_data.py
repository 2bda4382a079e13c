"""Makes the contents of the board as plain data from the collection and its clusterings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tools.clustering.clustering import Clustering
    from tools.scan.collection import Collection

EXEMPLARS = ((8, 12), (30, 6), (60, 3), (10**9, 1))
"""The most exemplars of each cluster, as (clusters up to which it holds, exemplars), since drawing pictures is what
makes a board slow."""

PileKind = Literal["unsorted", "failed", "unreadable", "duplicates"]


@dataclass(frozen=True, slots=True)
class Row:
    """Holds what the row of one cluster shows.

    Attributes:
        cluster: The id of the cluster.
        number: Its position in the list, from 1.
        name: Its name.
        size: The number of its images.
        confidence: The mean confidence of its images, 0 to 1.
        exemplars: The hashes of its surest images.
        locked: Whether it is locked against changes.
    """

    cluster: str
    number: int
    name: str
    size: int
    confidence: float
    exemplars: tuple[str, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Names a picture of a cluster: its hash, and the number by which it is spoken of."""

    sha: str
    number: int


@dataclass(frozen=True, slots=True)
class Pile:
    """Holds what the row of a pile shows: why its files are in no cluster, and how many they are."""

    kind: PileKind
    count: int


@dataclass(frozen=True, slots=True)
class Tab:
    """Holds what the tab of one clustering shows: its id and its title."""

    clustering: str
    title: str


@dataclass(frozen=True, slots=True)
class BoardData:
    """Holds the contents of the board.

    Attributes:
        tabs: One tab per clustering, in order of creation.
        current: The id of the clustering on the board; None where there is none.
        rows: Its clusters, in its order.
        piles: The piles that are not empty.
        note: One line about how the clustering was made.
        sure: Whether a model sees the criterion; else the pictures are grouped by their looks alone.
    """

    tabs: tuple[Tab, ...] = ()
    current: str | None = None
    rows: tuple[Row, ...] = ()
    piles: tuple[Pile, ...] = ()
    note: str = ""
    sure: bool = True


def board_data(
    collection: "Collection",
    clusterings: Sequence["Clustering"],
    current: "Clustering | None",
    failed: int = 0,
) -> BoardData:
    """Sum up the clustering `current` in one pass over its images; with None the board is empty.

    `failed` is the number of images without a usable answer of a describer; they are among the unsorted ones.
    """
    import numpy as np  # here, because it is slow to load, and the screen is painted before it is needed

    from tools.clustering.clustering import UNSORTED

    tabs = tuple(Tab(c.id, c.criterion) for c in clusterings)
    if current is None:
        return BoardData(tabs, None, piles=_piles(collection, 0))
    counts = np.bincount(current.labels[current.labels >= 0], minlength=len(current.clusters))
    exemplars = next(number for limit, number in EXEMPLARS if len(current.clusters) <= limit)
    rows = []
    for i, cluster in enumerate(current.clusters):
        confidence = current.confidence[current.labels == i]
        rows.append(
            Row(
                cluster=cluster.id,
                number=i + 1,
                name=cluster.name,
                size=int(counts[i]),
                confidence=float(confidence.mean()) if len(confidence) else 0.0,
                exemplars=current.members(cluster.id)[:exemplars],
                locked=cluster.locked,
            )
        )
    unsorted = int(np.count_nonzero(current.labels == UNSORTED))
    return BoardData(
        tabs, current.id, tuple(rows), _piles(collection, unsorted, failed), _note(current), current.sure
    )


def _piles(collection: "Collection", unsorted: int, failed: int = 0) -> tuple[Pile, ...]:
    counts: tuple[tuple[PileKind, int], ...] = (
        ("unsorted", unsorted),
        ("failed", failed),
        ("unreadable", len(collection.unreadable)),
        ("duplicates", len(collection.duplicates)),
    )
    return tuple(Pile(kind, count) for kind, count in counts if count)


def _note(clustering: "Clustering") -> str:
    if not clustering.sure:
        return "no model here sees this; grouped by how the pictures look"
    return "from " + ", ".join(clustering.sources) if clustering.sources else ""
