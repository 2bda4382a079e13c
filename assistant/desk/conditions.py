"""Finds the images for which several things hold at once: the groups that they are in, how sure that is, what their
files say, and what the experts that looked say of them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.references import NUMBERED, find_cluster
from tools.clustering.clustering import Cluster, Clustering, slug
from tools.clustering.cross_clusterings import CROSSED
from tools.clustering.refine import clean_name
from tools.describe.describe import Descriptions
from tools.embed.route import slots_here
from tools.errors import UsageError
from tools.metadata.listed_values import NAMED_BY, times_meant
from tools.metadata.metadata_criteria import CRITERIA, named_criterion
from tools.metadata.spans_of_time import is_span_of_time, span_of_time
from tools.named_values import in_table, meant_by, other_words, vocabulary
from tools.names import quoted, visible
from tools.progress import Progress, silent
from tools.settle.by_value import FILES_SAY, is_from_files
from tools.singular import in_singular, singular_words

REST = "other"
"""The name of the group of all images for which the conditions do not hold."""
FEW_FILES = 1000
"""The most files that are read only to know which values a sentence may name; more are read once something asks."""

DOUBTFUL, SURE = "doubtful", "sure"
"""What is said of images by how sure their group is, where no group is called so."""
SURE_FROM = 0.8
"""How sure an image's group has to be for it to be no doubtful one."""
SEEN_FROM = 0.5
"""How sure an expert has to be of a word for it to be said of an image."""
_CERTAINTY = "certainty"
_WITHOUT = re.compile(r"(?:no|without(?: an?)?) (?P<what>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """Tells for which images one thing holds.

    Attributes:
        name: The group or the value, as it is called here.
        criterion: What it is a group or a value of.
        images: The ids of the images.
        from_files: Whether the files say it.
        is_span: Whether it is a span of time, which several of may have to hold.
    """

    name: str
    criterion: str
    images: frozenset[str]
    from_files: bool = False
    is_span: bool = False

    @property
    def spoken(self) -> str:
        """Return it as it is told."""
        if not self.is_span:
            return quoted(self.name)
        within = "in " if re.match(r"(?:the )?(?:\d|last \d|past)", self.name, re.IGNORECASE) else ""
        return f"dated {within}{self.name}"


@dataclass(frozen=True, slots=True)
class Met:
    """Holds the images for which conditions hold, in the order of the collection.

    Attributes:
        images: The ids of the images.
        words: The conditions in words: 'in "Berlin" and "Canon EOS R6" but not in "happy"'.
        name: What a group of them is called.
        from_files: Whether the files say a part of it.
    """

    images: tuple[str, ...]
    words: str
    name: str
    from_files: bool


class Conditions:
    """Finds the images that meet conditions, and makes a group of them."""

    def __init__(self, core: Core, clusterings: Clusterings, changes: Changes, experts: Experts) -> None:
        self._core, self._clusterings, self._changes = core, clusterings, changes
        self._experts = experts

    def one(self, text: str, progress: Progress = silent, looks: bool = False) -> Condition:
        """Return what a word stands for: a group of the current grouping or of another, a value that files say, or what
        an expert says.

        Args:
            text: The word.
            progress: Called during the work.
            looks: Whether the experts look for it where they have not looked yet.

        Raises:
            UsageError: There is no such group, no file says it, and no expert sees it.
        """
        with self._core.lock:
            found = next(self._found(" ".join(text.split()), progress, looks), None)
            if found is not None:
                return found
        bare = text.replace('"', "")
        raise UsageError(
            f"I cannot tell {quoted(text)} here: there is no such group, no file says it, and nothing that looks at "
            f'pictures has seen it; to look for it all the same, say "sort into {visible(bare)} and other"'
        )

    def in_files(self, text: str, progress: Progress = silent) -> Condition | None:
        """Return for which images the files say something, whatever the groups are; None where none says it."""
        with self._core.lock:
            bare = re.sub(r" (?:cameras?|phones?)$", "", " ".join(text.split()), flags=re.IGNORECASE)
            return next(self._said(bare, progress), None)

    def met(self, all_of: Sequence[str], none_of: Sequence[str] = (), progress: Progress = silent) -> Met:
        """Return the images that meet all conditions and none of the others.

        Of several that are about one thing, such as two cities, one is enough: nothing is in both.

        Args:
            all_of: Names of groups, or values that files say; empty for all images.
            none_of: What must not hold.
            progress: Called while files are read.

        Raises:
            UsageError: There is no such group, and no file says it.
        """
        with self._core.lock:
            wanted = [self.one(text, progress, looks=True) for text in all_of]
            unwanted = [self.one(text, progress, looks=True) for text in none_of]
            about: dict[str, list[Condition]] = {}
            for condition in wanted:
                about.setdefault(condition.criterion, []).append(condition)
            left = set(self._core.collection.ids)
            for alike in about.values():
                left &= set().union(*(condition.images for condition in alike))
            left -= set().union(*(condition.images for condition in unwanted))
            spans = [alike for alike in about.values() if alike[0].is_span]
            groups = [" or ".join(c.spoken for c in alike) for alike in about.values() if alike not in spans]
            names = [" and ".join(c.name for c in alike) for alike in about.values()]
            but = " or ".join(c.spoken for c in unwanted)
            said = [
                " and ".join(
                    [*([f"in {' and '.join(groups)}"] if groups else []), *(s[0].spoken for s in spans)]
                )
            ]
            denied = f"not {but}" if unwanted and all(c.is_span for c in unwanted) else f"not in {but}"
            words = " but ".join(filter(None, [*said, denied if but else ""]))
            name = ", ".join(names)
            if unwanted:
                left_out = " or ".join(c.name for c in unwanted)
                name = f"{name} without {left_out}" if name else f"not {left_out}"
            images = tuple(image for image in self._core.collection.ids if image in left)
            return Met(images, words, name, any(c.from_files for c in (*wanted, *unwanted)))

    def pick(
        self,
        all_of: Sequence[str],
        none_of: Sequence[str] = (),
        name: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Make a grouping of two: the images that meet the conditions, and the others.

        Raises:
            UsageError: There is no such group, and no file says it; or all images meet the conditions, or none.
        """
        with self._core.lock:
            met = self.met(all_of, none_of, progress)
            ids = self._core.collection.ids
            if not met.images or len(met.images) == len(ids):
                how = "every picture is" if met.images else "no picture is"
                raise UsageError(f"{how} {met.words}, so there is nothing to put apart")
            picked = clean_name(name or met.name)
            rest = REST if picked.casefold() != REST else f"{REST} pictures"
            inside = set(met.images)
            criterion = self._free(f"{picked} or {rest}")
            made = Clustering(
                id=slug(criterion),
                criterion=criterion,
                images=ids,
                clusters=(Cluster("c1", picked), Cluster("c2", rest)),
                labels=np.array([0 if image in inside else 1 for image in ids], np.int32),
                confidence=np.ones(len(ids), np.float32),
                method=CROSSED,
                sources=(f"{FILES_SAY}: {met.words}",) if met.from_files else (),
                next_number=3,
            )
            return self._changes.record("cross", f"picked out {picked}", made, {"of": [*all_of, *none_of]})

    def _free(self, criterion: str) -> str:
        """Return a criterion under which no grouping stands that was not picked out as well: that would be replaced."""
        others = {made.id for made in self._clusterings.all() if made.method != CROSSED}
        numbers = ("", *(f" {number}" for number in range(2, len(others) + 3)))
        return next(
            f"{criterion}{number}" for number in numbers if slug(f"{criterion}{number}") not in others
        )

    def said_by_files(self) -> dict[str, tuple[str, ...]]:
        """Return the values that files say under each criterion that people name, where that takes no long look."""
        with self._core.lock:
            metadata, images = self._core.metadata, len(self._core.collection)
            if images > FEW_FILES and not metadata.known:
                return {}
            columns = {c.name: metadata.column(c) for c in CRITERIA if c.name in NAMED_BY}
            return {name: columns[name].order for name in NAMED_BY if not columns[name].note}

    def said_by_experts(self) -> dict[str, tuple[str, ...]]:
        """Return the words that the experts say of some of the images under each criterion, in the singular, with other
        words for these; before they have looked, which must cost nothing, those that they are known to have."""
        with self._core.lock:
            if not self._experts.looked:
                specs = list(self._experts.specs())
                return {s.title or s.name: words for s in specs if (words := vocabulary(s.name))}
            descriptions = self._experts.look()
            return descriptions.once(("words that are said",), lambda: dict(_words(descriptions)))

    def _found(self, text: str, progress: Progress, looks: bool) -> Iterator[Condition]:
        """Yield what a word may stand for, the likeliest first."""
        current = self._clusterings.current
        if current is not None:
            if text.casefold() == "unsorted":
                yield Condition("unsorted", "unsorted", frozenset(current.unsorted()))
            if NUMBERED.fullmatch(text) or any(
                in_singular(cluster.name) == in_singular(text) for cluster in current.clusters
            ):
                with suppress(UsageError):
                    yield _group(find_cluster(text, current), current)
            if text.casefold() in (DOUBTFUL, SURE):
                yield _by_certainty(text.casefold(), current)
        others = [made for made in reversed(self._clusterings.all()) if current and made.id != current.id]
        for other in others:
            for cluster in other.clusters:
                if in_singular(cluster.name) == in_singular(text):
                    yield _group(cluster, other)
        if (taken := self._taken(text, progress)) is not None:
            yield taken
        if current is not None:
            with suppress(UsageError):  # by the beginning of its name, or by its size
                yield _group(find_cluster(text, current), current)
        yield from self._said(text, progress)
        for other in others:
            with suppress(UsageError):
                if not text.isdecimal():
                    yield _group(find_cluster(text, other), other)
        if self._experts.looked or looks:
            yield from _seen(in_singular(text), self._experts.look(progress))

    def _taken(self, text: str, progress: Progress) -> Condition | None:
        """Return the images that were taken in a span of time; None where a text is none."""
        if not is_span_of_time(text):
            return None
        known = self._core.metadata.all(progress)
        moments = [metadata.taken for metadata in known.values() if metadata.taken is not None]
        if not moments:
            raise UsageError("no file says when its picture was taken, so no span of time can be found")
        span = span_of_time(text, moments, datetime.now())
        assert span is not None  # it matched
        images = frozenset(image for image, metadata in known.items() if span.holds(metadata.taken))
        return Condition(text, text, images, True, is_span=True)

    def _said(self, text: str, progress: Progress) -> Iterator[Condition]:
        """Yield what the files say that has the words of a text: exactly, then among others."""
        metadata, ids = self._core.metadata, self._core.collection.ids
        without = _WITHOUT.fullmatch(text)
        named = named_criterion(without["what"]) if without else None
        if named is not None:
            values = metadata.column(named, progress).values
            silent_files = frozenset(i for i, value in zip(ids, values, strict=True) if value is None)
            yield Condition(f"no {named.name}", named.name, silent_files, True)
        by_name = {criterion.name: criterion for criterion in CRITERIA}
        columns = [(name, metadata.column(by_name[name], progress)) for name in NAMED_BY]
        for name, column in columns:  # none may have been taken at night, which says so as well
            if (at := times_meant(by_name[name], text, column.order)) is not None and any(column.values):
                images = frozenset(i for i, value in zip(ids, column.values, strict=True) if value in at)
                yield Condition(text, name, images, True)
        wanted = singular_words(text)
        for exactly in (True, False):
            for name, column in columns:
                if column.note or not wanted:
                    continue
                has = [
                    v
                    for v in column.order
                    if (singular_words(v) == wanted if exactly else wanted <= singular_words(v))
                ]
                if has:
                    images = frozenset(i for i, v in zip(ids, column.values, strict=True) if v in has)
                    yield Condition(has[0] if len(has) == 1 else text, name, images, True)


def _group(cluster: Cluster, clustering: Clustering) -> Condition:
    criterion = named_criterion(clustering.criterion)
    return Condition(
        cluster.name,
        criterion.name if criterion else clustering.criterion,
        frozenset(clustering.members(cluster.id)),
        is_from_files(clustering),
    )


def _by_certainty(name: str, clustering: Clustering) -> Condition:
    """Return the images whose group is sure, or those that are in one without that."""
    sure = clustering.confidence >= SURE_FROM
    rows = np.flatnonzero((clustering.labels >= 0) & (sure if name == SURE else ~sure))
    return Condition(name, _CERTAINTY, frozenset(clustering.images[row] for row in rows.tolist()))


def _seen(word: str, descriptions: Descriptions) -> Iterator[Condition]:
    """Yield the images of which an expert says a word, or what that stands for, for each criterion that has it."""
    for slot, title in _that_are_said(descriptions):
        values, confidence = _column(descriptions, slot)
        meant = meant_by(slot, word)
        images = frozenset(
            image
            for image, value, sure in zip(descriptions.images, values, confidence, strict=True)
            if value is not None and sure >= SEEN_FROM and in_singular(value) in meant
        )
        if images:
            yield Condition(word, title, images)
    for slot, title in _that_are_said(descriptions):
        if in_table(slot, word):
            yield Condition(word, title, frozenset())  # what could be seen is in no picture


def _words(descriptions: Descriptions) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each criterion with the words that experts say of images here, what else people say for these, and those
    that they are known to have."""
    for slot, title in _that_are_said(descriptions):
        said = dict.fromkeys(
            in_singular(value)
            for value, sure in zip(*_column(descriptions, slot), strict=True)
            if value is not None and sure >= SEEN_FROM
        )
        others = (word for value in said for word in other_words(slot, value))
        yield title, tuple(dict.fromkeys((*said, *others, *vocabulary(slot))))


def _column(descriptions: Descriptions, slot: str) -> tuple[list[str | None], list[float]]:
    said = descriptions.column(slot)
    return said.values, said.confidence.tolist()


def _that_are_said(descriptions: Descriptions) -> Iterator[tuple[str, str]]:
    """Yield the slots whose words mean something in these pictures, each with the criterion that it is called."""
    for spec in slots_here(descriptions):
        if not (spec.unfamiliar and descriptions.unfamiliar):
            yield spec.name, spec.title or spec.name
