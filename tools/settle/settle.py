"""Settles a soft assignment into a clustering: groups with names, the unsorted pile, the confidence of each image."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering, slug
from tools.describe.describe import Descriptions, Words
from tools.describe.guided import IN_VECTORS
from tools.embed.route import Route
from tools.names import quoted
from tools.settle.naming import cluster_names

UNSURE = 0.5
"""The factor that scales the memberships of a method down where no expert sees the criterion, or not in such pictures;
those of one that measures no certainty are calibrated instead (`tools.settle.certainty`)."""
FEW = 24
"""The fewest images whose confidences follow from comparing them with each other; fewer are hardly comparable."""
_DOUBTFUL = 0.8
"""The mean confidence below which the user is told that the groups are doubtful."""


def settle(
    soft: NDArray[np.float32],
    criterion: str,
    route: Route,
    descriptions: Descriptions,
    method: str,
    without: Sequence[Clustering] = (),
) -> Clustering:
    """Name the groups, order them by size and put what could not be placed on the unsorted pile.

    Groups of one size stand in the order of their first images: how a method numbers them may hang on rounding.

    Args:
        soft: (n, k) float32; a row of zeros marks an image that could not be placed. Empty groups vanish.
        criterion: In the user's words.
        route: What it was routed to.
        descriptions: Of the same n images.
        method: Name of the method that made the assignment.
        without: Clusterings that were taken out of the views.
    """
    labels = np.where(soft.sum(1) > 0, soft.argmax(1), UNSORTED).astype(np.int32)
    of = {group: np.flatnonzero(labels == group) for group in set(labels[labels >= 0].tolist())}
    order = sorted(of, key=lambda group: (-len(of[group]), of[group][0]))
    renumbered = np.full(len(labels), UNSORTED, np.int32)
    for new, old in enumerate(order):
        renumbered[labels == old] = new
    confidence = soft.max(1) if soft.size else np.zeros(len(labels))
    group_names = cluster_names(renumbered, len(order), route, descriptions, criterion)
    return Clustering(
        id=slug(criterion),
        criterion=criterion,
        images=descriptions.images,
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(group_names)),
        labels=renumbered,
        confidence=(confidence * (1.0 if route.sure and route.familiar else UNSURE)).astype(np.float32),
        method=method,
        sources=(_source(route, without),),
        sure=route.sure,
        next_number=len(order) + 1,
    )


def _source(route: Route, without: Sequence[Clustering]) -> str:
    """Return what the groups were made from, worded for people."""
    if not route.matches:
        taken_out = (
            f", with {' and '.join(clustering.criterion for clustering in without)} taken out"
            if without
            else ""
        )
        return f"plain image features{taken_out}" + (f" ({route.lacking})" if route.lacking else "")
    spec = route.matches[0][0]
    if spec.by:
        also = ", in words and vectors" if any(v.endswith(IN_VECTORS) for v in spec.views) else ""
        return f"{spec.by}: {spec.title or spec.name}{also}"
    expert = spec.views[0].split(".")[0] if spec.views else "no"
    blind = "" if route.familiar else ", from the pictures alone: they are of no kind that the expert knows"
    return f"{expert} expert: {spec.title or spec.name}{blind}"


def shrink_confidence(clustering: Clustering, words: Words | None) -> Clustering:
    """Return the clustering with confidences as low as the expert's, where it has few images and they are doubtful;
    else as it is.

    A clear grouping stands out by comparison with other images. Where there are few of them, nothing is surer than the
    expert, which looked at each image alone; an image about which it says nothing gets one half.

    Args:
        clustering: Of n images.
        words: What the expert that sees the criterion says of each image, if there is one.
    """
    if len(clustering.images) >= FEW or words is None or len(clustering.clusters) < 2:
        return clustering
    unseen = [value is None for value in words.values]
    expert = np.where(unseen, 0.5, words.confidence).astype(np.float32)
    confidence = np.minimum(clustering.confidence, expert)
    placed = clustering.labels != UNSORTED
    if not placed.any() or float(confidence[placed].mean()) >= _DOUBTFUL:
        return clustering
    note = (
        f"only {len(clustering.images)} images, too few to be sure of these groups: look through them, move what is "
        'wrong, and say how many groups there are where that is wrong, as in "into 4 groups"'
    )
    return clustering.with_changes(confidence=confidence, notes=(*clustering.notes, note))


def set_doubtful_aside(clustering: Clustering, least: float, known: Collection[str]) -> Clustering:
    """Return the clustering in which images that are less sure are unsorted, each with the group that it is most like.

    Args:
        clustering: The clustering.
        least: The least confidence of an image that stays in its group.
        known: The images whose group is known, which stay.
    """
    doubtful = (clustering.labels != UNSORTED) & (clustering.confidence < least)
    doubtful &= ~np.isin(np.asarray(clustering.images), list(known))
    if not doubtful.any():
        return clustering
    why = list(clustering.why or [""] * len(clustering.images))
    for row in np.flatnonzero(doubtful).tolist():
        name = clustering.clusters[clustering.labels[row]].name
        why[row] = f"most like {quoted(name)}, but only {clustering.confidence[row]:.0%} sure"
    labels = np.where(doubtful, UNSORTED, clustering.labels).astype(np.int32)
    return clustering.with_changes(labels=labels, why=tuple(why))


def unclear(clustering: Clustering) -> Clustering:
    """Return the clustering with a note that its number of groups is a guess."""
    note = (
        "these pictures fall into no clear groups by this; say how many there are, as in "
        '"into 4 groups", or answer a few questions'
    )
    return clustering.with_changes(notes=(*clustering.notes, note))
