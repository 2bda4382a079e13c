"""Tells the mood of what a person says: does it ask, or does it want something done?

A question never changes anything (`assistant.agent.gate`), whatever a brain makes of it. The wordings are data,
`assistant/agent/sentences/LANGUAGE/_moods.yaml`.
"""

import re
from enum import Enum
from functools import cache

from assistant.agent.builtin.lexicon import NUMBERS, Quotes, images, plain, spelled_out
from assistant.agent.builtin.phrases import phrases
from assistant.agent.builtin.templates import Templates
from assistant.agent.sentence_files import ENGLISH, sentence_data

LONGEST = 500
"""The most characters that are read at each end of a text, where its mood shows."""

_QUESTION_MARK = re.compile(r"\s*[^\w\s#~/]*[?？؟¿][^\w\s#~/]*")
"""Matches a question mark with what stands around it, as in "(?)" or "?!" or "? :)"."""
_END = re.compile(
    r"(?<=[.!;…])\s+|(?<=\? )|\s*\n\s*|,\s+so\s+|\s+[-–—]+\s+"
    r"|,\s+(?=(?:no|nah|wait|don't|stop|or (?:rather )?(?:don't|not|no|wait))\b)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\bbetter\b.*\bwould be\b|\b(?:is|are)(?: not|n't) (?:an? |the )?[\w-]+(?:, | but | (?=(?:it|they)(?:'?s|'re)\b))"
    r"|\bnot (?:an? |the )?[\w-]+ but\b|, not (?:an? |the )?[\w-]+$",
    re.IGNORECASE,
)
"""Matches what sets something right, although it has a word that could take it back: "a plum, not a pear"."""
_AGREES = re.compile(
    r"(?:(?:and|but|well|ok|yes)[ ,]+)*(?:so|neither|nor) (?:do|does|did|is|are|was|were|has|have|should|must)"
    r" (?P<what>.+?)(?: too)?",
    re.IGNORECASE,
)
"""Matches what puts its verb first as it agrees with the statement before: "so does #2", "neither are #3 and #4"."""
_OPENERS = 4
"""The most openers that are taken off one sentence, as in "ok, so, well, hmm, is #4 blue"."""


class Mood(Enum):
    """Says what a sentence wants.

    An `ORDER` begins with what is to be done: "merge them". A `REQUEST` is an order in the form of a question: "could
    you merge them?". A `REFUSAL` says what is not to be done. A `STATEMENT` is all else: "#4 looks sad", "thinking
    about merging". It is no order unless the grammar knows it as one.
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
    return next((found for found in strongest if found in moods), Mood.STATEMENT)


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
    bare = sentence.strip(" .!?;,")
    return _templates("doubt").best(bare) is not None and not _protects(bare)


def _protects(sentence: str) -> bool:
    """Return whether a sentence orders that something stays as it is: "don't touch it any more"."""
    return _templates("protect").best(sentence) is not None


def _of_sentence(sentence: str) -> Mood | None:
    """Return the mood of one sentence; None for a courtesy, which has none."""
    asks = sentence.endswith("?")
    bare = sentence.strip(" .!?;¿,")
    if not bare:
        return Mood.QUESTION if asks else None
    if (agrees := _AGREES.fullmatch(bare)) and not asks and isinstance(images(agrees["what"]), list):
        return Mood.STATEMENT
    for _ in range(_OPENERS):
        if _templates("undecided").best(bare):
            return Mood.QUESTION
        if best := _templates("question", "request", "refusal").best(bare):
            return Mood.ORDER if Mood(best) is Mood.REFUSAL and _protects(bare) and not asks else Mood(best)
        if _templates("courtesy").best(bare):
            return None
        opened = _opened(bare)
        if opened == bare:
            break
        bare = opened
    if asks:
        return Mood.QUESTION
    ordered = plain(bare).split()[:1]
    begins = bool(ordered) and ordered[0].casefold() in _verbs()
    return Mood.ORDER if begins or _templates("order").best(bare) else Mood.STATEMENT


def _opened(sentence: str) -> str:
    """Return the sentence without the opener that it begins with."""
    openers = _templates("openers")
    head, comma, rest = sentence.partition(",")
    if comma and rest.strip() and openers.best(head.strip()):
        return rest.strip()
    words = sentence.split()
    for count in (2, 1):
        if len(words) > count and openers.best(" ".join(words[:count])):
            return " ".join(words[count:])
    return sentence


def hedged(sentence: str) -> bool:
    """Return whether a sentence has a word that takes it back, doubts it or puts it off: "unless", "not", "later"."""
    hedge, polite = _hedges()
    return hedge.search(polite.sub(" ", _CORRECTION.sub(" ", Quotes().hide(sentence)))) is not None


@cache
def _hedges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return expressions for the words that hedge, and for what has one of them and is only polite."""
    hedge, polite = (
        re.compile(phrases("_moods", key).pattern(), re.IGNORECASE) for key in ("hedges", "no_hedges")
    )
    return hedge, polite


@cache
def _verbs() -> frozenset[str]:
    """Return the first words of what can be ordered."""
    return frozenset(verb.split()[0] for verb in sentence_data(ENGLISH, "_verbs"))


@cache
def _templates(*kinds: str) -> Templates:
    written = sentence_data(ENGLISH, "_moods")
    return Templates(
        [(kind, written[kind]) for kind in kinds],
        sentence_data(ENGLISH, "_common")["rules"],
        {"number_word": tuple(NUMBERS)},
    )
