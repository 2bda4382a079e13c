"""Sorts into groups that the user names: each value that they say is a group, and what is none of them is the rest."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.editing import Editing
from assistant.desk.experts import Experts
from assistant.desk.grouping import Grouping
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.refine import clean_name
from tools.describe.describe import Descriptions
from tools.embed.route import slots_here
from tools.errors import UsageError
from tools.group import group, material
from tools.named_values import Evidence, evidence, examples, thing_nowhere, values_in
from tools.names import amount, name_key, quoted, visible
from tools.progress import Progress, silent

NEAREST = 3
"""The number of pictures that are named as the likeliest where none is sure."""
REST = "other"
"""What the group of everything else is called where the user does not say how."""
MOST_GUESSED = 0.5
"""The largest share of the pictures that a guess may take out of the groups that there are."""
_NONE_OF_THEM = "none of them"
"""What the images are called that stay where they are while others are taken out."""
_TOLD_BY_FILES_ALONE = ("year", "month", "day", "country", "city", "place", "camera", "lens")
_NOT_SAID = "unknown"
"""What the part of a group is called of which the files say none of the values."""
_RESERVED = ("unsorted", "unreadable", "duplicates")
"""The names of the piles, under which no group could be reached."""


@dataclass(frozen=True, slots=True)
class SortedInto:
    """Holds the groups that were made, and which of them are guesses.

    Attributes:
        clustering: The groups.
        guessed: The names of those for which no expert has a word: the user should confirm a few of their pictures.
        absent: The names of those of which there is no sign in any picture, or none that is more than chance, so that
            they have none; each with the numbers of the pictures that come nearest.
    """

    clustering: Clustering
    guessed: tuple[str, ...]
    absent: Mapping[str, Sequence[int]] = field(default_factory=dict)


class NothingSeen(UsageError):
    """Says that the pictures show too few of the named groups to be sorted.

    Attributes:
        absent: The names of the groups that were not found, each with the numbers of the pictures that come nearest.
    """

    def __init__(self, absent: Mapping[str, Sequence[int]]) -> None:
        listed = " or ".join(quoted(name) for name in absent)
        numbers = list(dict.fromkeys(number for near in absent.values() for number in near))
        near = ", ".join(f"#{number}" for number in numbers[:NEAREST])
        super().__init__(
            f"nothing here looks like {listed} for sure, so no group was made; the likeliest pictures are {near}"
        )
        self.absent = absent


class Sorting:
    """Sorts the collection, or one group of it, into values that the user names."""

    def __init__(
        self, core: Core, clusterings: Clusterings, experts: Experts, grouping: Grouping, editing: Editing
    ) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self._grouping, self._editing = grouping, editing

    def sort_into(
        self,
        values: Sequence[str],
        rest: str | None = None,
        within: str | None = None,
        progress: Progress = silent,
        unsure: bool = False,
    ) -> SortedInto:
        """Make a group for each value, and one for everything else, learned from the pictures that speak most for each.

        Without `within` that is a new grouping. What the user answers or moves afterwards holds as in any other.

        Args:
            values: What the groups are called, in the user's words; names that differ only in case are one.
            rest: The name of the group for everything else; None where each picture has one of the values.
            within: A cluster of the current clustering, which is split into these groups; None for all images.
            progress: Called during the work.
            unsure: Whether groups are made of the likeliest pictures also where none is sure; they are guesses.

        Raises:
            NothingSeen: Too few of the values are in the pictures.
            tools.errors.UsageError: There are fewer than two groups, or more than images, or the
                cluster is unknown or locked, or all its images are of one of the groups.
        """
        with self._core.lock:
            before = self._clusterings.get() if within is not None else None
            chosen = (
                self._clusterings.find_cluster(within, before.id) if before and within is not None else None
            )
            rest = _free_rest(rest, before, chosen)
            names = groups_named(values, rest)
            kept = [name for name in names if rest is None or name_key(name) != name_key(rest)]
            ids = before.members(chosen.id) if before and chosen else self._core.collection.ids
            _refuse(names, kept, len(ids))
            criterion = criterion_of(values, rest)
            named = (
                rest is not None and not values_in(criterion)[1]
            )  # under a name that says nothing of a rest
            by_files = criterion_of(values, f"{REST} called {rest}" if named else rest)
            if (said := self._said_by_files(by_files, progress)) is not None:
                if kept and rest and not any(said[image] in kept for image in ids):
                    raise UsageError(f"no file says {' or '.join(map(quoted, kept))}; no group was made")
                if before is None or chosen is None:
                    return SortedInto(self._grouping.group(by_files, progress=progress), ())
                part_of = {image: said[image] or rest or _NOT_SAID for image in ids}
                if len(parts_said := set(part_of.values())) == 1:
                    raise UsageError(
                        f"by what the files say, all images of {quoted(chosen.name)} are {quoted(*parts_said)}; "
                        "split them by something else"
                    )
                return SortedInto(
                    self._editing.split_into(chosen.id, part_of, {}, (), before.id, criterion), ()
                )
            self._refuse_mixed(values, progress)
            descriptions = self._experts.look_for(criterion, progress)
            row = {image: i for i, image in enumerate(descriptions.images)}
            rows = [row[image] for image in ids if image in row]
            images = [descriptions.images[i] for i in rows]
            found = self._evidence(kept, descriptions, rows)
            absent = {} if unsure else self._absent(found, kept, images)
            if absent:
                kept = [name for name in kept if name not in absent]
                names = [name for name in names if name not in absent]
                if len(names) < 2 or not kept:
                    raise NothingSeen(absent)
                found = self._evidence(kept, descriptions, rows)
            request = self._core.request(criterion_of(kept, rest), descriptions)
            near = material(replace(request, k=len(names), progress=progress)).routed
            labels = examples(found.smoothed(near[rows]), images, kept, rest)
            guessed = tuple(name for name, firm in zip(kept, found.firm, strict=True) if not firm)
            by_image = {label.image: label.name for label in labels}
            if before is None or chosen is None:
                made = self._grouping.group_named(criterion, by_image, guessed, progress)
            else:
                parts = group(replace(request, constraints=labels, k=len(names), progress=progress))
                made = self._editing.split_into(
                    chosen.id, self._parts(parts, ids), by_image, guessed, before.id
                )
            open_guesses = self._core.feedback.of(made.id).guessed & {
                cluster.name for cluster in made.clusters
            }
            return SortedInto(made, tuple(name for name in guessed if name in open_guesses), absent)

    def take_out(self, values: Sequence[str], progress: Progress = silent) -> SortedInto:
        """Make a group for each value beside the groups of the current clustering, which keep all other images.

        Args:
            values: What the new groups are called, in the user's words.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: Nothing is grouped yet, a group is called so already, or nothing speaks for any of
                the values.
        """
        with self._core.lock:
            before = self._clusterings.get()
            names = groups_named(values, None)
            taken = {name_key(cluster.name) for cluster in before.clusters}
            for name in names:
                if name_key(name) in taken:
                    raise UsageError(f"there is already a group {quoted(name)}; choose another name")
            locked = {i for c in before.clusters if c.locked for i in before.members(c.id)}
            if (said := self._said_by_files(criterion_of(names, REST), progress)) is not None:
                parts = {i: name for i, name in said.items() if name in names and i not in locked}
                if not parts:
                    raise UsageError(f"no file says {quoted(names[0])}; no group was made")
                taken_out = self._editing.take_out(
                    parts, dict.fromkeys(parts, 1.0), {}, (), before.id, " or ".join(names)
                )
                return SortedInto(taken_out, ())
            descriptions = self._experts.look_for(criterion_of(names, None), progress)
            ids = [image for image in descriptions.images if image not in locked and image in before.images]
            _refuse([*names, _NONE_OF_THEM], names, len(ids))
            row = {image: i for i, image in enumerate(descriptions.images)}
            found = self._evidence(names, descriptions, [row[image] for image in ids])
            if absent := self._absent(found, names, ids):
                raise NothingSeen(absent)
            labels = examples(found, ids, names, _NONE_OF_THEM)
            guessed = tuple(name for name, firm in zip(names, found.firm, strict=True) if not firm)
            request = self._core.request(before.criterion, descriptions)
            made = group(replace(request, constraints=labels, k=len(names) + 1, progress=progress))
            place = {image: i for i, image in enumerate(made.images)}
            group_of = {
                image: made.clusters[at].name
                for image in ids
                if (at := made.labels[place[image]]) != UNSORTED
            }
            parts = {image: name for image, name in group_of.items() if name in names}
            if not parts:
                raise UsageError(f"nothing here looks like {quoted(names[0])}; no group was made")
            if most := self._too_many(parts, guessed, ids, found):
                raise NothingSeen(most)
            after = self._editing.take_out(
                parts,
                {image: float(made.confidence[place[image]]) for image in parts},
                {label.image: label.name for label in labels if label.image in parts},
                guessed,
                before.id,
            )
            return SortedInto(after, guessed)

    def _too_many(
        self, parts: Mapping[str, str], guessed: Sequence[str], images: Sequence[str], found: Evidence
    ) -> dict[str, list[int]]:
        """Return the guessed names that would take most of the pictures, which is no finding: "sale" may be what no
        picture shows. Each is with the numbers of the pictures that come nearest."""
        sizes = Counter(parts.values())
        number = self._core.collection.number
        nearest = np.argsort(-found.scores.max(axis=1), kind="stable")[:NEAREST].tolist()
        near = [number(images[row]) for row in nearest]
        return {name: near for name in guessed if sizes[name] > len(images) * MOST_GUESSED}

    def nowhere(self, criterion: str, progress: Progress = silent) -> tuple[str, Sequence[int]]:
        """Return the kind of thing that a criterion asks for and that is in no picture for sure, with the numbers of
        the pictures that come nearest; "" and none where it is there, or was grouped by before."""
        with self._core.lock:
            if self._clusterings.has(criterion) or self._core.metadata.sees(criterion, progress):
                return "", ()
            descriptions = self._experts.look(progress)
            thing = thing_nowhere(criterion, descriptions, slots_here(descriptions))
            if not thing:
                return "", ()
            found = self._evidence([thing], descriptions, range(len(descriptions.images)))
            number = self._core.collection.number
            order = np.argsort(-found.scores[:, 0], kind="stable")[:NEAREST]
            return thing, [number(descriptions.images[row]) for row in order.tolist()]

    def _refuse_mixed(self, values: Sequence[str], progress: Progress) -> None:
        """Raise UsageError where what files alone tell, a year, a city or a camera, is listed beside something else: no
        look at a picture tells it, and a picture can be both."""
        told = {value: self._told_by_files(value, progress) for value in values}
        first = next((value for value in values if told[value]), "")
        about = told.get(first, "")
        others = [value for value in values if told[value] != about]
        if not first or not others:
            return
        files = " and ".join(quoted(value) for value in values if told[value] == about)
        rest = " and ".join(map(quoted, others))
        else_is = (
            "something else that they tell"
            if all(told[value] for value in others)
            else "what a picture shows"
        )
        raise UsageError(
            f"the files tell {files}, and {rest} is {else_is}, "
            f'so a picture can be both; say "group by {about}", then "split {visible(first)} into '
            f'{visible(others[0])} and other"'
        )

    def _told_by_files(self, value: str, progress: Progress) -> str:
        """Return the criterion of a value that no look at a picture tells and files here say; "" for any other."""
        about = self._core.metadata.says(value.strip(), progress)
        return about if about in _TOLD_BY_FILES_ALONE else ""

    def _said_by_files(self, criterion: str, progress: Progress) -> dict[str, str | None] | None:
        """Return which of the values that a criterion lists the files say of each image; None where they do not say
        them."""
        about = self._core.metadata.sees(criterion, progress)
        if about is None:
            return None
        values = self._core.metadata.column(about, progress).values
        return dict(zip(self._core.collection.ids, values, strict=True))

    def _evidence(self, names: Sequence[str], descriptions: Descriptions, rows: Sequence[int]) -> Evidence:
        """Return what speaks for each of these names in some of the images."""
        return evidence(
            names,
            descriptions,
            slots_here(descriptions),
            self._experts.likeness(descriptions),
            rows,
            self._experts.absence(descriptions),
        )

    def _absent(
        self, found: Evidence, names: Sequence[str], images: Sequence[str]
    ) -> dict[str, tuple[int, ...]]:
        """Return the names of what is in none of the images, each with the numbers of those that come nearest."""
        number = self._core.collection.number
        return {
            name: tuple(
                number(images[row]) for row in np.argsort(-found.scores[:, j], kind="stable")[:NEAREST]
            )
            for j, (name, gone) in enumerate(zip(names, found.absent, strict=True))
            if gone
        }

    def _parts(self, made: Clustering, ids: Sequence[str]) -> dict[str, str]:
        """Return for each image the name of its group; what is in none is in the largest."""
        largest = max(made.clusters, key=lambda cluster: made.size(cluster.id)).name
        label = dict(zip(made.images, made.labels.tolist(), strict=True))
        return {
            image: made.clusters[at].name if (at := label.get(image, UNSORTED)) != UNSORTED else largest
            for image in ids
        }


def groups_named(values: Sequence[str], rest: str | None) -> list[str]:
    """Return the names of the groups that are to be made, each once and as it is kept, the rest last."""
    clean = [name for value in values if _is_visible(name := clean_name(value))]
    named = {name_key(name): name for name in clean}
    if rest is not None and (last := clean_name(rest)):
        named.pop(name_key(last), None)
        named[name_key(last)] = last
    return list(named.values())


def criterion_of(values: Sequence[str], rest: str | None) -> str:
    """Return the criterion that stands for a grouping into named groups: "cats, dogs or other"."""
    *first, last = groups_named(values, rest)
    return f"{', '.join(first)} or {last}" if first else last


def _is_visible(name: str) -> bool:
    """Return whether a name has any character that can be seen."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in name)


def _free_rest(rest: str | None, before: Clustering | None, chosen: Cluster | None) -> str | None:
    """Return the name of the rest, which no group beside the one that is sorted may have: "other red"."""
    if rest is None:
        return None
    rest = clean_name(rest)
    if name_key(rest) in _RESERVED:
        rest = REST
    taken = {name_key(c.name) for c in before.clusters if chosen and c.id != chosen.id} if before else set()
    return f"{rest} {chosen.name}" if chosen and name_key(rest) in taken else rest


def _refuse(names: Sequence[str], kept: Sequence[str], images: int) -> None:
    """Raise UsageError where groups of these names cannot be made of that number of images."""
    if len(names) < 2 or not kept:
        raise UsageError('one group sorts nothing; name two, such as "sort into cats, dogs and other"')
    for name in names:
        if name_key(name) in _RESERVED or re.fullmatch(r"c\d+", name, re.IGNORECASE):
            raise UsageError(
                f"{quoted(name)} cannot be the name of a group, since it means another thing here"
            )
    if len(names) > images:
        raise UsageError(
            f"{amount(len(names), 'group')} are too many for {amount(images, 'image')}; "
            + (f"name at most {images}" if images > 1 else "one image alone is not sorted")
        )
