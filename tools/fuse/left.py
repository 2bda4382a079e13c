"""What is left: the structures of a collection in sequence, and the one of them that the words speak for."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.embed.left import SAMPLE, Structure, clusters, left, sequence, worth
from tools.errors import UsageError
from tools.fuse.base import View, possible
from tools.fuse.guide import Guide
from tools.fuse.last import cluster
from tools.progress import Progress, silent

WIDE = 32
"""Columns from which a view is one of a network, in which many things show; narrower ones measure one thing."""
_SEEN = 0.5
"""Share of the images of which a view must say something to count, and of which words must, to choose."""


class WhatIsLeft:
    """Non-redundant clusterings by orthogonalisation (Cui, Fern and Dy, ICDM 2007), one of them chosen by words.

    Structures are found in sequence, once with the number of groups open and once with it given. The criterion is
    looked for in what all of them leave and in what all but one leave: that one may be what was asked for. Of these
    candidates, the one that agrees best with what is said of the images is taken (AMI); where nothing is said, the
    one that stands out most.
    """

    name: ClassVar[str] = "left"
    every: ClassVar[bool] = True
    fuses: ClassVar[bool] = False
    finds_k: ClassVar[bool] = False

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """It needs a view of a network that says something about most images."""
        return None if _wide(views) else "left needs image features of most pictures; there are none"

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        guide: Guide | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. With k None, the number of the first structure counts."""
        n = len(images)
        possible(k, n)
        if lacking := self.lacks(views, guide):
            raise UsageError(lacking)
        whole = [view.data for view in _wide(views)]
        seen = np.flatnonzero(np.isfinite(np.concatenate(whole, axis=1)).all(axis=1))
        wide = [view[seen] for view in whole]
        accepted = [labels[seen] for labels in guide.accepted] if guide else []
        progress("looking for structures", 0, 2)
        chains = [sequence(wide, accepted, seed)]
        progress("looking for structures", 1, 2)
        if k is None:
            k = chains[0][0].k if chains[0] else 1
        chains.append(sequence(wide, accepted, seed, (k,)))
        progress("looking for structures", 2, 2)
        said = [guide.said[i] for i in seen.tolist()] if guide else []
        best = _best(list(_candidates(wide, accepted, chains)), k, said, seed)
        rows = np.full((n, best.shape[1]), np.nan, np.float32)
        rows[seen] = best
        return cluster(rows, images, constraints, k, seed, guide)


def _wide(views: Sequence[View]) -> list[View]:
    return [
        view
        for view in views
        if view.kind == "image"
        and view.data.shape[1] >= WIDE
        and np.isfinite(view.data).all(axis=1).mean() > _SEEN
    ]


def _candidates(
    wide: Sequence[NDArray[np.float32]],
    accepted: Sequence[NDArray[np.intp]],
    chains: Sequence[Sequence[Structure]],
) -> Iterator[NDArray[np.float32]]:
    """Each view as it is, without all structures of a chain, and without all but one."""
    taken: list[list[NDArray[np.intp]]] = [list(accepted)]
    for chain in chains:
        for missing in range(len(chain) + 1):
            others = [structure.labels for i, structure in enumerate(chain) if i != missing]
            if others:
                taken.append([*accepted, *others])
    for groupings in taken:
        for view in wide:
            yield left(view, groupings)


def _best(
    candidates: Sequence[NDArray[np.float32]], k: int, said: Sequence[str | None], seed: int
) -> NDArray[np.float32]:
    from sklearn.metrics import adjusted_mutual_info_score

    known = [i for i, word in enumerate(said) if word]
    if not known or len(known) < _SEEN * len(said) or len(set(said)) < 2:
        return max(candidates, key=lambda points: worth(points, k, seed)[0])
    some = np.random.default_rng(seed).permutation(known)[:SAMPLE]  # to choose, a sample is enough
    words = [said[i] for i in some.tolist()]
    return max(
        candidates,
        key=lambda points: adjusted_mutual_info_score(words, clusters(points[some], min(k, len(some)), seed)),
    )
