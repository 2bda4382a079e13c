"""Edits by hand: merge, split, move, rename, lock, link, cut. Each is one event, and holds in later groupings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.feedback import Feedback, exemplars, no_surer_than_a_guess, take_in
from assistant.desk.feedback_log import constraints_to_json
from assistant.desk.references import find_cluster, listed
from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, tie
from tools.clustering.refine import numbered
from tools.describe.describe import Descriptions
from tools.divide import divide, unite_blocks
from tools.errors import UsageError
from tools.group import group
from tools.names import amount, name_key, quoted
from tools.progress import Progress, silent
from tools.settle.assign_new import most_alike
from tools.settle.by_value import FILES_SAY, RECORDED, is_from_files
from tools.settle.naming import tell_apart

MOST_ALIKE = 12
"""The most images that `Editing.more_like` returns."""
_MOST_PAIRS = 1000
"""The most pairs of images that one cut keeps apart."""
_UNSORTED = "unsorted"
"""The user's name for the pile of images that are in no cluster."""


class Editing:
    """Edits clusterings as the user orders. Without a clustering, an edit concerns the current one."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, changes: Changes) -> None:
        self._core, self._clusterings, self._experts, self._changes = core, clusterings, experts, changes

    def merge(
        self, clusters: Sequence[str], name: str | None = None, clustering: str | None = None
    ) -> Clustering:
        """Merge several clusters into one, which later groupings do not split.

        Raises:
            UsageError: There are fewer than two clusters, one is unknown or locked, or another cluster has the name.
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
                "examples": (examples := dict.fromkeys(exemplars(before, ids), kept.name)),
                **self._said(after, examples),
            }
            merged = " and ".join(cluster.name for cluster in chosen)
            return self._changes.record("merge", f"merged {merged}", after, detail)

    def split(
        self,
        cluster: str,
        parts: int | None = None,
        by: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Split a cluster into several. Linked images stay together.

        By a criterion the parts are its groups, called by their names: "Berlin, Canon EOS R6". What is in none of them
        keeps the name of the cluster.

        Args:
            cluster: An id, name or number.
            parts: The number of parts; None for two, or for as many as a criterion has groups among the members.
            by: A criterion to split by; None for the differences among its members.
            clustering: An id or criterion; the current clustering for None.
            progress: Called during the work.

        Raises:
            UsageError: The cluster is unknown or locked, or has fewer images than parts.
        """
        core = self._core
        if parts is not None and parts < 2:
            raise UsageError(f"a group is split into two parts or more, not {parts}")
        with core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            described = self._experts.look(progress) if by is None else self._experts.look_for(by, progress)
            if by is not None and parts is None:
                names, from_files = self._by_criterion(before, chosen, by, described)
                if from_files:
                    before = _from_files(before, by)
                if len(set(names)) > 1:
                    kinds = sorted(set(names))
                    labels = np.array([kinds.index(name) for name in names], np.int32)
                    return self._split(before, chosen, labels, {"parts": len(kinds), "by": by}, kinds)
            labels = divide(
                before, chosen.id, described, core.texts, parts=parts or 2, by=by, seed=core.settings.seed
            )
            return self._split(before, chosen, labels, {"parts": parts or 2, "by": by}, described=described)

    def _by_criterion(
        self, before: Clustering, chosen: Cluster, by: str, described: Descriptions
    ) -> tuple[list[str], bool]:
        """Return the name of the part of each member of a cluster, that of its group under a criterion, as it was
        grouped before or as it is grouped now; and whether files say it.

        Raises:
            UsageError: The files say of all members the same, or nothing.
        """
        made = self._clusterings.find(by)
        if made is None or made.id == before.id:
            made = group(self._core.request(by, described))
        places = [made.label_of(image) for image in before.members(chosen.id)]
        names = [f"{chosen.name}, {made.clusters[p].name}" if p >= 0 else chosen.name for p in places]
        taken = {name_key(c.name) for c in before.clusters if c.id != chosen.id}
        if len(set(names)) == 1 and is_from_files(made):
            what = (
                quoted(made.clusters[places[0]].name) if places[0] >= 0 else "without any that its file says"
            )
            raise UsageError(
                f"by {by}, all images of {quoted(chosen.name)} are {what}; split them by something else"
            )
        free = [numbered(name, before.clusters) if name_key(name) in taken else name for name in names]
        return free, is_from_files(made)

    def split_into(
        self,
        cluster: str,
        parts: Mapping[str, str],
        examples: Mapping[str, str],
        guessed: Sequence[str] = (),
        clustering: str | None = None,
        said_by_files: str = "",
    ) -> Clustering:
        """Split a cluster into parts that have names already. Linked images stay together.

        Args:
            cluster: An id, name or number.
            parts: Each image of the cluster and the name of its part.
            examples: The images that stand for their parts, each with the name of that.
            guessed: The names of the parts whose examples are guesses.
            clustering: An id or criterion; the current clustering for None.
            said_by_files: What the files say of them, where the parts are from there; else "".

        Raises:
            UsageError: The cluster is unknown or locked, or all its images are of one part.
        """
        with self._core.lock:
            before = _from_files(self._clusterings.get(clustering), said_by_files)
            chosen = self._cluster(cluster, before)
            names = sorted(set(parts.values()))
            number = {name: i for i, name in enumerate(names)}
            labels = np.array([number[parts[image]] for image in before.members(chosen.id)], np.int32)
            detail = {"parts": len(names), "by": None, "examples": dict(examples), "guessed": list(guessed)}
            return self._split(before, chosen, labels, detail, names)

    def _split(
        self,
        before: Clustering,
        chosen: Cluster,
        labels: NDArray[np.int32],
        detail: dict[str, Any],
        names: Sequence[str] | None = None,
        described: Descriptions | None = None,
    ) -> Clustering:
        """Record a split into parts, (m,) numbers of the members; with names, in the order of these numbers, else with
        names that tell the parts apart by what is `described`."""
        members, feedback = before.members(chosen.id), self._core.feedback.of(before.id)
        links = [c for c in feedback.constraints if not isinstance(c, Label)]
        labels = unite_blocks(labels, tie(members, links))
        left = np.unique(labels)
        after = refine.split(before, chosen.id, labels, names and [names[part] for part in left])
        if described is not None:
            after = tell_apart(after, described, feedback.named_ids | feedback.merged_ids)
        guessed = replace(feedback, guessed=frozenset(detail.get("guessed", ())))
        after = no_surer_than_a_guess(after, guessed)
        now = {image: after.clusters[after.label_of(image)].name for image in members}
        pieces = [c.id for c in after.clusters if c.name in set(now.values())]
        spoken = feedback.labels.keys() | {c.image for c in feedback.examples}
        moved = {image: now[image] for image in members if image in spoken}
        given = None if after.method == RECORDED else detail.get("examples")
        stand_for = {image: now[image] for image in (exemplars(after, pieces) if given is None else given)}
        detail = detail | {"cluster": chosen.id, "labels": moved, "examples": stand_for}
        detail |= self._said(after, stand_for)
        return self._changes.record("split", f"split {chosen.name} into {len(pieces)}", after, detail)

    def move(
        self, images: Sequence[str], to: str | None, clustering: str | None = None, new: bool = False
    ) -> Clustering:
        """Move images to a cluster, to a new one of that name, or to the unsorted pile.

        Args:
            images: Numbers, file names or hashes.
            to: A cluster by id, name or number; "unsorted" or None for the pile; else the name of a new cluster.
            clustering: An id or criterion; the current clustering for None.
            new: Whether to make a new cluster even if the name could be short for an existing one.

        Raises:
            UsageError: There are no images or unknown ones, no cluster has the number, or a locked one would change.
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
            UsageError: The cluster is unknown or locked, or the name is empty or that of another cluster.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            after = refine.rename(before, chosen.id, name)
            new = after.clusters[after.index(chosen.id)].name
            detail = {"cluster": chosen.id, "from": chosen.name, "to": new}
            return self._changes.record("rename", f"renamed {chosen.name} to {new}", after, detail)

    def swap_names(self, first: str, second: str, clustering: str | None = None) -> Clustering:
        """Give two clusters each other's name, in one step. What was said about their images goes with the images.

        Raises:
            UsageError: One of them is unknown or locked, or they are the same.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            a, b = self._cluster(first, before), self._cluster(second, before)
            after = refine.swap_names(before, a.id, b.id)
            detail = {"clusters": [a.id, b.id], "names": {a.name: b.name, b.name: a.name}}
            return self._changes.record("rename", f"swapped the names {a.name} and {b.name}", after, detail)

    def take_out(
        self,
        parts: Mapping[str, str],
        sure: Mapping[str, float],
        examples: Mapping[str, str],
        guessed: Sequence[str] = (),
        clustering: str | None = None,
        said_by_files: str = "",
    ) -> Clustering:
        """Put images into new clusters beside those that there are, which keep all others.

        Args:
            parts: The images, each with the name of its new cluster.
            sure: The confidence with which each of them is put there.
            examples: The images that stand for the new clusters, each with the name of that.
            guessed: The names of the clusters whose examples are guesses.
            clustering: An id or criterion; the current clustering for None.
            said_by_files: What the files say of them, where the clusters are from there; else "".

        Raises:
            UsageError: A cluster of such a name is there, or a locked one would change.
        """
        with self._core.lock:
            before = _from_files(self._clusterings.get(clustering), said_by_files)
            after = before
            for name in dict.fromkeys(parts.values()):
                after = refine.new_cluster(after, name, [i for i, to in parts.items() if to == name])
            confidence = [
                sure.get(i, c) for i, c in zip(after.images, after.confidence.tolist(), strict=True)
            ]
            after = after.with_changes(confidence=np.array(confidence, np.float32))
            after = no_surer_than_a_guess(after, Feedback(guessed=frozenset(guessed)))
            stand_for = dict(parts if after.method == RECORDED else examples)
            detail = {"labels": dict(parts), "examples": stand_for, "guessed": list(guessed)}
            detail |= self._said(after, stand_for)
            text = f"made a group of {' and of '.join(dict.fromkeys(parts.values()))}"
            return self._changes.record("split", text, after, detail)

    def lock(self, cluster: str, on: bool = True, clustering: str | None = None) -> Clustering:
        """Lock a cluster, so that nothing changes its members or its name, or unlock it.

        Raises:
            UsageError: The cluster is unknown, or is already locked or unlocked.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._cluster(cluster, before)
            if chosen.locked == on:
                raise UsageError(f'"{chosen.name}" is {"already locked" if on else "not locked"}')
            after = refine.lock(before, chosen.id, on)
            kind = "lock" if on else "unlock"
            return self._changes.record(kind, f"{kind}ed {chosen.name}", after, {"cluster": chosen.id})

    def lock_all(self, on: bool = True) -> tuple[str, ...]:
        """Lock all clusters of the current clustering that are not locked, or unlock all that are, in one step; return
        their names."""
        with self._core.lock:
            before = after = self._clusterings.get(None)
            chosen = [cluster for cluster in before.clusters if cluster.locked != on]
            for cluster in chosen:
                after = refine.lock(after, cluster.id, on)
            names = tuple(cluster.name for cluster in chosen)
            if names:
                kind = "lock" if on else "unlock"
                text = f"{kind}ed {', '.join(names)}"
                self._changes.record(kind, text, after, {"clusters": [cluster.id for cluster in chosen]})
            return names

    def link(self, images: Sequence[str], clustering: str | None = None) -> Clustering:
        """Keep images together, now and in every later grouping. All other images stay where they are.

        Raises:
            UsageError: There are fewer than two images, or a locked cluster would change.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._core.find_images(images)
            if len(chosen) < 2:
                raise UsageError("it takes two or more images to keep together; name them, such as #3 and #7")
            constraints = [MustLink(chosen[0], other) for other in chosen[1:]]
            text = f"{listed(chosen, self._core.collection)} belong together"
            return self._tie("link", text, before, constraints)

    def cut(
        self,
        a: str | Sequence[str],
        b: str | Sequence[str],
        clustering: str | None = None,
    ) -> Clustering:
        """Keep images apart: each image of `a` from each of `b`. All other images stay where they are.

        Raises:
            UsageError: The same image is in both, there are too many pairs, or a locked cluster would change.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            ones = self._core.find_images([a] if isinstance(a, str) else a)
            others = self._core.find_images([b] if isinstance(b, str) else b)
            pairs = [(a_image, other) for a_image, other in product(ones, others) if a_image != other]
            if not pairs or len(pairs) < len(ones) * len(others):
                raise UsageError(
                    "an image cannot be kept apart from itself; name different ones, such as #3 and #7"
                )
            if len(pairs) > _MOST_PAIRS:
                raise UsageError(f"{len(pairs)} pairs are too many to keep apart; name fewer images")
            collection = self._core.collection
            text = f"{listed(ones, collection)} apart from {listed(others, collection)}"
            return self._tie("cut", text, before, [CannotLink(a_image, other) for a_image, other in pairs])

    def more_like(
        self,
        images: Sequence[str],
        to: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> tuple[str, ...]:
        """Return the ids of the images most like these under the criterion, best first, at most `MOST_ALIKE`.

        With `to`, they and these are moved to that cluster, or to a new one of that name. Then images that are already
        there, in a locked cluster, or placed by the user are left out.

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
            alike = tuple(image for image in near if image not in settled)[:MOST_ALIKE]
            if to is not None and alike:
                self.move([*named, *alike], to, chosen.id)
            return alike

    def has_group(self, to: str, clustering: str | None = None) -> bool:
        """Return whether a move to `to` goes to an existing cluster or to the unsorted pile."""
        with self._core.lock:
            return _is_pile(to) or self._target(to, self._clusterings.get(clustering)) is not None

    def stood_for(self, images: Sequence[str], clustering: str | None = None) -> Cluster | None:
        """Return the cluster for which a single image is shown, where the user has not named it yet; None for none."""
        with self._core.lock:
            here = self._clusterings.get(clustering)
            named = self._core.feedback.of(here.id).named_ids
            open_ = [cluster for cluster in here.clusters if not cluster.locked and cluster.id not in named]
            shown = (cluster for cluster in open_ if set(images) <= set(exemplars(here, [cluster.id])))
            return next((cluster for cluster in shown if len(images) == 1 < here.size(cluster.id)), None)

    def _tie(self, kind: str, text: str, before: Clustering, constraints: Sequence[Constraint]) -> Clustering:
        """Record links and move only their images, as far as that is necessary."""
        feedback, _ = take_in(self._core.feedback.of(before.id), before, constraints)
        clustering = self._changes.hold(before, before.over(self._core.collection.ids), feedback)
        return self._changes.record(kind, text, clustering, {"said": constraints_to_json(constraints)})

    def _said(self, after: Clustering, examples: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Return for an edit of groups of what files say the values of its examples, and where each value went of which
        these groups have most images; nothing for other groups. What the user placed speaks for no value."""
        about = self._core.metadata.sees(after.criterion) if after.method == RECORDED else None
        if about is None:
            return {}
        column = self._core.metadata.column(about)
        values = dict(zip(self._core.collection.ids, column.values, strict=True))
        placed, went = self._core.feedback.of(after.id).labels, dict[str, Counter[str]]()
        for image, label in zip(after.images, after.labels.tolist(), strict=True):
            value = values.get(image)
            if value is not None and label != UNSORTED and image not in placed:
                went.setdefault(value, Counter())[after.clusters[label].name] += 1
        groups = set(examples.values())
        of_value = {
            value: max(groups, key=lambda name: (count[name], name))
            for value, count in went.items()
            if 2 * sum(count[name] for name in groups) > count.total()
        }
        said = {image: value for image in examples if (value := values.get(image)) is not None}
        return {"files_said": said, "of_value": of_value}

    def _cluster(self, text: str, before: Clustering) -> Cluster:
        """Return the cluster that is meant. Raises UsageError, which says where another clustering has it."""
        return find_cluster(text, before, self._clusterings.all())

    def _target(self, to: str, before: Clustering) -> str | None:
        """Return the id of the cluster that is meant; None for a new one."""
        try:
            return self._cluster(to, before).id
        except UsageError:
            if to.strip().lstrip("#").isdigit():  # a number that no cluster has is a slip, not a name
                raise
            return None


def _is_pile(to: str) -> bool:
    return to.strip().casefold() == _UNSORTED


def _from_files(clustering: Clustering, criterion: str) -> Clustering:
    """Return a clustering that says of itself that files told what is in it; the same for "" in place of what."""
    if not criterion or is_from_files(clustering):
        return clustering
    return clustering.with_changes(sources=(*clustering.sources, f"{FILES_SAY}: {criterion}"))
