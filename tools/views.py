"""Views: matrices about a collection, one row for each image, that every stage reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One (n, d) float32 matrix about the collection. A row of NaN says that there was nothing to measure.

    `weight` >= 0 says how much the view has to do with the criterion, `kind` whether it was made from the pixels or
    from what is said of them.
    """

    name: str
    data: NDArray[np.float32]
    weight: float = 1.0
    kind: Literal["image", "text"] = "image"


def side_by_side(views: Sequence[View]) -> NDArray[np.float32]:
    """Return the views as one matrix, (n, sum of d) float32, each times the square root of its weight.

    A gap in some of the views is filled with their mean, 0; a row with a gap in all of them stays NaN.

    Args:
        views: At least one, prepared, all of n rows.
    """
    seen = np.stack([~np.isnan(view.data).any(axis=1) for view in views])
    columns = [np.nan_to_num(view.data, nan=0.0) * np.sqrt(view.weight) for view in views]
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    rows[~seen.any(axis=0)] = np.nan
    return rows


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows, each of length 1; rows of zeros as they are."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 1e-9, length, 1.0), np.float32)


def fill_gaps(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows centred and scaled to a mean squared norm of 1; a row with a gap becomes 0, which is the mean."""
    seen = np.asarray(np.isfinite(rows).all(axis=1))
    if not seen.any():
        return np.zeros_like(rows)
    filled = np.where(seen[:, None], rows - rows[seen].mean(0), 0.0)
    scale = np.sqrt((filled**2).sum(1).mean())
    return np.asarray(filled / scale if scale > 1e-9 else filled * 0, np.float32)
