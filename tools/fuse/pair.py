"""Puts the two sides of a collection, pixels and words, into two matrices, and is the base of the methods that take
both."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.views import View, side_by_side


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Holds the pixels and the words of n images.

    Attributes:
        image: (n, d) float32 of the pixels; zeros where nothing was measured.
        seen: (n,) bool, whether the image has pixels.
        text: (n, e) float32 of the words; zeros where nothing is said.
        read: (n,) bool, whether the image has words.
        witness: (n, w) float32, the views of weight 0 side by side: they are no input, but the criterion was routed to
            them (`tools.fuse.trust`). A row of NaN where nothing was measured; None where there are none.
    """

    image: NDArray[np.float32]
    seen: NDArray[np.bool_]
    text: NDArray[np.float32]
    read: NDArray[np.bool_]
    witness: NDArray[np.float32] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Return whether each image has pixels or words, (n,) bool."""
        return self.seen | self.read

    @property
    def rows(self) -> NDArray[np.float32]:
        """Return both sides side by side, (n, d + e) float32, each of mean squared norm 1; NaN where an image has
        neither."""
        sides = np.concatenate([_scaled(self.image, self.seen), _scaled(self.text, self.read)], axis=1)
        sides[~self.present] = np.nan
        return sides


def pair(views: Sequence[View]) -> Pair:
    """Return the two sides of the views of weight > 0. A side without a view is one column of zeros."""
    others = [replace(view, weight=1.0) for view in views if view.kind == "image" and view.weight == 0]
    (image, seen), (text, read) = (
        _side([view for view in views if view.kind == kind and view.weight > 0], len(views[0].data))
        for kind in ("image", "text")
    )
    return Pair(image, seen, text, read, side_by_side(others) if others else None)


class TwoSidedMethod(Method, ABC):
    """Makes rows of both sides and clusters them by k-means."""

    multimodal = True

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there are pixels and words; otherwise one line about the side that is missing."""
        return missing_side(views, self.name, context)

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        context, sides = ready(self, views, context), pair(views)
        k = k_or_estimate(sides.rows, k, context.values, seed)
        rows = self.rows(sides, context, k, seed, progress)
        return constrained_kmeans(rows, images, constraints, k, seed, context)

    @abstractmethod
    def rows(
        self, sides: Pair, context: MethodContext, k: int, seed: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Return the rows that k-means is run on, (n, D) float32, NaN for images without pixels and words."""


def missing_side(views: Sequence[View], title: str, context: MethodContext | None) -> str | None:
    """Return None where there are pixels and words; otherwise one line about the side that is missing."""
    kinds = {view.kind for view in views if view.weight > 0}
    if "image" not in kinds:
        return f"{title} compares pixels with words, and nothing was measured in the pixels; use kmeans"
    if "text" not in kinds or context is None or not context.vocabulary:
        return (
            f"{title} compares pixels with words, and no model says anything about this criterion; use kmeans"
        )
    return None


def ready(method: Method, views: Sequence[View], context: MethodContext | None) -> MethodContext:
    """Return the context where a method can run. Raise UsageError where something is missing."""
    if missing := method.missing_requirements(views, context):
        raise UsageError(missing)
    if context is None:
        raise UsageError(f"{method.name} needs the words that describe the images")
    return context


def _side(views: Sequence[View], n: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if not views:
        return np.zeros((n, 1), np.float32), np.zeros(n, bool)
    rows = side_by_side(views)
    present = np.asarray(~np.isnan(rows).any(axis=1))
    return np.nan_to_num(rows, nan=0.0), present


def _scaled(rows: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    size = float(np.sqrt((rows[present] ** 2).sum(1).mean())) if present.any() else 0.0
    return np.asarray(rows / size if size > 1e-9 else rows, np.float32)
