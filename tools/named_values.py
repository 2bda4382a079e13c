"""Finds the pictures that speak for values that the user names: "into flowers, animals and people".

For each value there is a score of each picture. Where an expert has a word for the value ("dog", "red", "indoor"), that
says most; everything else is told from how well the value's words fit what the pictures are taken for. The surest
pictures become examples, from which the groups are learned as from answers; what is only a guess is confirmed by the
user.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions
from tools.errors import UsageError
from tools.models.ports import NO_FACE, SlotSpec, Vectors
from tools.names import quoted

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
_UNSEEN = {"people": NO_FACE}
"""Slot to the word by which it says that it saw nothing, which says nothing either: somebody may turn their back."""
_FIRM = 0.6
"""The mean confidence of a value's examples from which it is no guess."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Holds what speaks for each of m values in n pictures.

    Attributes:
        scores: (n, m) float32; the higher, the more.
        firm: Whether an expert has a word for the value and is sure of it in enough pictures; all others are guesses.
        absent: Whether there is no sign of the value in any picture: then none speaks more for it than chance.
        slot: The slot that has words for most of the values; None where none has.
    """

    scores: NDArray[np.float32]
    firm: tuple[bool, ...]
    slot: SlotSpec | None
    absent: tuple[bool, ...] = ()


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
    unseen = [False] * len(words)
    if absence is not None:
        heard = [any(_meant(name, word) & set(column[0]) for name, column in said.items()) for word in words]
        gone = absence(lambda name: descriptions.view(name)[here], words)
        unseen = [nothing and not told for nothing, told in zip(gone, heard, strict=True)]
    held = {
        name: sum(bool(_meant(name, word) & set(column[0])) for word in words)
        for name, column in said.items()
    }
    best = max(held, key=held.__getitem__, default=None)
    if best is None or not held[best]:
        if likeness is None:
            raise UsageError(
                f"no expert here has a word for {quoted(values[0])}; regroup doctor says what is missing"
            )
        return Evidence(scores, (False,) * len(values), None, tuple(unseen))
    column, confidence = said[best]
    count = examples_each(len(here), len(values))
    firm = []
    for j, word in enumerate(words):
        meant = _meant(best, word)
        sure = [c for value, c in zip(column, confidence, strict=True) if value in meant]
        firm.append(len(sure) >= count and float(np.mean(sorted(sure)[-count:])) >= _FIRM)
        if not sure:
            continue  # the slot has no word for it, so that another word says nothing against it
        for i, value in enumerate(column):
            if value:
                scores[i, j] += (_SAID if value in meant else -_DENIED) * confidence[i]
    return Evidence(scores, tuple(firm), descriptions.specs[best], tuple(unseen))


def _said(descriptions: Descriptions, slot: str, rows: Sequence[int]) -> tuple[list[str], list[float]]:
    """Return the words of a slot for some images, in the singular, "" for none, and how sure each is."""
    column = descriptions.column(slot)
    unseen = _UNSEEN.get(slot)
    words = ["" if column.values[row] == unseen else _key(column.values[row]) for row in rows]
    return words, [float(column.confidence[row]) for row in rows]


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


def in_singular(value: str) -> str:
    """Return a value as an expert or a dictionary would say it: "the Cats" is "cat", "people" is "person"."""
    words = re.sub(r"^(?:the|a|an|some|any|all|my)\s+", "", value.strip().lower())
    words = re.sub(r"\s+(?:ones?|pictures?|photos?|images?|shots?|pics?)$", "", words)
    head, _, last = words.rpartition(" ")
    return f"{head} {_IRREGULAR.get(last) or _one(last)}".strip()


_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "kids": "child", "mice": "mouse",
    "geese": "goose", "feet": "foot", "teeth": "tooth", "leaves": "leaf", "knives": "knife", "wolves": "wolf",
    "shelves": "shelf", "loaves": "loaf", "indoors": "indoor", "outdoors": "outdoor", "inside": "indoor",
    "outside": "outdoor", "movies": "movie", "cookies": "cookie", "pies": "pie", "ties": "tie", "selfies": "selfie",
    "series": "series", "species": "species", "lens": "lens", "lenses": "lens", "news": "news", "sizes": "size",
    "tomatoes": "tomato", "potatoes": "potato", "heroes": "hero", "bikes": "bike", "axes": "axe", "fish": "fish",
}  # fmt: skip


def _one(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(?:ss|us|is)$", word):
        return word
    if re.search(r"(?:sh|ch|x|ss|z|(?<![aoe])us)es$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _key(value: str | None) -> str:
    return in_singular(value) if value else ""


def _meant(slot: str, word: str) -> frozenset[str]:
    """Return the values of a slot, in the singular, that a word stands for: itself, and what the table says."""
    table = _table().get(slot, {})
    return frozenset({word, *(_key(value) for value, said in table.items() if word in said)})


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("tools").joinpath("named_values.toml").read_text("utf-8"))
