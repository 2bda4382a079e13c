"""Learns by supervised contrast (Khosla et al., NeurIPS 2020) on pairs of which not all are labelled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.tune.pairs import Pairs

if TYPE_CHECKING:
    import torch

TEMPERATURE = 0.1
"""The temperature, that of the paper (section 4.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """Holds pairs as two symmetric tables.

    Attributes:
        images: (m,) rows of the collection.
        same: (m, m) float32, the weights of pairs that belong together, 0 elsewhere.
        apart: (m, m) float32, the weights of pairs that do not, 0 elsewhere.
    """

    images: NDArray[np.intp]
    same: "torch.Tensor"
    apart: "torch.Tensor"


def pair_table(pairs: Pairs) -> PairTable:
    """Return the tables over all images that are in a pair."""
    import torch

    images, places = np.unique(pairs.rows, return_inverse=True)
    row, column = places.reshape(-1, 2).T
    both = np.zeros((2, len(images), len(images)), np.float32)
    kind = np.where(pairs.same, 0, 1)
    both[kind, row, column] = both[kind, column, row] = pairs.weight
    same, apart = torch.from_numpy(both)
    return PairTable(images, same, apart)


def loss(vectors: "torch.Tensor", same: "torch.Tensor", apart: "torch.Tensor") -> "torch.Tensor | None":
    """Return the loss over labelled pairs, a scalar (Eq. 2, the sum outside the logarithm).

    The loss of image i is the weighted mean, over its positives p, of -log(exp(s_ip) / sum over a of exp(s_ia)). There
    s is the cosine over the temperature, and a runs over its positives and negatives, each counted by its weight.

    Args:
        vectors: (b, d) float32, L2-normalised.
        same: (b, b) float32, the weights of pairs that belong together, 0 elsewhere.
        apart: (b, b) float32, the weights of pairs that do not, 0 elsewhere.

    Returns:
        The mean over all images that have a positive; None where no image has one.
    """
    import torch

    weights = same + apart
    scores = (vectors @ vectors.T) / TEMPERATURE
    # A pair without a label is in no sum; logsumexp itself subtracts the largest score.
    weighed = torch.where(weights > 0, scores + weights.clamp_min(1e-9).log(), -torch.inf)
    has = same.sum(1) > 0
    if not bool(has.any()):
        return None
    odds = scores[has] - torch.logsumexp(weighed[has], dim=1, keepdim=True)
    return -((odds * same[has]).sum(1) / same[has].sum(1)).mean()
