"""Goes the whole way from a criterion to a clustering, on one page: route, embed, fuse, settle.

A `Request` comes in. It knows what its criterion is about (`Request.route`) and what is said of the images under it
(`Request.words`). From there on views, words and numbers flow down through the stages, and a `Clustering` comes out.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions
from tools.embed.criterion_views import criterion_views
from tools.embed.prepare import prepare, prepared, smooth
from tools.embed.route import LIKENESS
from tools.embed.select_view import clearest_views
from tools.errors import CannotRun, UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import ties_of
from tools.fuse.method_context import MethodContext, both_sides, method_context
from tools.fuse.registry import find_method, method_label
from tools.fuse.walk.traversal import Plan, unwalked
from tools.fuse.walk.walk import Walk
from tools.learn.learning_views import learning_views
from tools.learn.material import Material
from tools.learn.posterior import NAMED, SHARPER, certainty, usual_certainty
from tools.named_values import values_in
from tools.number_of_groups import Number, assess, best, candidates, check_k
from tools.relational_graph import Scale
from tools.request import Request
from tools.settle.assign_by_likeness import assign_by_likeness
from tools.settle.by_value import group_by_value
from tools.settle.certainty import calibrate
from tools.settle.merge import merge
from tools.settle.naming import with_given_names
from tools.settle.settle import UNSURE, set_doubtful_aside, settle, shrink_confidence, unclear
from tools.views import View, side_by_side

_SETS_OF_VIEWS = 2
"""The number of criteria of which it is remembered what their answers are learned from: this one and the one before."""
_STARTS = 3
"""The number of groupings without answers that are remembered, for other numbers of groups or other criteria."""


def group(request: Request) -> Clustering:
    """Group a collection by a criterion.

    Raises:
        tools.errors.UsageError: The criterion is empty, the method unknown, there is no image, or k not in 1..n.
        tools.errors.CannotRun: Something that the method requires is missing.
    """
    descriptions, constraints, k = request.descriptions, request.constraints, request.k
    check(request.criterion, len(descriptions.images), request.method, k)
    method = find_method(request.method, answered=bool(constraints))
    request.progress("grouping", 0, 1)
    route = request.route
    if route.recorded is not None:
        return group_by_value(request, route.recorded)
    views = _views(request, method)
    guessed = False
    if k is None and not method.estimates_k:
        number = best(_numbers(request, views))
        k, guessed = number.k, number.k > 1 and not number.clear
    routed_alone = not (method.uses_all_views or method.multimodal or constraints or request.tuned)
    if k is not None and route.sure and routed_alone:
        views = clearest_views(views, route, descriptions, k, request.seed)
    context = _context(request, method, k)
    given = _given(request, method, views, context)
    if missing := method.missing_requirements(given, context):
        raise CannotRun(missing)
    soft = method.fit(
        given,
        images=descriptions.images,
        constraints=constraints,
        k=k,
        seed=request.seed,
        progress=request.progress,
        context=context,
    )
    soft = assign_by_likeness(soft, _plain_views(descriptions), request.seed)
    if request.k is None and context.material is None:
        soft = merge(soft, request.words, views, descriptions.images, constraints)
    request.progress("grouping", 1, 1)
    without = () if route.sure else request.others
    label = method_label(request.method) if request.method else method.name
    made = settle(soft, request.criterion, route, descriptions, label, without)
    made = with_given_names(made, constraints).with_changes(
        notes=_notes(request, context), why=_why(context, len(made.images))
    )
    if context.material is None and not method.measures_certainty:
        made = _calibrated(made, request, views)
    if context.material is None:
        made = shrink_confidence(made, request.words)
    else:  # what was learned from answers is no less sure for an expert that does not see the criterion
        named = not request.by_examples and values_in(request.criterion)[0]
        made = made.with_changes(confidence=certainty(soft, NAMED if named else SHARPER))
        if request.by_examples and (learned := context.material.latest) is not None:
            least = usual_certainty(learned.posterior, learned.of[learned.newest])
            made = set_doubtful_aside(made, least, {c.image for c in constraints if isinstance(c, Label)})
    if guessed:
        made = unclear(made)
    return made.with_changes(notes=(*made.notes, *request.notes))


def missing(request: Request) -> str:
    """Return one line on what the method of a request cannot do without and is not here; "" where it can run."""
    method = find_method(request.method)
    context = _context(request, method, request.k)
    return (
        method.missing_requirements(_given(request, method, _views(request, method), context), context) or ""
    )


def relational_graph(request: Request, plan: Plan) -> tuple[Any, Scale, int]:
    """Return the graph that the walk would traverse: an (n, n) scipy CSR matrix, its scale, and the judge's calls.

    Raises:
        tools.errors.RegroupError: See `tools.relational_graph.neighbours`.
    """
    views, images = _views(request, Walk()), request.descriptions.images
    context = _context(request, Walk(), None)
    rows = side_by_side([view for view in views if view.weight > 0] or views)
    ties = ties_of(images, request.constraints, context)
    return unwalked(rows, ties, context, request.seed, plan, request.progress)


def material(request: Request) -> Material:
    """Return the material that answers under a criterion are learned from, worked out once for a collection.

    The views are the same for every k: only the grouping without answers is made again for another one. Method and
    constraints of the request do not count.
    """
    descriptions, seed, tuned = request.descriptions, request.seed, request.tuned
    accepted = request.accepted_labels
    fixed = [labels.tobytes() for labels in accepted] + ([] if tuned is None else [tuned.data.tobytes()])
    about = (request.criterion, seed, tuned is None, *(blake2b(rows).digest() for rows in fixed))

    said = request.said_of_each if tuned is None else None

    def views() -> list[View]:
        if tuned is not None:
            return learning_views([tuned], descriptions, accepted)
        routed = criterion_views(request.route, descriptions, seed=seed, accepted=accepted)
        seen = learning_views(routed, descriptions, accepted)
        if said is None:
            return seen
        # The words are what is meant, and not what looks alike: a dog's face is like a face.
        return [View("said", prepare(np.sqrt(said)), 1.0), *(replace(view, weight=0.0) for view in seen)]

    def work() -> Material:
        if said is not None:
            start = np.asarray(np.eye(said.shape[1])[said.argmax(1)], np.float32)
        else:
            made = group(replace(request, method=None, constraints=()))
            start = np.zeros((len(made.images), max(1, len(made.clusters))), np.float32)
            placed = np.flatnonzero(made.labels >= 0)
            start[placed, made.labels[placed]] = 1.0
        learned_from = descriptions.once(("learning views", *about), views, _SETS_OF_VIEWS)
        return Material(descriptions.images, learned_from, start)

    return descriptions.once(("material", request.k, *about), work, _STARTS)


def numbers(request: Request) -> tuple[Number, ...]:
    """Return the numbers of groups that are possible under a criterion with their evidence, rising.

    After `group` without k it costs nothing: they were found there.

    Raises:
        tools.errors.UsageError: The criterion is empty, or there is no image.
    """
    check(request.criterion, len(request.descriptions.images))
    accepted = request.accepted_labels
    views = criterion_views(request.route, request.descriptions, seed=request.seed, accepted=accepted)
    return _numbers(replace(request, tuned=None), views)


def check(criterion: str, n: int, method: str | None = None, k: int | None = None) -> None:
    """Refuse what `group` cannot do with n images, before anybody looks at them.

    Raises:
        tools.errors.UsageError: See `group`.
    """
    if not criterion.strip():
        raise UsageError("there is no criterion; say what to group by, such as emotion")
    if not n:
        raise UsageError("there is nothing to group: none of the images is here and can be read")
    check_k(k, n)
    find_method(method)


def _views(request: Request, method: Method) -> list[View]:
    """Return the views weighted for the criterion, or in their place the features that were tuned to it."""
    views = criterion_views(
        request.route,
        request.descriptions,
        all_views=method.uses_all_views,
        seed=request.seed,
        accepted=request.accepted_labels,
    )
    if request.tuned is None:
        return views
    return [request.tuned, *(replace(view, weight=0.0) for view in views if method.uses_all_views)]


def _given(request: Request, method: Method, views: list[View], context: MethodContext) -> Sequence[View]:
    """Return the views that the method is fitted to: with both sides where it needs them, or those of the answers."""
    if method.multimodal:
        return both_sides(views, context, request.descriptions, method.encodes_pictures)
    return views if context.material is None else context.material.views


def _plain_views(descriptions: Descriptions) -> list[View]:
    """Return the views that say something about any picture."""
    return [View(name, prepared(name, descriptions)) for name in LIKENESS if name in descriptions.views]


def _numbers(request: Request, views: Sequence[View]) -> tuple[Number, ...]:
    """Return the numbers of groups that the views and the words of the routed slot speak for."""
    used = [view for view in views if view.weight > 0]
    route = request.route

    def work() -> tuple[Number, ...]:
        points = side_by_side(used)
        seen = np.asarray(~np.isnan(points).any(axis=1))
        words = request.words and [request.words.values[row] for row in np.flatnonzero(seen).tolist()]
        return tuple(candidates(points[seen], words, request.seed, route.usual))

    taken_out: Sequence[NDArray[np.intp]] = () if route.sure or request.tuned else request.accepted_labels
    names = (view.name for view in used)
    about = (
        "numbers",
        route.slot,
        route.usual,
        request.seed,
        *names,
        *(labels.tobytes() for labels in taken_out),
    )
    return request.descriptions.once(about, work)


def _calibrated(made: Clustering, request: Request, views: Sequence[View]) -> Clustering:
    """Return the clustering with calibrated confidences; images that the user named stay as sure as they are."""
    used = [view for view in views if view.weight > 0] or views
    points, k = side_by_side(used), len(made.clusters)
    seen = np.asarray(~np.isnan(points).any(axis=1))
    if k < 2 or seen.sum() < 2:
        return made

    def work() -> tuple[NDArray[np.float32], float]:
        smoothed = points.copy()
        smoothed[seen] = smooth(points[seen])
        if seen.sum() < 2 * k:  # no half of them has so many groups, so that nothing speaks for these
            return smoothed, 0.0
        return smoothed, assess(points[seen], [k], seed=request.seed)[0].stability

    taken_out: Sequence[NDArray[np.intp]] = (
        () if request.route.sure or request.tuned else request.accepted_labels
    )
    about = (
        "certainty",
        request.route.slot,
        request.seed,
        k,
        *((view.name, view.data.shape) for view in used),
    )
    smoothed, stability = request.descriptions.once(
        (*about, *(labels.tobytes() for labels in taken_out)), work, 2
    )
    calibrated = calibrate(made, smoothed, stability, 1.0 if request.route.sure else UNSURE)
    named = np.isin(made.images, [c.image for c in request.constraints if isinstance(c, Label)])
    return made.with_changes(confidence=np.where(named, made.confidence, calibrated.confidence))


def _context(request: Request, method: Method, k: int | None) -> MethodContext:
    """Return the context that the method is given beside the views, with the material where there are answers to learn
    from."""
    context = method_context(
        request.criterion, request.words, request.descriptions, request.texts, request.encoder
    )
    learns = method.learns_from_answers and any(isinstance(c, Label) for c in request.constraints)
    return replace(
        context,
        judge=request.judge,
        thinker=request.thinker,
        accepted=request.accepted_labels,
        pixels=request.pixels,
        minutes=request.minutes,
        checkpoints=request.checkpoints,
        described=request.route.described,
        material=material(replace(request, k=k)) if learns else None,
    )


def _notes(request: Request, context: MethodContext) -> tuple[str, ...]:
    tuned = ["made from features that were tuned to this criterion"] if request.tuned is not None else []
    return (*context.notes, *tuned)


def _why(context: MethodContext, images: int) -> tuple[str, ...]:
    """Return for each image a line on why it was put where it was; nothing where the method gives no reasons."""
    return tuple(context.why.get(row, "") for row in range(images)) if context.why else ()
