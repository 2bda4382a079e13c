"""What the user's answers say about all the other images."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.base import View, possible
from tools.fuse.guide import Guide
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.obey import obey, tied
from tools.progress import Progress, silent
from tools.teach.looks import filled
from tools.teach.material import Material


class Taught:
    """A head on all views, taught by the answers and held by what was found without them; see `tools.teach`.

    Without any answer it is the default method, obeying links.
    """

    name: ClassVar[str] = "taught"
    every: ClassVar[bool] = True
    fuses: ClassVar[bool] = False
    finds_k: ClassVar[bool] = True

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """None: it runs on any view."""
        return None

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
        """See `tools.fuse.base.Method.fit`. What was said may make more groups than k."""
        possible(k, len(images))
        said = tied(images, constraints, guide)
        if said.names:
            material = guide.material if guide is not None else None
            if material is None:
                filled_views = [View(view.name, filled(view.data), view.weight) for view in views]
                material = Material(tuple(images), filled_views, _plain(views, images, (), k, seed))
            learned = material.learn(said, constraints, k)
            soft = learned.spread.soft.astype(np.float32) if learned else material.start
        else:
            soft = _plain(views, images, constraints, k, seed)
        while not obey(soft, said):
            soft = np.pad(soft, ((0, 0), (0, 1)))
        return soft


def _plain(
    views: Sequence[View], images: Sequence[str], said: Sequence[Constraint], k: int | None, seed: int
) -> NDArray[np.float32]:
    return RoutedKMeans().fit(views, images=images, constraints=said, k=k, seed=seed)
