"""Which picture, or which two, to ask about next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learn.evidence import slip_probabilities
from tools.learn.kernel_ridge import squared_distances
from tools.learn.material import Learned
from tools.views import View

Floats = NDArray[np.float64]

FRESH = 0.3
"""How likely a group that was not asked about must be a new one for its typical picture to be asked about first,
however small it is."""
COVERED = 0.06
"""A group is asked about until its share of the images, over (1 + answers)^2, is less than this."""
SLIPPED = 0.5
"""How likely an answer must be a slip for it to be asked about once more."""
_SAME = 0.002
"""The squared distance, in units of the mean, under which a picture is a copy of another."""
_CANDIDATES = 500
"""The most doubtful pictures among which the one to ask about is looked for."""
_AT_ONCE = 256
"""The number of images that all others are compared with at a time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A picture or two to ask about: rows, what is expected of an answer (as in `Question`), and why."""

    rows: tuple[int, ...]
    gain: float
    why: str


def typical_image(
    routed: NDArray[np.float32],
    start: NDArray[np.float32],
    asked: NDArray[np.intp],
    open_rows: NDArray[np.bool_],
    fresh: float,
    doubted: NDArray[np.intp] | None = None,
) -> Choice | None:
    """Return a picture near the middle of a group of the start: of the largest, each answer counting against it.

    One answer may be the exception in its group, so large groups are asked about more than once before anything is
    made of them, and so are those whose only answer is doubted. The middle is the median: where most of a group lie in
    a corner, as where a model is sure of them, what lies nearest to their mean are those that it is not sure of. None
    where all are asked about enough.

    Args:
        routed: (n, d), the views of the criterion side by side.
        start: (n, k), the assignment without answers.
        asked: Rows of the images that were answered or skipped.
        open_rows: (n,) bool: which may be asked about.
        fresh: How likely a group that was not asked about is a new one.
        doubted: Groups whose only answer may be an exception.
    """
    unsure = set() if doubted is None else set(doubted.tolist())
    best = np.where(start.any(axis=1), start.argmax(1), -1)
    size = np.bincount(best[best >= 0], minlength=start.shape[1])
    count = np.bincount(best[asked][best[asked] >= 0], minlength=start.shape[1])
    worth = size / (1 + count) ** 2 / len(start)
    for group in np.argsort(-worth, kind="stable").tolist():
        new = (not count[group] or (count[group] == 1 and group in unsure)) and fresh > FRESH
        if worth[group] < COVERED and not (new and size[group]):
            continue
        members = np.flatnonzero(best == group)
        free = members[open_rows[members]]
        if not len(free):
            continue
        outward = squared_distances(routed[free], np.median(routed[members], axis=0, keepdims=True))[:, 0]
        own = asked[best[asked] == group]
        if len(own):  # not the same middle again, but not its edge either
            inner = free[outward <= np.median(outward)]
            row = int(inner[squared_distances(routed[inner], routed[own]).min(1).argmax()])
        else:
            row = int(free[outward.argmin()])
        why = "typical of a group you have not named" if not count[group] else "to be sure of a group"
        return Choice((row,), float(worth[group]) * (1.0 if new else 0.5), why)
    return None


def doubtful_image(
    soft: Floats,
    views: Sequence[View],
    weights: Floats,
    asked: NDArray[np.intp],
    open_rows: NDArray[np.bool_],
) -> Choice | None:
    """Return the picture that hangs most between two groups and is most unlike all that were answered: by the product
    of both.

    Doubt alone asks about the same few pictures again and again, since one more answer about a group makes its edge no
    surer; unlikeness alone asks about exceptions.

    Args:
        soft: (n, g) the assignment so far.
        views: What is learned from.
        weights: How much each counts.
        asked: Rows that were answered.
        open_rows: Which may be asked about.
    """
    free = np.flatnonzero(open_rows)
    if not len(free):
        return None
    order = np.argsort(-soft, axis=1, kind="stable")[:, :2]
    top = np.take_along_axis(soft, order, 1)
    margin = top[:, 0] - (top[:, 1] if top.shape[1] > 1 else 0.0)
    near = free[np.argsort(margin[free], kind="stable")[:_CANDIDATES]]
    unlike = _far(views, weights, near, asked) if len(asked) else np.ones(len(near))
    row = int(near[((1 - margin[near]) * unlike).argmax()])
    alike = (np.sort(order, 1) == np.sort(order[row])).all(1)
    gain = float((1 - top[alike, 0]).sum() / len(soft))
    return Choice((row,), gain, "it could be in either of two groups")


def probable_slip(learned: Learned, rows: Sequence[int]) -> Choice | None:
    """Return an answer that all others speak against, to be given once more: the one that is likeliest a slip.

    What looks like it would follow it, and no other question finds that out: a group is not asked about again where
    its pictures are alike.

    Args:
        learned: What the answers gave.
        rows: Images whose answer may be doubted.
    """
    at = learned.newest
    likely = slip_probabilities(learned.posterior.foreseen, learned.of[at])
    likely[~np.isin(learned.rows[at], rows)] = 0.0
    if not len(likely) or (odds := float(likely.max())) <= SLIPPED:
        return None
    row = int(learned.rows[at][likely.argmax()])
    return Choice((row,), odds / len(learned.rows), "all else you said speaks against it")


def distant_image(
    views: Sequence[View], weights: Floats, asked: NDArray[np.intp], open_rows: NDArray[np.bool_], seed: int
) -> Choice | None:
    """Return a picture by lot, the likelier the less it is like those that were asked about (k-means++; Arthur and
    Vassilvitskii 2007).

    While nothing can be foreseen, what is doubtful is not known either, and pictures that are doubtful to a learner
    that knows nothing are a bad sample to learn from.

    Args:
        views: What is learned from.
        weights: How much each counts.
        asked: Rows that were answered or skipped.
        open_rows: Which may be asked about.
        seed: Of the lot, together with the number of those asked about.
    """
    free = np.flatnonzero(open_rows)
    if not len(free):
        return None
    chance = _far(views, weights, free, asked) if len(asked) else np.ones(len(free))
    chance = chance / chance.sum() if chance.sum() > 0 else np.full(len(free), 1 / len(free))
    row = int(np.random.default_rng([seed, len(asked)]).choice(free, p=chance))
    return Choice((row,), 1 / np.sqrt(len(asked) + 1) / 2, "unlike those you answered; nothing is clear yet")


def copies(views: Sequence[View], rows: Iterable[int], n: int) -> NDArray[np.bool_]:
    """Return (n,) which images look the same as one of `rows`, these included.

    Args:
        views: Of which the widest one tells pictures apart.
        rows: Images.
        n: How many there are.
    """
    found = np.zeros(n, bool)
    those = np.array(sorted(set(rows)), np.intp)
    if not len(those):
        return found
    wide = max(views, key=lambda view: view.data.shape[1]).data
    for some in _parts(those):
        found |= squared_distances(wide, wide[some]).min(1) < _SAME
    found[those] = True
    return found


def uniform_weights(views: Sequence[View]) -> Floats:
    """Return (v,) the same weight for each view that is routed to the criterion."""
    used = np.array([float(view.weight > 0) for view in views])
    return np.asarray(used / max(used.sum(), 1.0), np.float64)


def _far(views: Sequence[View], weights: Floats, rows: NDArray[np.intp], asked: NDArray[np.intp]) -> Floats:
    """Return (r,) squared distance of each row to the nearest that was answered, in the views that count."""
    nearest = np.full(len(rows), np.inf)
    for some in _parts(asked):
        total = np.zeros((len(rows), len(some)))
        for view, weight in zip(views, weights.tolist(), strict=True):
            if weight > 0:
                total += weight * squared_distances(view.data[rows], view.data[some])
        nearest = np.minimum(nearest, total.min(1))
    return nearest


def _parts(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Return some rows at a time: a large group that is locked counts as asked about, and all at once are many
    distances."""
    return (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))


def closest_groups(
    soft: Floats, routed: NDArray[np.float32], open_rows: NDArray[np.bool_], apart: Iterable[tuple[int, int]]
) -> Choice | None:
    """Return two pictures from the middles of the two groups that lie nearest: are they one group?

    Args:
        soft: (n, g) the assignment so far.
        routed: (n, d).
        open_rows: Which may be asked about.
        apart: Pairs of groups that are known to be different, or were asked about.
    """
    best = np.where(soft.any(axis=1), soft.argmax(1), -1)
    told_apart = {tuple(sorted(pair)) for pair in apart}
    groups = [g for g in range(soft.shape[1]) if open_rows[best == g].any()]
    middles = {g: routed[best == g].mean(0) for g in groups}
    sizes = {g: int((best == g).sum()) for g in groups}
    pairs = [(a, b) for i, a in enumerate(groups) for b in groups[i + 1 :] if (a, b) not in told_apart]
    if not pairs:
        return None
    a, b = min(pairs, key=lambda pair: (float(((middles[pair[0]] - middles[pair[1]]) ** 2).sum()), pair))
    rows = []
    for group in (a, b):
        free = np.flatnonzero((best == group) & open_rows)
        rows.append(int(free[((routed[free] - middles[group]) ** 2).sum(1).argmin()]))
    return Choice(tuple(rows), min(sizes[a], sizes[b]) / len(soft), "these two groups are the most alike")
