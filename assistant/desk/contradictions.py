"""Finds the constraints that a newer event contradicts, which are all that the feedback loses by it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assistant.desk.feedback import Feedback, images_of, locked_out
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent
from tools.settle.match_clusters import violated


def contradicted(
    feedback: Feedback, kind: str, detail: Mapping[str, Any], after: Clustering, stands: Clustering
) -> list[Constraint]:
    """Return the constraints that cannot hold any more because something newer contradicts them, in their order.

    Newer are later answers and edits by hand: a user who moves one of two linked images, or merges two groups whose
    images are kept apart, has seen where they were. A constraint that would change a locked cluster is dropped as
    well, as it can only be about an image that was away when the cluster was locked.

    Args:
        feedback: The feedback after the event.
        kind: The kind of the event.
        detail: The facts of the event.
        after: The clustering after the event.
        stands: The clustering whose locked clusters must not change: the one that is replaced, or `after`.
    """
    gone = set(_cut_by_hand(feedback, kind, detail, after))
    gone |= set(consistent(feedback.without(gone).constraints)[1])
    gone |= locked_out(stands.over(after.images), feedback.without(gone).constraints).keys()
    return [c for c in feedback.constraints if c in gone]


def unkept(feedback: Feedback, before: Clustering | None, after: Clustering) -> list[str]:
    """Return what is violated in a clustering that is about to be recorded, a line each; it must be nothing.

    Args:
        feedback: The feedback after the event, without what the event contradicts.
        before: The clustering that is replaced, whose locked clusters must not change; None where they may.
        after: The new clustering of the same id.
    """
    lines = [f"{c} does not hold" for c in violated(after, feedback.constraints)]
    sorted_images = set(after.images) - set(after.unsorted())
    lines += [f"{image} was put aside" for image in sorted(feedback.set_aside & sorted_images)]
    if before is None:
        return lines
    was = before.over(after.images)
    here = {before.clusters[i].id for i in set(was.labels.tolist()) - {UNSORTED} if before.clusters[i].locked}
    rows_after = {cluster.id: i for i, cluster in enumerate(after.clusters)}
    for i, cluster in enumerate(before.clusters):
        if cluster.id not in here:  # not locked, or all its images are gone
            continue
        now = rows_after.get(cluster.id)
        same = now is not None and after.clusters[now].locked and after.clusters[now].name == cluster.name
        if not same or not np.array_equal(was.labels == i, after.labels == now):
            lines.append(f"{cluster.id} is locked and would change")
    return lines


def _cut_by_hand(
    feedback: Feedback, kind: str, detail: Mapping[str, Any], after: Clustering
) -> list[Constraint]:
    """Return the links that a merge or a move by hand breaks or makes impossible."""
    places = dict(zip(after.images, after.labels.tolist(), strict=True))
    links = [c for c in feedback.constraints if not isinstance(c, Label)]
    if kind == "merge" and "kept" in detail:
        name = after.clusters[after.index(detail["kept"])].name
        labelled = {image for image, label in feedback.labels.items() if label == name}
        inside = {*after.members(detail["kept"]), *labelled}
        return [c for c in links if isinstance(c, CannotLink) and inside.issuperset(images_of(c))]
    if kind != "move" or "to" not in detail:
        return []
    moved, set_aside = set(detail["images"]), detail["to"] is None

    def cut(c: MustLink | CannotLink) -> bool:
        if moved.isdisjoint(images_of(c)):
            return False
        a, b = (places.get(image) for image in images_of(c))
        if isinstance(c, CannotLink):
            return a == b and a not in (UNSORTED, None)
        if set_aside:  # also for an image that is away: it must not bring the other one back
            return not feedback.set_aside.issuperset(images_of(c))
        # An unsorted image that was not set aside follows the other one.
        placed = [
            image in feedback.set_aside or places.get(image, UNSORTED) != UNSORTED for image in images_of(c)
        ]
        return a != b and all(placed)

    return [c for c in links if cut(c)]
