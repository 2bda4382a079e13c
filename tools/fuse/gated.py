"""Fuses by gated cross-attention, in which a gate decides for each image how much its words count (arXiv
2511.07274)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.fuse.align import CERTAIN, Aligned, AlignedMethod
from tools.views import unit


@dataclass(frozen=True)
class Gated(AlignedMethod):
    """Clusters F = lambda T + (1 - lambda) V with lambda = sigmoid(<T, V> / gate_tau + ln(r / (1 - r))) by k-means.

    V is the image and T the texts that it attends to, unit vectors in the space of `tools.fuse.align`. This is the
    fusion of Multi-DProxy without its proxies, but for r, the share of the words that are right: as printed r is 1/2,
    and three colours of cards then come out at NMI .76 rather than the .87 of the words alone.

    Attributes:
        gate_tau: The temperature of the gate, > 0.
        gate: Whether there is a gate; without one lambda is 1/2.
    """

    name = "gated"
    about = "features and words, mixed by a gate for each picture"
    aliases = ("gate",)

    gate_tau: float = 0.1
    gate: bool = True

    def fused(self, aligned: Aligned) -> NDArray[np.float32]:
        """Return F, (n, D) float32."""
        text, image = unit(aligned.attended), unit(aligned.z)
        likeness = (text * image).sum(1, keepdims=True)
        right = np.clip(aligned.right, 1 - CERTAIN, CERTAIN)
        odds = right / (1 - right) * np.exp(likeness / self.gate_tau)
        share = odds / (1 + odds) if self.gate else 0.5
        return np.asarray(share * text + (1 - share) * image, np.float32)
