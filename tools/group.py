"""The whole way from a criterion to a clustering: route, embed, fuse, settle."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering import Clustering
from tools.constraints import Constraint
from tools.describe import Descriptions
from tools.embed.left import left
from tools.embed.residual import residual
from tools.embed.route import PLAIN, Route, prepared, route_here, views
from tools.embed.sides import guide, sides
from tools.embed.weigh import weigh
from tools.errors import CannotRun, UsageError
from tools.fuse.base import View, side_by_side
from tools.fuse.guide import Membership
from tools.fuse.registry import method as find_method
from tools.models.ports import Encoder, TextEncoder
from tools.progress import Progress, silent
from tools.settle.merge import merge
from tools.settle.number import find_k
from tools.settle.place import place
from tools.settle.settle import settle


def group(
    criterion: str,
    descriptions: Descriptions,
    texts: TextEncoder,
    *,
    method: str | None = None,
    constraints: Sequence[Constraint] = (),
    k: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
    encoder: Encoder | None = None,
    judge: Membership | None = None,
    accepted: Sequence[Clustering] = (),
) -> Clustering:
    """Group a collection by a criterion.

    Args:
        criterion: In the user's words.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        method: Name of a method, or None for the default.
        constraints: What the user said so far under this criterion.
        k: Number of groups, or None to find it.
        seed: Of every random choice.
        progress: Called during long work.
        encoder: Images and texts in one space, where the tier has that.
        judge: Says whether an image belongs to a group, where the tier has one.
        accepted: Clusterings under other criteria that the user keeps. Where no expert sees the criterion, they are
            taken out of the plain features: it is not these that the user means.

    Raises:
        tools.errors.UsageError: The criterion is empty, the method unknown, there is no image, or k not in 1..n.
        tools.errors.CannotRun: The method lacks something here.
    """
    criterion = " ".join(criterion.split())
    check(criterion, len(descriptions.images), method, k)
    chosen = route_here(criterion, descriptions, texts)
    algorithm = find_method(method)
    progress("grouping", 0, 1)
    others = [made for made in accepted if made.images == descriptions.images]
    known = tuple(made.labels.astype(np.intp) for made in others)
    routed = _routed(chosen, descriptions, algorithm.every, seed)
    if known and not chosen.sure:
        routed = [replace(view, data=left(view.data, known)) if view.weight > 0 else view for view in routed]
    asked = k is not None
    if k is None and not algorithm.finds_k:
        k = _found(chosen, routed, descriptions, seed, () if chosen.sure else known)
    told = replace(guide(chosen, descriptions, texts, encoder, judge), accepted=known)
    given = sides(routed, told, descriptions) if algorithm.fuses else routed
    if lacking := algorithm.lacks(given, told):
        raise CannotRun(lacking)
    soft = algorithm.fit(
        given,
        images=descriptions.images,
        constraints=constraints,
        k=k,
        seed=seed,
        progress=progress,
        guide=told,
    )
    looks = [View(name, prepared(name, descriptions)) for name in PLAIN if name in descriptions.views]
    soft = place(soft, looks, seed)
    if not asked:
        soft = merge(soft, chosen, descriptions, routed, constraints)
    progress("grouping", 1, 1)
    return settle(soft, chosen, descriptions, algorithm.name, () if chosen.sure else others)


def check(criterion: str, n: int, method: str | None = None, k: int | None = None) -> None:
    """Refuse what `group` cannot do with n images, before anybody looks at them.

    Raises:
        tools.errors.UsageError: See `group`.
    """
    if not criterion.strip():
        raise UsageError("there is no criterion; say what to group by, such as emotion")
    if not n:
        raise UsageError("there is nothing to group: none of the images is here and can be read")
    if k is not None and not 1 <= k <= n:
        raise UsageError(f"{k} groups cannot be made of {n} images; ask for 1 to {n}")
    find_method(method)


def _routed(chosen: Route, descriptions: Descriptions, every: bool, seed: int) -> list[View]:
    """The views, weighted for the criterion, those with weight without what it does not depend on."""

    def work() -> list[View]:
        routed = weigh(views(chosen, descriptions, every), chosen.slot, descriptions, seed)
        return residual(routed, chosen.matches[0][0], descriptions, seed) if chosen.matches else routed

    return descriptions.once(("routed", chosen.criterion, every, seed), work)


def _found(
    chosen: Route,
    routed: Sequence[View],
    descriptions: Descriptions,
    seed: int,
    without: Sequence[NDArray[np.intp]] = (),
) -> int:
    """How many groups the routed views and the words of the routed slot speak for."""

    def work() -> int:
        points = side_by_side([view for view in routed if view.weight > 0])
        seen = np.asarray(~np.isnan(points).any(axis=1))
        words = None
        if chosen.slot is not None:
            values, _ = descriptions.column(chosen.slot)
            words = [value for value, visible in zip(values, seen.tolist(), strict=True) if visible]
        return find_k(points[seen], words, seed)

    return descriptions.once(
        ("number", chosen.criterion, seed, *(labels.tobytes() for labels in without)), work
    )
