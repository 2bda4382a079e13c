"""Finds what a sentence names of what is known here: groups, and values that the files say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.agent.builtin.dates_named import spans_of_time
from assistant.agent.builtin.words_for_all import NO_NAME
from assistant.agent.tools.base import DialogueContext
from tools.metadata.metadata_criteria import named_criterion
from tools.metadata.spans_of_time import MONTHS
from tools.singular import in_singular, plurals

_YEAR = re.compile(r"(?<![\w#/~.-])(?:19|20)\d\d(?![\w/]|\.\w)")
_WORDS_ALONE = ("camera", "keyword")
"""The criteria whose values are known by each of their words: "Canon" for "Canon EOS R6"."""
_TIME_TAKEN = re.compile(
    r"\b(?:taken|take|took|shot|shoot|made|captured|photographed|pictures?|photos?|ones) (?:in|at|on|during|from) "
    r"(?:(?:the|an?|my|our) )?(?P<time>night|morning|midday|noon|afternoon|evening|weekend|weekday|working day"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|spring|summer|autumn|fall|winter)s?\b",
    re.IGNORECASE,
)
"""Matches pictures that are told by a time which many of them share, whether any was taken then or not."""
_DEVICE = re.compile(
    r"\b(?:taken|shot|made|took|captured|photographed|pictures?|photos?|ones) (?:with|by|on|from) "
    r"(?:(?:my|our|the|an?) )?"
    r"(?P<device>camera|phone|smartphone|mobile(?: phone)?|cell ?phone)\b",
    re.IGNORECASE,
)
"""Matches pictures that are told by what took them."""
_NOTHING_SAID = {"place": "place", "location": "place", "gps": "place", "date": "day", "camera": "camera"}
"""What files may not say, and the criterion that it is a value of."""
UNSORTED = "unsorted"
"""The pile of what is in no group, which is named as a group is."""
_SHORTEST = 3
"""The fewest letters of such a word."""


@dataclass(frozen=True, slots=True)
class NamedHere:
    """Says what a part of a sentence names.

    Attributes:
        name: The group or the value, as it is called here.
        criterion: What it is a group or a value of.
        is_group: Whether there is a group of it.
        start, end: Where it stands in the sentence.
        stands_alone: Whether it says by itself what holds, as "before June" does without "from".
        seen: Whether it is neither, but something that experts see.
    """

    name: str
    criterion: str
    is_group: bool
    start: int
    end: int
    stands_alone: bool = False
    seen: bool = False


def named_here(text: str, dialogue: DialogueContext) -> list[NamedHere]:
    """Return what a sentence names, in its order; of parts that overlap the longest one."""
    if not dialogue.informed:
        return []
    spans = [
        NamedHere(match[0], match[0], False, match.start(), match.end(), stands_alone=True)
        for match in spans_of_time(text, dialogue)
    ]
    forms = {year: (year, "year", False) for year in _YEAR.findall(text)} | _forms(dialogue)
    if not forms:
        return spans
    words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    # no picture's number, no folder, no part of a longer word
    pattern = rf"(?<![\w#/~.-])(?:{words})(?![\w/]|\.\w|-\w)"
    found = []
    for match in re.finditer(pattern, text, re.IGNORECASE):
        name, criterion, is_group = forms[match[0].casefold()]
        if name.casefold() == "may" and match[0] != "May":
            continue
        found.append(NamedHere(name, criterion, is_group, match.start(), match.end()))
    found += [
        named for named in _taken_with(text, dialogue) if not any(_overlap(named, one) for one in found)
    ]
    apart = [named for named in found if not any(_overlap(named, span) for span in spans)]
    return sorted([*apart, *spans], key=lambda named: named.start)


def _overlap(one: NamedHere, other: NamedHere) -> bool:
    return one.start < other.end and other.start < one.end


def _taken_with(text: str, dialogue: DialogueContext) -> Iterator[NamedHere]:
    """Yield the time and the kind of device that pictures are said to be taken at or with, whose name alone stands for
    more."""
    said = dict(dialogue.said_by_files)
    if any(said.get(criterion) for criterion in ("year", "month", "day")):
        for match in _TIME_TAKEN.finditer(text):
            yield NamedHere(match["time"].casefold(), "time", False, match.start("time"), match.end())
    kinds = said.get("phone or camera", ())
    for match in _DEVICE.finditer(text):
        name = "camera" if match["device"].casefold() == "camera" else "phone"
        if name in kinds:
            yield NamedHere(name, "phone or camera", False, match.start("device"), match.end("device"))


def short_forms(dialogue: DialogueContext) -> dict[str, str]:
    """Return the groups that a part of their name tells from all others: "canon" is "Canon EOS R6"."""
    return {
        form.casefold(): name
        for form, name, _, _ in _of_groups(dialogue)
        if form.casefold() != name.casefold()
    }


def _forms(dialogue: DialogueContext) -> dict[str, tuple[str, str, bool]]:
    """Return what each word stands for, by the word in lower case: a name, its criterion, whether it is a group."""
    forms: dict[str, tuple[str, str, bool]] = {}
    for form, name, criterion, is_group in (*_of_groups(dialogue), *_of_files(dialogue)):
        if form.casefold() not in NO_NAME and re.search(r"\w", form):
            forms.setdefault(form.casefold(), (name, criterion, is_group))
    return forms


def _of_groups(dialogue: DialogueContext) -> Iterator[tuple[str, str, str, bool]]:
    if dialogue.criteria:
        yield UNSORTED, UNSORTED, UNSORTED, True
    groupings = list(zip(dialogue.criteria, dialogue.groupings, strict=False)) or [("", dialogue.names)]
    said = [
        (named.name if (named := named_criterion(criterion)) else criterion, names)
        for criterion, names in groupings
    ]
    for criterion, names in said:
        for name in names:
            if not name.isdecimal() or len(name) == len("2023"):
                yield name, name, criterion, True
                for form in plurals(name):
                    yield form, name, criterion, True
                yield name.removesuffix("s"), name, criterion, True
                yield in_singular(name), name, criterion, True
    for criterion, names in said:
        for name in names:
            for form in _shorter(name, criterion):
                alone = sum(form in _shorter(other, criterion) for other in names) == 1
                yield form, name if alone else form, criterion, True


def _of_files(dialogue: DialogueContext) -> Iterator[tuple[str, str, str, bool]]:
    for criterion, values in dialogue.said_by_files:
        for value in values:
            yield value, value, criterion, False
    for nothing, criterion in _NOTHING_SAID.items():
        for no in ("no", "without a", "without", "without any"):
            yield f"{no} {nothing}", f"no {nothing}", f"no {criterion}", False
    for criterion, values in dialogue.said_by_files:
        for value in values:
            for form in _shorter(value, criterion):
                yield form, form, criterion, False


def _shorter(value: str, criterion: str) -> list[str]:
    """Return the shorter names of a value: "June" of "June 2023", "Canon" of "Canon EOS R6"."""
    words = re.findall(r"[^\W\d_]+", value)
    if criterion == "month":
        return [word for word in words if word.capitalize() in MONTHS]
    if criterion in _WORDS_ALONE:
        return [word for word in words if len(word) >= _SHORTEST and word != value]
    return []
