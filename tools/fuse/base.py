"""The one signature that every method has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.guide import Guide
from tools.names import amount
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One (n, d) float32 matrix about the collection. Rows of NaN say "nothing to measure here".

    `weight` >= 0 says how much the view has to do with the criterion, `kind` whether it was made from the pixels or
    from what is said of them.
    """

    name: str
    data: NDArray[np.float32]
    weight: float = 1.0
    kind: Literal["image", "text"] = "image"


def side_by_side(views: Sequence[View]) -> NDArray[np.float32]:
    """The views as one matrix, (n, sum of d) float32, each times the square root of its weight.

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
    """The rows, each of length 1; rows of zeros as they are."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 1e-9, length, 1.0), np.float32)


def possible(k: int | None, n: int) -> None:
    """Refuse a number of groups that n images cannot be put into. None is left to be found.

    Raises:
        tools.errors.UsageError: k is not in 1..n.
    """
    if k is not None and not 1 <= k <= n:
        raise UsageError(f"{amount(k, 'group')} cannot be made of {amount(n, 'image')}; ask for 1 to {n}")


class Method(Protocol):
    """An algorithm from views to a soft assignment."""

    name: ClassVar[str]
    every: ClassVar[bool]
    """Whether it takes the views of weight 0 as well, those that have nothing to do with the criterion."""
    fuses: ClassVar[bool]
    """Whether it wants both sides: at least one view of the pixels and one of the words (`tools.embed.sides`)."""
    finds_k: ClassVar[bool]
    """Whether it finds the number of groups on its way, where none is given: then none is looked for before."""

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """None where it can run on this; else one line: what it needs and why that is not here."""
        ...

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        guide: Guide | None = None,
    ) -> NDArray[np.float32]:
        """Soft assignment, (n, k) float32 with rows that sum to 1.

        A row of zeros marks an image about which the views say nothing: it is left unsorted.

        Args:
            views: At least one, all of n rows.
            images: n image ids; what constraints refer to.
            constraints: What the user said; labels are obeyed.
            k: Number of clusters, 1 <= k <= n, or None to find it.
            seed: Of every random choice.
            progress: Called during long work; it may raise to stop.
            guide: The criterion in words, and the models that can be asked about it.

        Raises:
            tools.errors.UsageError: k is not in 1..n, or the method lacks something (`lacks`).
        """
        ...
