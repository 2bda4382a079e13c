"""Answers questions about one picture: whether something is so in it, what there is to say about one thing, who is in
it. What the user said by grouping counts before what the files say, and that before what the experts see."""

import re
from dataclasses import dataclass

from assistant.desk.clusterings import Clusterings
from assistant.desk.conditions import Conditions
from assistant.desk.core import Core
from assistant.desk.criteria import Criteria
from assistant.desk.experts import Experts
from assistant.desk.references import called
from tools.clustering.clustering import UNSORTED, Clustering
from tools.describe.describe import Descriptions
from tools.embed.route import slots_here
from tools.models.ports import Slot, SlotSpec
from tools.named_values import in_table, meant_by, singular
from tools.names import quoted, visible
from tools.progress import Progress, silent
from tools.singular import in_singular

_MOST_SEEN = 4
"""The most things that are told of a picture where what was asked is not seen."""
_EVEN = 0.5
"""How sure an expert is at least of what it says for that to be a yes or a no; below, it is no more than likely."""
_SUGGESTED = ("night", "day", "light")
"""Words for which the experts have none of their own: that a picture is bright or dark only suggests them."""
_ABOUT_PEOPLE = ("people", "who", "expression", "age", "individual")
"""The slots that say something about who is in a picture."""


WHO = "who"
"""What is asked of a picture where it is asked who is in it."""
UNKNOWN, NO, LIKELY, YES = "I cannot tell", "No", "Perhaps", "Yes"
_RANK = (UNKNOWN, NO, LIKELY, YES)
"""What is said of a thing in a picture; of several, the last of these is told."""
_VERDICT = re.compile(r"^\w[\w ,]*[:.] ")
"""Matches the beginning of an answer that says whether something is so."""
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Holds whether something is so, and the line that says it."""

    verdict: str
    line: str


class Seeing:
    """Says what was seen in single pictures, without changing anything."""

    def __init__(
        self,
        core: Core,
        clusterings: Clusterings,
        experts: Experts,
        criteria: Criteria,
        conditions: Conditions,
    ) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self._criteria, self._conditions = criteria, conditions

    def whether(self, image: str, asked: str, progress: Progress = silent) -> str:
        """Say in a line whether something is so in a picture, from what that is known and how sure it is.

        Args:
            image: A number, file name or hash.
            asked: What is asked in the user's words, such as "outdoors", "glasses" or "day or night".
            progress: Called during the work.
        """
        with self._core.lock:
            (sha,) = self._core.find_images([image])
            either = [part.strip() for part in _OR.split(asked) if part.strip()]
            answers = [self._answer(sha, part, progress) for part in either]
            if len(answers) == 1:
                return answers[0].line
            likeliest = max(answers, key=lambda answer: _RANK.index(answer.verdict))
            return _VERDICT.sub("", likeliest.line, count=1) if likeliest.verdict == YES else likeliest.line

    def told(self, image: str, criterion: str, progress: Progress = silent) -> str:
        """Say in a line what a picture has under one criterion, such as "colour", and how sure that is; of "who" what
        is seen of people, as no expert knows a name.

        Arguments are those of `whether`.
        """
        with self._core.lock:
            (sha,) = self._core.find_images([image])
            name = called(sha, self._core.collection)
            made = self._clusterings.find(criterion)
            if made is not None and (label := made.label_of(sha)) != UNSORTED:
                group = quoted(made.clusters[label].name)
                return f"{name} is in {group} by {quoted(made.criterion)}, {_sure(made, sha)}."
            descriptions = self._experts.look_for(criterion, progress)
            if sha not in descriptions.images:
                return f"I cannot tell: {name} could not be looked at."
            row = descriptions.images.index(sha)
            if criterion == WHO:
                seen = [slot for slot in _seen(row, descriptions) if slot.name in _ABOUT_PEOPLE]
                of_people = _listed(seen, descriptions) or "nobody is seen in it for sure"
                return f"I know no names. {name}: {of_people}."
            words = self._core.request(criterion, descriptions).words
            value = None if words is None else words.values[row]
            sight = self._criteria.sight(criterion, progress)
            if words is None or value is None or not sight.seen:
                return self._cannot(name, criterion, row, descriptions).line
            return f"{name}: {visible(criterion)} {quoted(value)}, {words.confidence[row]:.0%} sure."

    def _answer(self, image: str, asked: str, progress: Progress) -> _Answer:
        """Return whether one thing is so in a picture."""
        name, word = called(image, self._core.collection), in_singular(asked)
        for clustering in self._by_currency():
            if (said := _by_group(image, word, clustering)) is not None:
                return _Answer(YES if said[0] else NO, f"{YES if said[0] else NO}: {name} {said[1]}.")
        if (condition := self._conditions.in_files(asked, progress)) is not None:
            verdict, says = (YES, "says") if image in condition.images else (NO, "does not say")
            return _Answer(verdict, f"{verdict}: the file of {name} {says} {quoted(condition.name)}.")
        descriptions = self._experts.look_for(asked, progress)
        if image not in descriptions.images:
            return _Answer(UNKNOWN, f"I cannot tell: {name} could not be looked at.")
        return self._by_experts(image, name, word, asked, descriptions)

    def _by_currency(self) -> list[Clustering]:
        """Return all clusterings, the current one first and then the newest."""
        current = self._clusterings.current
        newest = list(reversed(self._clusterings.all()))
        return sorted(newest, key=lambda made: current is None or made.id != current.id)

    def _by_experts(
        self, image: str, name: str, word: str, asked: str, descriptions: Descriptions
    ) -> _Answer:
        """Return what the experts say of a word in a picture."""
        row = descriptions.images.index(image)
        tellers = _tellers(word, descriptions)
        said = [(spec, slot) for spec in tellers if (slot := descriptions.slots(row).get(spec.name))]
        said = [(spec, slot) for spec, slot in said if slot.value != spec.nothing]
        if not said:
            if not tellers or word in _SUGGESTED:
                return self._cannot(name, asked, row, descriptions)
            title = quoted(tellers[0].title or tellers[0].name)
            return _Answer(
                UNKNOWN, f"I cannot tell {quoted(asked)} of {name}: nothing was seen in it under {title}."
            )
        matching = [(spec, slot) for spec, slot in said if _is(word, spec, slot)]
        spec, slot = max(matching or said, key=lambda pair: pair[1].confidence)
        found = f"{visible(spec.title or spec.name)} {quoted(slot.value)}, {slot.confidence:.0%} sure"
        if word in _SUGGESTED:
            return _Answer(
                UNKNOWN,
                f"I cannot see that: nothing here tells {quoted(asked)}. The nearest that I see of {name} is {found}.",
            )
        if slot.confidence < _EVEN:
            likely = "Perhaps" if matching else "Rather not"
            return _Answer(LIKELY if matching else NO, f"{likely}. {name}: {found}.")
        verdict = YES if matching else NO
        return _Answer(verdict, f"{verdict}, as far as I see. {name}: {found}.")

    def _cannot(self, name: str, asked: str, row: int, descriptions: Descriptions) -> _Answer:
        """Return that nothing here sees what was asked, and what was seen in the picture."""
        absence = self._experts.absence(descriptions)
        known = any(in_table(spec.name, in_singular(asked)) for spec in descriptions.specs.values())
        if absence is not None and not known and absence(descriptions.view, [in_singular(asked)])[0]:
            return _Answer(
                NO,
                f"{NO}, as far as I see: there is no sign of {quoted(asked)} in {name}, nor in any other picture here.",
            )
        seen = _listed(_seen(row, descriptions)[:_MOST_SEEN], descriptions)
        of_it = f"Of {name} I see {seen or 'nothing for sure'}."
        return _Answer(UNKNOWN, f"I cannot see that: nothing here tells {quoted(asked)}. {of_it}")


def _by_group(image: str, word: str, clustering: Clustering) -> tuple[bool, str] | None:
    """Return whether a picture is in the group of this name, and where it is; None where it is in no group or there is
    no such group."""
    named = [cluster for cluster in clustering.clusters if in_singular(cluster.name) == word]
    label = clustering.label_of(image) if named and image in clustering.images else UNSORTED
    if label == UNSORTED:
        return None
    group = clustering.clusters[label]
    where = f"is in {quoted(group.name)} by {quoted(clustering.criterion)}, {_sure(clustering, image)}"
    return group in named, where


def _sure(clustering: Clustering, image: str) -> str:
    return f"{clustering.confidence[clustering.images.index(image)]:.0%} sure"


def _tellers(word: str, descriptions: Descriptions) -> list[SlotSpec]:
    """Return the slots that have this word, or another for it."""
    return [
        spec
        for spec in slots_here(descriptions)
        if not (spec.unfamiliar and descriptions.unfamiliar)
        and (in_table(spec.name, word) or _is_said(word, spec, descriptions))
    ]


def _is_said(word: str, spec: SlotSpec, descriptions: Descriptions) -> bool:
    """Return whether a slot says a word of any picture here."""
    values = set(descriptions.column(spec.name).values) - {None}
    return any(_is(word, spec, Slot(spec.name, str(value), 1.0)) for value in values)


def _is(word: str, spec: SlotSpec, slot: Slot) -> bool:
    """Return whether a value is what a word means: itself, another word for it, or a kind of it, as a sports car."""
    value = singular(slot.value)
    if value in meant_by(spec.name, word):
        return True
    return value.endswith(f" {word}") and not value.startswith(("no ", "not ", "without "))


def _seen(row: int, descriptions: Descriptions) -> list[Slot]:
    """Return what is said of a picture, the surest first."""
    here = {spec.name: spec for spec in slots_here(descriptions)}
    said = [
        slot
        for slot in descriptions.slots(row).values()
        if slot.name in here
        and slot.value != here[slot.name].nothing
        and not (here[slot.name].unfamiliar and descriptions.unfamiliar)
    ]
    return sorted(said, key=lambda slot: -slot.confidence)


def _listed(slots: list[Slot], descriptions: Descriptions) -> str:
    """Return what slots say, with how sure that is."""
    titles = {name: spec.title or name for name, spec in descriptions.specs.items()}
    return ", ".join(
        f"{visible(titles[slot.name])} {quoted(slot.value)} ({slot.confidence:.0%} sure)" for slot in slots
    )
