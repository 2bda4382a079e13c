"""Words for the same thing, as a describer that answers freely uses them: "car" here, "automobile" there."""

from collections.abc import Mapping

import numpy as np

from tools.models.ports import TextEncoder

SAME = 0.62
"""Cosine of two words' vectors from which they are the same word. Chosen on 53 pairs of synonyms and 86 pairs of words
that only belong together (red, blue; sad, angry; sunrise, sunset), of which none reaches .6; half of the
synonyms do."""

MOST = 1000
"""The most different words that are compared, the most frequent ones."""

_ARTICLES = frozenset(["a", "an", "the"])
_NO = frozenset(["no", "not", "non", "none", "without", "never", "nothing", "nobody"])


def synonyms(counts: Mapping[str, int], texts: TextEncoder) -> dict[str, str]:
    """Return the word that stands for each word: the most frequent one for the same thing.

    A word that says more than another ("light blue", "blue") is not the same, nor are numbers, nor what one of them
    denies; of two that share a part only the rest is compared.

    Args:
        counts: How often each word, or few words, was said; in lower case.
        texts: Turns words into vectors.
    """
    words = sorted(counts, key=lambda word: (-counts[word], word))
    chosen = {word: word for word in words}
    compared = words[:MOST]
    if len(compared) < 2:
        return chosen
    vectors = texts.encode(compared)
    heads: list[int] = []  # those that stand for themselves, and maybe for others
    for i, word in enumerate(compared):
        near = vectors[heads] @ vectors[i] if heads else np.empty(0, np.float32)
        likely = [compared[heads[at]] for at in np.argsort(-near, kind="stable").tolist() if near[at] >= SAME]
        same = next((head for head in likely if _same(word, head, texts)), None)
        if same is None:
            heads.append(i)
        else:
            chosen[word] = same
    return chosen


def _same(one: str, other: str, texts: TextEncoder) -> bool:
    """Return whether two near words are the same: neither says more, denies or counts what the other does not."""
    a, b = (frozenset(word.split()) - _ARTICLES for word in (one, other))
    if a == b:
        return True
    if a <= b or b <= a or any(c.isdigit() for c in one + other) or bool(a & _NO) != bool(b & _NO):
        return False
    if not a & b:
        return True
    first, second = texts.encode([" ".join(sorted(a - b)), " ".join(sorted(b - a))])
    return float(first @ second) >= SAME
