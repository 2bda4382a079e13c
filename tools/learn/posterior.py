"""Makes the posterior assignment, which joins the answers with the grouping that was found without them.

The fewer answers there are, and the worse they predict each other, the more that grouping counts: the answers then name
its groups rather than replace them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import Floats
from tools.learn.kernel_ridge import KernelRidge
from tools.learn.opinion_pool import Grouped, grouped, opinion_pool

TRUSTED = 0.3
"""The skill from which the regression alone decides."""
NEW = 0.5
"""The chance of the next group being new above which a name that comes up in a second group may be a slip."""
CLEAR = 0.5
"""The least chance at which an image is placed that the criterion's views say nothing about."""

SHARPER = 1.5
"""The power of an assignment by answers that says how sure it is. It allows for slips, and so names the answer that is
likely to be given; the group that an image belongs to is surer. On the four folders of photographs 1.5 had the least
expected calibration error after 16 and 32 answers (16: .09, where the assignment itself had .13); on five other folders
it lowers it from .10 to .05."""
NAMED = 1.0
"""That power where the user named the groups and answers are few: on 19 criteria, after three confirmed pictures of
each group, .826 of those that nobody was asked about were right, and .835 was said (1.5: .913)."""

LEAST_SURE = 0.6
"""The certainty below which a picture is doubtful wherever it is learned from examples."""
_LESS_SURE = 10.0
"""The percentage of correctly predicted answers that are less sure than what is called sure. On six criteria of
photographs half of whose labels were given, .02 to .25 of the others are doubtful then."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Assigns images to the named groups and to those that have no name yet.

    Attributes:
        soft: (n, c + u) float64, c named groups and then u others; rows sum to 1, or to 0 for unsorted images.
        named: The number of named groups, c.
        others: (u,) the columns of the start that are the other groups.
        fresh: The share of the groups asked about whose name no other one has, which estimates how likely the next
            group is a new one.
        doubted: The groups of the start whose only answer names another group as well; they count as others for now.
        foreseen: (l, c) the chances of each answer that was learned from, predicted from all others.
    """

    soft: Floats
    named: int
    others: NDArray[np.intp]
    fresh: float
    doubted: NDArray[np.intp]
    foreseen: Floats


def posterior(
    ridge: KernelRidge,
    start: NDArray[np.float32],
    rows: NDArray[np.intp],
    names: NDArray[np.intp],
    most: int | None,
    *,
    learned: NDArray[np.intp] | None = None,
    groups: Grouped | None = None,
) -> Posterior:
    """Join the answers with the grouping that was found without them.

    A group of the start that was asked about gets the name of its answers, until the regression has shown that it knows
    better (`tools.learn.opinion_pool`). One that was not asked about stays, to the extent that the next group is likely
    to be a new one; that is estimated as for species in a sample (Good 1953), by the share of the groups asked about
    whose name came up only once.

    Args:
        ridge: The regression that has learned from the answers.
        start: (n, k) float32, the assignment without answers; rows sum to 1 or 0.
        rows: (m,) the rows of the answered images.
        names: (m,) their names, 0..c-1.
        most: The most groups, unless the answers name more; None for any number.
        learned: The positions of the answers that the regression has learned from; None for all.
        groups: The groups of the start, where they have been computed already.
    """
    c = ridge.chances.shape[1]
    groups = groups or grouped(start)
    best = groups.of
    size = np.bincount(best[best >= 0], minlength=start.shape[1])
    votes = np.zeros((start.shape[1], c))
    inside = best[rows] >= 0
    np.add.at(votes, (best[rows[inside]], names[inside]), 1)
    asked = votes.sum(1) > 0
    once = np.bincount(votes[asked].argmax(1), minlength=c) == 1
    full = most is not None and c >= most
    fresh = float(once.sum() / max(int(asked.sum()), 1)) if not full else 0.0
    trust = float(np.clip(ridge.skill / TRUSTED, 0, 1))
    doubted = _doubted(votes, size) if fresh > NEW else np.zeros(0, np.intp)
    asked[doubted] = False
    others = np.flatnonzero(~asked & (size > 0))
    others = others[np.argsort(-size[others], kind="stable")]
    if most is not None:
        others = others[: max(0, most - c)]
    unnamed = start[:, others].astype(np.float64) * max(fresh, 1 - trust)
    pooled = opinion_pool(ridge, groups, rows, names, learned)
    mixed = pooled.chances / np.maximum(pooled.chances.sum(1, keepdims=True), 1e-9)
    mixed = mixed * (1 - unnamed.sum(1, keepdims=True))
    soft = np.concatenate([mixed, unnamed], axis=1)
    soft[(best < 0) & (ridge.chances.max(1) * trust < CLEAR)] = 0.0
    soft[rows] = 0.0
    soft[rows, names] = 1.0
    return Posterior(soft, c, others, fresh, doubted, pooled.foreseen)


def certainty(soft: NDArray[np.floating], power: float = SHARPER) -> NDArray[np.float32]:
    """Return how likely each image is in its most likely group, (n,) float32, after answers; 0 for unsorted images.

    Args:
        soft: (n, g) the assignment, as `Posterior.soft` is; rows sum to 1, or to 0 for unsorted images.
        power: The power of the assignment that says it.
    """
    sharper = np.asarray(soft, np.float64).clip(0) ** power
    total = sharper.sum(1)
    return np.asarray(sharper.max(1, initial=0) / np.where(total > 0, total, 1), np.float32)


def usual_certainty(learned: Posterior, names: NDArray[np.intp]) -> float:
    """Return how sure nine of ten answers are that are foreseen correctly from the others: less sure is doubtful.

    A chance means less where the groups are hard to tell apart, and where there are many. So it is the answers that say
    what a high one is. Without a correct prediction it is `LEAST_SURE`, which it is at least.

    Args:
        learned: What was learned.
        names: (l,) the names of the answers that it was learned from, 0..c-1.
    """
    right = learned.foreseen.argmax(1) == names
    if not right.any():
        return LEAST_SURE
    return max(LEAST_SURE, float(np.percentile(certainty(learned.foreseen[right]), _LESS_SURE)))


def _doubted(votes: Floats, size: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups with a single answer, whose name a group with more answers, or of more images, has as well."""
    named, count = votes.argmax(1), votes.sum(1)
    order = np.lexsort((-size, -count))
    order = order[count[order] > 0]
    _, first = np.unique(named[order], return_index=True)
    return np.array([g for g in np.delete(order, first).tolist() if count[g] == 1], np.intp)
