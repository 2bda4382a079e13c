"""Groups by MLLM_MC: images are drawn towards the tags of a criterion, then k-means (our first paper)."""

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
        residual: Whether z is a part of u (Eq. 10), or u is z* alone.
        weighed: Whether z counts in u only as far as the words are wrong; else u is z + z*, as printed. Three colours
            of cards, of which the jokers are few, come out at NMI .90 weighed and at .81 as printed.
    """

    name = "mllm_mc"
    about = "tags in words, aligned with the pictures and fused by attention"
    aliases = ("mllmmc", "attention")

    attention: bool = True
    residual: bool = True
    weighed: bool = True

    def fused(self, aligned: Aligned) -> NDArray[np.float32]:
        """Return u, (n, D) float32 (Eq. 10)."""
        star = aligned.attended if self.attention else aligned.own_text
        if not self.residual:
            return star.copy()
        if not self.weighed:
            return aligned.z + star
        return np.asarray((1 - aligned.right) * aligned.z + aligned.right * star, np.float32)
