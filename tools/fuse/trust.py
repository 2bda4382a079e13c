"""Measures how far the words about a collection may be trusted, judged by views that the criterion was routed to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.embed.criterion_views import agreement
from tools.fuse.method_context import MethodContext
from tools.fuse.orthogonalise import kmeans_labels
from tools.fuse.pair import Pair

ENOUGH = 0.9
"""The agreement with their neighbours from which words are trusted whatever the pictures say. On the ten criteria of
three benchmark folders the words that are worth more than the pictures reach .95 to .99, the others .43 to .84."""

LOST = 0.05
"""The agreement that a fusion may lose beside the words alone, about two standard errors on 600 images. On the
thirteen criteria of four benchmark folders it loses .075 where it is worse than its words (emotion), and at most .013
elsewhere."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Return how well two groupings, by words and by pictures, fit the criterion's own views (`agreement`), at most 1.

    Attributes:
        words: Of the images by their tags; without such views, how sure the words are on average.
        pictures: Of the images by k-means on the picture side; NaN without such views.
    """

    words: float
    pictures: float

    @property
    def right(self) -> float:
        """Return the share of the words that are right if others are random: neighbours that agree are both right."""
        return float(np.sqrt(np.clip(self.words, 0.0, 1.0)))

    @property
    def deserved(self) -> bool:
        """Return whether the words are worth being aligned with."""
        return np.isnan(self.pictures) or self.words >= min(ENOUGH, self.pictures)


def trust(sides: Pair, context: MethodContext, tag: NDArray[np.intp], k: int, seed: int) -> Trust:
    """Judge the words of n images, without labels.

    The views that the criterion was routed to see what the user means, so that neighbours there should have one tag.
    Words that do so less often than groups of the plain pictures do are about something else, or wrong.

    Args:
        sides: The two sides, and the criterion's own views beside them (`Pair.witness`).
        context: What is said of the images, and how sure that is.
        tag: (n,) the tag of each image, -1 for none.
        k: The number of groups of the pictures.
        seed: The seed of k-means and of the sample.
    """
    said = tag >= 0
    if sides.witness is None or not sides.seen.any() or not said.any():
        return Trust(float(context.confidence[said].mean()) if said.any() else 0.0, float("nan"))
    group = np.full(len(tag), -1, np.intp)
    seen = np.flatnonzero(sides.seen)
    group[seen] = kmeans_labels(sides.image[seen], min(k, len(seen)), seed)
    return Trust(*(_agreement(sides.witness, labels, seed) for labels in (tag, group)))


def worse_than_words(sides: Pair, tag: NDArray[np.intp], group: NDArray[np.intp], seed: int) -> bool:
    """Return whether groups fit the criterion's own views less well than the words that they were made from.

    Args:
        sides: The two sides, and the criterion's own views beside them; without these there is nothing to go by.
        tag: (n,) the tag of each image, -1 for none.
        group: (n,) the group of each image, -1 for none.
        seed: The seed of the sample.
    """
    if sides.witness is None:
        return False
    words, groups = (_agreement(sides.witness, labels, seed) for labels in (tag, group))
    return groups < words - LOST


def _agreement(witness: NDArray[np.float32], labels: NDArray[np.intp], seed: int) -> float:
    values = [str(label) if label >= 0 else None for label in labels.tolist()]
    return agreement(witness, values, np.ones(len(labels), np.float32), seed)
