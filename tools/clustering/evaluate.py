"""Scores a clustering against true labels, which nothing else in the program ever reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Scores:
    """Measures the agreement of two partitions; all lie in [0, 1] but `ami` and `ari`, which are 0 by chance and 1 at
    best."""

    nmi: float
    ami: float
    ari: float
    acc: float
    rand: float
    ji: float


def evaluate(truth: Sequence[str], predicted: Sequence[int]) -> Scores:
    """Score a clustering of n images.

    NMI with the arithmetic mean, AMI and ARI as in Vinh, Epps and Bailey (2010); ACC is the share of images in
    the right place under the best one-to-one match of clusters to classes; Rand is the plain index. JI is the Jaccard
    index over pairs of images, a / (a + b + c) with a pairs together in both partitions, b in the classes alone and c
    in the clusters alone; it is 1 where neither has a pair, as then the partitions are the same.

    Args:
        truth: n class names.
        predicted: n cluster numbers; -1 is an unsorted image. The unsorted pile is scored as one more group, and no
            class can be matched to it, so that leaving an image unsorted is never better than a mistake in ACC.

    Raises:
        ValueError: The lengths differ or are 0.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn import metrics

    if len(truth) != len(predicted) or not len(truth):
        raise ValueError(f"{len(truth)} labels for {len(predicted)} images")
    classes, t = np.unique(np.asarray(truth), return_inverse=True)
    p = np.asarray(predicted)
    table = np.zeros((len(classes), int(p.max(initial=-1)) + 2), np.int64)
    np.add.at(table, (t, p), 1)
    rows, columns = linear_sum_assignment(-table[:, :-1])
    both, true, found = (_pairs(counts) for counts in (table, table.sum(1), table.sum(0)))
    either = true + found - both
    return Scores(
        nmi=float(metrics.normalized_mutual_info_score(t, p)),
        ami=float(metrics.adjusted_mutual_info_score(t, p)),
        ari=float(metrics.adjusted_rand_score(t, p)),
        acc=float(table[rows, columns].sum() / len(p)),
        rand=float(metrics.rand_score(t, p)),
        ji=both / either if either else 1.0,
    )


def _pairs(counts: NDArray[np.int64]) -> int:
    """Return how many pairs of images are together in groups of these sizes."""
    return int((counts * (counts - 1)).sum()) // 2
