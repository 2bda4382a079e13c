"""What methods that compare pixels with words have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.align import Aligned, Alignment, align
from tools.fuse.base import View
from tools.fuse.guide import Guide
from tools.fuse.last import cluster
from tools.fuse.pair import Pair, lacking, number, pair, ready
from tools.progress import Progress, silent


class Reading(ABC):
    """A method that needs both sides, and how its assignment comes about: by default, k-means on rows that it makes."""

    name: ClassVar[str]
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = True
    finds_k: ClassVar[bool] = False

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """Why it cannot run: it needs pixels, and words about them."""
        return lacking(views, self.name, guide)

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
        told, both = ready(self, views, guide), pair(views)
        k = number(both.rows, k, told, seed)
        rows = self.rows(both, told, k, seed, progress)
        return cluster(rows, images, constraints, k, seed, told)

    @abstractmethod
    def rows(self, both: Pair, told: Guide, k: int, seed: int, progress: Progress) -> NDArray[np.float32]:
        """(n, D) float32 that k-means is run on, NaN where nothing is known of an image."""


@dataclass(frozen=True)
class Aligning(Reading):
    """A method that draws both sides into one space first (`tools.fuse.align`) and fuses them there.

    Attributes:
        alignment: The layers of that space and what they are trained by.
        checkpoint: A file from which a stopped run goes on.
    """

    alignment: Alignment = field(default_factory=Alignment)
    checkpoint: Path | None = None

    def rows(self, both: Pair, told: Guide, k: int, seed: int, progress: Progress) -> NDArray[np.float32]:
        """What `fused` makes of the aligned sides."""
        found = align(
            both,
            told,
            k,
            self.alignment,
            seed=seed,
            stage=self.name,
            progress=progress,
            checkpoint=self.checkpoint,
        )
        fused = self.fused(found)
        fused[~found.known] = np.nan
        return fused

    @abstractmethod
    def fused(self, found: Aligned) -> NDArray[np.float32]:
        """(n, D) float32, a new array; rows of images of which nothing is known do not matter."""
