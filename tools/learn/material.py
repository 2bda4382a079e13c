"""Gathers what a criterion is learned from: its views, the grouping found without answers, and the last result."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint, Label, Ties
from tools.learn.kernel_ridge import KernelRidge, fit
from tools.learn.opinion_pool import Grouped, grouped
from tools.learn.posterior import Posterior, posterior
from tools.views import View, fill_gaps

MOST = 512
"""The most answers that are learned from; time grows with the cube of their number and memory with its square."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Holds what was learned from the answers, before the constraints are applied to it.

    Attributes:
        ridge: The regression that predicts names; of more than `MOST` answers it has learned from `newest`.
        posterior: The assignment.
        rows: (m,) the rows of images with a name: those answered, in that order, then those tied to them.
        of: (m,) the names of these images, as indices into `names`.
        names: The names of the c named groups, in the order in which they were first given.
        newest: (l,) positions in `rows` of the images that the regression has learned from.
    """

    ridge: KernelRidge
    posterior: Posterior
    rows: NDArray[np.intp]
    of: NDArray[np.intp]
    names: tuple[str, ...]
    newest: NDArray[np.intp]


@dataclass(slots=True, eq=False)
class Material:
    """Holds everything that a criterion is learned from.

    Attributes:
        images: The n image ids.
        views: The `learning_views`, without gaps and of one scale; those of weight > 0 are routed to the criterion.
        start: (n, k) float32, the assignment found without answers; rows sum to 1, or to 0 for unsorted images.
        groups: The groups of `start`.
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
        """Return the view that likeness under the criterion is measured in, (n, d) float32."""
        return next((v for v in self.views[1:] if v.weight > 0), self.views[-1]).data

    @property
    def latest(self) -> Learned | None:
        """Return what was learned last; None before anything was."""
        return self._newest[1] if self._newest else None

    def learn(self, ties: Ties, constraints: Sequence[Constraint], most: int | None = None) -> Learned | None:
        """Learn from the answers; None where nothing has a name yet. The newest result is kept and returned again.

        Args:
            ties: The ties between the same images.
            constraints: The constraints that made these ties, in the order in which they were given, which is that of
                the names.
            most: The most groups, unless more were named; None for any number.
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
        row_of = {image: row for row, image in enumerate(self.images)}
        labelled = [row_of[c.image] for c in constraints if isinstance(c, Label) and c.image in row_of]
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
    """Return the names that the user gave, in the order in which they were first given."""
    return tuple(dict.fromkeys(c.name for c in constraints if isinstance(c, Label)))


def newest(of: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return the positions, rising, of at most `most` answers: the newest, from every name alike.

    Args:
        of: (m,) the name of each answer, 0..c-1, in the order in which they were given.
        most: The most positions, though there is at least one of each name.
    """
    rank = np.zeros(len(of), np.intp)
    for name in np.unique(of):
        places = np.flatnonzero(of == name)
        rank[places] = np.arange(len(places))[::-1]
    order = np.argsort(rank, kind="stable")
    return np.sort(order[: max(most, int((rank == 0).sum()))])
