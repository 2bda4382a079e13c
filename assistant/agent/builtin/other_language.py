"""Tells whether a text that was not understood is in another language than English."""

import re
from collections.abc import Iterable
from functools import cache

from assistant.agent.sentence_files import sentence_data

ENGLISH = "en"
OTHERS = ("de", "fr", "es", "it")
"""The languages that are told from English by their words; one in another script is told by its letters."""

_SHORTEST = 4
"""The fewest letters of a word that is told from English by the dictionaries alone: short words are in many."""
DENIALS = frozenset((
    "nie", "nicht", "niemals", "kein", "keine", "keinen", "jamais", "aucun", "aucune", "ne", "pas", "nunca", "jamás",
    "jamas", "ningún", "ninguna", "nada", "mai", "niente", "quizás", "quizá", "vielleicht", "peut",
))  # fmt: skip
"""The words that deny or doubt in other languages: an order with one of them may be the opposite of what is meant."""
_KNOWN = 0.75
"""The least share of the words that one other language has to know."""
_ENGLISH = 0.67
"""The largest share of these words that English may know as well: most languages share a few."""
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def is_other_language(text: str, names: Iterable[str] = ()) -> bool:
    """Return whether a text is in another language than English.

    Args:
        text: What the person typed.
        names: Names of groups and criteria, whose words may be of any language and are passed over.
    """
    named = {word for name in names for word in _WORD.findall(name.casefold())}
    words = [word for word in _WORD.findall(text) if word.casefold() not in named and len(word) > 1]
    letters = "".join(words)
    if letters and sum(_LATIN.match(letter) is not None for letter in letters) < len(letters) / 2:
        return True
    if len(words) < 2 and len(letters) < 5:
        return False
    bare = " ".join(words)
    english = _share(bare, ENGLISH)
    if english > _ENGLISH + 0.1:
        return False  # the other dictionaries need not be read
    best = max(_share(bare, language) for language in OTHERS)
    return best >= _KNOWN and english <= _ENGLISH * best


def foreign_words(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return the words of a text that are of another language and not of English, in their order: "jamás" in
    "divide 1 jamás". What is a path or a file is passed over.

    Args:
        text: What the person typed.
        names: Names of groups and criteria, whose words may be of any language and are passed over.
    """
    named = {word for name in names for word in _WORD.findall(name.casefold())}
    bare = re.sub(r"\S*[/\\~._#\d]\S*", " ", text)
    words = [word for word in _WORD.findall(bare) if word.casefold() not in named]
    return [word for word in words if _is_foreign(word)]


@cache
def _is_foreign(word: str) -> bool:
    """Return whether a word denies something in another language, or is known to one and not to English."""
    if word.casefold() in DENIALS or _LATIN.match(word) is None:
        return True
    if len(word) < _SHORTEST or word.casefold() in _english() or _share(word.casefold(), ENGLISH) > 0:
        return False
    return any(_share(word.casefold(), language) > 0 for language in OTHERS)


@cache
def _english() -> frozenset[str]:
    """Return the words of the sentences that are understood in English, whatever a dictionary says of them."""
    from assistant.agent.intents import intents

    wordings = [wording for intent in intents() for wording in (*intent.sentences, *intent.anywhere)]
    said = [template for wording in wordings for template in wording.templates]
    rules = sentence_data(ENGLISH, "_common")["rules"].values()
    polite = [str(text) for texts in sentence_data(ENGLISH, "_polite").values() for text in texts]
    return frozenset(word.casefold() for text in (*said, *rules, *polite) for word in _WORD.findall(text))


def _share(text: str, language: str) -> float:
    """Return the share of the words of a text that the dictionary of a language has."""
    from simplemma import in_target_language

    return float(in_target_language(text, lang=language))
