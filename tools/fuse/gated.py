"""Gated cross-attention: each image says itself how much its words count (Multi-DProxy, arXiv 2511.07274)."""

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
from tools.fuse.pair import lacking, number, pair, ready, unit
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Gated:
    """F = lambda T + (1 - lambda) V with lambda = sigmoid(<T, V> / tau), then k-means.

    V is the image and T the texts that it attends to, both in the space of `tools.fuse.align`, as unit vectors: of the
    paper the fusion alone is taken, not its proxies.

    Attributes:
        alignment: The shared space.
        tau: Sharpness of the gate, > 0.
        gate: Whether there is a gate; without one lambda is 1/2.
        checkpoint: A file from which a stopped run goes on.
    """

    name: ClassVar[str] = "gated"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = True
    finds_k: ClassVar[bool] = False

    alignment: Alignment = field(default_factory=Alignment)
    tau: float = 0.1
    gate: bool = True
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
        """F: (n, D) float32, NaN where nothing is known of an image."""
        text, image = unit(found.attended), unit(found.z)
        likeness = (text * image).sum(1, keepdims=True)
        share = 1 / (1 + np.exp(-likeness / self.tau)) if self.gate else 0.5
        fused = np.asarray(share * text + (1 - share) * image, np.float32)
        fused[~found.known] = np.nan
        return fused
