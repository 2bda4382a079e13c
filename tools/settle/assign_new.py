"""Which images are alike under a criterion; and where new images belong in a clustering that stays as it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering import UNSORTED, Clustering
from tools.embed.criterion_views import criterion_points
from tools.errors import UsageError
from tools.request import Request

SURE = 0.6
"""The share of its neighbours that must be of one cluster for a new image to join it."""
_NEIGHBOURS = 7
"""The number of neighbours that a new image is compared with."""
_FAR = 99
"""The percentile of the distances among images that are placed beyond which a new one is like none of them."""


def most_alike(request: Request, images: Sequence[str]) -> list[str]:
    """Return all other images, those most like these first: by the distance to the nearest of them in the routed views.

    Args:
        request: What likeness is about; of it the criterion, the descriptions and the seed count.
        images: What they are to be like; at least one.

    Raises:
        UsageError: Nothing was seen in these images that has to do with the criterion.
    """
    descriptions = request.descriptions
    points = criterion_points(request.route, descriptions, request.seed)
    row = {image: i for i, image in enumerate(descriptions.images)}
    own = [row[image] for image in images if image in row]
    seen = np.asarray(~np.isnan(points).any(axis=1))
    given = [i for i in own if seen[i]]
    if not given:
        raise UsageError(
            f"nothing was seen in these images that tells what is like them by {request.criterion}"
        )
    distance = np.min([np.linalg.norm(points - points[i], axis=1) for i in given], axis=0)
    order = np.argsort(np.where(seen, distance, np.inf), kind="stable")
    return [descriptions.images[i] for i in order.tolist() if seen[i] and i not in own]


def assign_new(
    clustering: Clustering,
    new: Sequence[str],
    request: Request,
    closed: Sequence[str] = (),
) -> Clustering:
    """Place new images in the clusters that there are, and move no other.

    Each joins the cluster that most of its nearest images are in, near ones counting more, if that is clear and it is
    not further from them than images usually are from each other. Its confidence is that share. The others stay on the
    unsorted pile.

    Args:
        clustering: Over all images of the request; the new ones are unsorted.
        new: Images to place.
        request: The criterion of the clustering; of it the route, the descriptions and the seed count.
        closed: Ids of clusters that nobody may join.
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


def _shares(labels: NDArray[np.int32], distance: NDArray[np.float32], k: int) -> NDArray[np.float64]:
    """Return (m, k): how much of the neighbourhood of each of m images is of each cluster; near ones count more."""
    scale = np.maximum(distance.mean(axis=1, keepdims=True), 1e-9)
    weight = np.exp(-distance / scale)
    table = np.zeros((len(labels), k))
    for column in range(labels.shape[1]):
        np.add.at(table, (np.arange(len(labels)), labels[:, column]), weight[:, column])
    return np.asarray(table / table.sum(1, keepdims=True))
