"""Computes the loss of MFAVBs-CC: both views of an image agree, both columns of a group, and groups are of even size.

Two of the paper's formulas cannot be meant as printed. Eq. 4 leaves the positive pair out of the denominator and takes
the intersection of both views where the text says all samples; InfoNCE is used as in Contrastive Clustering (Li et al.
2021, Eq. 3). Eq. 6 runs over images where the text speaks of groups; here it runs over columns (there, Eq. 6). The
penalty F is named but not given, and is taken from there as well. Eq. 5 belongs to another paper and is not used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from tools.fuse.mfavbs.network import Out

INSTANCE_TAU, CLUSTER_TAU = 0.5, 1.0
"""The temperatures of Contrastive Clustering, since the paper names none."""

LEAST = 1e-8
"""The least probability of which a logarithm is taken."""


def total(a: "Out", b: "Out") -> "torch.Tensor":
    """Return the loss L of a batch, a scalar (Eq. 7).

    Its sums over both branches are means here, so that the penalty weighs as in Contrastive Clustering.
    """
    instance = contrast(a.instances, b.instances, INSTANCE_TAU)
    cluster = contrast(a.groups.T, b.groups.T, CLUSTER_TAU)
    return instance + cluster - entropy(a.groups) - entropy(b.groups)


def contrast(a: "torch.Tensor", b: "torch.Tensor", tau: float) -> "torch.Tensor":
    """Return the InfoNCE, by cosine (Eq. 3), of each row with its partner against all 2m - 1 other rows, a scalar.

    It is the mean over both branches of Eq. 4 for instances, (m, d), and of Eq. 6 for the columns of assignments.
    """
    import torch
    from torch.nn.functional import cross_entropy, normalize

    m = len(a)
    rows = normalize(torch.cat([a, b]), dim=1)
    scores = (rows @ rows.T / tau).masked_fill(
        torch.eye(2 * m, dtype=torch.bool, device=a.device), -torch.inf
    )
    partner = torch.arange(2 * m, device=a.device).roll(m)
    return cross_entropy(scores, partner)


def entropy(groups: "torch.Tensor") -> "torch.Tensor":
    """Return the entropy of the mean of (b, K) assignments, in [0, log K]; maximised, so that not all fall into one."""
    mean = groups.mean(0).clamp(min=LEAST)
    return -(mean * mean.log()).sum()
