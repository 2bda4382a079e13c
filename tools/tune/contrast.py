"""Supervised contrastive learning on pairs (Khosla et al., NeurIPS 2020), where not every pair is known."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.tune.pairs import Pairs

if TYPE_CHECKING:
    import torch

TEMPERATURE = 0.1
"""The temperature of the paper (section 4.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """Pairs as a table: `images` are m rows of the collection, `same` and `apart` (m, m) weights, 0 where unknown."""

    images: NDArray[np.intp]
    same: "torch.Tensor"
    apart: "torch.Tensor"


def pair_table(pairs: Pairs) -> PairTable:
    """Return the table of all images that the pairs speak of."""
    import torch

    images, places = np.unique(pairs.rows, return_inverse=True)
    left, right = places.reshape(-1, 2).T
    both = np.zeros((2, len(images), len(images)), np.float32)
    kind = np.where(pairs.same, 0, 1)
    both[kind, left, right] = both[kind, right, left] = pairs.weight
    same, apart = torch.from_numpy(both)
    return PairTable(images, same, apart)


def loss(vectors: "torch.Tensor", same: "torch.Tensor", apart: "torch.Tensor") -> "torch.Tensor | None":
    """Return Eq. 2 of the paper (the sum outside the logarithm) over known pairs; None where no image has a positive.

    For image i: the mean over its positives p, by weight, of -log(exp(s_ip) / sum over a of exp(s_ia)), s the cosine
    over the temperature, a all its positives and its negatives. Each counts in the sum by its weight.

    Args:
        vectors: (b, d), L2-normalised.
        same: (b, b) weights of pairs that belong together, 0 elsewhere.
        apart: (b, b) weights of pairs that do not.
    """
    import torch

    weights = same + apart
    scores = (vectors @ vectors.T) / TEMPERATURE
    # An unknown pair is in no sum; the largest score is taken out by logsumexp itself.
    weighed = torch.where(weights > 0, scores + weights.clamp_min(1e-9).log(), -torch.inf)
    has = same.sum(1) > 0
    if not bool(has.any()):
        return None
    odds = scores[has] - torch.logsumexp(weighed[has], dim=1, keepdim=True)
    return -((odds * same[has]).sum(1) / same[has].sum(1)).mean()
