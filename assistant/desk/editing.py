"""Edits by hand: merge, split, move, rename, lock. Each is one event, and what it says holds from then on."""

from collections.abc import Sequence

from assistant.desk.grouping import Grouping
from assistant.find import find_cluster
from assistant.said import examples
from tools import refine
from tools.clustering import Clustering
from tools.constraints import Label, tie
from tools.divide import divide, together
from tools.errors import UsageError
from tools.names import amount
from tools.progress import Progress, silent


class Editing(Grouping):
    """What the user changes by hand."""

    def merge(
        self, clusters: Sequence[str], name: str | None = None, clustering: str | None = None
    ) -> Clustering:
        """Make one cluster of several. A later grouping does not cut it."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = [find_cluster(text, before, self.clusterings()) for text in clusters]
            ids = [cluster.id for cluster in chosen]
            after = refine.merge(before, ids, name)
            kept = next(cluster for cluster in after.clusters if cluster.id in ids)
            detail = {
                "clusters": ids,
                "kept": kept.id,
                "given": name is not None,
                "names": {cluster.name: kept.name for cluster in chosen},
                "examples": dict.fromkeys(examples(before, ids), kept.name),
            }
            listed = " and ".join(cluster.name for cluster in chosen)
            return self._edited("merge", f"merged {listed}", after, detail)

    def split(
        self,
        cluster: str,
        parts: int = 2,
        by: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Make several clusters of one: by what sets its members apart, or by another criterion.

        Images that were said to belong together stay together.
        """
        with self._lock:
            before = self.clustering(clustering)
            chosen = find_cluster(cluster, before, self.clusterings())
            labels = divide(
                before,
                chosen.id,
                self.look(progress) if by is None else self.look_for(by, progress),
                self._texts,
                parts=parts,
                by=by,
                seed=self.settings.seed,
            )
            members, known = before.members(chosen.id), self._said(before.id)
            links = [c for c in known.constraints if not isinstance(c, Label)]
            labels = together(labels, tie(members, links))
            after = refine.split(before, chosen.id, labels)
            names = {after.clusters[after.place(image)].name: image for image in members}
            pieces = [c.id for c in after.clusters if c.name in names]
            detail = {
                "cluster": chosen.id,
                "parts": parts,
                "by": by,
                "labels": {
                    image: after.clusters[after.place(image)].name
                    for image in members
                    if image in known.labels or image in {c.image for c in known.examples}
                },
                "examples": examples(after, pieces),
            }
            return self._edited("split", f"split {chosen.name} into {len(pieces)}", after, detail)

    def move(
        self, images: Sequence[str], to: str | None, clustering: str | None = None, new: bool = False
    ) -> Clustering:
        """Move images to a cluster, to a new one of that name, or with None to the unsorted pile.

        With `new` it is a new one, also where the name could be short for one that there is.
        """
        with self._lock:
            before = self.clustering(clustering)
            chosen = self.find_images(images)
            if to is None or (to.strip().casefold() == "unsorted" and not new):
                after, name = refine.move(before, chosen, None), None
            elif target := None if new else self._target(to, before):
                after, name = refine.move(before, chosen, target), before.clusters[before.index(target)].name
            else:
                after = refine.new_cluster(before, to, chosen)
                name = after.clusters[-1].name
            count = amount(len(chosen), "image")
            detail = {"images": list(chosen), "to": name}
            return self._edited("move", f"moved {count} to {name or 'unsorted'}", after, detail)

    def rename(self, cluster: str, name: str, clustering: str | None = None) -> Clustering:
        """Give a cluster another name. It keeps it in later groupings."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = find_cluster(cluster, before, self.clusterings())
            after = refine.rename(before, chosen.id, name)
            new = after.clusters[after.index(chosen.id)].name
            detail = {"cluster": chosen.id, "from": chosen.name, "to": new}
            return self._edited("rename", f"renamed {chosen.name} to {new}", after, detail)

    def lock(self, cluster: str, on: bool = True, clustering: str | None = None) -> Clustering:
        """Keep a cluster as it is, members and name, whatever is grouped or said; or let it change again."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = find_cluster(cluster, before, self.clusterings())
            if chosen.locked == on:
                raise UsageError(f'"{chosen.name}" is {"locked already" if on else "not locked"}')
            after = refine.lock(before, chosen.id, on)
            kind = "lock" if on else "unlock"
            return self._edited(kind, f"{kind}ed {chosen.name}", after, {"cluster": chosen.id})

    def has_group(self, to: str, clustering: str | None = None) -> bool:
        """Whether a move to there goes to a group that there is, or to the unsorted pile."""
        with self._lock:
            if to.strip().casefold() == "unsorted":
                return True
            return self._target(to, self.clustering(clustering)) is not None

    def _target(self, to: str, before: Clustering) -> str | None:
        """The id of the cluster that is meant, or None where a new one is."""
        try:
            return find_cluster(to, before, self.clusterings()).id
        except UsageError:
            if to.strip().lstrip("#").isdigit():  # a number that no cluster has is a slip, not a name
                raise
            return None
