"""Assignments that obey what the user said: k-means from the groups that were named, or any method's own assignment."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Ties, consistent, dropped_note, tie
from tools.embed.prepare import smooth
from tools.fuse.method_context import MethodContext
from tools.number_of_groups import check_k, estimate_k
from tools.saturation_queue import SaturationQueue

RESTARTS = 10
"""How many random starts k-means is given where the user named no group; the best one counts."""


def constrained_kmeans(
    rows: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    k: int | None,
    seed: int,
    context: MethodContext | None = None,
) -> NDArray[np.float32]:
    """Return k-means on the rows: (n, k) float32, starting from the groups that the user named, obeying the
    constraints.

    Args:
        rows: (n, d) float32; a row of NaN becomes one of zeros.
        images: n image ids.
        constraints: What the user said of the images, in order.
        k: Number of groups, or None to estimate it.
        seed: Of the starts.
        context: To its notes a line is added where constraints contradict each other.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = len(rows)
    check_k(k, n)
    seen = np.asarray(~np.isnan(rows).any(axis=1))
    ties = ties_of(images, constraints, context)
    points = _together(smooth(rows[seen]), ties, seen)
    if not len(points):
        return np.zeros((n, k or 1), np.float32)
    distinct = len(np.unique(points, axis=0))
    groups = min(k or estimate_k(points, seed=seed), distinct)
    place = np.cumsum(seen) - 1  # of a row among the points
    named = [rows for rows in _named(ties) if seen[rows].any()]
    starts = _starts(points, [place[rows[seen[rows]]] for rows in named[:groups]], groups, seed)
    # One thread: several wait for each other on a busy machine, ten times as long.
    with threadpool_limits(1, "openmp"):
        if starts is None:
            model = KMeans(groups, n_init=RESTARTS, random_state=seed).fit(points)
        else:
            model = KMeans(groups, init=starts, n_init=1, random_state=seed).fit(points)
    soft = np.zeros((n, groups), np.float32)
    soft[seen] = _soft(points, model.cluster_centers_)
    soft = np.pad(soft, ((0, 0), (0, max(0, (k or 0) - groups))))
    apply_constraints(soft, ties)
    return soft


def constrained_assignment(
    soft: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    context: MethodContext | None = None,
) -> NDArray[np.float32]:
    """Return a method's own assignment: no group is empty as long as there are images enough, and the constraints are
    obeyed.

    Args:
        soft: (n, k) float32, rows that sum to 1 or, where nothing is known, to 0.
        images: n image ids.
        constraints: What the user said of the images, in order.
        context: See `constrained_kmeans`.
    """
    filled = fill_empty_groups(soft)
    apply_constraints(filled, ties_of(images, constraints, context))
    return filled


def fill_empty_groups(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each group that is no image's best the image that is least sure of its own, from a group that has others.

    In that image's row the two groups trade places, so that it still sums to what it did.
    """
    soft = soft.copy()
    placed = np.flatnonzero(soft.any(axis=1))
    for empty in range(soft.shape[1]):
        best = soft[placed].argmax(1)
        size = np.bincount(best, minlength=soft.shape[1])
        if size[empty] or not len(placed):
            continue
        free = np.flatnonzero(size[best] > 1)
        if not len(free):
            break
        least = free[np.argmin(soft[placed[free], best[free]] - soft[placed[free], empty])]
        row, group = placed[least], best[least]
        soft[row, [empty, group]] = soft[row, [group, empty]]
    return soft


def ties_of(
    images: Sequence[str], constraints: Sequence[Constraint], context: MethodContext | None = None
) -> Ties:
    """Return the blocks that constraints make of n images; the user is told of what contradicts something newer.

    Args:
        images: n image ids.
        constraints: In the order in which they were given.
        context: To its notes a line is added where something was dropped.
    """
    kept, dropped = consistent(constraints)
    note = dropped_note(dropped, constraints)
    if context is not None and note and note not in context.notes:
        context.notes.append(note)
    return tie(images, kept)


def apply_constraints(soft: NDArray[np.float32], ties: Ties) -> bool:
    """Give each block of images to one group, and blocks that are apart to different ones; in place.

    The block with the fewest groups left to choose from goes first (DSATUR; Brelaz 1979), then the larger, then the
    surer; each takes the group that most of it is in. An image alone that is where it may be keeps its row. Images
    with rows of zeros follow those that they are tied to, and stay as they are where nothing is known of any.

    Args:
        soft: (n, k) float32, rows that sum to 1 or to 0.
        ties: Of the same n images.

    Returns:
        Whether all of them could be obeyed: False where the k groups are too few. Then the largest blocks are.
    """
    blocks = [np.array(rows, np.intp) for rows in ties.blocks]
    queue = SaturationQueue(
        (
            number
            for number, rows in enumerate(blocks)
            if (len(rows) > 1 or number in ties.names or number in ties.parted) and soft[rows].any()
        ),
        ties.parted,
        ties.names,
        lambda number: (-len(blocks[number]), -float(soft[blocks[number]].max()), number),
    )
    obeyed = True
    while (number := queue.next()) is not None:
        rows = blocks[number]
        order = np.argsort(-soft[rows].sum(0), kind="stable").tolist()
        group = next((g for g in order if not queue.closed(number, g)), None)
        if group is None:
            obeyed = False
            continue
        queue.take(number, group)
        if len(rows) == 1 and number not in ties.names and soft[rows[0]].argmax() == group:
            continue
        soft[rows] = 0.0
        soft[rows, group] = 1.0
    return obeyed


def _soft(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the memberships of spherical Gaussians of one width, the mean squared distance to the nearest centre."""
    distance = ((points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)).clip(0)
    nearest = distance.min(1, keepdims=True)
    width = max(float(nearest.mean()), 1e-9)
    soft = np.exp(-(distance - nearest) / (2 * width))
    return np.asarray(soft / soft.sum(1, keepdims=True), dtype=np.float32)


def _named(ties: Ties) -> list[NDArray[np.intp]]:
    """Return the rows of the images that the user put under one name, the largest such group first."""
    blocks = ties.blocks
    groups = [np.array(blocks[number], np.intp) for number in ties.names]
    return sorted(groups, key=len, reverse=True)


def _together(points: NDArray[np.float32], ties: Ties, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the points, with those of each nameless block moved to its mean: they are counted as one heavy point."""
    place = np.cumsum(seen) - 1
    moved = points.copy()
    for number, block in enumerate(ties.blocks):
        rows = [place[row] for row in block if seen[row]]
        if len(rows) > 1 and number not in ties.names:
            moved[rows] = points[rows].mean(0)
    return moved


def _starts(
    points: NDArray[np.float32], groups: Sequence[NDArray[np.intp]], k: int, seed: int
) -> NDArray[np.float32] | None:
    """Return centres to start from where the user named groups: their means (seeded k-means; Basu, Banerjee and Mooney
    2002), and for the other groups points far from those. None where no group is named."""
    from sklearn.cluster import kmeans_plusplus

    if not groups:
        return None
    means = np.stack([points[rows].mean(0) for rows in groups])
    if len(means) == k:
        return means
    distance = ((points[:, None, :] - means) ** 2).sum(-1).min(1)
    far = distance >= np.median(distance)
    candidates = points[far] if far.sum() >= k - len(means) else points
    others, _ = kmeans_plusplus(candidates, k - len(means), random_state=seed)
    return np.concatenate([means, others]).astype(np.float32)
