"""The last step of methods that read: k-means on what they made, or their own assignment, obeying what was said."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.guide import Guide
from tools.fuse.kmeans import _fit
from tools.fuse.obey import obey, tied


def cluster(
    rows: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    k: int | None,
    seed: int,
    guide: Guide | None = None,
) -> NDArray[np.float32]:
    """k-means on the rows as the baseline does it (`tools.fuse.kmeans`): (n, k) float32.

    Args:
        rows: (n, d) float32; a row of NaN becomes one of zeros.
        images: n image ids.
        constraints: What was said.
        k: Number of groups, or None to find it.
        seed: Of the starts.
        guide: To whose notes a line is added where things that were said contradict each other.
    """
    return _fit(rows, images, constraints, k, seed, guide)


def assigned(
    soft: NDArray[np.float32],
    images: Sequence[str],
    constraints: Sequence[Constraint],
    guide: Guide | None = None,
) -> NDArray[np.float32]:
    """A method's own assignment: no group is empty as long as there are images enough, and what was said is obeyed.

    Args:
        soft: (n, k) float32, rows that sum to 1 or, where nothing is known, to 0.
        images: n image ids.
        constraints: What was said.
        guide: See `cluster`.
    """
    filled = fill(soft)
    obey(filled, tied(images, constraints, guide))
    return filled


def fill(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each group that is no image's best the image that is least sure of its own, from a group that has others.

    Two rows trade the places of these two groups, so sums stay.
    """
    soft = soft.copy()
    known = np.flatnonzero(soft.any(axis=1))
    for empty in range(soft.shape[1]):
        best = soft[known].argmax(1)
        size = np.bincount(best, minlength=soft.shape[1])
        if size[empty] or not len(known):
            continue
        free = np.flatnonzero(size[best] > 1)
        if not len(free):
            break
        least = free[np.argmin(soft[known[free], best[free]] - soft[known[free], empty])]
        row, group = known[least], best[least]
        soft[row, [empty, group]] = soft[row, [group, empty]]
    return soft
