"""Recognises what files say in values that the user lists: "weekends and weekdays", "Berlin, Tokyo or other"."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tools.metadata.columns import Column, usual_values
from tools.metadata.metadata_criteria import MetadataCriterion
from tools.names import quoted
from tools.singular import in_singular, singular_words

NAMED_BY = (
    "year", "month", "day", "country", "city", "place", "camera", "phone or camera", "lens", "keyword", "season",
    "part of the week", "weekday", "time of day", "file format",
)  # fmt: skip
"""The criteria whose values people name, the first of which a word is looked for in."""
_SHOWN = ("phone or camera", "keyword")
"""Those whose values may as well be what pictures show, such as phones."""
_PROPER = ("country", "city", "place", "camera", "lens")
"""Those whose values are names of their own, which mean what files say wherever all that are listed are among them."""
_ALSO_CALLED = {
    "fall": "autumn", "noon": "midday", "lunchtime": "midday", "mobile": "phone", "mobile phone": "phone",
    "cell phone": "phone", "smartphone": "phone", "work day": "weekday", "workday": "weekday",
    "working day": "weekday", "jpg": "jpeg", "tif": "tiff",
}  # fmt: skip
"""Maps what people say to what values are called here."""
_YEAR = re.compile(r"(?:19|20)\d\d")
"""Matches what people mean by a year, whether or not a picture was taken in it."""


def counts_where_most_say_it(criterion: MetadataCriterion) -> bool:
    """Return whether values of a criterion are taken for what files say only where most files say it."""
    return (criterion.seen and criterion.name not in _PROPER) or criterion.name in _SHOWN


def meant(
    criterion: MetadataCriterion, value: str, order: Sequence[str], alone: bool
) -> frozenset[str] | None:
    """Return the values of a criterion that a word of the user stands for.

    Args:
        criterion: The criterion.
        value: What the user says, in the singular or plural.
        order: The values that occur.
        alone: Whether nothing else is named beside it, so that only the whole name of a value counts: "apples" are no
            pictures by an Apple phone.

    Returns:
        The values, none of which may occur; None where the word is no value of the criterion.
    """
    word = in_singular(value.casefold().strip())
    word = _ALSO_CALLED.get(word, word)
    found = frozenset(each for each in order if in_singular(each.casefold()) == word)
    words = singular_words(word)
    tells = any(not each.isdecimal() for each in words)  # "1, 2 or more" are no days of a month
    if not found and tells and (not alone or criterion.name == "month"):
        found = frozenset(each for each in order if words <= singular_words(each))
    known = word in usual_values(criterion.name) or (criterion.name == "year" and _YEAR.fullmatch(word))
    return found if found or known else None


def times_meant(criterion: MetadataCriterion, value: str, order: Sequence[str]) -> frozenset[str] | None:
    """Return the values of a criterion of the date that a word such as "nights" or "weekend" stands for, as `meant`
    does; None where the criterion has no such word."""
    word = in_singular(value.casefold().strip())
    if not criterion.dated or _ALSO_CALLED.get(word, word) not in usual_values(criterion.name):
        return None
    return meant(criterion, value, order, alone=True)


def listed_column(
    column: Column, values: Sequence[tuple[str, frozenset[str]]], rest: str | None, missing: str
) -> Column:
    """Return the column of a few values that the user lists, each under the user's own name for it.

    Args:
        column: All values.
        values: Each name, with the values that it stands for.
        rest: The name of what is none of them; None where such pictures have no value.
        missing: Why a picture has none, where its file says nothing.
    """
    name_of = {each: name for name, stands_for in values for each in stands_for}
    named = tuple(None if value is None else name_of.get(value, rest) for value in column.values)
    why = tuple(
        text if name is not None else missing if value is None else f"{value}, which is none of these"
        for name, value, text in zip(named, column.values, column.why, strict=True)
    )
    order = [*(name for name, _ in values), *([rest] if rest is not None else [])]
    said = np.array([name is not None for name in named])
    nowhere = [quoted(name) for name, _ in values if name not in named]
    notes = [column.note, f"no file says {' or '.join(nowhere)}" if nowhere else ""]
    return replace(
        column,
        values=named,
        confidence=np.where(said, column.confidence, 0.0).astype(np.float32),
        order=tuple(name for name in dict.fromkeys(order) if name in named),
        why=why,
        time=None,
        note="; ".join(filter(None, notes)),
    )
