"""What a criterion is taught on: the views, what was found without answers, and what the answers so far gave."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Label, Ties
from tools.fuse.base import View
from tools.teach.head import Head, fit
from tools.teach.looks import filled
from tools.teach.pool import Grouped, grouped
from tools.teach.spread import Spread, spread

MOST = 512
"""So many answers are learned from: time grows with the third power of their number, memory with the second."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What the answers gave, before they are obeyed where the head would have it otherwise.

    Attributes:
        head: What foresees answers; of more than `MOST` it has learned from `newest`.
        spread: The assignment.
        rows: (m,) images whose name is known: those answered, in that order, and those tied to them.
        of: (m,) their names, as indices.
        names: Of the c named groups, in the order in which they were said first.
        newest: (l,) places in `rows` of those that the head has learned from.
    """

    head: Head
    spread: Spread
    rows: NDArray[np.intp]
    of: NDArray[np.intp]
    names: tuple[str, ...]
    newest: NDArray[np.intp]


@dataclass(slots=True, eq=False)
class Material:
    """What a criterion is taught on.

    Attributes:
        images: n image ids.
        views: Of `tools.teach.looks`: without gaps, of one scale. Those of weight > 0 are routed to the criterion.
        start: (n, k) float32: the assignment that was found without answers; rows sum to 1, or to 0 for unsorted.
        groups: Its groups.
    """

    images: tuple[str, ...]
    views: list[View]
    start: NDArray[np.float32]
    groups: Grouped = field(init=False, repr=False)
    _newest: tuple[object, Learned] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.views = [View("start", filled(np.sqrt(self.start))), *self.views]
        self.groups = grouped(self.start, self.routed)

    @property
    def routed(self) -> NDArray[np.float32]:
        """(n, d): the view that likeness under the criterion is measured in."""
        return next((v for v in self.views[1:] if v.weight > 0), self.views[-1]).data

    def learn(self, said: Ties, constraints: Sequence[Constraint], most: int | None = None) -> Learned | None:
        """Learn from what was said; None where nothing has a name yet. The newest is kept for who asks again.

        Args:
            said: What holds, of the same images.
            constraints: The same, as it was said: their order is that of the names.
            most: Groups at most, unless more were named; None for any number.
        """
        if not said.names:
            return None
        about = (tuple(constraints), most)
        if self._newest is None or self._newest[0] != about:
            self._newest = (about, self._learn(said, constraints, most))
        return self._newest[1]

    def _learn(self, said: Ties, constraints: Sequence[Constraint], most: int | None) -> Learned:
        order = {name: i for i, name in enumerate(spoken(constraints))}
        blocks = sorted(said.names, key=lambda block: order.get(said.names[block], len(order)))
        number = {block: i for i, block in enumerate(blocks)}
        place = {image: row for row, image in enumerate(self.images)}
        told = [place[c.image] for c in constraints if isinstance(c, Label) and c.image in place]
        tied = [row for row, block in enumerate(said.block) if block in number]
        rows = np.array(
            list(dict.fromkeys([*(row for row in told if said.block[row] in number), *tied])), np.intp
        )
        of = np.array([number[said.block[row]] for row in rows.tolist()], np.intp)
        few = newest(of, MOST)
        head = fit(self.views, rows[few], of[few])
        names = tuple(said.names[block] for block in blocks)
        made = spread(head, self.start, rows, of, most, learned=few, groups=self.groups)
        return Learned(head, made, rows, of, names, few)


def spoken(constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """The names that were said, in the order in which they were said first."""
    return tuple(dict.fromkeys(c.name for c in constraints if isinstance(c, Label)))


def newest(of: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Positions, rising, of at most `most` answers, the newest of every name alike; but one of each name.

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
