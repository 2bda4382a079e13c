"""What an event contradicts of what was said before it: only that leaves the feedback when the event is recorded."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assistant.desk.feedback import Feedback, images_of, locked_out
from tools.clustering import UNSORTED, Clustering
from tools.constraints import CannotLink, Constraint, Label, MustLink, consistent
from tools.settle.match_clusters import violated


def contradicted(
    feedback: Feedback, kind: str, detail: Mapping[str, Any], after: Clustering, stands: Clustering
) -> list[Constraint]:
    """The constraints that cannot hold any more because something newer says otherwise, in their order.

    Newer is what was said later, and an edit by hand: whoever moves one of two linked images, or merges two groups in
    which images are apart, has seen where they were and says where they are. What would change a locked cluster counts
    no more either, as it can only be about an image that was away when the cluster was locked.

    Args:
        feedback: What is said after the event.
        kind: Of the event.
        detail: Of the event.
        after: The clustering as the event makes it.
        stands: The clustering whose locked clusters stay as they are: the one that is replaced, or `after`.
    """
    gone = set(_cut_by_hand(feedback, kind, detail, after))
    gone |= set(consistent(feedback.without(gone).constraints)[1])
    gone |= locked_out(stands.over(after.images), feedback.without(gone).constraints).keys()
    return [c for c in feedback.constraints if c in gone]


def unkept(feedback: Feedback, before: Clustering | None, after: Clustering) -> list[str]:
    """What does not hold in a clustering that is about to be recorded, a line each. There must be none.

    Args:
        feedback: What is said after the event, without what the event contradicts.
        before: The clustering that is replaced; its locked clusters must be as they were. None where they need not be.
        after: The new clustering of the same id.
    """
    lines = [f"{c} does not hold" for c in violated(after, feedback.constraints)]
    sorted_images = set(after.images) - set(after.unsorted())
    lines += [f"{image} was put aside" for image in sorted(feedback.set_aside & sorted_images)]
    if before is None:
        return lines
    was = before.over(after.images)
    here = {before.clusters[i].id for i in set(was.labels.tolist()) - {UNSORTED} if before.clusters[i].locked}
    there = {cluster.id: i for i, cluster in enumerate(after.clusters)}
    for i, cluster in enumerate(before.clusters):
        if cluster.id not in here:  # not locked, or all its images are gone
            continue
        now = there.get(cluster.id)
        same = now is not None and after.clusters[now].locked and after.clusters[now].name == cluster.name
        if not same or not np.array_equal(was.labels == i, after.labels == now):
            lines.append(f"{cluster.id} is locked and would change")
    return lines


def _cut_by_hand(
    feedback: Feedback, kind: str, detail: Mapping[str, Any], after: Clustering
) -> list[Constraint]:
    """The links that a merge or a move by hand cuts or makes impossible."""
    places = dict(zip(after.images, after.labels.tolist(), strict=True))
    links = [c for c in feedback.constraints if not isinstance(c, Label)]
    if kind == "merge" and "kept" in detail:
        name = after.clusters[after.index(detail["kept"])].name
        labelled = {image for image, label in feedback.labels.items() if label == name}
        inside = {*after.members(detail["kept"]), *labelled}
        return [c for c in links if isinstance(c, CannotLink) and inside.issuperset(images_of(c))]
    if kind != "move" or "to" not in detail:
        return []
    moved, aside = set(detail["images"]), detail["to"] is None

    def cut(c: MustLink | CannotLink) -> bool:
        if moved.isdisjoint(images_of(c)):
            return False
        a, b = (places.get(image) for image in images_of(c))
        if isinstance(c, CannotLink):
            return a == b and a not in (UNSORTED, None)
        if aside:  # also of one that is away: it must not bring the other back with it
            return not feedback.set_aside.issuperset(images_of(c))
        # An image without a place that was not put aside follows the other.
        placed = [
            image in feedback.set_aside or places.get(image, UNSORTED) != UNSORTED for image in images_of(c)
        ]
        return a != b and all(placed)

    return [c for c in links if cut(c)]
