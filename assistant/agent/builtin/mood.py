"""The mood of what a person says: does it ask, or does it want something done?

A question never changes anything (`assistant.agent.gate`), whatever a brain makes of it. The wordings are data,
`assistant/agent/sentences/LANGUAGE/_moods.yaml`.
"""

import re
from enum import Enum
from functools import cache

from assistant.agent.builtin.lexicon import NUMBERS, Quotes, spelled_out
from assistant.agent.builtin.templates import Templates
from assistant.agent.sentence_files import ENGLISH, sentence_data

LONGEST = 1000
"""Characters of a text that are read: its mood shows at its beginning or its end."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*|,\s+so\s+", re.IGNORECASE)
_COURTESY = re.compile(r"[\s,]+(?:please|pls|thanks|thank you)$", re.IGNORECASE)
_ASKS = ("?", "？", "؟")
_OPENERS = 4
"""Openers that are taken off one sentence at most, as in "ok, so, well, hmm, is #4 blue"."""


class Mood(Enum):
    """What a sentence wants.

    A `REQUEST` is an order in the form of a question: "could you merge them?". A `STATEMENT` says how things are,
    "#4 looks sad", and is taken for an order where nobody asks anything beside it.
    """

    QUESTION = "question"
    REQUEST = "request"
    ORDER = "order"
    STATEMENT = "statement"


def mood(text: str) -> Mood:
    """The mood of a whole utterance.

    One order or request among its sentences makes all of it one: "is #4 blue? if not, move it to red". A courtesy
    counts for nothing, and so does a statement beside a question: "#4 looks odd. is it blue?" asks.
    """
    hidden = spelled_out(Quotes().hide(text[:LONGEST].strip()))
    moods = {_of_sentence(part) for part in _SENTENCE.split(hidden)}
    strongest = (Mood.ORDER, Mood.REQUEST, Mood.QUESTION, Mood.STATEMENT)
    return next((found for found in strongest if found in moods), Mood.ORDER)


def _of_sentence(sentence: str) -> Mood | None:
    """The mood of one sentence; None for a courtesy, which has none."""
    asks = sentence.rstrip().endswith(_ASKS)
    bare = sentence.strip(" .!?;？؟,")
    if not bare:
        return Mood.QUESTION if asks else None
    bare = _COURTESY.sub("", bare) or bare  # "is #4 sad, please?" asks
    for _ in range(_OPENERS):
        if best := _templates("question", "request").best(bare):
            return Mood(best)
        if _templates("courtesy").best(bare):
            return None
        opened = _opened(bare)
        if opened == bare:
            break
        bare = opened
    if asks:
        return Mood.QUESTION
    return Mood.STATEMENT if _templates("statement").best(bare) else Mood.ORDER


def _opened(sentence: str) -> str:
    """The sentence without the opener that it begins with."""
    openers = _templates("openers")
    head, comma, rest = sentence.partition(",")
    if comma and rest.strip() and openers.best(head.strip()):
        return rest.strip()
    words = sentence.split()
    for count in (2, 1):
        if len(words) > count and openers.best(" ".join(words[:count])):
            return " ".join(words[count:])
    return sentence


@cache
def _templates(*kinds: str) -> Templates:
    written = sentence_data(ENGLISH, "_moods")
    return Templates(
        [(kind, written[kind]) for kind in kinds],
        sentence_data(ENGLISH, "_common")["rules"],
        {"number_word": tuple(NUMBERS)},
    )
