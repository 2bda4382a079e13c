"""Tells whether a text that was not understood is in another language than English."""

import re
from collections.abc import Iterable

ENGLISH = "en"
OTHERS = ("de", "fr", "es", "it")
"""The languages that are told from English by their words; one in another script is told by its letters."""

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


def _share(text: str, language: str) -> float:
    """Return the share of the words of a text that the dictionary of a language has."""
    from simplemma import in_target_language

    return float(in_target_language(text, lang=language))
