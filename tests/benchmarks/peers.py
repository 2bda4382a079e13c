"""Published ways to choose which pictures get a label, and plain classifiers that learn from these labels.

All are written from their papers and work on one matrix of features. Choices: at random; TypiClust (Hacohen, Dekel and
Weinshall, ICML 2022), the most typical picture of each cluster without a label, largest first; MaxHerding (Bae, Noh and
Sutherland, ECCV 2024), the picture that adds most to the generalised coverage. None of them waits for answers, so a
choice is simply an order. Learners: the nearest labelled picture, label spreading, logistic regression.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

ROUND = 8
"""The number of pictures that TypiClust chooses at a time: it clusters into as many groups as there will be labels."""
NEAR = 20
"""The number of neighbours that typicality is measured with (TypiClust, section 3)."""
SMALLEST = 5
"""The fewest pictures of a cluster that TypiClust considers; smaller ones count only where no other is left."""
SIGMA = 1.0
"""The width of MaxHerding's Gaussian kernel on features of length 1."""
SPREAD = 7
"""The number of neighbours of label spreading."""
KEPT = 0.2
"""The share that label spreading takes from neighbours and not from the label itself."""
LOOSE = 10.0
"""The inverse regularisation of logistic regression on features of length 1."""


def random_order(points: Floats, allowed: Rows, count: int, seed: int) -> Rows:
    """The rows to ask about, drawn at random."""
    return np.random.default_rng(seed).permutation(allowed)[:count]


def typiclust(points: Floats, allowed: Rows, count: int, seed: int) -> Rows:
    """The rows to ask about: the most typical picture of the largest clusters that have no label, round by round."""
    from sklearn.cluster import KMeans

    chosen: list[int] = []
    x = points[allowed].astype(np.float64)
    while len(chosen) < min(count, len(allowed)):
        k = min(len(chosen) + ROUND, len(allowed))
        of = KMeans(k, n_init=1, random_state=seed).fit_predict(x)
        labelled = np.isin(allowed, chosen)
        size = np.bincount(of, minlength=k)
        has = np.bincount(of[labelled], minlength=k)
        order = sorted(range(k), key=lambda c: (has[c] > 0, size[c] < SMALLEST, has[c], -size[c]))
        for cluster in order[: min(ROUND, count - len(chosen))]:
            members = np.flatnonzero((of == cluster) & ~labelled)
            if len(members):
                chosen.append(int(allowed[members[_typicality(x, members, of == cluster).argmax()]]))
        if not np.setdiff1d(allowed, chosen).size:
            break
    return np.array(chosen, np.intp)


def _typicality(x: NDArray[np.float64], members: Rows, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One over the mean distance to the nearest neighbours within the cluster, for each of its members."""
    apart = (
        np.sqrt(((x[members][:, None] - x[inside][None]) ** 2).sum(2))
        if len(members) < 200
        else _apart(x[members], x[inside])
    )
    near = np.sort(apart, 1)[:, 1 : NEAR + 1]
    return 1 / (near.mean(1) + 1e-9) if near.shape[1] else np.ones(len(members))


def _apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T).clip(0))


def max_herding(points: Floats, allowed: Rows, count: int, seed: int) -> Rows:
    """The rows to ask about, each the one that raises the mean over all pictures of the kernel to the nearest chosen
    one most (the generalised coverage)."""
    x = _unit(points).astype(np.float64)
    kernel = np.exp(-(_apart(x[allowed], x) ** 2) / (2 * SIGMA**2))
    covered, chosen = np.zeros(len(x)), list[int]()
    for _ in range(min(count, len(allowed))):
        gain = np.maximum(kernel, covered).sum(1)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, kernel[chosen[-1]])
    return allowed[chosen]


def nearest(points: Floats, rows: Rows, names: Rows) -> Rows:
    """The label of the nearest labelled picture, for each picture."""
    x = points.astype(np.float64)
    return np.asarray(names[_apart(x, x[rows]).argmin(1)])


def label_spreading(points: Floats, rows: Rows, names: Rows) -> Rows:
    """Labels that spread along the graph of neighbours (Zhou et al., NIPS 2003)."""
    import warnings

    from sklearn.semi_supervised import LabelSpreading

    y = np.full(len(points), -1)
    y[rows] = names
    near = min(SPREAD, len(points) - 1)
    with warnings.catch_warnings(action="ignore"):
        made = LabelSpreading(kernel="knn", n_neighbors=near, alpha=KEPT).fit(points.astype(np.float64), y)
    unreached = ~np.isfinite(made.label_distributions_).all(1) | (made.label_distributions_.sum(1) <= 0)
    return np.where(unreached, nearest(points, rows, names), made.transduction_).astype(np.intp)


def logistic_regression(points: Floats, rows: Rows, names: Rows) -> Rows:
    """Labels by logistic regression on features of length 1."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(names)) < 2:
        return np.full(len(points), names[0])
    x = _unit(points)
    return np.asarray(LogisticRegression(C=LOOSE, max_iter=500).fit(x[rows], names[...]).predict(x))


def _unit(points: Floats) -> Floats:
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9), np.float32)


CHOICES: dict[str, Callable[[Floats, Rows, int, int], Rows]] = {
    "random": random_order,
    "typiclust": typiclust,
    "maxherding": max_herding,
}
LEARNERS: dict[str, Callable[[Floats, Rows, Rows], Rows]] = {
    "nearest": nearest,
    "spreading": label_spreading,
    "logistic": logistic_regression,
}
