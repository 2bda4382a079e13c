"""What a criterion is taught on: the views, what was found without answers, and what the answers so far gave."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Label, Ties
from tools.learn.kernel_ridge import KernelRidge, fit
from tools.learn.opinion_pool import Grouped, grouped
from tools.learn.posterior import Posterior, posterior
from tools.views import View, fill_gaps

MOST = 512
"""The most answers that are learned from: time grows with the third power of their number, memory with the second."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What the answers gave, before they are obeyed where the regression would have it otherwise.

    Attributes:
        ridge: What foresees answers; of more than `MOST` it has learned from `newest`.
        posterior: The assignment.
        rows: (m,) images whose name is known: those answered, in that order, and those tied to them.
        of: (m,) their names, as indices.
        names: Of the c named groups, in the order in which they were said first.
        newest: (l,) places in `rows` of those that the regression has learned from.
    """

    ridge: KernelRidge
    posterior: Posterior
    rows: NDArray[np.intp]
    of: NDArray[np.intp]
    names: tuple[str, ...]
    newest: NDArray[np.intp]


@dataclass(slots=True, eq=False)
class Material:
    """What a criterion is taught on.

    Attributes:
        images: n image ids.
        views: Of `learning_views`: without gaps, of one scale. Those of weight > 0 are routed to the criterion.
        start: (n, k) float32: the assignment that was found without answers; rows sum to 1, or to 0 for unsorted.
        groups: Its groups.
    """

    images: tuple[str, ...]
    views: list[View]
    start: NDArray[np.float32]
    groups: Grouped = field(init=False, repr=False)
    _newest: tuple[object, Learned] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.views = [View("start", fill_gaps(np.sqrt(self.start))), *self.views]
        self.groups = grouped(self.start, self.routed)

    @property
    def routed(self) -> NDArray[np.float32]:
        """(n, d): the view that likeness under the criterion is measured in."""
        return next((v for v in self.views[1:] if v.weight > 0), self.views[-1]).data

    def learn(self, ties: Ties, constraints: Sequence[Constraint], most: int | None = None) -> Learned | None:
        """Learn from the answers; None where nothing has a name yet. The newest result is kept for whoever asks again.

        Args:
            ties: What holds, of the same images.
            constraints: The same, as it was said: their order is that of the names.
            most: Groups at most, unless more were named; None for any number.
        """
        if not ties.names:
            return None
        about = (tuple(constraints), most)
        if self._newest is None or self._newest[0] != about:
            self._newest = (about, self._learn(ties, constraints, most))
        return self._newest[1]

    def _learn(self, ties: Ties, constraints: Sequence[Constraint], most: int | None) -> Learned:
        order = {name: i for i, name in enumerate(names_in_order(constraints))}
        blocks = sorted(ties.names, key=lambda block: order.get(ties.names[block], len(order)))
        number = {block: i for i, block in enumerate(blocks)}
        place = {image: row for row, image in enumerate(self.images)}
        labelled = [place[c.image] for c in constraints if isinstance(c, Label) and c.image in place]
        tied = [row for row, block in enumerate(ties.block) if block in number]
        rows = np.array(
            list(dict.fromkeys([*(row for row in labelled if ties.block[row] in number), *tied])), np.intp
        )
        of = np.array([number[ties.block[row]] for row in rows.tolist()], np.intp)
        learned_from = newest(of, MOST)
        ridge = fit(self.views, rows[learned_from], of[learned_from])
        names = tuple(ties.names[block] for block in blocks)
        assignment = posterior(ridge, self.start, rows, of, most, learned=learned_from, groups=self.groups)
        return Learned(ridge, assignment, rows, of, names, learned_from)


def names_in_order(constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """Return the names that were said, in the order in which they were said first."""
    return tuple(dict.fromkeys(c.name for c in constraints if isinstance(c, Label)))


def newest(of: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return positions, rising, of at most `most` answers, the newest of every name alike; but one of each name.

    Args:
        of: (m,) the name of each answer, 0..c-1, in the order in which they were given.
        most: How many.
    """
    rank = np.zeros(len(of), np.intp)
    for name in np.unique(of):
        places = np.flatnonzero(of == name)
        rank[places] = np.arange(len(places))[::-1]
    order = np.argsort(rank, kind="stable")
    return np.sort(order[: max(most, int((rank == 0).sum()))])
