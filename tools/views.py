"""Defines views, the matrices about a collection with one row per image, which every stage reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Holds one matrix about a collection of n images.

    Attributes:
        name: The name of the view, such as "object.kind".
        data: (n, d) float32; a row of NaN says that there was nothing to measure in the image.
        weight: How much the view has to do with the criterion, >= 0.
        kind: Whether it was made from the pixels ("image") or from what is said of them ("text").
    """

    name: str
    data: NDArray[np.float32]
    weight: float = 1.0
    kind: Literal["image", "text"] = "image"


def side_by_side(views: Sequence[View]) -> NDArray[np.float32]:
    """Return the views as one matrix, (n, sum of d) float32, each times the square root of its weight.

    A row that is NaN in some of the views is filled there with their mean, 0; one that is NaN in all stays NaN.

    Args:
        views: At least one prepared view, all of n rows.
    """
    seen = np.stack([~np.isnan(view.data).any(axis=1) for view in views])
    columns = [np.nan_to_num(view.data, nan=0.0) * np.sqrt(view.weight) for view in views]
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    rows[~seen.any(axis=0)] = np.nan
    return rows


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows, (n, d), scaled to length 1; rows of zeros stay as they are."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 1e-9, length, 1.0), np.float32)


def fill_gaps(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows, (n, d), centred and scaled to a mean squared norm of 1; a row that is not finite becomes 0, the
    mean."""
    seen = np.asarray(np.isfinite(rows).all(axis=1))
    if not seen.any():
        return np.zeros_like(rows)
    filled = np.where(seen[:, None], rows - rows[seen].mean(0), 0.0)
    scale = np.sqrt((filled**2).sum(1).mean())
    return np.asarray(filled / scale if scale > 1e-9 else filled * 0, np.float32)
