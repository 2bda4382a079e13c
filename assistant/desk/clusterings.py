"""Finds the clusterings of a collection: all of them, the current one, and the one that the user means."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assistant.desk.core import Core
from assistant.desk.references import find_cluster, find_clustering
from tools.clustering.clustering import Cluster, Clustering, slug
from tools.clustering.cross_clusterings import CROSSED
from tools.errors import UsageError
from tools.settle.by_value import are_from_files

THE_REST = frozenset({"other", "other pictures"})
"""The names of the group of all that was not meant: they say nothing, though what was meant is what files say."""


_LOOKED_AT: ContextVar[str] = ContextVar("looked at", default="")
"""The id of the clustering that stands for the current one while the running tool only looks at it; "" for none."""


class Clusterings:
    """Reads clusterings, over the images that are in the collection now: images that came since are unsorted."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._named_by_files: set[str] = set()
        self._read = 0  # the last version whose names are among them

    def all(self) -> list[Clustering]:
        """Return all clusterings, in order of creation."""
        with self._core.lock:
            ids = self._core.collection.ids
            return [clustering.over(ids) for clustering in self._core.shelf.clusterings()]

    @property
    def current(self) -> Clustering | None:
        """Return the clustering that was made, changed or chosen last; None where nothing is grouped yet."""
        with self._core.lock:
            by_id = {clustering.id: clustering for clustering in self.all()}
            if (looked_at := by_id.get(_LOOKED_AT.get())) is not None:
                return looked_at
            return by_id.get(self._core.shelf.noted("current")) or (
                list(by_id.values())[-1] if by_id else None
            )

    def choose(self, clustering: str) -> Clustering:
        """Make a clustering the current one. Raises UsageError for an unknown id or criterion."""
        with self._core.lock:
            chosen = self.get(clustering)
            self._core.shelf.note("current", chosen.id)
            return chosen

    @contextmanager
    def looking_at(self, clustering: str) -> Iterator[None]:
        """Let a clustering stand for the current one in the block, for whoever runs in it: what is shown stays."""
        token = _LOOKED_AT.set(clustering)
        try:
            yield
        finally:
            _LOOKED_AT.reset(token)

    def get(self, text: str | None = None) -> Clustering:
        """Return the clustering of an id or criterion, or the current one for None. Raises UsageError for none."""
        if text is not None:
            return find_clustering(text, self.all(), near=True)
        current = self.current
        if current is None:
            raise UsageError("nothing is grouped yet; say what to group by, such as: group these by colour")
        return current

    def find(self, criterion: str) -> Clustering | None:
        """Return the clustering of a criterion or id, or None."""
        try:
            return find_clustering(criterion, self.all())
        except UsageError:
            return None

    def has(self, criterion: str) -> bool:
        """Return whether there is a clustering of a criterion or id."""
        return self.find(criterion) is not None

    def recorded(self, id: str) -> Clustering | None:
        """Return the clustering of an id as it was recorded last, over the images of that time, or None."""
        try:
            return self._core.shelf.clustering(id)
        except KeyError:
            return None

    def find_cluster(self, text: str, clustering: str | None = None) -> Cluster:
        """Return the cluster of an id, name or number. Raises UsageError with the choices where there is none.

        Without a clustering, the current one is searched, and the error names another one with such a cluster.
        """
        chosen = self.get(clustering)
        return find_cluster(text, chosen, () if clustering else self.all())

    def names_from_files(self) -> frozenset[str]:
        """Return every name that a group of what files say ever had, in this collection's whole history."""
        with self._core.lock:
            for number, sources, clusters in self._core.shelf.groups_after(self._read):
                if are_from_files(sources):
                    named = (name for c in clusters for name in (c.name, *c.parts))
                    self._named_by_files.update(name for name in named if name not in THE_REST)
                self._read = number
            return frozenset(self._named_by_files)

    def accepted(self, but: Clustering | None = None) -> tuple[Clustering, ...]:
        """Return the clusterings that the user keeps, but for those under the criterion of one; None leaves none out.

        Crossed clusterings are left out, as they add nothing to the two that they are made of.
        """
        own = slug(but.criterion) if but else None
        kept = (made for made in self.all() if made.sure and made.method != CROSSED)
        return tuple(made for made in kept if slug(made.criterion) != own)
