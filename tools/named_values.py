"""Finds the pictures that speak for values that the user names: "into flowers, animals and people".

For each value there is a score of each picture. Where an expert has a word for the value ("dog", "red", "indoor"), that
says most; everything else is told from how well the value's words fit what the pictures are taken for. The surest
pictures become examples, from which the groups are learned as from answers; what is only a guess is confirmed by the
user.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions
from tools.errors import UsageError
from tools.models.ports import SlotSpec, Vectors
from tools.names import quoted
from tools.relational_graph import neighbours
from tools.singular import in_singular
from tools.views import unit

Likeness = Callable[[Callable[[str], Vectors], Sequence[str]], Vectors]
"""Says how well words fit pictures, from a way to get views and the words: (n, m) float32 standard scores, which
a tier of models gives."""

Absence = Callable[[Callable[[str], Vectors], Sequence[str]], tuple[bool, ...]]
"""Says for each word whether there is no sign of it in any picture, from the same."""

EXAMPLES = 5
"""The most examples that are taken for one value. Of natural photographs, five are mostly right (of 38 values with a
word of their own 29 had four or five right ones), and more take in wrong ones."""

_SAID = 3.0
"""The score of a picture of which an expert is quite sure that the value is true, in standard scores of likeness."""
_DENIED = 1.0
"""How much an expert's other word for a picture speaks against a value."""
_LIKENESS = 0.2
"""How much likeness in words counts: it only orders the pictures of which no expert says anything."""
_SURELY_REST = 0.8
"""The share of the pictures below the threshold, from below, of which examples of everything else are taken."""
_REST = 4
"""How many times as many examples everything else has as each value, since it is of many kinds."""
_ANOTHER = 0.5
"""The score below zero from which an expert's other word for a picture counts, where each value is firm."""
_NEAR = 10
"""The number of pictures that look most like one and whose evidence counts with its own, half and half. Of eight lists
of class names, .69 of the pictures came into the right group at once, with the picture's own evidence alone .66."""
KIND = "type"
"""The slot that says of every picture what kind of thing it shows."""
_SURE, _ENOUGH = 0.8, 3
"""How sure an expert has to be of how many pictures for a value to be there; or else `_ALARMS` has to be exceeded."""
_ALARMS = 0.03
"""The share of pictures of which an expert says a word by mistake. On four folders without people, or with a handful,
people are said to be in .017 to .046."""
_ANYWHERE = 0.9
"""The share of the pictures of which a slot has to say something for its words to be a decision about every picture."""
_FIRM = 0.6
"""The mean confidence of a value's examples from which it is no guess."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Holds what speaks for each of m values in n pictures.

    Attributes:
        scores: (n, m) float32; the higher, the more.
        firm: Whether an expert has a word for the value and is sure of it in enough pictures; all others are guesses.
        slot: The slot that has words for most of the values; None where none has.
        absent: Whether there is no sign of the value in any picture, or none that is more than chance.
    """

    scores: NDArray[np.float32]
    firm: tuple[bool, ...]
    slot: SlotSpec | None
    absent: tuple[bool, ...] = ()

    def smoothed(self, points: NDArray[np.float32]) -> "Evidence":
        """Return the evidence with that of the pictures nearest by, half and half.

        Args:
            points: (n, d) float32 in which pictures lie near each other that are alike under the criterion.
        """
        n = len(points)
        if n <= 2 * _NEAR:
            return self
        edges = neighbours(unit(points), _NEAR)
        total, count = np.zeros_like(self.scores), np.zeros((n, 1), np.float32)
        for one, other in ((edges.a, edges.b), (edges.b, edges.a)):
            np.add.at(total, one, self.scores[other])
            np.add.at(count, one, 1)
        mean = np.asarray((self.scores + total / np.maximum(count, 1)) / 2, np.float32)
        return replace(self, scores=mean)


@dataclass(frozen=True, slots=True)
class _Said:
    """Holds what a slot says of n images.

    Attributes:
        words: The word for each, in the singular; "" for none.
        sure: How sure each word is.
        here: The words that are said of any.
    """

    words: list[str]
    sure: list[float]
    here: frozenset[str]

    def of(self, meant: frozenset[str]) -> list[float]:
        """Return how sure the slot is of each picture of which it says one of these words."""
        return [c for word, c in zip(self.words, self.sure, strict=True) if word in meant]

    @property
    def everywhere(self) -> bool:
        """Return whether it says something of nearly every picture, so that its silence about a value means "none"."""
        return sum(map(bool, self.words)) >= _ANYWHERE * len(self.words)


def evidence(
    values: Sequence[str],
    descriptions: Descriptions,
    specs: Iterable[SlotSpec],
    likeness: Likeness | None,
    rows: Sequence[int] | None = None,
    absence: Absence | None = None,
) -> Evidence:
    """Return what speaks for each value.

    Args:
        values: The m values in the user's words, in the singular or plural.
        descriptions: What the experts say of the images.
        specs: The slots that count here, see `tools.embed.route.slots_here`.
        likeness: Says how well words fit the pictures, which orders those of which no expert says anything; None where
            nothing here does.
        rows: The n images that are to be sorted, which are compared with each other and with no others; None for all.
        absence: Says of which words there is no sign in these pictures; None where nothing here does.

    Raises:
        tools.errors.UsageError: Nothing here says anything about any of the values.
    """
    here = list(range(len(descriptions.images))) if rows is None else list(rows)
    words = [in_singular(value) for value in values]
    scores = np.zeros((len(here), len(words)), np.float32)
    if likeness is not None:
        scores += likeness(lambda name: descriptions.view(name)[here], words) * _LIKENESS
    said = {spec.name: _said(descriptions, spec.name, here) for spec in specs}
    told = [_tellers(word, said) for word in words]
    held = {name: sum(name in names for names in told) for name in said}
    best = max(held, key=held.__getitem__, default="")
    if likeness is None and not held.get(best):
        raise UsageError(
            f"no expert here has a word for {quoted(values[0])}; regroup doctor says what is missing"
        )
    count = examples_each(len(here), len(values))
    firm = []
    for j, (word, names) in enumerate(zip(words, told, strict=True)):
        if not names:
            firm.append(False)
            continue  # no slot has a word for it, so that another word says nothing against it
        name = (
            best if best in names else max(names, key=lambda name: sum(said[name].of(meant_by(name, word))))
        )
        meant, column = meant_by(name, word), said[name]
        sure = sorted(column.of(meant))
        firm.append(
            len(sure) >= count and float(np.mean(sure[-count:])) >= _FIRM and _is_there(sure, len(here))
        )
        for i, (value, c) in enumerate(zip(column.words, column.sure, strict=True)):
            if value:
                scores[i, j] += (_SAID if value in meant else -_DENIED) * c
    gone = [False] * len(words)
    if absence is not None:
        gone = list(absence(lambda name: descriptions.view(name)[here], words))
    absent = tuple(
        not is_firm and _is_absent(word, names, said, nothing)
        for word, names, is_firm, nothing in zip(words, told, firm, gone, strict=True)
    )
    return Evidence(scores, tuple(firm), descriptions.specs[best] if held.get(best) else None, absent)


def _tellers(word: str, said: Mapping[str, _Said]) -> list[str]:
    """Return the slots that say a value of any of the pictures."""
    return [name for name, column in said.items() if meant_by(name, word) & column.here]


def _is_there(sure: Sequence[float], n: int) -> bool:
    """Return whether a word is said of more of n pictures, or with more certainty, than by mistake."""
    expected = _ALARMS * n
    return sum(c >= _SURE for c in sure) >= _ENOUGH or len(sure) > expected + 2 * float(np.sqrt(expected))


def _is_absent(word: str, names: Sequence[str], said: Mapping[str, _Said], no_sign: bool) -> bool:
    """Return whether a value is in no picture, or in no more than experts say by mistake.

    An expert that has a word for it, and says something of every picture, decides; for what no expert has a word there
    is the network's own sign.
    """
    deciding = [name for name, column in said.items() if column.everywhere and in_table(name, word)]
    if any(_joins_words(word, column) for name, column in said.items() if name not in deciding):
        return False  # "black and white" may be a coat
    if deciding:
        return not any(
            _is_there(said[name].of(meant_by(name, word)), len(said[name].words)) for name in names
        )
    return no_sign and not names


def _joins_words(word: str, column: _Said) -> bool:
    """Return whether a value joins words that a slot says, as in "black and white"."""
    joined = word.split(" and ")
    return len(joined) > 1 and all(part in column.here for part in joined)


def _said(descriptions: Descriptions, slot: str, rows: Sequence[int]) -> _Said:
    """Return what a slot says of some images."""
    column = descriptions.column(slot)
    words = [singular(column.values[row]) for row in rows]
    return _Said(words, [float(column.confidence[row]) for row in rows], frozenset(words) - {""})


def examples_each(n: int, m: int) -> int:
    """Return how many of n pictures are taken as examples of each of m values: at most a third of all together."""
    return max(1, min(EXAMPLES, n // (3 * (m + 1))))


def examples(
    found: Evidence, images: Sequence[str], names: Sequence[str], rest: str | None = None
) -> tuple[Label, ...]:
    """Return the pictures that speak most for each value as labels, surest first, and those that speak least for all
    of them as the rest.

    Args:
        found: What speaks for the values.
        images: The n image ids.
        names: What the groups of the m values are called.
        rest: What the group of everything else is called; None where each picture has one of the values.
    """
    scores = found.scores
    count = examples_each(len(images), len(names))
    others = np.sort(scores, axis=1)[:, -2] if len(names) > 1 else np.zeros(len(images), np.float32)
    taken: set[int] = set()
    labels: list[Label] = []
    ranked = [np.argsort(-(scores[:, j] - others / 2), kind="stable") for j in range(len(names))]
    for place in range(count):
        for j, name in enumerate(names):
            row = next((int(i) for i in ranked[j][place:] if int(i) not in taken), None)
            if row is not None:
                taken.add(row)
                labels.append(Label(images[row], name))
    if rest is not None:
        best = scores.max(1)
        least = [int(i) for i in np.argsort(best, kind="stable") if int(i) not in taken]
        below = [row for row in least if best[row] <= _threshold(best)]
        below = below[: max(count, int(len(below) * _SURELY_REST))]
        most = _REST * count
        if all(
            found.firm
        ):  # of something else is only what an expert calls by another word; that may be little
            below = [row for row in below if best[row] < -_ANOTHER] or below[:count]
            most = max(count, int(most * len(below) / len(images)))
        spread = np.unique(np.linspace(0, len(below) - 1, min(len(below), most)).round().astype(int))
        labels += [Label(images[below[place]], rest) for place in spread.tolist()]
    order = {name: i for i, name in enumerate([*names, *([rest] if rest else [])])}
    return tuple(sorted(labels, key=lambda label: order[label.name]))


def _threshold(scores: NDArray[np.float32]) -> float:
    """Return the score that divides scores into two sets of the least variance (Otsu 1979)."""
    ranked = np.sort(scores.astype(np.float64))
    n = len(ranked)
    if n < 2:
        return float("inf")
    below = np.cumsum(ranked)[:-1]
    count = np.arange(1, n)
    between = count * (n - count) * (below / count - (ranked.sum() - below) / (n - count)) ** 2
    split = int(between.argmax())
    return float((ranked[split] + ranked[split + 1]) / 2)


_OR = re.compile(r"\s*,\s*|\s+(?:or|vs)\s+|\s*/\s*", re.IGNORECASE)
"""Stands between the values of a list, as in "day, sunset or night"."""
_NONE_OF = re.compile(
    r"(?:the )?(?:others?|rest|remaining|everything else)(?: called (?P<name>.+))?|(?:no|not|without|non)\b.*",
    re.IGNORECASE,
)
"""Matches the name of the group of everything else, or that with the name that it is given: "other called misc"."""


def values_in(criterion: str) -> tuple[tuple[str, ...], str]:
    """Return the values that a criterion lists, as in "cats, dogs or other", and what it calls the rest, "" without
    one; none where it is no list."""
    parts = [part for part in _OR.split(criterion.strip()) if part]
    if len(parts) < 2:
        return (), ""
    values = tuple(part for part in parts if not _NONE_OF.fullmatch(part))
    rest = next((part for part in parts if part not in values), "")
    match = _NONE_OF.fullmatch(rest)
    return values, (match and match["name"]) or rest


def share_known(values: Sequence[str], descriptions: Descriptions, spec: SlotSpec) -> float:
    """Return the share of the values that are words of a slot: that it says here, or that people say for its words."""
    said = {singular(value) for value in descriptions.column(spec.name).values} - {""}
    listed = {in_singular(part) for phrase in spec.phrases for part in _parts(phrase) if part != phrase}
    known = sum(
        any(
            in_singular(part) in said | listed or in_table(spec.name, in_singular(part))
            for part in _parts(value)
        )
        for value in values
    )
    return known / max(len(values), 1)


def said_of_each(
    values: Sequence[str], descriptions: Descriptions, spec: SlotSpec
) -> NDArray[np.float32] | None:
    """Return how likely each picture has each of m values or none of them, by the word that a slot says of it.

    Returns:
        (n, m + 1) float32 with rows that sum to 1, none of them last; None where the slot does not have a word for each
        value, or says nothing of many pictures, so that its silence does not mean "none of them".
    """
    column = _said(descriptions, spec.name, range(len(descriptions.images)))
    meant = [meant_by(spec.name, in_singular(value)) & column.here for value in values]
    if not column.everywhere or not all(meant):
        return None
    chances = np.zeros((len(column.words), len(values) + 1), np.float32)
    for i, (word, sure) in enumerate(zip(column.words, column.sure, strict=True)):
        at = next((j for j, words in enumerate(meant) if word in words), len(values))
        chances[i] = (1 - sure) / len(chances[i])
        chances[i, at] += sure
    return chances


_WHICH = re.compile(
    r"^(?:(?:which|what)(?: (?:kind|type|sort)s? of)?|(?:kind|type|sort)s? of)\s+", re.IGNORECASE
)
"""Matches what stands before the thing in a criterion, as in "which animal"."""


def thing_nowhere(criterion: str, descriptions: Descriptions, specs: Iterable[SlotSpec]) -> str:
    """Return the kind of thing that a criterion is about, such as "animal", where it is in no picture for sure; ""
    where it is there, or the criterion is about no such thing."""
    thing = in_singular(_WHICH.sub("", criterion.strip()))
    if KIND not in {spec.name for spec in specs} or not in_table(KIND, thing):
        return ""
    column = _said(descriptions, KIND, range(len(descriptions.images)))
    is_there = _is_there(column.of(meant_by(KIND, thing)), len(column.words))
    return thing if column.everywhere and not is_there else ""


def _parts(text: str) -> list[str]:
    """Return what a value or phrase lists: "ginger or brown" is ginger, or brown."""
    return [part for part in _OR.split(text) if part]


def singular(value: str | None) -> str:
    """Return a value of a slot as `in_singular` says it; "" for none."""
    return in_singular(value) if value else ""


def in_table(slot: str, word: str) -> bool:
    """Return whether a word, in the singular, is one of those that people say for the values of a slot."""
    return any(word == singular(value) or word in said for value, said in _table().get(slot, {}).items())


def vocabulary(slot: str) -> tuple[str, ...]:
    """Return the values of a slot that people name, and what they say for them, in the singular."""
    return tuple(
        dict.fromkeys(
            word for value, said in _table().get(slot, {}).items() for word in (singular(value), *said)
        )
    )


def other_words(slot: str, value: str) -> tuple[str, ...]:
    """Return what people say for a value of a slot, both in the singular."""
    return tuple(
        word for of, said in _table().get(slot, {}).items() if singular(of) == value for word in said
    )


def meant_by(slot: str, word: str) -> frozenset[str]:
    """Return the values of a slot, in the singular, that a word stands for: itself, and what the table says."""
    table = _table().get(slot, {})
    words = {word, *map(in_singular, _parts(word))}
    return frozenset({*words, *(singular(value) for value, said in table.items() if words & set(said))})


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("tools").joinpath("named_values.toml").read_text("utf-8"))
