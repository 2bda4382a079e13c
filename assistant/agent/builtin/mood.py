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

LONGEST = 500
"""Characters that are read at each end of a text: its mood shows there."""

_QUESTION_MARK = re.compile(r"\s*[^\w\s#~/]*[?？؟¿][^\w\s#~/]*")
"""A question mark with what stands around it, as in "(?)" or "?!" or "? :)"."""
_END = re.compile(r"(?<=[.!;…])\s+|(?<=\? )|\s*\n\s*|,\s+so\s+|\s+[-–—]+\s+", re.IGNORECASE)
_OPENERS = 4
"""Openers that are taken off one sentence at most, as in "ok, so, well, hmm, is #4 blue"."""


class Mood(Enum):
    """What a sentence wants.

    A `REQUEST` is an order in the form of a question: "could you merge them?". A `REFUSAL` says what is not to be done.
    A `STATEMENT` says how things are, "#4 looks sad", and is taken for an order where nobody asks anything beside it.
    """

    QUESTION = "question"
    REQUEST = "request"
    ORDER = "order"
    REFUSAL = "refusal"
    STATEMENT = "statement"


def mood(text: str) -> Mood:
    """Return the mood of a whole utterance: the strongest of its sentences."""
    moods = {found for _, found in sentences(text)}
    strongest = (Mood.ORDER, Mood.REQUEST, Mood.QUESTION, Mood.REFUSAL, Mood.STATEMENT)
    return next((found for found in strongest if found in moods), Mood.ORDER)


def sentences(text: str) -> list[tuple[str, Mood | None]]:
    """Return the sentences of an utterance, each with its mood; None for a courtesy, which has none.

    An order that the next sentence puts in doubt is a question: "Merge them. Is that a good idea?".
    """
    text = text.strip()
    if len(text) > 2 * LONGEST:
        text = f"{text[:LONGEST]}\n{text[-LONGEST:]}"
    quotes = Quotes()
    marked = _QUESTION_MARK.sub("? ", quotes.hide(text)).strip()
    parts = [part for each in (_END.split(marked) if marked else []) if (part := each.strip())]
    moods = [_of_sentence(spelled_out(part)) for part in parts]
    for i in range(1, len(parts)):
        if moods[i - 1] in (Mood.ORDER, Mood.REQUEST, Mood.STATEMENT) and _doubts(parts[i]):
            moods[i - 1] = moods[i] = Mood.QUESTION
    return [(quotes.quote(part), found) for part, found in zip(parts, moods, strict=True)]


def _doubts(sentence: str) -> bool:
    """Return whether a sentence puts the order before it in doubt: "Is that a good idea?"."""
    return _templates("doubt").best(sentence.strip(" .!?;,")) is not None


def _of_sentence(sentence: str) -> Mood | None:
    """Return the mood of one sentence; None for a courtesy, which has none."""
    asks = sentence.endswith("?")
    bare = sentence.strip(" .!?;¿,")
    if not bare:
        return Mood.QUESTION if asks else None
    for _ in range(_OPENERS):
        if _templates("undecided").best(bare):
            return Mood.QUESTION
        if best := _templates("question", "request", "refusal").best(bare):
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
