"""From what the answers say and what was found without them to one assignment.

The fewer answers there are and the less they can be foreseen from each other, the more the grouping found without
them counts: it is named by the answers, not replaced.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import Floats
from tools.learn.kernel_ridge import KernelRidge
from tools.learn.opinion_pool import Grouped, grouped, opinion_pool

TRUSTED = 0.3
"""The skill from which the regression alone places images in the groups that were asked about."""
NEW = 0.5
"""Where the next group is likelier than this to be a new one, a name that comes up in a second one may be a slip."""
CLEAR = 0.5
"""The chance from which an image is placed that the views of the criterion say nothing about."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """An assignment to the named groups and to those that nobody named yet.

    Attributes:
        soft: (n, c + u) float64: c named groups, then u others; rows sum to 1, or to 0 where nothing is known.
        named: c.
        others: (u,) columns of the start that are these other groups.
        fresh: Share of the groups asked about so far whose name no other one has: how likely the next is new.
        doubted: Groups of the start whose only answer names another one as well: they are among the others for now.
        foreseen: (l, c) chances of each answer that was learned from, made from all others.
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
    """Join what the answers say and the grouping that was found without them.

    A group of the start that was asked about is what its answers say, until the regression has shown that it knows
    better (`tools.learn.opinion_pool`); one that was not stays as it was found as far as the next group is likely to be
    a new one. That is told as for species in a sample (Good 1953): by how many of the groups asked about have a name
    that came up only once.

    Args:
        ridge: What was learned from the answers.
        start: (n, k) float32, rows that sum to 1 or 0.
        rows: (m,) answered images.
        names: (m,) 0..c-1.
        most: Groups at most, unless the answers name more; None for any number.
        learned: Which of the answers it has learned from; None for all.
        groups: Those of the start, where they are worked out already.
    """
    c = ridge.chances.shape[1]
    groups = groups or grouped(start)
    best = groups.of
    size = np.bincount(best[best >= 0], minlength=start.shape[1])
    heard = np.zeros((start.shape[1], c))
    inside = best[rows] >= 0
    np.add.at(heard, (best[rows[inside]], names[inside]), 1)
    asked = heard.sum(1) > 0
    once = np.bincount(heard[asked].argmax(1), minlength=c) == 1
    full = most is not None and c >= most
    fresh = float(once.sum() / max(int(asked.sum()), 1)) if not full else 0.0
    trust = float(np.clip(ridge.skill / TRUSTED, 0, 1))
    doubted = _doubted(heard, size) if fresh > NEW else np.zeros(0, np.intp)
    asked[doubted] = False
    others = np.flatnonzero(~asked & (size > 0))
    others = others[np.argsort(-size[others], kind="stable")]
    if most is not None:
        others = others[: max(0, most - c)]
    kept = start[:, others].astype(np.float64) * max(fresh, 1 - trust)
    pooled = opinion_pool(ridge, groups, rows, names, learned)
    mixed = pooled.chances / np.maximum(pooled.chances.sum(1, keepdims=True), 1e-9)
    mixed = mixed * (1 - kept.sum(1, keepdims=True))
    soft = np.concatenate([mixed, kept], axis=1)
    soft[(best < 0) & (ridge.chances.max(1) * trust < CLEAR)] = 0.0
    soft[rows] = 0.0
    soft[rows, names] = 1.0
    return Posterior(soft, c, others, fresh, doubted, pooled.foreseen)


def _doubted(heard: Floats, size: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return groups with one answer, which names a group of more answers, or of as many and more images, too."""
    named, count = heard.argmax(1), heard.sum(1)
    order = np.lexsort((-size, -count))
    order = order[count[order] > 0]
    _, first = np.unique(named[order], return_index=True)
    return np.array([g for g in np.delete(order, first).tolist() if count[g] == 1], np.intp)
