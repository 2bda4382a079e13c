"""Says words in the singular and without an article, so that "the Cats" and "cat" are one word."""

import re


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
