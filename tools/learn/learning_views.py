"""Chooses the views that answers are learned from: every view of the collection, smoothed copies of the wide ones, and
the wide ones with the accepted clusterings subtracted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions
from tools.embed.prepare import prepare, prepared
from tools.embed.subtract_groupings import subtract, with_cells
from tools.relational_graph import EXACT, neighbours
from tools.views import View, fill_gaps, side_by_side, unit

WIDE = 64
"""The fewest columns of a view of a network, in which many things show."""
_SEEN = 0.5
"""The least share of the images that a view must say something about to be learned from."""
_REACH = 10
"""The number of neighbours over which a view is smoothed."""
_STEPS = 2
"""The number of times that a view is smoothed."""
_MANY = 3000
"""The most images with which all wide views are smoothed; with more only `_MAIN` are, since it takes seconds."""
_KEPT = 2
"""The number of sets of accepted clusterings whose residual views are remembered: this criterion's and the last one's.
"""
_MAIN = ("encoder.image", "object.kind", "object.piece", "object.self", "object.fine")


def learning_views(
    routed: Sequence[View], descriptions: Descriptions, accepted: Sequence[NDArray[np.intp]] = ()
) -> list[View]:
    """Return the views that the regression chooses from, each (n, d) float32 without gaps and with a mean squared norm
    of 1.

    Views that were routed to the criterion come first, side by side and one by one, with a weight of 1; the others have
    a weight of 0. Accepted clusterings are subtracted, without shrinkage, from the columns as the network gave them,
    because 64 principal components have lost what is small in a picture (drawn faces: emotion .76 after 64 answers, and
    .31 where it is subtracted from the components).

    Args:
        routed: The views weighted for the criterion (`tools.embed.criterion_views`); those of weight 0 are not used.
        descriptions: What the experts say of the collection.
        accepted: (n,) integer labels of each clustering that the user keeps under another criterion.
    """
    used = [view for view in routed if view.weight > 0]
    views = [View("routed", fill_gaps(side_by_side(used)))] if used else []
    names = {view.name for view in used}
    for name in descriptions.views:
        data = prepared(name, descriptions)
        if np.isfinite(data).all(axis=1).mean() < _SEEN or not np.nan_to_num(data).any():
            continue
        views.append(View(name, _filled(name, descriptions), weight=float(name in names)))
    views += [view for view in used if view.name not in descriptions.views]  # tuned features
    wide = [name for name in descriptions.views if descriptions.width(name) >= WIDE]
    views += [
        View(f"{name}, quiet", _smoothed(name, descriptions), 0.0) for name in _to_smooth(wide, descriptions)
    ]
    if accepted:
        about = ("rest of views", tuple(labels.tobytes() for labels in accepted))
        views += descriptions.once(
            about, lambda: [_residual_view(name, descriptions, accepted) for name in wide], _KEPT
        )
    return [
        view if np.isfinite(view.data).all() else replace(view, data=np.nan_to_num(view.data))
        for view in views
    ]


def _filled(name: str, descriptions: Descriptions) -> NDArray[np.float32]:
    """Return a view with its gaps filled, (n, d) float32, the same array for every criterion."""
    key = f"{name}, filled"
    if key not in descriptions.prepared:
        descriptions.prepared[key] = fill_gaps(prepared(name, descriptions))
    return descriptions.prepared[key]


def _to_smooth(wide: Sequence[str], descriptions: Descriptions) -> list[str]:
    n = len(descriptions.images)
    if n <= 2 * _REACH or n > EXACT:
        return []
    return [name for name in wide if n <= _MANY or name in _MAIN]


def _smoothed(name: str, descriptions: Descriptions) -> NDArray[np.float32]:
    """Average each image with its neighbours, twice, so that groups draw together: (n, d) float32.

    This is adaptive graph convolution (Zhang et al., IJCAI 2019).
    """
    from scipy.sparse import coo_array

    key = f"{name}, quiet"
    if key not in descriptions.prepared:
        rows = _filled(name, descriptions)
        n = len(rows)
        edges = neighbours(unit(rows), min(_REACH, max(3, n // 20)))
        a = np.concatenate([edges.a, edges.b, np.arange(n)])
        b = np.concatenate([edges.b, edges.a, np.arange(n)])
        graph = coo_array((np.ones(len(a), np.float32), (a, b)), shape=(n, n)).tocsr()
        degree = np.asarray(graph.sum(1), np.float32).reshape(-1, 1)
        for _ in range(_STEPS):
            rows = np.asarray((graph @ rows) / degree, np.float32)
        descriptions.prepared[key] = fill_gaps(rows)
    return descriptions.prepared[key]


def _residual_view(name: str, descriptions: Descriptions, accepted: Sequence[NDArray[np.intp]]) -> View:
    raw = descriptions.view(name)
    seen = np.isfinite(raw).all(axis=1)
    middle = raw[seen].mean(0) if seen.any() else 0.0
    spread = raw[seen].std(0) if seen.any() else 1.0
    rows = np.asarray((raw - middle) / np.where(spread > 1e-6, spread, 1.0), np.float32)
    remainder = prepare(subtract(rows, with_cells(accepted), shrink=0.0))
    return View(f"{name}, the rest", fill_gaps(remainder), 0.0)
