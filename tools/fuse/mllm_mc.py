"""MLLM_MC: images drawn towards the tags of a criterion, then k-means ("Fusion clustering", our first paper)."""

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
from tools.fuse.pair import lacking, number, pair, ready
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class MllmMc:
    """Tags by TF-IDF, contrast between images and matched tags, cross-attention, residual, k-means (Eq. 3-10).

    Steps 1 and 2 of the paper, proposing criteria and describing each image under one, are done before: what is said
    of an image is in the guide.

    Attributes:
        alignment: The layers and what they are trained by (Eq. 3-9); its flags are the paper's ablations.
        attention: Whether z* is attended to (Eq. 9), or is the image's own text.
        residual: Whether u = z + z* (Eq. 10), or z* alone.
        checkpoint: A file from which a stopped run goes on.
    """

    name: ClassVar[str] = "mllm_mc"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = True
    finds_k: ClassVar[bool] = False

    alignment: Alignment = field(default_factory=Alignment)
    attention: bool = True
    residual: bool = True
    checkpoint: Path | None = None

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
        return cluster(self._fused(found), images, constraints, k, seed, told)

    def _fused(self, found: Aligned) -> NDArray[np.float32]:
        """u (Eq. 10): (n, D) float32, NaN where nothing is known of an image."""
        star = found.attended if self.attention else found.own
        fused = found.z + star if self.residual else star.copy()
        fused[~found.known] = np.nan
        return fused
