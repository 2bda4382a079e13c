"""Names clusters from what the experts say of their members, and by the names that the user gave."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import Constraint, Label, consistent, tie
from tools.clustering.refine import free_number, numbered
from tools.describe.describe import Descriptions, Words
from tools.embed.route import Route, slots_here
from tools.models.ports import NO_FACE_BUT_PERSON, SlotSpec
from tools.names import combined_name, name_key
from tools.propose.applies import applies

_LEAST_SHARE = 0.3
"""The least share of a cluster that a word must have to be its name."""
_EXPECTED = 0.25
"""The least share of a cluster that must be expected to be what a word says, by the confidence with which it is said: a
classifier that calls half of a heap of apples pomegranates, each with a tenth, expects it of one in twenty."""
_SHOWN, _LIKELIEST = 0.2, 0.7
"""What a word for groups must have of a cluster to name it: the least mean probability, and the least share of members
of which it is the likeliest. On four folders of photographs such words had .73 to .99 of the groups that they are true
of, and at most .47 of others."""
_MOST_SHOWN = 200_000
"""The most images for which words for groups are worked out: the view that they take has a gigabyte then."""
_QUESTIONS = (
    "who",
    "whose",
    "what",
    "which",
    "where",
    "when",
    "how",
    "why",
    "is",
    "are",
    "does",
    "do",
    "can",
)
"""Words that a criterion may begin with that is a question, and no name for what is numbered."""
_MEASURED = ("colour", "brightness", "tone")
"""The slots that are measured, so that they are true of any picture."""
_MIXED = 0.25
"""The least share of a word in the name of a cluster of which no word has half, such as "sad or angry"."""
_TELLING = 0.7
"""The least share of a group that another slot's word must have to be added to its name."""
_ELSEWHERE = 0.3
"""The largest share that such a word may have of every other group of the same name."""
_HALF, _MORE = 0.5, 0.3
"""The least share of a group, and how much more than in any namesake, that a word of whatever kind must have to tell
it from these: most of one group and less of the others, if not all and none."""
_NOTHING = "\0"
"""Stands for what is not said of a picture."""
_IN_COMMON = 2
"""The fewest pictures that have something in common."""
_COUNTED = ("people", "count")
"""The slots whose words are numbers, which say nothing beside a name: "clothing, one"."""
_SILENT = ("faces", "photographs", "things")
"""What a slot may require without which its words mean nothing: what is like a face on a few drawings has no mood, and
patches of a landscape are no number of things."""
_NUMBERED = re.compile(r"(.*\S) (\d+)")


def cluster_names(
    labels: NDArray[np.int32], k: int, route: Route, descriptions: Descriptions, criterion: str = ""
) -> list[str]:
    """Return k distinct names for the clusters of (n,) labels, -1 for unsorted.

    A cluster is named by the value of the criterion's slot that is common in it and rare elsewhere; each value names
    one cluster, by the best assignment over all (Kuhn 1955). It must be a true one: what says it expects it of a
    quarter of the cluster. Where the slot has words for groups (`SlotSpec.group_words`), the narrower of both names a
    cluster: "running shoe" before "shoe", "shoe" before "clothing". A cluster that no value describes gets the user's
    word and a number, never an invented label, and beside them what was measured in most of it alone: "place 2, dark".

    Args:
        labels: The cluster of each image.
        k: The number of clusters.
        route: What the criterion was routed to.
        descriptions: What is said of the n images.
        criterion: In the user's words.
    """
    from scipy.optimize import linear_sum_assignment

    plain = [f"{_noun(route, criterion)} {i + 1}" for i in range(k)]
    (values, confidence), borrowed = _words_for_names(route, descriptions)
    shown = _shown(labels, k, route, descriptions)
    vocabulary = sorted({*filter(None, values), *shown})
    if not k or not vocabulary or route.slot is None:
        return _with_what_is_common(plain, labels, descriptions)
    inside = _shares(labels, k, values, confidence, vocabulary)
    inside[_expected(labels, k, values, confidence, vocabulary) < _EXPECTED] = 0.0
    if borrowed:  # it is not said of every picture, and so has to be said of most of a group
        certain = np.ones(len(labels), np.float32)
        of_all = [value or _NOTHING for value in values]
        inside[_expected(labels, k, of_all, certain, [*vocabulary, _NOTHING])[:, :-1] < _HALF] = 0.0
    inside = _narrower(inside, shown, vocabulary, route)
    overall = inside.mean(0, keepdims=True)
    worth = inside * np.log1p(inside / np.maximum(overall, 1e-9))
    worth[inside < _LEAST_SHARE] = 0.0
    # Of two clusters with the same word the larger one has it; the other becomes "happy 2".
    worth *= np.log1p(np.bincount(labels[labels >= 0], minlength=k))[:, None]
    chosen_names = list(plain)
    for cluster, value in zip(*linear_sum_assignment(-worth), strict=True):
        if worth[cluster, value] > 0:
            chosen_names[cluster] = vocabulary[value]
    for cluster, name in enumerate(chosen_names):
        mixed = _mixed(inside[cluster], vocabulary)
        if name in mixed and combined_name(mixed) not in chosen_names:
            chosen_names[cluster] = combined_name(mixed)
    return _tell_apart(chosen_names, plain, inside, vocabulary, labels, route.slot, descriptions)


def _words_for_names(route: Route, descriptions: Descriptions) -> tuple[Words, bool]:
    """Return the words that may name groups, and whether they are another slot's (`SlotSpec.named_by`); none where the
    slot's words mean nothing in such pictures."""
    n = len(descriptions.images)
    silent = Words([None] * n, np.zeros(n, np.float32))
    if not route.matches:
        return silent, False
    spec = route.matches[0][0]
    if spec.requires in _SILENT and not applies(spec, descriptions):
        return silent, False
    words = descriptions.column(spec.name)
    if any(words.values):
        return words, False
    lent = (descriptions.column(name) for name in spec.named_by if name in descriptions.specs)
    return next((words for words in lent if any(words.values)), silent), True


def _shown(
    labels: NDArray[np.int32], k: int, route: Route, descriptions: Descriptions
) -> dict[str, NDArray[np.float64]]:
    """Return the words for groups that are true of at least one of k clusters, each with the share of every cluster of
    which it is the likeliest, (k,) float64, 0 where it is not true."""
    words_of = route.matches[0][0].group_words if route.matches else None
    if words_of is None or descriptions.unfamiliar or len(labels) > _MOST_SHOWN:
        return {}
    try:
        words, probable = descriptions.once(
            ("words for groups", words_of), lambda: words_of(descriptions.view)
        )
    except KeyError:  # who has these words did not look
        return {}
    shares: dict[str, NDArray[np.float64]] = {}
    likeliest = np.nan_to_num(probable).argmax(1)
    for group in range(k):
        rows = np.flatnonzero(labels == group)
        for column in set(likeliest[rows].tolist()) if len(rows) else ():
            share = float((likeliest[rows] == column).mean())
            mean = float(np.nan_to_num(probable[rows, column]).mean())
            if words[column] and share >= _LIKELIEST and mean >= _SHOWN:
                shares.setdefault(words[column], np.zeros(k))[group] = share
    return shares


def _narrower(
    inside: NDArray[np.float64],
    shown: dict[str, NDArray[np.float64]],
    vocabulary: Sequence[str],
    route: Route,
) -> NDArray[np.float64]:
    """Return the shares of the words that may name clusters, (k, v): of each cluster either those that are said of its
    pictures or those that are words for groups, whichever say more."""
    if not shown:
        return inside
    of_groups = np.column_stack([shown.get(word, np.zeros(len(inside))) for word in vocabulary])
    spec = route.matches[0][0]
    if spec.labels == spec.name:  # what is said of a picture is the class itself
        return np.where((inside >= _LEAST_SHARE).any(1, keepdims=True), inside, of_groups)
    return np.where(of_groups.any(1, keepdims=True), of_groups, inside)


def with_given_names(clustering: Clustering, constraints: Sequence[Constraint]) -> Clustering:
    """Return the clustering with each group named as the user named images in it; namesakes are numbered.

    Images that have a name but no group, since no view says anything about them, join the group of that name or get a
    new one, even beyond the number of groups that was asked for.

    Args:
        clustering: A clustering in which the constraints hold, except for unsorted images.
        constraints: The user's constraints, in the order in which they were given.
    """
    consistent_ones, _ = consistent(constraints)
    label_of = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    given_names = {
        label_of[c.image]: c.name for c in consistent_ones if isinstance(c, Label) and c.image in label_of
    }
    unplaced = given_names.pop(UNSORTED, None) is not None
    if not given_names and not unplaced:
        return clustering
    clusters = [replace(c, name=given_names.get(i, c.name)) for i, c in enumerate(clustering.clusters)]
    times = Counter(name_key(c.name) for c in clusters)
    for i, cluster in enumerate(clusters):
        if i not in given_names and times[name_key(cluster.name)] > 1:
            clusters[i] = replace(cluster, name=numbered(cluster.name, clusters))
            times[name_key(cluster.name)] -= 1
            times[name_key(clusters[i].name)] += 1
    named = clustering.with_changes(clusters=tuple(clusters))
    return _all_placed(named, consistent_ones) if unplaced else named


def _all_placed(clustering: Clustering, constraints: Sequence[Constraint]) -> Clustering:
    """Return the clustering where every image that has a name is in the group of that name."""
    ties = tie(clustering.images, constraints)
    clusters, number = list(clustering.clusters), free_number(clustering)
    index_by_name = {name_key(cluster.name): i for i, cluster in enumerate(clusters)}
    labels, confidence = clustering.labels.copy(), clustering.confidence.copy()
    blocks = ties.blocks
    for block, name in ties.names.items():
        rows = np.array(blocks[block], np.intp)
        if not np.any(labels[rows] == UNSORTED):
            continue
        if name_key(name) not in index_by_name:
            index_by_name[name_key(name)] = len(clusters)
            clusters.append(Cluster(f"c{number}", name))
            number += 1
        labels[rows], confidence[rows] = index_by_name[name_key(name)], 1.0
    return clustering.with_changes(
        clusters=tuple(clusters), labels=labels, confidence=confidence, next_number=number
    )


def _noun(route: Route, criterion: str) -> str:
    """Return what is numbered where a group has no name of its own: the user's word, else the slot's, else "group".

    Neither a question ("who") nor more than two words are a name.
    """
    if not route.matches:
        return "group"  # the groups may be of anything but what was asked for
    spec = route.matches[0][0]
    for noun in (" ".join(criterion.split()), spec.title or spec.name):
        words = noun.casefold().split()
        if 0 < len(words) <= 2 and noun.replace(" ", "").isalpha() and words[0] not in _QUESTIONS:
            return noun
    return "group"


def _with_what_is_common(
    names: list[str], labels: NDArray[np.int32], descriptions: Descriptions
) -> list[str]:
    """Return the names, each with the measured word that most of its group have and few of every other."""
    specs = [descriptions.specs[name] for name in _MEASURED if name in descriptions.specs]
    result = list(names)
    for i, name in enumerate(names):
        others = [j for j in range(len(names)) if j != i]
        if others and (word := _common(i, others, labels, specs, descriptions, name)):
            result[i] = f"{name}, {word}"
    return result


def _shares(
    labels: NDArray[np.int32],
    k: int,
    values: Sequence[str | None],
    confidence: NDArray[np.float32],
    vocabulary: Sequence[str],
) -> NDArray[np.float64]:
    """Return the share of each value in each cluster, (k, v) float64, with members weighted by confidence."""
    column = {value: i for i, value in enumerate(vocabulary)}
    shares = np.zeros((k, len(vocabulary)))
    for label, value, sure in zip(labels, values, confidence, strict=True):
        if label >= 0 and value:
            shares[label, column[value]] += sure
    return np.asarray(shares / np.maximum(shares.sum(1, keepdims=True), 1e-9))


def _expected(
    labels: NDArray[np.int32],
    k: int,
    values: Sequence[str | None],
    confidence: NDArray[np.float32],
    vocabulary: Sequence[str],
) -> NDArray[np.float64]:
    """Return the share of each cluster that may be expected to be what each value says, (k, v) float64, of those
    members of which anything is said."""
    column = {value: i for i, value in enumerate(vocabulary)}
    shares, sizes = np.zeros((k, len(vocabulary))), np.zeros(k)
    for label, value, sure in zip(labels, values, confidence, strict=True):
        if label >= 0 and value:
            shares[label, column[value]] += sure
            sizes[label] += 1
    return np.asarray(shares / np.maximum(sizes, 1)[:, None])


def _mixed(shares: NDArray[np.float64], vocabulary: Sequence[str]) -> list[str]:
    """Return the common words of a cluster of which no word has half, most common first; otherwise none."""
    common = [int(i) for i in np.argsort(-shares, kind="stable") if shares[i] >= _MIXED]
    return [vocabulary[i] for i in common] if len(common) > 1 and shares[common[0]] < 0.5 else []


def tell_apart(
    clustering: Clustering, descriptions: Descriptions, keep: Collection[str] = frozenset()
) -> Clustering:
    """Return the clustering where no group is called "happy 2" beside "happy" if what was seen tells the two apart:
    then it is "happy, dark".

    Args:
        clustering: Any clustering; only names change.
        descriptions: What is said of its images.
        keep: The ids of the clusters that the user named.
    """
    row = {image: i for i, image in enumerate(descriptions.images)}
    seen = [row[image] for image in clustering.images if image in row]
    if len(seen) < len(clustering.images):
        return clustering
    labels = np.full(len(descriptions.images), UNSORTED, np.int32)
    labels[seen] = clustering.labels
    clusters = list(clustering.clusters)
    base = [_NUMBERED.sub(r"\1", cluster.name) for cluster in clusters]
    for i, cluster in enumerate(clusters):
        if not _NUMBERED.fullmatch(cluster.name) or cluster.locked or cluster.id in keep:
            continue
        namesakes = [j for j, other in enumerate(base) if j != i and name_key(other) == name_key(base[i])]
        word = _contrast(i, namesakes, labels, descriptions, base[i]) if namesakes else ""
        name = f"{base[i]}, {word}"
        if word and all(name_key(other.name) != name_key(name) for other in clusters):
            clusters[i] = replace(cluster, name=name)
    return clustering.with_changes(clusters=tuple(clusters))


def _tell_apart(
    route: list[str],
    plain: list[str],
    inside: NDArray[np.float64],
    vocabulary: Sequence[str],
    labels: NDArray[np.int32],
    slot: str,
    descriptions: Descriptions,
) -> list[str]:
    """Name the clusters whose word another one took: "happy, left" where something tells them apart, else "emotion
    2"."""
    result = list(route)
    best = [vocabulary[int(row.argmax())] for row in inside]
    for i, name in enumerate(route):
        if name != plain[i] or inside[i].max() < _LEAST_SHARE:
            continue
        others = [
            j for j in range(len(route)) if j != i and best[j] == best[i] and inside[j].max() >= _LEAST_SHARE
        ]
        word = _second(i, others, labels, slot, descriptions, best[i]) or _contrast(
            i, others, labels, descriptions, best[i], (slot,)
        )
        if word and f"{best[i]}, {word}" not in result:
            result[i] = f"{best[i]}, {word}"
    return result


def _contrast(
    cluster: int,
    others: Sequence[int],
    labels: NDArray[np.int32],
    descriptions: Descriptions,
    name: str,
    apart_from: Collection[str] = (),
) -> str:
    """Return the word, of any slot but those of `apart_from`, that tells a cluster best from others; "" for none."""
    specs = [
        spec
        for spec in _applicable(descriptions)
        if (spec.interest >= 1 or spec.name in _MEASURED)
        and spec.name not in _COUNTED
        and spec.name not in apart_from
    ]
    return _common(cluster, others, labels, specs, descriptions, name, _HALF, None)


def _applicable(descriptions: Descriptions) -> list[SlotSpec]:
    """Return the slots whose words may tell groups of these pictures apart: glasses on a few drawings may not."""

    def work() -> list[SlotSpec]:
        return [spec for spec in slots_here(descriptions) if applies(spec, descriptions)]

    return descriptions.once(("applicable slots",), work)


def _second(
    cluster: int,
    others: Sequence[int],
    labels: NDArray[np.int32],
    slot: str,
    descriptions: Descriptions,
    name: str,
) -> str:
    """Return the word of another slot that most of a cluster has and few of each of the others; "" where there is none.

    Only slots of the same expert that people often sort by are used: "happy, 2000 x 1500" says nothing to people, and
    "happy, blue" is about two things.
    """
    specs = [
        spec
        for spec in _applicable(descriptions)
        if spec.name != slot and spec.interest >= 1 and _expert(spec) == _expert(descriptions.specs[slot])
    ]
    return _common(cluster, others, labels, specs, descriptions, name)


def _common(
    cluster: int,
    others: Sequence[int],
    labels: NDArray[np.int32],
    specs: Sequence[SlotSpec],
    descriptions: Descriptions,
    name: str,
    least: float = _TELLING,
    elsewhere: float | None = _ELSEWHERE,
) -> str:
    """Return the word of some slots that at least `least` of a cluster has and at most `elsewhere` of each of the
    others, or `_MORE` less than it for None; "" for none.

    A single picture has nothing in common with others, and a word that stands in the name says nothing new.
    """
    if np.count_nonzero(labels == cluster) < _IN_COMMON:
        return ""
    said = {name_key(part) for part in name.split(",")}
    candidates = []
    for spec in specs:
        values, sure = descriptions.column(spec.name)
        words = sorted(
            {
                v
                for v, label in zip(values, labels, strict=True)
                if v
                and v != spec.nothing
                and not _is_absence(v)
                and label == cluster
                and name_key(v) not in said
            }
        )
        for word in words:
            stated = np.array([value == word for value in values]) * sure
            share = float(stated[labels == cluster].mean())
            most = max((float(stated[labels == other].mean()) for other in others), default=1.0)
            if share >= least and most <= (share - _MORE if elsewhere is None else elsewhere):
                candidates.append((most - share, word))
    return min(candidates)[1] if candidates else ""


def _is_absence(value: str) -> bool:
    """Return whether a word says that something was not found, which is nothing that pictures have in common: "no face
    seen", "no glasses"."""
    return value == NO_FACE_BUT_PERSON or value.startswith("no ")


def _expert(spec: SlotSpec) -> str:
    return spec.views[0].split(".")[0] if spec.views else ""
