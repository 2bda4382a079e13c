"""Divides one cluster into parts, by the views that it was made from or by another criterion."""

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Ties
from tools.describe.describe import Descriptions
from tools.embed.prepare import prepare
from tools.embed.route import route_here
from tools.errors import UsageError
from tools.fuse.kmeans import RoutedKMeans
from tools.models.ports import TextEncoder
from tools.names import amount
from tools.views import View


def divide(
    clustering: Clustering,
    cluster_id: str,
    descriptions: Descriptions,
    texts: TextEncoder,
    *,
    parts: int = 2,
    by: str | None = None,
    seed: int = 0,
) -> NDArray[np.int32]:
    """Return part labels for the m images of a cluster, in the order of `clustering.members(cluster_id)`.

    Args:
        clustering: The clustering that holds the cluster; its images must be among those of `descriptions`.
        cluster_id: The cluster to divide.
        descriptions: What the experts say.
        texts: Matches `by` to slots.
        parts: The number of parts, 2 <= parts <= m.
        by: Another criterion to divide by; by default the clustering's own.
        seed: The seed of k-means.

    Raises:
        tools.errors.UsageError: `parts` does not fit the cluster, or no view has to do with the criterion.
    """
    members = clustering.members(cluster_id)
    if not 2 <= parts <= len(members):
        raise UsageError(
            f"{amount(len(members), 'image')} cannot be split into {amount(parts, 'group')}; "
            f"ask for 2 to {len(members)}"
        )
    row = {image: i for i, image in enumerate(descriptions.images)}
    rows = [row[image] for image in members]
    criterion = by or clustering.criterion
    route = route_here(criterion, descriptions, texts)
    # Prepared among themselves: what the members share no longer counts, what sets them apart does.
    views = [
        View(name, prepare(descriptions.view(name)[rows]), weight)
        for name, weight in route.views
        if name in descriptions.views
    ]
    if not any(view.weight > 0 for view in views):
        raise UsageError(f"nothing was seen in these images that sets them apart by {criterion}")
    soft = RoutedKMeans().fit(views, images=members, k=parts, seed=seed)
    return np.asarray(soft.argmax(1), np.int32)


def unite_blocks(labels: NDArray[np.int32], ties: Ties) -> NDArray[np.int32]:
    """Return the part labels with each block of tied images in one part: the one that most of the block is in.

    Args:
        labels: (m,) int32 part numbers >= 0.
        ties: The ties between the same m images.
    """
    result = labels.copy()
    for rows in ties.blocks:
        if len(rows) > 1:
            result[rows] = np.bincount(labels[rows]).argmax()
    return result
