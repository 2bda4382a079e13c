"""What MFAVBs-CC minimises: two views of an image agree, and so do the two columns of a group; groups are of a size.

Two of the paper's formulas cannot be meant as printed. Eq. 4 leaves the positive pair out of the denominator and takes
the intersection of both views where the text says all samples: we take InfoNCE as Contrastive Clustering does (Li et
al. 2021, Eq. 3). Eq. 6 runs over images where the text speaks of groups: we run over columns (there, Eq. 6). The
penalty F is named and not written: it is theirs as well. Eq. 5 is another paper's and has no part in this.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from tools.fuse.mfavbs.network import Out

INSTANCE_TAU, CLUSTER_TAU = 0.5, 1.0
"""Temperatures of Contrastive Clustering; the paper names none."""
LEAST = 1e-8


def total(a: "Out", b: "Out") -> "torch.Tensor":
    """Return L of a batch, a scalar (Eq. 7, with means over both branches for its sums so that the penalty weighs as in
    Contrastive Clustering)."""
    instance = contrast(a.instances, b.instances, INSTANCE_TAU)
    cluster = contrast(a.groups.T, b.groups.T, CLUSTER_TAU)
    return instance + cluster - entropy(a.groups) - entropy(b.groups)


def contrast(a: "torch.Tensor", b: "torch.Tensor", tau: float) -> "torch.Tensor":
    """Return InfoNCE by cosine (Eq. 3) of each row with its partner against all 2m - 1 other rows: a scalar.

    The mean over both branches of Eq. 4 for instances, (m, d), and of Eq. 6 for the columns of assignments.
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
    """Return the entropy of the mean assignment of (b, K), in [0, log K]; it is to be large, or all fall into one
    group."""
    mean = groups.mean(0).clamp(min=LEAST)
    return -(mean * mean.log()).sum()
