"""More than one clustering at a time: a branch to try something on, a table of two, and two criteria crossed."""

from dataclasses import dataclass, replace

import numpy as np

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.feedback import apply_labels
from assistant.desk.feedback_log import feedback_to_json
from tools.clustering import Clustering, slug
from tools.cross_clusterings import cross, overlaps
from tools.errors import UsageError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two clusterings side by side.

    Attributes:
        a: The first; the table has a row for each of its clusters, then one for its unsorted pile.
        b: The second; the table has a column for each of its clusters, then one for its unsorted pile.
        table: The number of images that are in both.
        agreement: Adjusted mutual information, 1 where they are the same and about 0 where they have nothing in common.
    """

    a: Clustering
    b: Clustering
    table: tuple[tuple[int, ...], ...]
    agreement: float


class Comparing:
    """Branches, compares and crosses clusterings."""

    def __init__(self, core: Core, clusterings: Clusterings, changes: Changes) -> None:
        self._core, self._clusterings, self._changes = core, clusterings, changes

    def branch(self, name: str, clustering: str | None = None) -> Clustering:
        """A copy of a clustering under a name, to try something on; it becomes the current one.

        What was said so far counts in both; what is said from now on, in the one that it was said of.

        Raises:
            UsageError: There is no name, or a clustering is called so.
        """
        with self._core.lock:
            origin, name = self._clusterings.get(clustering), " ".join(name.split())
            if not name:
                raise UsageError("a branch needs a name, such as: strict")
            id = slug(f"{origin.criterion} {name}")
            if any(id == made.id for made in self._clusterings.all()):
                raise UsageError(f"there is already a clustering {id!r}; choose another name")
            state = feedback_to_json(self._core.feedback.of(origin.id))
            detail = {"of": origin.id, "name": name, "state": state}
            text = f"branched {origin.criterion} as {name}"
            return self._changes.record("branch", text, origin.with_changes(id=id), detail)

    def compare(self, a: str, b: str) -> Comparison:
        """Two clusterings, by id or criterion, side by side: how many images their clusters share."""
        from sklearn.metrics import adjusted_mutual_info_score

        with self._core.lock:
            one, other = self._clusterings.get(a), self._clusterings.get(b)
            agreement = float(adjusted_mutual_info_score(one.labels, other.labels))
            table = np.asarray(overlaps(one, other)).tolist()
            return Comparison(one, other, tuple(tuple(row) for row in table), agreement)

    def cross(self, a: str, b: str) -> Clustering:
        """Two criteria at once: a cluster for each pair of theirs that has images. On export, folders in folders.

        Where the two were crossed before, that is replaced as by `Grouping.group`: what was said of it and locked in
        it holds.

        Raises:
            UsageError: They are one clustering, or there is none of one of them.
        """
        with self._core.lock:
            made = cross(self._clusterings.get(a), self._clusterings.get(b))
            before = next((there for there in self._clusterings.all() if there.id == made.id), None)
            if before is not None:
                feedback = self._core.feedback.of(before.id)
                unlabelled = replace(feedback, constraints=())
                made = self._changes.hold(before, made, unlabelled, keep_names=False)
                labelled = apply_labels(made, feedback.labels)
                made = self._changes.hold(before, labelled, feedback, keep_names=False)
            text = f"crossed {made.criterion} into {len(made.clusters)}"
            return self._changes.record("cross", text, made, {"of": [a, b]})
