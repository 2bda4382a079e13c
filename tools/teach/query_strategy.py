"""Chooses by a strategy which picture, or which two, to ask about next."""

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
"""The chance of a group being new above which its typical picture is asked about first, however small the group is."""
COVERED = 0.06
"""The share of the images, over (1 + answers)^2, below which a group has been asked about enough."""
SLIPPED = 0.5
"""The probability of a slip above which an image is asked about once more."""
_SAME = 0.002
"""The squared distance, relative to the mean squared norm, below which a picture is a copy of another."""
_CANDIDATES = 500
"""The number of pictures with the smallest margin among which the one to ask about is chosen."""
_COVERED_BY = 400
"""The most pictures among which the one that covers most is chosen; of more, this many are taken at even steps."""
_COVERED = 1000
"""The most pictures over which the coverage is summed, at even steps as well."""
_AT_ONCE = 256
"""The number of images whose distances to all others are computed at a time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Names one or two pictures to ask about.

    Attributes:
        rows: The rows of the pictures.
        gain: The share of the collection that an answer is expected to put right, in [0, 1].
        why: The reason in a few words for people.
    """

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
    """Choose a picture near the middle of the largest group of the start, each answer counting against its group.

    One answer may be the exception in its group, so large groups are asked about more than once, and so are groups
    whose only answer is doubted. The middle is the median: where a model is sure of most of a group, these lie in a
    corner, and nearest to their mean are the ones that it is not sure of.

    Args:
        routed: (n, d) float32, the views of the criterion side by side.
        start: (n, k) float32, the assignment without answers.
        asked: The rows of the images that were answered or skipped.
        open_rows: (n,) bool, whether an image may be asked about.
        fresh: The chance that a group that was not asked about is a new one.
        doubted: The groups whose only answer may be an exception.

    Returns:
        The choice; None where all groups have been asked about enough.
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
        answered = asked[best[asked] == group]
        if len(answered):  # not the same middle again, but not its edge either
            inner = free[outward <= np.median(outward)]
            row = int(inner[squared_distances(routed[inner], routed[answered]).min(1).argmax()])
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
    """Choose the picture with the largest product of doubt between two groups and distance from all answered pictures.

    Doubt alone would ask about the same few pictures again and again, since one more answer about a group makes its
    edge no surer; distance alone would ask about exceptions.

    Args:
        soft: (n, g) float64, the assignment so far.
        views: The views that are learned from.
        weights: (v,) the weight of each view.
        asked: The rows of the images that were answered.
        open_rows: (n,) bool, whether an image may be asked about.
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
    """Choose the answered picture whose answer is likeliest a slip, to be asked about once more.

    Pictures that look like it would get the wrong name, and no other question would find that out, since a group whose
    pictures are alike is not asked about again.

    Args:
        learned: What was learned from the answers.
        rows: The rows of images whose answer may be doubted.
    """
    at = learned.newest
    likely = slip_probabilities(learned.posterior.foreseen, learned.of[at])
    likely[~np.isin(learned.rows[at], rows)] = 0.0
    if not len(likely) or (odds := float(likely.max())) <= SLIPPED:
        return None
    row = int(learned.rows[at][likely.argmax()])
    return Choice((row,), odds / len(learned.rows), "all your other answers speak against it")


def distant_image(
    views: Sequence[View], weights: Floats, asked: NDArray[np.intp], open_rows: NDArray[np.bool_], seed: int
) -> Choice | None:
    """Draw a picture at random, with a chance that grows with its squared distance from those asked about.

    This is the seeding of k-means++ (Arthur and Vassilvitskii 2007). While the learner cannot predict any answer, the
    pictures that it doubts are a bad sample to learn from.

    Args:
        views: The views that are learned from.
        weights: (v,) the weight of each view.
        asked: The rows of the images that were answered or skipped.
        open_rows: (n,) bool, whether an image may be asked about.
        seed: The seed of the draw, together with the number of images asked about.
    """
    free = np.flatnonzero(open_rows)
    if not len(free):
        return None
    chance = _far(views, weights, free, asked) if len(asked) else np.ones(len(free))
    chance = chance / chance.sum() if chance.sum() > 0 else np.full(len(free), 1 / len(free))
    row = int(np.random.default_rng([seed, len(asked)]).choice(free, p=chance))
    return Choice((row,), 1 / np.sqrt(len(asked) + 1) / 2, "unlike those you answered; nothing is clear yet")


def covering_image(
    views: Sequence[View], weights: Floats, asked: NDArray[np.intp], open_rows: NDArray[np.bool_]
) -> Choice | None:
    """Choose the picture that, once answered, leaves the pictures of the collection least far from an answered one.

    This is MaxHerding (Bae, Noh and Sutherland, ECCV 2024): the mean over all pictures of the kernel
    exp(-squared distance / 2) to the nearest answered one is raised most. While few answers are there, what the learner
    is sure of is not to be trusted, and doubt leads to exceptions.

    Args:
        views: The views that are learned from, each with a mean squared norm of 1.
        weights: (v,) the weight of each view.
        asked: The rows of the images that were answered or skipped.
        open_rows: (n,) bool, whether an image may be asked about.
    """
    free = _at_even_steps(np.flatnonzero(open_rows), _COVERED_BY)
    if not len(free):
        return None
    everywhere = _at_even_steps(np.arange(len(open_rows)), _COVERED)
    covered = (
        np.exp(-_far(views, weights, everywhere, asked) / 2) if len(asked) else np.zeros(len(everywhere))
    )
    by_each = np.exp(-_distances(views, weights, free, everywhere) / 2)
    gains = np.maximum(by_each - covered, 0).mean(1)
    return Choice(
        (int(free[gains.argmax()]),), float(gains.max()), "typical of pictures unlike those you answered"
    )


def covering_member(
    routed: NDArray[np.float32],
    members: NDArray[np.bool_],
    asked: NDArray[np.intp],
    open_rows: NDArray[np.bool_],
) -> int | None:
    """Return the row of the picture that stands for most of a group, beside those of it that are known; None where none
    may be asked about.

    This is MaxHerding as in `covering_image`, within one group and with a kernel half as wide. Three such pictures of a
    group teach more than its three surest, which are all of one sort.

    Args:
        routed: (n, d) float32, the views of the criterion side by side, with a mean squared norm of 1.
        members: (n,) bool, whether an image is in the group for now.
        asked: The rows of the images that are known to be of the group.
        open_rows: (n,) bool, whether an image may be asked about.
    """
    free = _at_even_steps(np.flatnonzero(members & open_rows), _COVERED_BY)
    if not len(free):
        return None
    group = _at_even_steps(np.flatnonzero(members), _COVERED)
    by_each = np.exp(-squared_distances(routed[free], routed[group]))
    covered = np.exp(-squared_distances(routed[group], routed[asked])).max(1) if len(asked) else 0.0
    return int(free[np.maximum(by_each - covered, 0).sum(1).argmax()])


def _at_even_steps(rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return at most `most` of the rows, at even steps."""
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)] if len(rows) > most else rows


def copies(views: Sequence[View], rows: Iterable[int], n: int) -> NDArray[np.bool_]:
    """Return whether each image looks the same as one of `rows`, these included: (n,) bool.

    Args:
        views: The views of the collection, of which the widest one is compared.
        rows: The rows of some images.
        n: The number of images.
    """
    is_copy = np.zeros(n, bool)
    those = np.array(sorted(set(rows)), np.intp)
    if not len(those):
        return is_copy
    wide = max(views, key=lambda view: view.data.shape[1]).data
    for chunk in _parts(those):
        is_copy |= squared_distances(wide, wide[chunk]).min(1) < _SAME
    is_copy[those] = True
    return is_copy


def uniform_weights(views: Sequence[View]) -> Floats:
    """Return the same weight for each view that is routed to the criterion, (v,) float64 that sums to 1."""
    used = np.array([float(view.weight > 0) for view in views])
    return np.asarray(used / max(used.sum(), 1.0), np.float64)


def _far(views: Sequence[View], weights: Floats, rows: NDArray[np.intp], asked: NDArray[np.intp]) -> Floats:
    """Return the weighted squared distance of each row to the nearest image asked about, (r,) float64."""
    nearest = np.full(len(rows), np.inf)
    for chunk in _parts(asked):
        nearest = np.minimum(nearest, _distances(views, weights, rows, chunk).min(1))
    return nearest


def _distances(views: Sequence[View], weights: Floats, a: NDArray[np.intp], b: NDArray[np.intp]) -> Floats:
    """Return the weighted squared distances of some rows to others, (a, b) float64."""
    total = np.zeros((len(a), len(b)))
    for view, weight in zip(views, weights.tolist(), strict=True):
        if weight > 0:
            total += weight * squared_distances(view.data[a], view.data[b])
    return total


def _parts(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Return the rows in chunks, since a large locked group counts as asked about and would take many distances."""
    return (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))


def closest_groups(
    soft: Floats, routed: NDArray[np.float32], open_rows: NDArray[np.bool_], apart: Iterable[tuple[int, int]]
) -> Choice | None:
    """Choose two pictures from the middles of the two nearest groups, to ask whether they are one group.

    Args:
        soft: (n, g) float64, the assignment so far.
        routed: (n, d) float32, the views of the criterion side by side.
        open_rows: (n,) bool, whether an image may be asked about.
        apart: Pairs of groups that are different or were asked about.
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
