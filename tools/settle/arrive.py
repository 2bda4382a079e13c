"""Which images are alike under a criterion; and where new images belong in a clustering that stays as it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering import UNSORTED, Clustering
from tools.describe import Descriptions
from tools.embed.route import route_here, views
from tools.embed.weigh import weigh
from tools.errors import UsageError
from tools.fuse.base import side_by_side
from tools.models.ports import TextEncoder

SURE = 0.6
"""Share of its neighbours that must be of one cluster for a new image to join it."""
_NEIGHBOURS = 7
_FAR = 99
"""Percentile of the distances among images that are placed beyond which a new one is like none of them."""


def nearest(
    criterion: str, descriptions: Descriptions, texts: TextEncoder, images: Sequence[str], seed: int = 0
) -> list[str]:
    """All other images, those most like these first: by the distance to the nearest of them in the routed views.

    Args:
        criterion: What likeness is about.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        images: What they are to be like; at least one.
        seed: Of the weights.

    Raises:
        UsageError: Nothing was seen in these images that has to do with the criterion.
    """
    points = alike(criterion, descriptions, texts, seed)
    row = {image: i for i, image in enumerate(descriptions.images)}
    own = [row[image] for image in images if image in row]
    seen = np.asarray(~np.isnan(points).any(axis=1))
    given = [i for i in own if seen[i]]
    if not given:
        raise UsageError(f"nothing was seen in these images that tells what is like them by {criterion}")
    distance = np.min([np.linalg.norm(points - points[i], axis=1) for i in given], axis=0)
    order = np.argsort(np.where(seen, distance, np.inf), kind="stable")
    return [descriptions.images[i] for i in order.tolist() if seen[i] and i not in own]


def arrive(
    clustering: Clustering,
    new: Sequence[str],
    descriptions: Descriptions,
    texts: TextEncoder,
    closed: Sequence[str] = (),
    seed: int = 0,
) -> Clustering:
    """Place new images in the clusters that there are, and move no other.

    Each joins the cluster that most of its nearest images are in, near ones counting more, if that is clear and it is
    not further from them than images usually are from each other. Its confidence is that share. The others stay on the
    unsorted pile.

    Args:
        clustering: Over all images of `descriptions`; the new ones are unsorted.
        new: Images to place.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        closed: Ids of clusters that nobody may join.
        seed: Of the weights.
    """
    from sklearn.neighbors import NearestNeighbors

    points = alike(clustering.criterion, descriptions, texts, seed)
    seen = np.asarray(~np.isnan(points).any(axis=1))
    coming = np.isin(np.asarray(clustering.images), list(new))
    known = np.flatnonzero(seen & ~coming & (clustering.labels != UNSORTED))
    rows = np.flatnonzero(seen & coming & (clustering.labels == UNSORTED))
    if len(known) < 2 or not len(rows):
        return clustering
    index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(known) - 1)).fit(points[known])
    among, _ = index.kneighbors()
    distance, near = index.kneighbors(points[rows])
    share = _shares(clustering.labels[known][near], distance, len(clustering.clusters))
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
    """(m, k): how much of the neighbourhood of each of m images is of each cluster; near ones count more."""
    scale = np.maximum(distance.mean(axis=1, keepdims=True), 1e-9)
    weight = np.exp(-distance / scale)
    found = np.zeros((len(labels), k))
    for column in range(labels.shape[1]):
        np.add.at(found, (np.arange(len(labels)), labels[:, column]), weight[:, column])
    return np.asarray(found / found.sum(1, keepdims=True))


def alike(
    criterion: str, descriptions: Descriptions, texts: TextEncoder, seed: int = 0
) -> NDArray[np.float32]:
    """(n, d) float32, the views that have to do with a criterion, side by side; rows of NaN where nothing was seen.

    Args:
        criterion: In the user's words.
        descriptions: What the experts say of the n images.
        texts: Matches the criterion to slots.
        seed: Of the weights.
    """

    def work() -> NDArray[np.float32]:
        chosen = route_here(criterion, descriptions, texts)
        looks = weigh(views(chosen, descriptions, every=False), chosen.slot, descriptions, seed)
        return side_by_side([view for view in looks if view.weight > 0])

    return descriptions.once(("alike", criterion, seed), work)
