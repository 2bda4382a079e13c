"""What there is: clusterings, clusters and images, as the user names them; and how a change of one is recorded."""

from collections.abc import Sequence
from typing import Any

from assistant.desk.looking import Looking
from assistant.find import find_cluster, find_clustering, find_images
from assistant.said import Said
from assistant.workspace import Event
from tools.clustering import Cluster, Clustering
from tools.errors import UsageError
from tools.names import spelling_suggestion


class Choosing(Looking):
    """The clusterings of a collection."""

    def clusterings(self) -> list[Clustering]:
        """All clusterings, in order of creation."""
        with self._lock:
            return [clustering.over(self.collection.ids) for clustering in self.shelf.clusterings()]

    @property
    def current(self) -> Clustering | None:
        """The clustering that was made, changed or chosen last."""
        with self._lock:
            there = {clustering.id: clustering for clustering in self.clusterings()}
            return there.get(self.shelf.noted("current")) or (list(there.values())[-1] if there else None)

    def choose(self, clustering: str) -> Clustering:
        """Make a clustering the current one."""
        with self._lock:
            chosen = self.clustering(clustering)
            self.shelf.note("current", chosen.id)
            return chosen

    def clustering(self, text: str | None = None) -> Clustering:
        """By id or criterion; the current one for None. Raises UsageError."""
        if text is not None:
            return find_clustering(text, self.clusterings())
        current = self.current
        if current is None:
            raise UsageError("nothing is grouped yet; say what to group by, such as: group these by colour")
        return current

    def has(self, criterion: str) -> bool:
        """Whether there is a clustering of this criterion, or of this id."""
        return self._there(criterion) is not None

    def likely(self, criterion: str) -> str | None:
        """The criterion that is known here and of which this one is probably a misspelling."""
        specs = [spec for expert in (*self._experts, *self._slow) for spec in expert.specs]
        known = [made.criterion for made in self.clusterings()]
        known += [spec.title or spec.name for spec in specs]
        if any(_spelt(criterion) == _spelt(name) for name in known):
            return None
        return spelling_suggestion(criterion, known)

    def find_cluster(self, text: str, clustering: str | None = None) -> Cluster:
        """A cluster by id, name or number. Raises UsageError that names the choices."""
        chosen = self.clustering(clustering)
        return find_cluster(text, chosen, () if clustering else self.clusterings())

    def find_images(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Images by number, file name or hash. Raises UsageError."""
        return find_images(texts, self.collection)

    def remarks(self) -> list[str]:
        """What there is to say about the last change, a line each: what contradicts something newer."""
        with self._lock:
            lines, self._remarks = self._remarks, []
            return lines

    def _there(self, criterion: str) -> Clustering | None:
        """The clustering of a criterion, if there is one."""
        try:
            return find_clustering(criterion, self.clusterings())
        except UsageError:
            return None

    def _said(self, clustering: str) -> Said:
        """What the user said about a clustering so far."""
        return self._sayings.said(clustering)

    def _record(self, kind: str, text: str, after: Clustering, detail: dict[str, Any]) -> Clustering:
        was = self.current
        detail = detail | {"was": was.id if was else None}  # what an undo comes back to
        self.shelf.record(Event(kind, text, after.id, detail, after=after))
        self.shelf.note("current", after.id)
        return after


def _spelt(criterion: str) -> str:
    """A criterion in one spelling: American or British, one or many."""
    words = " ".join(criterion.casefold().split()).replace("color", "colour").replace("gray", "grey")
    return words.removesuffix("s")
