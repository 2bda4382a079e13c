"""Works with several clusterings: a branch for a trial, a table of two clusterings, and two criteria crossed."""

from dataclasses import dataclass, replace

import numpy as np

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.feedback import apply_labels
from assistant.desk.feedback_log import feedback_to_json
from tools.clustering.clustering import Clustering, slug
from tools.clustering.cross_clusterings import cross, following, overlaps
from tools.errors import UsageError
from tools.metadata.metadata_criteria import named_criterion
from tools.names import quoted
from tools.settle.by_value import is_from_files


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sets two clusterings side by side.

    Attributes:
        a: The first clustering; the table has a row for each of its clusters, then one for its unsorted pile.
        b: The second clustering; the table has a column for each of its clusters, then one for its unsorted pile.
        table: The numbers of images that are in both.
        agreement: The adjusted mutual information: 1 for equal clusterings, about 0 for independent ones.
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
        """Copy a clustering under a name, for a trial; the copy becomes the current one.

        Earlier feedback counts in both; later feedback only in the one that it is given on.

        Raises:
            UsageError: The name is empty, or another clustering has it.
        """
        with self._core.lock:
            origin, name = self._clusterings.get(clustering), " ".join(name.split())
            if not name:
                raise UsageError("a branch needs a name, such as: strict")
            id = slug(f"{origin.criterion} {name}")
            if any(id == other.id for other in self._clusterings.all()):
                raise UsageError(f"there is already a clustering {quoted(id)}; choose another name")
            state = feedback_to_json(self._core.feedback.of(origin.id))
            detail = {"of": origin.id, "name": name, "state": state}
            text = f"branched {origin.criterion} as {name}"
            return self._changes.record("branch", text, origin.with_changes(id=id), detail)

    def compare(self, a: str, b: str) -> Comparison:
        """Compare two clusterings, by id or criterion: how many images their clusters share."""
        from sklearn.metrics import adjusted_mutual_info_score

        with self._core.lock:
            first, second = self._clusterings.get(a), self._clusterings.get(b)
            agreement = float(adjusted_mutual_info_score(first.labels, second.labels))
            table = np.asarray(overlaps(first, second)).tolist()
            return Comparison(first, second, tuple(tuple(row) for row in table), agreement)

    def cross(self, a: str, b: str) -> Clustering:
        """Cross two criteria: one cluster for each pair of their clusters that shares images. Exports nest folders.

        An event is one thing, also where it goes over the end of a season, a month or a year: all of it goes where most
        of it is. An earlier crossing of the two is replaced as by `Grouping.group`: its feedback and its locked
        clusters hold.

        Raises:
            UsageError: Both are the same clustering, or one of them does not exist.
        """
        with self._core.lock:
            first, second = self._clusterings.get(a), self._clusterings.get(b)
            if _is_event(first) and _is_span(second):
                second = following(second, first)
            elif _is_event(second) and _is_span(first):
                first = following(first, second)
            crossed = cross(first, second)
            before = next(
                (clustering for clustering in self._clusterings.all() if clustering.id == crossed.id), None
            )
            if before is not None:
                feedback = self._core.feedback.of(before.id)
                unlabelled = replace(feedback, constraints=())
                crossed = self._changes.hold(before, crossed, unlabelled, keep_names=False)
                labelled = apply_labels(crossed, feedback.labels)
                crossed = self._changes.hold(before, labelled, feedback, keep_names=False)
            text = f"crossed {crossed.criterion} into {len(crossed.clusters)}"
            return self._changes.record("cross", text, crossed, {"of": [a, b]})


def _is_event(clustering: Clustering) -> bool:
    """Return whether the groups are events, as the files tell them."""
    named = named_criterion(clustering.criterion)
    return named is not None and named.name == "event" and is_from_files(clustering)


def _is_span(clustering: Clustering) -> bool:
    """Return whether the groups are spans of time that an event may go over the end of."""
    named = named_criterion(clustering.criterion)
    return named is not None and named.name in ("season", "month", "year") and is_from_files(clustering)
