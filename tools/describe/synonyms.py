"""Finds synonyms among the words of a describer that answers freely, such as "car" and "automobile"."""

from collections.abc import Mapping

import numpy as np

from tools.models.ports import TextEncoder

SAME = 0.62
"""The cosine of two words' vectors from which they may be synonyms. It was chosen on 53 pairs of synonyms, of which
half reach .6, and 86 pairs of words that only belong together (red, blue; sad, angry), of which none does."""

MOST = 1000
"""The most different words that are compared, which are the most frequent ones."""

_ARTICLES = frozenset(["a", "an", "the"])
_NO = frozenset(["no", "not", "non", "none", "without", "never", "nothing", "nobody"])


def synonyms(counts: Mapping[str, int], texts: TextEncoder) -> dict[str, str]:
    """Map each word to the most frequent one of its synonyms, which may be the word itself.

    Two words are no synonyms where one says more than the other ("light blue", "blue"), where one denies what the other
    says, or where either holds a number. Of two that share a part only the rest is compared.

    Args:
        counts: Each word or short phrase, in lower case, to how often it was said.
        texts: Turns words into vectors.
    """
    words = sorted(counts, key=lambda word: (-counts[word], word))
    chosen = {word: word for word in words}
    compared = words[:MOST]
    if len(compared) < 2:
        return chosen
    vectors = texts.encode(compared)
    heads: list[int] = []  # words that stand for themselves, and maybe for others
    for i, word in enumerate(compared):
        near = vectors[heads] @ vectors[i] if heads else np.empty(0, np.float32)
        likely = [compared[heads[at]] for at in np.argsort(-near, kind="stable").tolist() if near[at] >= SAME]
        same = next((head for head in likely if _same(word, head, texts)), None)
        if same is None:
            heads.append(i)
        else:
            chosen[word] = same
    return chosen


def _same(word: str, head: str, texts: TextEncoder) -> bool:
    """Return whether two near words are synonyms: neither says more, denies or counts what the other does not."""
    a, b = (frozenset(text.split()) - _ARTICLES for text in (word, head))
    if a == b:
        return True
    if a <= b or b <= a or any(c.isdigit() for c in word + head) or bool(a & _NO) != bool(b & _NO):
        return False
    if not a & b:
        return True
    first, second = texts.encode([" ".join(sorted(a - b)), " ".join(sorted(b - a))])
    return float(first @ second) >= SAME
