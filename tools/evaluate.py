"""How good a clustering is, against labels that nothing else ever reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of two partitions. All in [0, 1] but `ami` and `ari`, which are 0 for chance and 1 at best."""

    nmi: float
    ami: float
    ari: float
    acc: float
    rand: float


def evaluate(truth: Sequence[str], found: Sequence[int]) -> Scores:
    """Score a clustering of n images.

    NMI with the arithmetic mean, AMI and ARI as in Vinh, Epps and Bailey (2010); ACC is the share of images in
    the right place under the best one-to-one match of clusters to classes; Rand is the plain index.

    Args:
        truth: n class names.
        found: n cluster numbers; -1 is an unsorted image. The unsorted pile is scored as one more group, and no
            class can be matched to it, so that leaving an image unsorted is never better than a mistake in ACC.

    Raises:
        ValueError: The lengths differ or are 0.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn import metrics

    if len(truth) != len(found) or not len(truth):
        raise ValueError(f"{len(truth)} labels for {len(found)} images")
    classes, t = np.unique(np.asarray(truth), return_inverse=True)
    f = np.asarray(found)
    table = np.zeros((len(classes), int(f.max(initial=-1)) + 2), np.int64)
    np.add.at(table, (t, f), 1)
    rows, columns = linear_sum_assignment(-table[:, :-1])
    return Scores(
        nmi=float(metrics.normalized_mutual_info_score(t, f)),
        ami=float(metrics.adjusted_mutual_info_score(t, f)),
        ari=float(metrics.adjusted_rand_score(t, f)),
        acc=float(table[rows, columns].sum() / len(f)),
        rand=float(metrics.rand_score(t, f)),
    )
