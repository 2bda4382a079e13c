"""Groups by what files say of their pictures: every value is a group, and no likeness counts."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering, slug
from tools.clustering.constraints import tie
from tools.clustering.refine import free_number, numbered
from tools.fuse.constrained import apply_constraints
from tools.models.ports import SlotSpec
from tools.names import amount, name_key
from tools.request import Request

RECORDED = "recorded"
"""The `Clustering.method` of such a grouping."""
FILES_SAY = "what the files say"
"""The beginning of the source of such a grouping, for people."""
_TO = " to "
"""The text between the first and the last value in the name of a group of several that follow each other."""
_TIME_VIEW = "metadata.time"


@dataclass(frozen=True, slots=True)
class Shape:
    """Holds what became of groups that were merged or split.

    Attributes:
        of_image: Image to its value then and the name of its group, where it stays while it has this value.
        of_value: Value to the name of the group in which most of its images were, where all others of it go.
    """

    of_image: Mapping[str, tuple[str, str]]
    of_value: Mapping[str, str]


def group_by_value(request: Request, spec: SlotSpec, shape: Shape | None = None) -> Clustering:
    """Group a collection by what files say, which needs no method.

    Images without a value are unsorted, and `Clustering.why` says what their files lack. A number of groups means
    something only for values that follow each other in time: then the groups with the smallest gaps between them
    become one. Constraints hold as in any grouping.

    Args:
        request: The grouping; its route leads to the slot.
        spec: The slot.
        shape: What became of groups that were merged or split; None where none were.
    """
    descriptions = request.descriptions
    values, confidence = descriptions.column(spec.name)
    names, of_image = list(spec.recorded), values
    if shape is not None:
        names, values = _as_shaped(names, of_image, descriptions.images, shape)
    group_of: dict[str, int] = {name: i for i, name in enumerate(names)}
    notes = [spec.recorded_note] if spec.recorded_note else []
    wanted = request.k
    if wanted is not None and wanted < len(names) and _TIME_VIEW in descriptions.views:
        time = descriptions.view(_TIME_VIEW)[:, 0]
        names, group_of = _in_spans(names, values, of_image, spec.recorded, time, wanted)
        if len(names) > wanted:
            notes.append(
                f"there are {amount(len(names), 'group')}, as only what follows each other becomes one"
            )
    elif wanted is not None and wanted != len(names):
        notes.append(
            f"there are {amount(len(names), 'group')}, one for each {spec.title} that the files say; "
            "a number of groups means nothing here"
        )
    if request.method is not None:
        notes.append("what files say needs no method, so none was used")
    n = len(values)
    soft = np.zeros((n, len(names)), np.float32)
    for row, value in enumerate(values):
        if value is not None:
            soft[row, group_of[value]] = 1.0
    if request.constraints:
        soft, names = _obeyed(soft, names, request)
    used = [i for i in range(len(names)) if (soft.argmax(1)[soft.any(axis=1)] == i).any()]
    labels = np.full(n, UNSORTED, np.int32)
    new = {old: i for i, old in enumerate(used)}
    for row in np.flatnonzero(soft.any(axis=1)).tolist():
        labels[row] = new[int(soft[row].argmax())]
    said = np.array([value is not None for value in values], bool)
    sure = np.where(said, confidence, np.where(labels == UNSORTED, 0.0, 1.0)).astype(np.float32)
    reasons = descriptions.reasons.get(spec.name, ())
    without = (
        Counter(reasons[row] for row in np.flatnonzero(labels == UNSORTED).tolist()) if reasons else Counter()
    )
    notes += [f"{amount(count, 'image')} unsorted: {why}" for why, count in without.most_common()]
    request.progress("grouping", 1, 1)
    return Clustering(
        id=slug(request.criterion),
        criterion=request.criterion,
        images=descriptions.images,
        clusters=tuple(Cluster(f"c{i + 1}", names[old]) for i, old in enumerate(used)),
        labels=labels,
        confidence=sure,
        method=RECORDED,
        sources=(f"{FILES_SAY}: {spec.title}",),
        next_number=len(used) + 1,
        notes=(*notes, *request.notes),
        why=reasons,
    )


def is_from_files(clustering: Clustering) -> bool:
    """Return whether the groups are named by what files say, alone or crossed with others."""
    return are_from_files(clustering.sources)


def are_from_files(sources: Sequence[str]) -> bool:
    """Return whether one of the sources of a grouping is what files say."""
    return any(source.startswith(FILES_SAY) for source in sources)


def in_order_of_values(clustering: Clustering, request: Request) -> Clustering:
    """Return a clustering of what files say with its clusters in the order of their values: by time, for instance.

    It is returned as it is where it is of something else.
    """
    spec = request.route.recorded
    if spec is None or clustering.method != RECORDED:
        return clustering
    place = {value: i for i, value in enumerate(spec.recorded)}
    values = dict(
        zip(request.descriptions.images, request.descriptions.column(spec.name).values, strict=True)
    )
    first = [len(place)] * len(clustering.clusters)
    for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True):
        value = values.get(image)
        if label != UNSORTED and value is not None and _says(clustering.clusters[label].name, value):
            first[label] = min(first[label], place[value])
    for label in range(len(first)):  # one of another name is where its first picture would be
        if first[label] == len(place):
            inside = [
                place[value]
                for image in clustering.members(clustering.clusters[label].id)
                if (value := values.get(image)) is not None
            ]
            first[label] = min(inside, default=len(place))
    order = sorted(range(len(first)), key=lambda label: (first[label], label))
    new = np.array([*np.argsort(order), UNSORTED], np.int32)
    return clustering.with_changes(
        clusters=tuple(clustering.clusters[label] for label in order), labels=new[clustering.labels]
    )


def _says(name: str, value: str) -> bool:
    """Return whether a group has the name of a value, or of a span that begins with it."""
    return name == value or name.startswith(value + _TO)


def place_by_value(
    clustering: Clustering, new: Sequence[str], request: Request, closed: Sequence[str] = ()
) -> Clustering:
    """Place new images in the clusters of their values, or in new ones, and move no other image.

    Args:
        clustering: A clustering of all images of the request, in which the new ones are unsorted.
        new: The ids of the images to place.
        request: The grouping of that clustering; its route leads to a slot of what files say.
        closed: The ids of clusters that no image may join.
    """
    spec = request.route.recorded
    assert spec is not None
    values, confidence = request.descriptions.column(spec.name)
    reasons = request.descriptions.reasons.get(spec.name, ("",) * len(values))
    coming = set(new)
    votes: dict[str, Counter[int]] = {}
    for image, label, value in zip(clustering.images, clustering.labels.tolist(), values, strict=True):
        if image not in coming and label != UNSORTED and value is not None:
            votes.setdefault(value, Counter())[label] += 1
    place = {value: count.most_common(1)[0][0] for value, count in votes.items()}
    clusters, number = list(clustering.clusters), free_number(clustering)
    labels, sure = clustering.labels.copy(), clustering.confidence.copy()
    why = list(clustering.why or ("",) * len(values))
    shut = {clustering.index(id) for id in closed}
    for row, (image, value) in enumerate(zip(clustering.images, values, strict=True)):
        if image not in coming or labels[row] != UNSORTED:
            continue
        why[row] = reasons[row]
        if value is None:
            continue
        if value not in place:
            name = value
            if any(name_key(cluster.name) == name_key(name) for cluster in clusters):
                name = numbered(name, clusters)
            place[value] = len(clusters)
            clusters.append(Cluster(f"c{number}", name))
            number += 1
        if place[value] not in shut:
            labels[row], sure[row] = place[value], confidence[row]
    return clustering.with_changes(
        clusters=tuple(clusters), labels=labels, confidence=sure, next_number=number, why=tuple(why)
    )


def _in_spans(
    names: Sequence[str],
    groups: Sequence[str | None],
    values: Sequence[str | None],
    order: Sequence[str],
    time: NDArray[np.float32],
    k: int,
) -> tuple[list[str], dict[str, int]]:
    """Join groups whose values follow each other in time to k spans, between which the gaps are largest.

    A group is joined to no other, so that there may be more than k, where its values do not follow each other, or where
    it has only some images of a value.

    Args:
        names: The names of the groups, in the order of their first values.
        groups: The group of each image.
        values: The value of each image.
        order: All values, in their order.
        time: (n,) float32, the days of the images.
        k: The number of spans.

    Returns:
        The names of the spans, and the span of each group.
    """
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    owners: dict[str, set[str]] = {value: set() for value in order}
    for name, value, moment in zip(groups, values, time.tolist(), strict=True):
        if name is not None and value is not None:
            first[name] = min(first.get(name, moment), moment)
            last[name] = max(last.get(name, moment), moment)
            owners[value].add(name)
    places = {name: [i for i, value in enumerate(order) if name in owners[value]] for name in names}
    whole = {
        name
        for name, at in places.items()
        if at == list(range(at[0], at[-1] + 1)) and all(owners[order[i]] == {name} for i in at)
    }
    gaps = [
        first[b] - last[a] if {a, b} <= whole and places[a][-1] + 1 == places[b][0] else np.inf
        for a, b in itertools.pairwise(names)
    ]
    largest = sorted(range(len(gaps)), key=lambda i: (-gaps[i], i))[: k - 1]
    spans: list[list[str]] = [[]]
    for i, name in enumerate(names):
        spans[-1].append(name)
        if i in largest or (i < len(gaps) and gaps[i] == np.inf):
            spans.append([])
    group_of = {name: i for i, span in enumerate(spans) for name in span}
    return [
        span[0] if len(span) == 1 else f"{order[places[span[0]][0]]}{_TO}{order[places[span[-1]][-1]]}"
        for span in spans
    ], group_of


def _as_shaped(
    names: Sequence[str], values: Sequence[str | None], images: Sequence[str], shape: Shape
) -> tuple[list[str], list[str | None]]:
    """Return the names of the groups and the group of each image after some were merged or split, in their order."""
    shaped: list[str | None] = []
    for image, value in zip(images, values, strict=True):
        said, group = shape.of_image.get(image, (None, ""))
        shaped.append(None if value is None else group if said == value else shape.of_value.get(value, value))
    place = {name: i for i, name in enumerate(names)}
    first: dict[str, int] = {}
    for name, value in zip(shaped, values, strict=True):
        if name is not None and value is not None:
            first[name] = min(first.get(name, len(place)), place[value])
    return sorted(first, key=lambda name: first[name]), shaped


def _obeyed(
    soft: NDArray[np.float32], names: Sequence[str], request: Request
) -> tuple[NDArray[np.float32], list[str]]:
    """Return the assignment and the names of its groups so that the constraints hold.

    A name that the user gave is that of the value it equals; any other is a new group.
    """
    ties = tie(request.descriptions.images, request.constraints)
    columns = {name_key(name): i for i, name in enumerate(names)}
    named = list(names)
    for name in ties.names.values():
        if name_key(name) not in columns:
            columns[name_key(name)] = len(named)
            named.append(name)
    soft = np.pad(soft, ((0, 0), (0, len(named) - soft.shape[1])))
    blocks = ties.blocks
    for block, name in ties.names.items():
        soft[blocks[block]] = 0.0
        soft[blocks[block], columns[name_key(name)]] = 1.0
    apply_constraints(soft, replace(ties, names={}))
    return soft, named
