"""Candidate tags of a criterion, and which of them each image is matched with (MLLM_MC, Eq. 3-5)."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.fuse.method_context import MethodContext
from tools.views import unit

SHORT = 3
"""The most words that a description of one term has ("light blue"); a longer one is taken apart into its words."""


def terms(description: str | None) -> tuple[str, ...]:
    """Return the terms of one description, in lower case; none for None. Words that mean nothing alone are left out."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = re.findall(r"\w[\w'-]*", (description or "").casefold())
    if not words:
        return ()
    if len(words) <= SHORT:
        return (" ".join(words),)
    return tuple(word for word in words if word not in ENGLISH_STOP_WORDS) or (" ".join(words),)


def tags(descriptions: Sequence[str | None], most: int) -> tuple[str, ...]:
    """Return the terms with the largest TF-IDF summed over all descriptions (MLLM_MC, Eq. 3).

    tf is a term's share of its description, idf = ln((1 + n) / (1 + df)) + 1, as is usual. Where each description is
    one word, this is counting.

    Args:
        descriptions: n texts, None where nothing is visible.
        most: M, the number of tags: that of the clusters.

    Returns:
        At most M different terms, the weightiest first; those of the same weight by the alphabet.
    """
    own_terms = [terms(text) for text in descriptions]
    n = sum(bool(own) for own in own_terms)
    among = Counter(term for own in own_terms for term in set(own))
    weight: Counter[str] = Counter()
    for own in own_terms:
        for term, times in Counter(own).items():
            weight[term] += times / len(own) * (np.log((1 + n) / (1 + among[term])) + 1)
    ordered = sorted(weight, key=lambda term: (-round(float(weight[term]), 9), term))
    return tuple(ordered[:most])


def matched(context: MethodContext, names: Sequence[str]) -> NDArray[np.intp]:
    """Return the tag of each image: argmax_j <e_i, o_j> (MLLM_MC, Eq. 4-5).

    Where the tier has images and texts in one space, e_i is the image; where it has not, or an image is not there,
    e_i is the description of the image in the space of texts.

    Args:
        context: Of n images.
        names: M tags, at least one.

    Returns:
        (n,) columns of `names`; -1 for an image that has neither vector nor description.
    """
    tag = np.full(len(context.values), -1, np.intp)
    worded = np.array([bool(terms(text)) for text in context.values])
    if worded.any():
        texts = [str(context.values[i]) for i in np.flatnonzero(worded)]
        distinct = sorted(set(texts))
        scores = unit(context.texts.encode(distinct)) @ unit(context.texts.encode(list(names))).T
        best = dict(zip(distinct, scores.argmax(1).tolist(), strict=True))
        tag[worded] = [best[text] for text in texts]
    if context.encoder is not None and context.encoder.aligned and context.aligned is not None:
        there = np.isfinite(context.aligned).all(axis=1)
        scores = context.aligned[there] @ context.encoder.encode_texts(list(names)).T
        tag[there] = scores.argmax(1)
    return tag


def embedded(context: MethodContext, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return (m, d) float32, L2-normalised: texts as the tier reads them, beside images where it can."""
    if context.encoder is not None and context.encoder.aligned and context.aligned is not None:
        return unit(context.encoder.encode_texts(list(texts)))
    return unit(context.texts.encode(list(texts)))
