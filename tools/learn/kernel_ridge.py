"""Fits kernel ridge regression on several cached views at once, each weighted by how well it agrees with the answers.

The views' weights, the kernel's width and the ridge are judged by leave-one-out over the answers, which takes a ridge
one inverse and not one fit per answer (Golub, Heath and Wahba 1979). Of many views one predicts a few answers by luck,
so a choice that was unlikely before is charged for it (`tools.learn.evidence`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import Floats, divergence, negative_log_likelihood, prior, scores_to_chances
from tools.views import View

BELIEF = 4.0
"""The number of answers that the choice of views by meaning is worth."""
_BELIEVED = 0.5
"""The skill that these imagined answers give the chosen views."""
_SHARP = (1, 2, 4, 8, 16, 32)
"""The powers of a view's skill that are tried as its weight, from all views with any skill to the best view alone."""
_WIDTHS = (0.5, 1.0, 2.0, 4.0)
"""The widths of the kernel exp(-width / 2 * squared distance) that are tried."""
_RIDGES = (0.05, 0.3, 1.0)
"""The ridges that are tried."""
_MANY = 96
"""The most answers with which all widths and ridges are tried for single views; with more, fewer are."""
_FAINT = 0.02
"""The least weight of a view relative to the best view's, and the least share of a fit, that counts at all."""
_AVERAGED = 6
"""The most fits that are averaged, which are the best ones; with few answers no single fit can be trusted."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelRidge:
    """Holds the names that kernel ridge regression has learned from the answers, for all images.

    Attributes:
        chances: (n, c) float64, the chances of the c names for each image; rows sum to 1.
        weights: (v,) float64 in [0, 1], the weight of each view; they sum to 1.
        right: (m,) bool, whether each answer is predicted correctly from the others.
        skill: 1 less the squared leave-one-out error relative to that of the names' frequencies: at most 1, and 0 or
            less where nothing was learned.
        foreseen: (m, c) float64, the chances of each answer's image with the answer left out; rows sum to 1.
        unseen: (c,) float64, the chances of an image that is unlike all that were answered, which follow from the
            frequency of each name; they sum to 1.
        luck: The cost of the choice of views, in nats (`tools.learn.evidence.divergence`).
    """

    chances: Floats
    weights: Floats
    right: NDArray[np.bool_]
    skill: float
    foreseen: Floats
    unseen: Floats
    luck: float

    @property
    def sure_skill(self) -> float:
        """Return the skill less the part that the choice of views explains.

        The squared error is scaled up by what that choice costs a Gaussian likelihood, which is its description length
        (Rissanen 1978).
        """
        return 1 - (1 - self.skill) * float(np.exp(2 * self.luck / len(self.right)))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Holds one regression that was tried on m answers.

    Attributes:
        weights: (v,) float64, the weight of each view in its kernel; they sum to 1.
        width: Of the kernel: similarity is the exponential of minus half of it times the squared distance.
        coefficients: (m, c) float64 of the dual form, a column for each name.
        errors: (m, c) float64, the leave-one-out errors of the answers.
    """

    weights: Floats
    width: float
    coefficients: Floats
    errors: Floats


def fit(views: Sequence[View], rows: NDArray[np.intp], names: NDArray[np.intp]) -> KernelRidge:
    """Learn names from answered images.

    Args:
        views: (n, d) float32 each, of one scale and without NaN; those of weight > 0 are favoured by the prior.
        rows: (m,) the rows of the answered images, m >= 1.
        names: (m,) their names, 0..c-1.
    """
    from threadpoolctl import threadpool_limits

    n, m, c = len(views[0].data), len(rows), int(names.max()) + 1
    if c < 2:
        share = np.array([view.weight for view in views], np.float64)
        return KernelRidge(
            np.ones((n, 1)),
            share / max(share.sum(), 1e-9),
            np.ones(m, bool),
            0.0,
            np.ones((m, 1)),
            np.ones(1),
            0.0,
        )
    one_hot = np.eye(c)[names]
    frequency = (one_hot.sum(0) + 0.5) / (m + 0.5 * c)
    others = (one_hot.sum(0) - one_hot) / max(m - 1, 1)
    baseline = float(((one_hot - others) ** 2).sum())
    target = one_hot - frequency
    distances = np.stack([squared_distances(view.data[rows], view.data[rows]) for view in views])
    belief = np.array([_BELIEVED if view.weight > 0 else 0.0 for view in views])
    likely = prior(views)
    first = np.eye(len(views))[int(likely.argmax())]
    # Inverting a small matrix takes less than waiting for a second thread, and where another job has that core a
    # hundred times as long.
    with threadpool_limits(1, "blas"):
        skill = np.array([1 - _single_view_error(distance, target) / baseline for distance in distances])
        skill = (m * skill.clip(0) + BELIEF * belief) / (m + BELIEF)
        fits = [f for weights in (*_shares(skill), likely, first) for f in _fits(distances, weights, target)]
    cost = [
        negative_log_likelihood(scores_to_chances(one_hot - f.errors), names) + divergence(f.weights, likely)
        for f in fits
    ]
    fits, shares = average_best(fits, np.array(cost))
    foreseen = one_hot - np.tensordot(shares, np.stack([f.errors for f in fits]), 1)
    return KernelRidge(
        scores_to_chances(frequency + _scores(views, rows, fits, shares)),
        np.tensordot(shares, np.stack([f.weights for f in fits]), 1),
        foreseen.argmax(1) == names,
        1 - float(((one_hot - foreseen) ** 2).sum()) / baseline,
        scores_to_chances(foreseen),
        scores_to_chances(frequency[None])[0],
        sum(share * divergence(f.weights, likely) for f, share in zip(fits, shares, strict=True)),
    )


def squared_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> Floats:
    """Return the squared distances of the rows of two matrices, (n, m) float64."""
    distances = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * (a @ b.T)
    return np.asarray(distances.clip(0), np.float64)


def _leave_one_out(kernel: Floats, ridge: float, target: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients of a ridge, and each answer's error when it is left out: both (m, c)."""
    inverse = np.linalg.inv(kernel + ridge * np.eye(len(kernel)))
    coefficients = inverse @ target
    return coefficients, coefficients / np.diag(inverse)[:, None]


def _single_view_error(distance: Floats, target: Floats) -> float:
    """Return the least squared leave-one-out error that one view reaches over the widths and ridges."""
    coarse = len(target) > _MANY
    least = np.inf
    for width in _WIDTHS[1::2] if coarse else _WIDTHS:
        kernel = np.exp(-width / 2 * distance)
        for ridge in _RIDGES[:1] if coarse else _RIDGES:
            least = min(least, float((_leave_one_out(kernel, ridge, target)[1] ** 2).sum()))
    return least


def _shares(skill: Floats) -> list[Floats]:
    """Return the weightings of the views that are tried, (v,) each, from even to steep."""
    best = skill.max()
    if best <= 0:
        return [np.full(len(skill), 1 / len(skill))]
    weightings = []
    for power in _SHARP:
        share = (skill / best) ** power
        share[share < _FAINT] = 0.0
        weightings.append(share / share.sum())
    return weightings


def _fits(distances: Floats, weights: Floats, target: Floats) -> list[Fit]:
    distance = np.tensordot(weights, distances, 1)
    fits = []
    for width in _WIDTHS:
        kernel = np.exp(-width / 2 * distance)
        for ridge in _RIDGES:
            coefficients, errors = _leave_one_out(kernel, ridge, target)
            fits.append(Fit(weights, width, coefficients, errors))
    return fits


def average_best(fits: list[Fit], cost: Floats) -> tuple[list[Fit], list[float]]:
    """Return the best few fits and their shares, which are proportional to the exponential of minus their cost."""
    ranked = np.argsort(cost, kind="stable")[:_AVERAGED]
    shares = np.exp(cost[ranked[0]] - cost[ranked])
    counted = shares / shares.sum() > _FAINT
    shares = shares[counted] / shares[counted].sum()
    return [fits[i] for i in ranked[counted].tolist()], shares.tolist()


def _scores(
    views: Sequence[View], rows: NDArray[np.intp], fits: Sequence[Fit], shares: Sequence[float]
) -> Floats:
    """Return the averaged scores of the fits, (n, c); a view's distances are computed once for all fits that use it."""
    kinds = list({f.weights.tobytes(): f.weights for f in fits}.values())
    n = len(views[0].data)
    total = [np.zeros((n, len(rows)), np.float32) for _ in kinds]
    for i, view in enumerate(views):
        if not any(kind[i] > 0 for kind in kinds):
            continue
        distance = squared_distances(view.data, view.data[rows]).astype(np.float32)
        for sum_, kind in zip(total, kinds, strict=True):
            if kind[i] > 0:
                sum_ += np.float32(kind[i]) * distance
    distance_by_weights = {kind.tobytes(): t for kind, t in zip(kinds, total, strict=True)}
    scores = np.zeros((n, fits[0].coefficients.shape[1]))
    for f, share in zip(fits, shares, strict=True):
        kernel = np.exp(np.float32(-f.width / 2) * distance_by_weights[f.weights.tobytes()])
        scores += share * (kernel @ f.coefficients.astype(np.float32))
    return scores
