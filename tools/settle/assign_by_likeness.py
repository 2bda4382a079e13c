"""Place the images that the views say nothing about by how they look, where that can be trusted.

A face that is turned away shows no eyes, and yet the picture is like others of the same person with the same glasses.
Whether likeness tells the groups apart is tried on the images whose group is known; on faces, it places glasses and
poses (held-out accuracy .97) and leaves expressions alone (.74, no better than the largest group).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.views import View, side_by_side

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

TRUSTED = 0.9
"""The share of held-out images that likeness must put in their group."""
GAIN = 0.7
"""The share of the images outside the largest group that it must gain over putting all into that one."""
LIKELY = 0.8
"""The probability from which an image is placed."""
FOLDS = 5
"""The number of parts in turn held out to find out whether likeness can be trusted."""
TRIED = 600
"""The most images on which that is found out, which is done after every answer: a share of .9 that is right then has a
standard error of .012."""
_NEIGHBOURS = 5
"""The number of placed images that an image is compared with to see whether it is like any."""
_FAR = 99
"""The percentile of the distances among placed images beyond which an image is like none of them."""


def assign_by_likeness(
    soft: NDArray[np.float32], looks: Sequence[View], seed: int = 0
) -> NDArray[np.float32]:
    """Return the assignment with rows for images that had none, where likeness can be trusted; else as it was.

    A logistic regression from the looks to the groups, cross-validated on what is placed already, or on a part of it.
    An image that is unlike all of those (a landscape among faces) stays on the pile, and so does one of which it is not
    sure.

    Args:
        soft: (n, k) float32; rows of zeros are not placed yet.
        looks: Views that say something about any picture, prepared, of the same n images.
        seed: Of the folds.
    """
    placed = soft.sum(1) > 0
    points = side_by_side(looks) if looks else np.full((len(soft), 1), np.nan, np.float32)
    visible = np.asarray(~np.isnan(points).any(axis=1))
    open_rows = np.flatnonzero(~placed & visible)
    known = np.flatnonzero(placed & visible)
    groups, labels = np.unique(soft[known].argmax(1), return_inverse=True)
    if not len(open_rows) or len(groups) < 2 or np.bincount(labels).min() < FOLDS:
        return soft
    some = stratified_sample(labels, seed)
    if not _trusted(points[known[some]], labels[some], seed):
        return soft
    near = _alike(points[known], points[open_rows])
    chances = _model().fit(points[known], labels).predict_proba(points[open_rows])
    sure = near & (chances.max(1) >= LIKELY)
    filled = soft.copy()
    filled[np.ix_(open_rows[sure], groups)] = chances[sure]
    return filled


def stratified_sample(labels: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """About `TRIED` positions, of each group its share, and no fewer than there are folds; all where there are few."""
    if len(labels) <= TRIED:
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    share = TRIED / len(labels)
    members = (order[labels[order] == group] for group in range(int(labels.max()) + 1))
    return np.sort(np.concatenate([those[: max(FOLDS, round(share * len(those)))] for those in members]))


def _trusted(points: NDArray[np.float32], labels: NDArray[np.intp], seed: int) -> bool:
    """Return whether held-out images land in their group, and not because one group holds nearly all.

    Once too many have landed elsewhere the other folds are not tried: it is asked after every answer.
    """
    from sklearn.model_selection import StratifiedKFold

    folds, wrong = StratifiedKFold(FOLDS, shuffle=True, random_state=seed), 0
    for learned, held in folds.split(points, labels):
        predicted = _model().fit(points[learned], labels[learned]).predict(points[held])
        wrong += int((predicted != labels[held]).sum())
        if wrong > (1 - TRUSTED) * len(labels):
            return False
    right = 1 - wrong / len(labels)
    largest = float(np.bincount(labels).max() / len(labels))
    return right >= TRUSTED and right - largest >= GAIN * (1 - largest)


def _alike(known: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return whether each of the others is as near to known images as these are to each other."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(known) - 1)).fit(known)
    among, _ = index.kneighbors()
    distance, _ = index.kneighbors(others)
    return np.asarray(distance.mean(1) <= np.percentile(among.mean(1), _FAR))


def _model() -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=300, tol=1e-3)
