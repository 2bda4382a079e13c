"""Clusterings side by side: a branch to try something on, a table of two, and two criteria crossed."""

from dataclasses import dataclass, replace

import numpy as np

from assistant.desk.tuning import Tuning
from assistant.said import packed, placed
from tools.clustering import Clustering, slug
from tools.cross_clusterings import cross, overlaps
from tools.errors import UsageError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two clusterings side by side.

    Attributes:
        a: The first; a row of the table for each of its clusters, then one for its unsorted pile.
        b: The second; a column for each of its clusters, then one for its unsorted pile.
        table: So many images are in both.
        agreement: Adjusted mutual information, 1 where they are the same.
    """

    a: Clustering
    b: Clustering
    table: tuple[tuple[int, ...], ...]
    agreement: float


class Comparing(Tuning):
    """More than one clustering at a time."""

    def branch(self, name: str, clustering: str | None = None) -> Clustering:
        """A copy of a clustering under a name, to try something on; it becomes the current one.

        What was said so far counts in both; what is said from now on, in the one that it was said of.

        Raises:
            UsageError: There is no name, or a clustering is called so.
        """
        with self._lock:
            origin, name = self.clustering(clustering), " ".join(name.split())
            if not name:
                raise UsageError("a branch needs a name, such as: strict")
            id = slug(f"{origin.criterion} {name}")
            if any(id == made.id for made in self.clusterings()):
                raise UsageError(f"there is already a clustering {id!r}; choose another name")
            detail = {"of": origin.id, "name": name, "state": packed(self._said(origin.id))}
            text = f"branched {origin.criterion} as {name}"
            return self._edited("branch", text, origin.with_changes(id=id), detail)

    def compare(self, a: str, b: str) -> Comparison:
        """Two clusterings side by side: how many images their clusters share."""
        from sklearn.metrics import adjusted_mutual_info_score

        with self._lock:
            one, other = self.clustering(a), self.clustering(b)
            agreement = float(adjusted_mutual_info_score(one.labels, other.labels))
            table = np.asarray(overlaps(one, other)).tolist()
            return Comparison(one, other, tuple(tuple(row) for row in table), agreement)

    def cross(self, a: str, b: str) -> Clustering:
        """Two criteria at once: a cluster for each pair of theirs that has images. On export, folders in folders.

        Where the two were crossed before, that is replaced as by `group`: what was said of it and locked in it holds.

        Raises:
            UsageError: They are one clustering.
        """
        with self._lock:
            made = cross(self.clustering(a), self.clustering(b))
            before = next((there for there in self.clusterings() if there.id == made.id), None)
            if before is not None:
                known = self._said(before.id)
                made = self._held(before, made, replace(known, constraints=()), named=False)
                made = self._held(before, placed(made, known.labels), known, named=False)
            text = f"crossed {made.criterion} into {len(made.clusters)}"
            return self._edited("cross", text, made, {"of": [a, b]})
