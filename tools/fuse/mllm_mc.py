"""The method MLLM_MC: images are drawn towards the tags of a criterion, then k-means (our first paper)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.fuse.align import Aligned, AlignedMethod


@dataclass(frozen=True)
class MllmMc(AlignedMethod):
    """Tags by TF-IDF, contrast between images and matched tags, cross-attention, residual, k-means (Eq. 3-10).

    Steps 1 and 2 of the paper, proposing criteria and describing each image under one, are done before, and their
    result is in the context. The flags of the alignment (Eq. 3-9) are the paper's ablations.

    Attributes:
        attention: Whether z* comes from attention (Eq. 9) rather than being the image's own text.
        residual: Whether u is z + z* (Eq. 10) rather than z* alone.
    """

    name = "mllm_mc"
    about = "tags in words, aligned with the pictures and fused by attention"
    aliases = ("mllmmc",)

    attention: bool = True
    residual: bool = True

    def fused(self, aligned: Aligned) -> NDArray[np.float32]:
        """Return u, (n, D) float32 (Eq. 10)."""
        star = aligned.attended if self.attention else aligned.own_text
        return aligned.z + star if self.residual else star.copy()
