"""Tables from clearness to confidence, and how good they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

KNOTS = 7


def fit(clear: Sequence[float], right: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    """A rising table that tells how often slots of each clearness are right.

    Isotonic regression (pool adjacent violators), then the means of `KNOTS` parts of equal size: few numbers that can
    be read. Each share is drawn towards 1/2 by one right and one wrong case (Laplace), so that none says 0 or 1.
    """
    from sklearn.isotonic import IsotonicRegression

    x, y = np.asarray(clear, np.float64), np.asarray(right, np.float64)
    smooth = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y).predict(x)
    order = np.argsort(x, kind="stable")
    table: list[tuple[float, float]] = []
    for part in np.array_split(order, KNOTS):
        place = float(x[part].mean())
        share = float((smooth[part].sum() + 1) / (len(part) + 2))
        if table and place - table[-1][0] < 1e-3:
            continue
        share = max(share, table[-1][1] + 0.001) if table else share
        table.append((round(place, 3), round(min(share, 0.995 + 0.0005 * len(table)), 4)))
    return tuple(table)


def expected_error(confidence: Sequence[float], right: Sequence[bool], parts: int = 10) -> float:
    """Expected calibration error: the mean distance between confidence and share that is right, over ten parts of
    equal size (Naeini et al. 2015, with equal-mass bins)."""
    c, y = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    order = np.argsort(c, kind="stable")
    pieces: list[NDArray[np.intp]] = [part for part in np.array_split(order, parts) if len(part)]
    return float(sum(len(p) * abs(c[p].mean() - y[p].mean()) for p in pieces) / len(c))
