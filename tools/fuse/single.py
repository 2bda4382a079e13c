"""The baseline "best of one view": k-means on one view alone, as the method "view:NAME"."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import View
from tools.fuse.guide import Guide
from tools.fuse.last import cluster
from tools.fuse.pair import number
from tools.progress import Progress, silent

PREFIX = "view:"


class SingleView:
    """k-means on the view of a name, whatever its weight.

    Args:
        view: Its name, such as "object.kind".
    """

    every: ClassVar[bool] = True
    fuses: ClassVar[bool] = False
    finds_k: ClassVar[bool] = False

    def __init__(self, view: str) -> None:
        self.view = view
        self.name = PREFIX + view

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """Why it cannot run: there is no such view."""
        if any(view.name == self.view for view in views):
            return None
        names = ", ".join(sorted(view.name for view in views))
        return f"there is no view {self.view!r} of these images; there are {names}"

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
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        if lack := self.lacks(views, guide):
            raise UsageError(lack)
        rows = next(view.data for view in views if view.name == self.view)
        return cluster(rows, images, constraints, number(rows, k, guide, seed), seed, guide)
