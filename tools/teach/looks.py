"""What answers are learned from: every view of the collection, quieted copies of the wide ones, and what is left of
those when accepted clusterings are taken out of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.left import crossed, without
from tools.embed.prepare import prepare
from tools.embed.route import prepared
from tools.fuse.base import View, side_by_side, unit
from tools.relate import EXACT, neighbours

WIDE = 64
"""Columns from which a view is one of a network, in which many things show."""
_SAID = 0.5
"""A view counts where it says something of at least this share of the images."""
_REACH = 10
_STEPS = 2
_MANY = 3000
"""Beyond so many images only `_MAIN` views are quieted: the neighbours of one view take a second or more."""
_KEPT = 2
"""For so many sets of accepted clusterings what is left is remembered: that of this criterion and of the one before."""
_MAIN = ("encoder.image", "object.kind", "object.piece", "object.self", "object.fine")


def looks(
    routed: Sequence[View], descriptions: Descriptions, accepted: Sequence[NDArray[np.intp]] = ()
) -> list[View]:
    """The views that a head chooses from, each (n, d) float32 without gaps and with a mean squared norm of 1.

    Views that were routed to the criterion come first, side by side and one by one, with a weight of 1; the others have
    a weight of 0. What was accepted is subtracted from the columns as the network gave them, and whole: 64 components
    of a picture have lost what is small in it (drawn faces: emotion .76 after 64 answers, .31 with what is left of the
    components).

    Args:
        routed: Weighted for the criterion, from `tools.group`; those of weight 0 are not used.
        descriptions: What the experts say of the collection.
        accepted: (n,) integer labels each of clusterings that the user keeps under other criteria.
    """
    used = [view for view in routed if view.weight > 0]
    found = [View("routed", filled(side_by_side(used)))] if used else []
    names = {view.name for view in used}
    for name in descriptions.views:
        data = prepared(name, descriptions)
        if np.isfinite(data).all(axis=1).mean() < _SAID or not np.nan_to_num(data).any():
            continue
        found.append(View(name, _filled(name, descriptions), weight=float(name in names)))
    found += [view for view in used if view.name not in descriptions.views]  # tuned features
    wide = [name for name in descriptions.views if descriptions.width(name) >= WIDE]
    found += [
        View(f"{name}, quiet", _quiet(name, descriptions), 0.0) for name in _quieted(wide, descriptions)
    ]
    if accepted:
        about = ("left", tuple(labels.tobytes() for labels in accepted))
        found += descriptions.once(
            about, lambda: [_left(name, descriptions, accepted) for name in wide], _KEPT
        )
    return [
        view if np.isfinite(view.data).all() else replace(view, data=np.nan_to_num(view.data))
        for view in found
    ]


def filled(data: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows centred, with a mean squared norm of 1; gaps become 0, the mean."""
    seen = np.asarray(np.isfinite(data).all(axis=1))
    if not seen.any():
        return np.zeros_like(data)
    rows = np.where(seen[:, None], data - data[seen].mean(0), 0.0)
    scale = np.sqrt((rows**2).sum(1).mean())
    return np.asarray(rows / scale if scale > 1e-9 else rows * 0, np.float32)


def _filled(name: str, descriptions: Descriptions) -> NDArray[np.float32]:
    """A view that says something, the same array for every criterion."""
    key = f"{name}, filled"
    if key not in descriptions.prepared:
        descriptions.prepared[key] = filled(prepared(name, descriptions))
    return descriptions.prepared[key]


def _quieted(wide: Sequence[str], descriptions: Descriptions) -> list[str]:
    n = len(descriptions.images)
    if n <= 2 * _REACH or n > EXACT:
        return []
    return [name for name in wide if n <= _MANY or name in _MAIN]


def _quiet(name: str, descriptions: Descriptions) -> NDArray[np.float32]:
    """Each image the mean of itself and its neighbours, twice: groups draw together (adaptive graph convolution; Zhang
    et al., IJCAI 2019)."""
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
        descriptions.prepared[key] = filled(rows)
    return descriptions.prepared[key]


def _left(name: str, descriptions: Descriptions, accepted: Sequence[NDArray[np.intp]]) -> View:
    raw = descriptions.view(name)
    seen = np.isfinite(raw).all(axis=1)
    middle = raw[seen].mean(0) if seen.any() else 0.0
    spread = raw[seen].std(0) if seen.any() else 1.0
    rows = np.asarray((raw - middle) / np.where(spread > 1e-6, spread, 1.0), np.float32)
    rest = prepare(without(rows, crossed(accepted), shrink=0.0))
    return View(f"{name}, the rest", filled(rest), 0.0)
