"""Finds the images that are most alike under a criterion, and assigns new images to an unchanged clustering."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.cross_clusterings import AND
from tools.clustering.refine import free_number, tidy
from tools.embed.criterion_views import criterion_points
from tools.errors import UsageError
from tools.names import name_key
from tools.request import Request

SURE = 0.6
"""The least share of a new image's neighbours that must be in one cluster for the image to join it."""
_NEIGHBOURS = 7
"""The number of neighbours that a new image is compared with."""
_FAR = 99
"""The percentile of the distances among placed images beyond which a new one is unlike all of them."""


def most_alike(request: Request, images: Sequence[str]) -> list[str]:
    """Return all other images, most alike first, by their distance to the nearest of `images` in the routed views.

    Args:
        request: The grouping under whose criterion likeness is measured; its descriptions and its seed count as well.
        images: The ids of at least one image.

    Raises:
        UsageError: Nothing was seen in these images that has to do with the criterion.
    """
    descriptions = request.descriptions
    points = criterion_points(request.route, descriptions, request.seed)
    row = {image: i for i, image in enumerate(descriptions.images)}
    rows = [row[image] for image in images if image in row]
    seen = np.asarray(~np.isnan(points).any(axis=1))
    seen_rows = [i for i in rows if seen[i]]
    if not seen_rows:
        raise UsageError(
            f"nothing was seen in these images to compare them by {request.criterion}; "
            "name other images or another criterion"
        )
    distance = np.min([np.linalg.norm(points - points[i], axis=1) for i in seen_rows], axis=0)
    order = np.argsort(np.where(seen, distance, np.inf), kind="stable")
    return [descriptions.images[i] for i in order.tolist() if seen[i] and i not in rows]


def assign_new(
    clustering: Clustering,
    new: Sequence[str],
    request: Request,
    closed: Sequence[str] = (),
) -> Clustering:
    """Place new images in the existing clusters, and move no other image.

    Each joins the cluster of most of its nearest images, weighted by nearness, where that share reaches `SURE` and it
    is no further from them than images usually are from each other. The share is its confidence. All others stay
    unsorted.

    Args:
        clustering: A clustering of all images of the request, in which the new ones are unsorted.
        new: The ids of the images to place.
        request: The grouping of that clustering, of which the route, the descriptions and the seed count.
        closed: The ids of clusters that no image may join.
    """
    from sklearn.neighbors import NearestNeighbors

    points = criterion_points(request.route, request.descriptions, request.seed)
    seen = np.asarray(~np.isnan(points).any(axis=1))
    coming = np.isin(np.asarray(clustering.images), list(new))
    placed = np.flatnonzero(seen & ~coming & (clustering.labels != UNSORTED))
    rows = np.flatnonzero(seen & coming & (clustering.labels == UNSORTED))
    if len(placed) < 2 or not len(rows):
        return clustering
    index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(placed) - 1)).fit(points[placed])
    among, _ = index.kneighbors()
    distance, near = index.kneighbors(points[rows])
    share = _shares(clustering.labels[placed][near], distance, len(clustering.clusters))
    like = distance.mean(1) <= np.percentile(among.mean(1), _FAR) + 1e-6
    labels, confidence = clustering.labels.copy(), clustering.confidence.copy()
    shut = {clustering.index(id) for id in closed}
    for row, shares, fits in zip(rows.tolist(), share, like.tolist(), strict=True):
        best = int(shares.argmax())
        confidence[row] = shares[best]
        if fits and shares[best] >= SURE and best not in shut:
            labels[row] = best
    return clustering.with_changes(labels=labels, confidence=confidence)


def assign_as_learned(
    clustering: Clustering, new: Sequence[str], learned: Clustering, closed: Sequence[str] = ()
) -> Clustering:
    """Place new images in the groups that they were learned to be of, and move no other image.

    A group of which there was no image yet is made. What is unsorted in what was learned stays so.

    Args:
        clustering: A clustering in which the new images are unsorted.
        new: The ids of the images to place.
        learned: A clustering of these images, whose groups have the same names.
        closed: The ids of clusters that no image may join.
    """
    clusters, number = list(clustering.clusters), free_number(clustering)
    labels, confidence = clustering.labels.copy(), clustering.confidence.copy()
    why = list(clustering.why or [""] * len(labels))
    shut = {clustering.index(id) for id in closed}
    at = {name_key(cluster.name): i for i, cluster in enumerate(clusters)}
    row_of = {image: i for i, image in enumerate(clustering.images)}
    row_there = {image: i for i, image in enumerate(learned.images)}
    for image in new:
        if image not in row_of or image not in row_there or labels[row_of[image]] != UNSORTED:
            continue
        row, there = row_of[image], row_there[image]
        confidence[row] = learned.confidence[there]
        why[row] = learned.why[there] if learned.why else ""
        if (group := int(learned.labels[there])) == UNSORTED:
            continue
        name = learned.clusters[group].name
        if name_key(name) not in at:
            at[name_key(name)] = len(clusters)
            parts = tuple(name.split(AND))
            clusters.append(Cluster(f"c{number}", name, parts=parts if len(parts) > 1 else ()))
            number += 1
        if at[name_key(name)] not in shut:
            labels[row] = at[name_key(name)]
    placed = clustering.with_changes(confidence=confidence, why=tuple(why) if any(why) else ())
    return tidy(placed, clusters, labels, number)


def _shares(labels: NDArray[np.int32], distance: NDArray[np.float32], k: int) -> NDArray[np.float64]:
    """Return the share of each cluster in the neighbourhoods of m images, (m, k), weighted by nearness."""
    scale = np.maximum(distance.mean(axis=1, keepdims=True), 1e-9)
    weight = np.exp(-distance / scale)
    table = np.zeros((len(labels), k))
    for column in range(labels.shape[1]):
        np.add.at(table, (np.arange(len(labels)), labels[:, column]), weight[:, column])
    return np.asarray(table / table.sum(1, keepdims=True))
