"""Edits by hand: merge, split, move, rename, lock, link, cut. Each is one event; what it says holds from then on."""

from collections.abc import Sequence
from itertools import product

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.feedback import exemplars, take_in
from assistant.desk.feedback_log import constraints_to_json
from assistant.desk.references import find_cluster, listed
from tools import refine
from tools.clustering import Cluster, Clustering
from tools.constraints import CannotLink, Constraint, Label, MustLink, tie
from tools.divide import divide, unite_blocks
from tools.errors import UsageError
from tools.names import amount
from tools.progress import Progress, silent
from tools.settle.assign_new import most_alike

MOST_ALIKE = 12
"""The number of images that are found to be like others at most."""
_MOST_PAIRS = 1000
"""The number of pairs of images that are kept apart at a time at most."""
_UNSORTED = "unsorted"
"""What the user calls the pile of images that are in no cluster."""


class Editing:
    """Changes clusterings as the user says. Without a clustering, an edit is of the current one."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, changes: Changes) -> None:
        self._core, self._clusterings, self._experts, self._changes = core, clusterings, experts, changes

    def merge(
        self, clusters: Sequence[str], name: str | None = None, clustering: str | None = None
    ) -> Clustering:
        """Make one cluster of several. A later grouping does not cut it.

        Raises:
            UsageError: Fewer than two clusters, an unknown or locked one, or the name is that of yet another.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = [self._cluster(text, before) for text in clusters]
            ids = [cluster.id for cluster in chosen]
            after = refine.merge(before, ids, name)
            kept = next(cluster for cluster in after.clusters if cluster.id in ids)
            detail = {
                "clusters": ids,
                "kept": kept.id,
                "given": name is not None,
                "names": {cluster.name: kept.name for cluster in chosen},
                "examples": dict.fromkeys(exemplars(before, ids), kept.name),
            }
            merged = " and ".join(cluster.name for cluster in chosen)
            return self._changes.record("merge", f"merged {merged}", after, detail)

    def split(
        self,
        cluster: str,
        parts: int = 2,
        by: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Make several clusters of one. Images that were said to belong together stay together.

        Args:
            cluster: By id, name or number.
            parts: How many there are then.
            by: A criterion by which it is split, or None for what sets its members apart.
            clustering: By id or criterion; the current one for None.
            progress: Called during the work.

        Raises:
            UsageError: An unknown or locked cluster, or one that has fewer images than parts.
        """
        core = self._core
        with core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            labels = divide(
                before,
                chosen.id,
                self._experts.look(progress) if by is None else self._experts.look_for(by, progress),
                core.texts,
                parts=parts,
                by=by,
                seed=core.settings.seed,
            )
            members, feedback = before.members(chosen.id), core.feedback.of(before.id)
            links = [c for c in feedback.constraints if not isinstance(c, Label)]
            labels = unite_blocks(labels, tie(members, links))
            after = refine.split(before, chosen.id, labels)
            names = {image: after.clusters[after.label_of(image)].name for image in members}
            pieces = [c.id for c in after.clusters if c.name in set(names.values())]
            spoken = feedback.labels.keys() | {c.image for c in feedback.examples}
            detail = {
                "cluster": chosen.id,
                "parts": parts,
                "by": by,
                "labels": {image: names[image] for image in members if image in spoken},
                "examples": exemplars(after, pieces),
            }
            return self._changes.record("split", f"split {chosen.name} into {len(pieces)}", after, detail)

    def move(
        self, images: Sequence[str], to: str | None, clustering: str | None = None, new: bool = False
    ) -> Clustering:
        """Move images to a cluster, to a new one of that name, or to the unsorted pile.

        Args:
            images: By number, file name or hash.
            to: The cluster by id, name or number; "unsorted" or None for the pile; else the name of a new cluster.
            clustering: By id or criterion; the current one for None.
            new: Whether it is a new cluster also where the name could be short for one that there is.

        Raises:
            UsageError: No or unknown images, a number that no cluster has, or a locked cluster would change.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._core.find_images(images)
            if to is None or (_is_pile(to) and not new):
                after, name = refine.move(before, chosen, None), None
            elif target := None if new else self._target(to, before):
                after, name = refine.move(before, chosen, target), before.clusters[before.index(target)].name
            else:
                after = refine.new_cluster(before, to, chosen)
                name = after.clusters[-1].name
            text = f"moved {amount(len(chosen), 'image')} to {name or _UNSORTED}"
            return self._changes.record("move", text, after, {"images": list(chosen), "to": name})

    def rename(self, cluster: str, name: str, clustering: str | None = None) -> Clustering:
        """Give a cluster another name, which it keeps in later groupings.

        Raises:
            UsageError: An unknown or locked cluster, no name, or one that another cluster has.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            after = refine.rename(before, chosen.id, name)
            new = after.clusters[after.index(chosen.id)].name
            detail = {"cluster": chosen.id, "from": chosen.name, "to": new}
            return self._changes.record("rename", f"renamed {chosen.name} to {new}", after, detail)

    def lock(self, cluster: str, on: bool = True, clustering: str | None = None) -> Clustering:
        """Keep a cluster as it is, members and name, whatever is grouped or said; or let it change again.

        Raises:
            UsageError: An unknown cluster, or one that is so already.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            if chosen.locked == on:
                raise UsageError(f'"{chosen.name}" is {"locked already" if on else "not locked"}')
            after = refine.lock(before, chosen.id, on)
            kind = "lock" if on else "unlock"
            return self._changes.record(kind, f"{kind}ed {chosen.name}", after, {"cluster": chosen.id})

    def link(self, images: Sequence[str], clustering: str | None = None) -> Clustering:
        """These images belong together, in whatever cluster: now and in every later grouping. All others stay.

        Raises:
            UsageError: Fewer than two images, or a locked cluster would change.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._core.find_images(images)
            if len(chosen) < 2:
                raise UsageError(
                    "it takes two or more images to belong together; name them, such as #3 and #7"
                )
            said = [MustLink(chosen[0], other) for other in chosen[1:]]
            text = f"{listed(chosen, self._core.collection)} belong together"
            return self._tie("link", text, before, said)

    def cut(
        self,
        a: str | Sequence[str],
        b: str | Sequence[str],
        clustering: str | None = None,
    ) -> Clustering:
        """These images belong apart: each of the first from each of the second. All others stay.

        Raises:
            UsageError: An image is among both, there are too many pairs, or a locked cluster would change.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            ones = self._core.find_images([a] if isinstance(a, str) else a)
            others = self._core.find_images([b] if isinstance(b, str) else b)
            pairs = [(one, other) for one, other in product(ones, others) if one != other]
            if not pairs or len(pairs) < len(ones) * len(others):
                raise UsageError("no image can be apart from itself; name different ones, such as #3 and #7")
            if len(pairs) > _MOST_PAIRS:
                raise UsageError(f"{len(pairs)} pairs are too many to keep apart; name fewer images")
            collection = self._core.collection
            text = f"{listed(ones, collection)} apart from {listed(others, collection)}"
            return self._tie("cut", text, before, [CannotLink(one, other) for one, other in pairs])

    def more_like(
        self,
        images: Sequence[str],
        to: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> tuple[str, ...]:
        """The ids of the images most like these under the criterion, best first, `MOST_ALIKE` at most.

        With `to`, they are moved to that cluster, or to a new one of that name, together with these; images that are
        there already, in a locked cluster, or whose cluster was said, are not among them.

        Raises:
            UsageError: No image was named, or nothing is seen in them that counts under this criterion.
        """
        core = self._core
        with core.lock:
            chosen = self._clusterings.get(clustering)
            named = core.find_images(images)
            if not named:
                raise UsageError("no images were named; say which ones, for example #12")
            settled: set[str] = set()
            if to is not None:
                target = self._target(to, chosen)
                settled = set(chosen.members(target)) if target else set()
                feedback = core.feedback.of(chosen.id)
                settled |= {*feedback.labels, *feedback.set_aside}
                settled |= {i for c in chosen.clusters if c.locked for i in chosen.members(c.id)}
            descriptions = self._experts.look_for(chosen.criterion, progress)
            near = most_alike(core.request(chosen.criterion, descriptions), named)
            found = tuple(image for image in near if image not in settled)[:MOST_ALIKE]
            if to is not None and found:
                self.move([*named, *found], to, chosen.id)
            return found

    def has_group(self, to: str, clustering: str | None = None) -> bool:
        """Whether a move to there goes to a cluster that there is, or to the unsorted pile."""
        with self._core.lock:
            return _is_pile(to) or self._target(to, self._clusterings.get(clustering)) is not None

    def _tie(self, kind: str, text: str, before: Clustering, said: Sequence[Constraint]) -> Clustering:
        """Record links. Their images go where they must; that says nothing of others, so they stay."""
        feedback, _ = take_in(self._core.feedback.of(before.id), before, said)
        made = self._changes.hold(before, before.over(self._core.collection.ids), feedback)
        return self._changes.record(kind, text, made, {"said": constraints_to_json(said)})

    def _cluster(self, text: str, before: Clustering) -> Cluster:
        """The cluster that is meant; where it is one of another clustering, the error says so."""
        return find_cluster(text, before, self._clusterings.all())

    def _target(self, to: str, before: Clustering) -> str | None:
        """The id of the cluster that is meant, or None where a new one is."""
        try:
            return self._cluster(to, before).id
        except UsageError:
            if to.strip().lstrip("#").isdigit():  # a number that no cluster has is a slip, not a name
                raise
            return None


def _is_pile(to: str) -> bool:
    return to.strip().casefold() == _UNSORTED
