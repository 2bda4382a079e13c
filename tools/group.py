"""The whole way from a criterion to a clustering: route, embed, fuse, settle."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tools.clustering import Clustering
from tools.constraints import Constraint, Label
from tools.describe import Descriptions
from tools.embed.clearer import clearer
from tools.embed.left import left
from tools.embed.residual import residual
from tools.embed.route import PLAIN, Route, prepared, route_here, views
from tools.embed.sides import guide, sides
from tools.embed.weigh import weigh
from tools.errors import CannotRun, UsageError
from tools.fuse.base import View, possible, side_by_side
from tools.fuse.guide import Membership
from tools.fuse.registry import method as find_method
from tools.fuse.taught import Taught
from tools.models.ports import Encoder, Pixels, TextEncoder
from tools.progress import Progress, silent
from tools.settle.few import tempered
from tools.settle.merge import merge
from tools.settle.number import Number, granularities
from tools.settle.place import place
from tools.settle.settle import settle
from tools.teach.looks import looks
from tools.teach.material import Material
from tools.teach.naming import named

_VIEWS = 2
"""For so many criteria it is remembered what their answers are learned from: the one at hand, and one to go back to;"""
_STARTS = 3
"""and for so many numbers of groups or criteria how they were grouped without answers."""


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
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]] | None = None,
    minutes: float = float("inf"),
    accepted: Sequence[Clustering] = (),
    tuned: View | None = None,
) -> Clustering:
    """Group a collection by a criterion.

    Args:
        criterion: In the user's words.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        method: Name of a method, or None for the default: "taught" where the user said something.
        constraints: What the user said so far under this criterion.
        k: Number of groups, or None to find it.
        seed: Of every random choice.
        progress: Called during long work.
        encoder: Images and texts in one space, where the tier has that.
        judge: Says whether an image belongs to a group, where the tier has one.
        pixels: Decodes images, by rows and a longest side, for a method that trains on them.
        minutes: How long a method may train.
        accepted: Clusterings under other criteria that the user keeps. Where no expert sees the criterion, they are
            taken out of the plain features: it is not these that the user means.
        tuned: Features that were tuned to this criterion (`tools.embed.tune`): they take the place of those that it
            is routed to.

    Raises:
        tools.errors.UsageError: The criterion is empty, the method unknown, there is no image, or k not in 1..n.
        tools.errors.CannotRun: The method lacks something here.
    """
    criterion = " ".join(criterion.split())
    check(criterion, len(descriptions.images), method, k)
    chosen = route_here(criterion, descriptions, texts)
    algorithm = find_method(method or (Taught.name if constraints else None))
    progress("grouping", 0, 1)
    others = [made for made in accepted if made.images == descriptions.images]
    known = tuple(made.labels.astype(np.intp) for made in others)
    routed = _routed(chosen, descriptions, algorithm.every, seed, known)
    if tuned is not None:
        routed = [tuned, *(replace(view, weight=0.0) for view in routed if algorithm.every)]
    asked = k is not None
    if k is None and not algorithm.finds_k:
        found = _numbers(chosen, routed, descriptions, seed, () if chosen.sure or tuned else known)
        k = max(found, key=lambda number: number.score).k
    if k is not None and chosen.sure and not (algorithm.every or algorithm.fuses or constraints or tuned):
        routed = _clearer(chosen, routed, descriptions, k, seed)
    told = guide(chosen, descriptions, texts, encoder, judge)
    told = replace(told, accepted=known, pixels=pixels, minutes=minutes)
    given = sides(routed, told, descriptions) if algorithm.fuses else routed
    if algorithm.name == Taught.name and any(isinstance(c, Label) for c in constraints):
        learned = material(
            criterion, descriptions, texts, k=k, seed=seed, progress=progress, accepted=others, tuned=tuned
        )
        told, given = replace(told, material=learned), learned.views
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
    plain = [View(name, prepared(name, descriptions)) for name in PLAIN if name in descriptions.views]
    soft = place(soft, plain, seed)
    if not asked and told.material is None:
        soft = merge(soft, chosen, descriptions, routed, constraints)
    progress("grouping", 1, 1)
    if tuned is not None:
        told.notes.append("made from features that were tuned to your answers")
    made = settle(soft, chosen, descriptions, algorithm.name, () if chosen.sure else others)
    why = tuple(told.why.get(row, "") for row in range(len(made.images))) if told.why else ()
    made = named(made, constraints).with_changes(notes=tuple(told.notes), why=why)
    return made if told.material is not None else tempered(made, chosen, descriptions)


def material(
    criterion: str,
    descriptions: Descriptions,
    texts: TextEncoder,
    *,
    k: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
    accepted: Sequence[Clustering] = (),
    tuned: View | None = None,
) -> Material:
    """What answers under a criterion are learned from, worked out once for a collection. Arguments as in `group`.

    The views are the same for every k: only the grouping without answers is made again for another one.
    """
    criterion = " ".join(criterion.split())
    known = tuple(made.labels.astype(np.intp) for made in accepted if made.images == descriptions.images)

    def seen() -> list[View]:
        chosen = route_here(criterion, descriptions, texts)
        routed = [tuned] if tuned is not None else _routed(chosen, descriptions, False, seed, known)
        return looks(routed, descriptions, known)

    def work() -> Material:
        made = group(
            criterion, descriptions, texts, k=k, seed=seed, progress=progress, accepted=accepted, tuned=tuned
        )
        start = np.zeros((len(made.images), max(1, len(made.clusters))), np.float32)
        placed = np.flatnonzero(made.labels >= 0)
        start[placed, made.labels[placed]] = 1.0
        found = descriptions.once(("looks", *about), seen, _VIEWS)
        return Material(descriptions.images, found, start)

    taken = [labels.tobytes() for labels in known] + ([] if tuned is None else [tuned.data.tobytes()])
    about = (criterion, seed, tuned is None, *(blake2b(rows).digest() for rows in taken))
    return descriptions.once(("material", k, *about), work, _STARTS)


def check(criterion: str, n: int, method: str | None = None, k: int | None = None) -> None:
    """Refuse what `group` cannot do with n images, before anybody looks at them.

    Raises:
        tools.errors.UsageError: See `group`.
    """
    if not criterion.strip():
        raise UsageError("there is no criterion; say what to group by, such as emotion")
    if not n:
        raise UsageError("there is nothing to group: none of the images is here and can be read")
    possible(k, n)
    find_method(method)


def _routed(
    chosen: Route, descriptions: Descriptions, every: bool, seed: int, known: Sequence[NDArray[np.intp]]
) -> list[View]:
    """The views, weighted for the criterion, those with weight without what it does not depend on or, where no expert
    sees it, without the known groupings."""

    def work() -> list[View]:
        routed = weigh(views(chosen, descriptions, every), chosen.slot, descriptions, seed)
        return residual(routed, chosen.matches[0][0], descriptions, seed) if chosen.matches else routed

    routed = descriptions.once(("routed", chosen.criterion, every, seed), work)
    if chosen.sure or not known:
        return routed
    return [replace(view, data=left(view.data, known)) if view.weight > 0 else view for view in routed]


def _clearer(
    chosen: Route, routed: Sequence[View], descriptions: Descriptions, k: int, seed: int
) -> list[View]:
    """The routed views, or the one in which the same k groups stand out far more clearly."""
    names = [view.name for view in routed]

    def work() -> list[View]:
        others = [
            View(name, prepared(name, descriptions)) for name in descriptions.views if name not in names
        ]
        return clearer(routed, others, k, seed)

    return descriptions.once(("clearer", chosen.criterion, k, seed, *names), work)


def numbers(
    criterion: str,
    descriptions: Descriptions,
    texts: TextEncoder,
    *,
    seed: int = 0,
    accepted: Sequence[Clustering] = (),
) -> tuple[Number, ...]:
    """Up to three numbers of groups for a criterion, rising: a coarse one, the one that `group` finds, a fine one.

    After `group` without k it costs nothing: they were found there.

    Args and errors: See `group`, and for what a number says `tools.settle.number.granularities`.
    """
    criterion = " ".join(criterion.split())
    check(criterion, len(descriptions.images))
    chosen = route_here(criterion, descriptions, texts)
    known = tuple(made.labels.astype(np.intp) for made in accepted if made.images == descriptions.images)
    routed = _routed(chosen, descriptions, False, seed, known)
    return _numbers(chosen, routed, descriptions, seed, () if chosen.sure else known)


def _numbers(
    chosen: Route,
    routed: Sequence[View],
    descriptions: Descriptions,
    seed: int,
    without: Sequence[NDArray[np.intp]] = (),
) -> tuple[Number, ...]:
    """The numbers of groups that the routed views and the words of the routed slot speak for."""
    used = [view for view in routed if view.weight > 0]

    def work() -> tuple[Number, ...]:
        points = side_by_side(used)
        seen = np.asarray(~np.isnan(points).any(axis=1))
        words = None
        if chosen.slot is not None:
            values, _ = descriptions.column(chosen.slot)
            words = [value for value, visible in zip(values, seen.tolist(), strict=True) if visible]
        return granularities(points[seen], words, seed)

    return descriptions.once(
        (
            "number",
            chosen.criterion,
            seed,
            *(view.name for view in used),
            *(labels.tobytes() for labels in without),
        ),
        work,
    )
