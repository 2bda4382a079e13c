"""The mood of what a person says: does it ask, or does it want something done?

A question never changes anything (`assistant.agent.gate`), whatever a brain makes of it. The wordings are data,
`sentences/LANGUAGE/moods.yaml`, matched by hassil's templates.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from assistant.agent.words import Quotes

LONGEST = 1000
"""Characters of a text that are read: its mood shows at its beginning or its end."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*")
_ASKS = ("?", "？", "؟")
_OPENINGS = 4
"""Openers such as "ok, so, " that are taken off one sentence, at most."""


class Mood(Enum):
    """What a sentence wants.

    A `REQUEST` is an order in the form of a question: "could you merge them?". A `STATEMENT` says how things are,
    "#4 looks sad", and is taken for an order where nobody asks anything beside it.
    """

    QUESTION = "question"
    REQUEST = "request"
    ORDER = "order"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class _Templates:
    """The compiled wordings of one language: hassil's intents for each kind of them."""

    moods: Any
    openers: Any
    courtesies: Any
    statements: Any


def mood(text: str) -> Mood:
    """The mood of a whole utterance.

    One order or request among its sentences makes all of it one: "is #4 blue? if not, move it to red". A courtesy
    counts for nothing, and so does a statement beside a question: "#4 looks odd. is it blue?" asks.
    """
    hidden = Quotes().hide(text[:LONGEST].strip())
    moods = {_of_sentence(part) for part in _SENTENCE.split(hidden)}
    strongest = (Mood.ORDER, Mood.REQUEST, Mood.QUESTION, Mood.STATEMENT)
    return next((found for found in strongest if found in moods), Mood.ORDER)


def _of_sentence(sentence: str) -> Mood | None:
    """The mood of one sentence; None for a courtesy, which has none."""
    asks = sentence.rstrip().endswith(_ASKS)
    bare = sentence.strip(" .!?;？؟,")
    if not bare:
        return Mood.QUESTION if asks else None
    templates = _templates("en")
    for _ in range(_OPENINGS):
        if best := _best(bare, templates.moods):
            return Mood(best)
        if _best(bare, templates.courtesies):
            return None
        opened = _opened(bare, templates)
        if opened == bare:
            break
        bare = opened
    if asks:
        return Mood.QUESTION
    return Mood.STATEMENT if _best(bare, templates.statements) else Mood.ORDER


def _opened(sentence: str, templates: _Templates) -> str:
    """The sentence without the opener that it begins with."""
    head, separator, rest = sentence.partition(",")
    if separator and rest.strip() and _best(head.strip(), templates.openers):
        return rest.strip()
    words = sentence.split()
    for count in (2, 1):
        if len(words) > count and _best(" ".join(words[:count]), templates.openers):
            return " ".join(words[count:])
    return sentence


def _best(text: str, intents: Any) -> str | None:
    """The name of the wording that matches with the most literal characters."""
    from hassil.recognize import recognize_all

    results = list(recognize_all(text, intents))
    if not results:
        return None
    return str(max(results, key=lambda result: result.text_chunks_matched).intent.name)


@cache
def _templates(language: str) -> _Templates:
    from hassil.intents import Intents

    file = resources.files("assistant.agent").joinpath("sentences", language, "moods.yaml")
    data = yaml.safe_load(file.read_text("utf-8"))

    def intents(*names: str) -> Any:
        return Intents.from_dict(
            {
                "language": language,
                "intents": {name: {"data": [{"sentences": data[name]}]} for name in names},
                "lists": {"rest": {"wildcard": True}},
            }
        )

    return _Templates(
        intents("question", "request"), intents("openers"), intents("courtesy"), intents("statement")
    )
