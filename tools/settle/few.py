"""How sure one may be of the groups of a few images."""

import numpy as np

from tools.clustering import UNSORTED, Clustering
from tools.describe import Descriptions
from tools.embed.route import Route

FEW = 24
"""Of fewer images it is not known how alike those of one group are: each is hardly compared with anything."""
_DOUBTFUL = 0.8
"""Mean confidence below which that is said."""


def tempered(made: Clustering, chosen: Route, descriptions: Descriptions) -> Clustering:
    """The clustering as sure as the expert is of each image, where there are few and that is doubtful; else as it is.

    How clear groups are is a comparison with the other images. Where there are few of them, nobody is surer than the
    expert that looked at each image alone; what it says nothing of may be in either of two groups.

    Args:
        made: Of n images.
        chosen: What the criterion was routed to.
        descriptions: Of the same images.
    """
    if len(made.images) >= FEW or chosen.slot is None or len(made.clusters) < 2:
        return made
    values, said = descriptions.column(chosen.slot)
    sure = np.where([value is None for value in values], 0.5, said).astype(np.float32)
    confidence = np.minimum(made.confidence, sure)
    placed = made.labels != UNSORTED
    if not placed.any() or float(confidence[placed].mean()) >= _DOUBTFUL:
        return made
    told = (
        f"only {len(made.images)} images, too few to be sure of these groups: look through them, move what is wrong, "
        'and say how many groups there are where that is wrong, as in "into 4 groups"'
    )
    return made.with_changes(confidence=confidence, notes=(*made.notes, told))
