"""Assigns images that the criterion's views say nothing about, by the likeness of the whole picture.

A face that is turned away shows no eyes, and yet the picture is like others of the same person with the same glasses.
Whether likeness separates the groups is tested on images that have a group: on faces it places glasses and poses
(held-out accuracy .97) and leaves expressions alone (.74, no better than the largest group).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.views import View, side_by_side

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

TRUSTED = 0.9
"""The least share of held-out images that likeness must put in their group."""
GAIN = 0.7
"""The least gain over putting all images into the largest group, as a share of the images outside it."""
LIKELY = 0.8
"""The least probability at which an image is placed."""
FOLDS = 5
"""The number of folds of the cross-validation that tests whether likeness can be trusted."""
TRIED = 600
"""The most images in that cross-validation, which runs after every answer; the standard error of an accuracy of .9 is
then .012."""
_NEIGHBOURS = 5
"""The number of nearest placed images that an image is compared with."""
_FAR = 99
"""The percentile of the distances among placed images beyond which an image is unlike all of them."""


def assign_by_likeness(
    soft: NDArray[np.float32], picture_views: Sequence[View], seed: int = 0
) -> NDArray[np.float32]:
    """Return the assignment with rows for images that had none, where likeness can be trusted; otherwise unchanged.

    A logistic regression from the picture views to the groups is cross-validated on the placed images, or on a part of
    them. An image that is unlike all of these (a landscape among faces) stays unsorted, and so does one that the
    regression is not sure of.

    Args:
        soft: (n, k) float32; images with a row of zeros are not placed yet.
        picture_views: Prepared views that say something about any picture, of the same n images.
        seed: The seed of the folds.
    """
    placed = soft.sum(1) > 0
    points = side_by_side(picture_views) if picture_views else np.full((len(soft), 1), np.nan, np.float32)
    visible = np.asarray(~np.isnan(points).any(axis=1))
    open_rows = np.flatnonzero(~placed & visible)
    placed_rows = np.flatnonzero(placed & visible)
    groups, labels = np.unique(soft[placed_rows].argmax(1), return_inverse=True)
    if not len(open_rows) or len(groups) < 2 or np.bincount(labels).min() < FOLDS:
        return soft
    sampled = stratified_sample(labels, seed)
    if not _trusted(points[placed_rows[sampled]], labels[sampled], seed):
        return soft
    near = _alike(points[placed_rows], points[open_rows])
    chances = _model().fit(points[placed_rows], labels).predict_proba(points[open_rows])
    sure = near & (chances.max(1) >= LIKELY)
    filled = soft.copy()
    filled[np.ix_(open_rows[sure], groups)] = chances[sure]
    return filled


def stratified_sample(labels: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Return about `TRIED` positions in (n,) labels from 0, rising, at least `FOLDS` of each group; all where there are
    few."""
    if len(labels) <= TRIED:
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    share = TRIED / len(labels)
    members = (order[labels[order] == group] for group in range(int(labels.max()) + 1))
    return np.sort(np.concatenate([those[: max(FOLDS, round(share * len(those)))] for those in members]))


def _trusted(points: NDArray[np.float32], labels: NDArray[np.intp], seed: int) -> bool:
    """Return whether held-out images land in their group, and not because one group holds nearly all.

    Once too many have landed elsewhere the other folds are skipped, since this runs after every answer.
    """
    from sklearn.model_selection import StratifiedKFold

    folds, wrong = StratifiedKFold(FOLDS, shuffle=True, random_state=seed), 0
    for learned, held_out in folds.split(points, labels):
        predicted = _model().fit(points[learned], labels[learned]).predict(points[held_out])
        wrong += int((predicted != labels[held_out]).sum())
        if wrong > (1 - TRUSTED) * len(labels):
            return False
    right = 1 - wrong / len(labels)
    largest = float(np.bincount(labels).max() / len(labels))
    return right >= TRUSTED and right - largest >= GAIN * (1 - largest)


def _alike(placed: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return whether each of the others is as near to placed images as these are to each other, (m,) bool."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(placed) - 1)).fit(placed)
    among, _ = index.kneighbors()
    distance, _ = index.kneighbors(others)
    return np.asarray(distance.mean(1) <= np.percentile(among.mean(1), _FAR))


def _model() -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=300, tol=1e-3)
