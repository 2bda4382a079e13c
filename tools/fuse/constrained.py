"""Makes assignments obey the user's constraints: by k-means seeded with the named groups, or those of any method."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint, Ties, consistent, dropped_note, tie
from tools.embed.prepare import smooth
from tools.fuse.common_shape import common_shape
from tools.fuse.method_context import MethodContext
from tools.neighbours import EXACT
from tools.number_of_groups import check_k, estimate_k
from tools.saturation_queue import SaturationQueue

RESTARTS = 10
"""The number of random starts of k-means where the user named no group, of which the best one counts."""


def constrained_kmeans(
    rows: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    k: int | None,
    seed: int,
    context: MethodContext | None = None,
    shaped: bool = False,
) -> NDArray[np.float32]:
    """Cluster rows by k-means, seeded with the groups that the user named, into an (n, k) float32 soft assignment.

    The assignment obeys the constraints.

    Args:
        rows: (n, d) float32; a row with NaN gets an assignment of zeros.
        images: The n image ids.
        constraints: The user's constraints, in the order in which they were given.
        k: The number of groups, or None to estimate it.
        seed: The seed of the starts.
        context: Gets a note where constraints contradict each other.
        shaped: Whether groups may be long where all are (`tools.fuse.common_shape`), as long as nobody named one.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = len(rows)
    check_k(k, n)
    seen = np.asarray(~np.isnan(rows).any(axis=1))
    ties = ties_of(images, constraints, context)
    points = _merge_blocks(smooth(rows[seen]), ties, seen)
    if not len(points):
        return np.zeros((n, k or 1), np.float32)
    distinct = len(np.unique(points, axis=0))
    groups = min(k or estimate_k(points, seed=seed), distinct)
    point_of = np.cumsum(seen) - 1  # of a row among the points
    named = [rows for rows in _named(ties) if seen[rows].any()]
    starts = _starts(points, [point_of[rows[seen[rows]]] for rows in named[:groups]], groups, seed)
    # One thread: several wait for each other on a busy machine, ten times as long.
    with threadpool_limits(1, "openmp"):
        shaped = shaped and starts is None
        if starts is None and len(points) > EXACT:  # the best of the starts is found on a part of them
            part = points[np.random.default_rng(seed).choice(len(points), EXACT, replace=False)]
            starts = KMeans(groups, n_init=RESTARTS, random_state=seed).fit(part).cluster_centers_
        if starts is None:
            model = KMeans(groups, n_init=RESTARTS, random_state=seed).fit(points)
        else:
            model = KMeans(groups, init=starts, n_init=1, random_state=seed).fit(points)
    soft = np.zeros((n, groups), np.float32)
    soft[seen] = _soft(points, model.cluster_centers_)
    if shaped:
        soft[seen] = _moved(soft[seen], common_shape(points, model.labels_, groups))
    soft = np.pad(soft, ((0, 0), (0, max(0, (k or 0) - groups))))
    apply_constraints(soft, ties)
    return soft


def constrained_assignment(
    soft: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    context: MethodContext | None = None,
) -> NDArray[np.float32]:
    """Make a method's own assignment obey the constraints, and leave no group empty as long as there are enough images.

    Args:
        soft: (n, k) float32; rows sum to 1, or to 0 for unsorted images.
        images: The n image ids.
        constraints: The user's constraints, in the order in which they were given.
        context: Gets a note where constraints contradict each other.
    """
    filled = fill_empty_groups(soft)
    apply_constraints(filled, ties_of(images, constraints, context))
    return filled


def fill_empty_groups(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each empty group of an assignment, (n, k), the image that is least sure of its own group, which must have
    others.

    In that image's row the two groups' values are exchanged, so that the sum of the row stays the same.
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
    """Return the ties between n images, and note for the user which constraints contradict newer ones.

    Args:
        images: The n image ids.
        constraints: In the order in which they were given.
        context: Gets a note where a constraint was dropped.
    """
    consistent_ones, dropped = consistent(constraints)
    note = dropped_note(dropped, constraints)
    if context is not None and note and note not in context.notes:
        context.notes.append(note)
    return tie(images, consistent_ones)


def apply_constraints(soft: NDArray[np.float32], ties: Ties) -> bool:
    """Put each block of images in one group, and blocks that are apart in different ones, in place.

    The block with the fewest groups left to choose from goes first (DSATUR; Brelaz 1979), then the larger, then the
    surer; each takes the group that most of it is in. A single image that is where it may be keeps its row. Images with
    rows of zeros follow those that they are tied to; a block of nothing but such rows stays unsorted.

    Args:
        soft: (n, k) float32; rows sum to 1 or to 0.
        ties: The ties between the same n images.

    Returns:
        Whether all ties could be obeyed; False where the k groups are too few, and then the largest blocks obey them.
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
    """Return the memberships, (m, k), of spherical Gaussians whose variance is the mean squared distance to the
    centre."""
    distance = ((points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)).clip(0)
    nearest = distance.min(1, keepdims=True)
    width = max(float(nearest.mean()), 1e-9)
    soft = np.exp(-(distance - nearest) / (2 * width))
    return np.asarray(soft / soft.sum(1, keepdims=True), dtype=np.float32)


def _moved(soft: NDArray[np.float32], shaped: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return memberships that are as sure as those of k-means, (m, k), and in the group of the mixture.

    A mixture in many dimensions is sure of everything, so that it says which group and not how surely.
    """
    best, other = shaped.argmax(1), soft.argmax(1)
    moved, rows = soft.copy(), np.arange(len(soft))
    moved[rows, best], moved[rows, other] = soft[rows, other], soft[rows, best]
    return moved


def _named(ties: Ties) -> list[NDArray[np.intp]]:
    """Return the rows of the images of each name that the user gave, the largest group first."""
    blocks = ties.blocks
    groups = [np.array(blocks[number], np.intp) for number in ties.names]
    return sorted(groups, key=len, reverse=True)


def _merge_blocks(points: NDArray[np.float32], ties: Ties, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the points with those of each nameless block moved to the block's mean, so that they count as one."""
    point_of = np.cumsum(seen) - 1
    moved = points.copy()
    for number, block in enumerate(ties.blocks):
        rows = [point_of[row] for row in block if seen[row]]
        if len(rows) > 1 and number not in ties.names:
            moved[rows] = points[rows].mean(0)
    return moved


def _starts(
    points: NDArray[np.float32], groups: Sequence[NDArray[np.intp]], k: int, seed: int
) -> NDArray[np.float32] | None:
    """Return the initial centres, (k, d), where the user named groups; None where no group has a name.

    They are the means of the named groups (seeded k-means; Basu, Banerjee and Mooney 2002), and for the other groups
    points that are far from these.
    """
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
