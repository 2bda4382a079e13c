"""Says words in the singular and without an article, so that "the Cats" and "cat" are one word."""

import re
from functools import lru_cache


def in_singular(value: str) -> str:
    """Return a value as an expert or a dictionary would say it: "the Cats" is "cat", "people" is "person"."""
    words = re.sub(r"^(?:the|a|an|some|any|all|my)\s+", "", value.strip().lower())
    words = re.sub(r"\s+(?:ones?|pictures?|photos?|images?|shots?|pics?)$", "", words)
    head, _, last = words.rpartition(" ")
    return f"{head} {_IRREGULAR.get(last) or _one(last)}".strip()


def singular_words(text: str) -> frozenset[str]:
    """Return the words of a text, each in lower case and singular."""
    return frozenset(in_singular(word) for word in re.findall(r"\w+", text.casefold()))


def plurals(name: str) -> tuple[str, ...]:
    """Return the forms in which people may say several of something: "foxes", and "leafs" or "leaves"."""
    forms = [f"{name}s"]
    if re.search(r"(?:s|x|z|ch|sh|o)$", name, re.IGNORECASE):
        forms.append(f"{name}es")
    if re.search(r"[^aeiou]y$", name, re.IGNORECASE):
        forms.append(f"{name[:-1]}ies")
    if (ends := re.search(r"(?:f|fe)$", name, re.IGNORECASE)) is not None:
        forms.append(f"{name[: ends.start()]}ves")
    head, _, last = name.rpartition(" ")
    forms += [f"{head} {many}".strip() for many, one in _IRREGULAR.items() if one == last.casefold()]
    return tuple(forms)


_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "kids": "child", "mice": "mouse",
    "geese": "goose", "feet": "foot", "teeth": "tooth", "cacti": "cactus", "leaves": "leaf", "shelves": "shelf",
    "loaves": "loaf", "lenses": "lens", "crosses": "cross", "skies": "sky", "indoors": "indoor", "outdoors": "outdoor",
    "inside": "indoor", "outside": "outdoor",
}  # fmt: skip
"""Plurals that do not end in s, and those that the dictionary has as a verb, a name or another word."""


@lru_cache(maxsize=4096)
def _one(word: str) -> str:
    """Return a word that ends in s as the dictionary has it (simplemma); one that it does not have, by its ending."""
    if not word.endswith("s") or len(word) < 4:
        return word
    from simplemma import is_known, lemmatize

    if is_known(word, "en"):
        return lemmatize(word, "en").lower()
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(?:ss|us|is)$", word):
        return word
    return word[:-2] if re.search(r"(?:sh|ch|x|ss|z|us)es$", word) else word[:-1]
