"""Candidate tags of a criterion, and which of them each image is matched with (MLLM_MC, Eq. 3-5)."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.fuse.base import unit
from tools.fuse.guide import Guide

SHORT = 3
"""A description of so many words at most is one term ("light blue"); a longer one is taken apart into its words."""


def terms(description: str | None) -> tuple[str, ...]:
    """The terms of one description, in lower case; none for None. Words that mean nothing alone are left out."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = re.findall(r"\w[\w'-]*", (description or "").casefold())
    if not words:
        return ()
    if len(words) <= SHORT:
        return (" ".join(words),)
    return tuple(word for word in words if word not in ENGLISH_STOP_WORDS) or (" ".join(words),)


def tags(said: Sequence[str | None], most: int) -> tuple[str, ...]:
    """The terms with the largest TF-IDF summed over all descriptions (MLLM_MC, Eq. 3).

    tf is a term's share of its description, idf = ln((1 + n) / (1 + df)) + 1, as is usual. Where each description is
    one word, this is counting.

    Args:
        said: n descriptions, None where nothing is visible.
        most: M, the number of tags: that of the clusters.

    Returns:
        At most M different terms, the weightiest first; those of the same weight by the alphabet.
    """
    found = [terms(text) for text in said]
    n = sum(bool(own) for own in found)
    among = Counter(term for own in found for term in set(own))
    weight: Counter[str] = Counter()
    for own in found:
        for term, times in Counter(own).items():
            weight[term] += times / len(own) * (np.log((1 + n) / (1 + among[term])) + 1)
    ordered = sorted(weight, key=lambda term: (-round(float(weight[term]), 9), term))
    return tuple(ordered[:most])


def matched(guide: Guide, names: Sequence[str]) -> NDArray[np.intp]:
    """The tag of each image: argmax_j <e_i, o_j> (MLLM_MC, Eq. 4-5).

    Where the tier has images and texts in one space, e_i is the image; where it has not, or an image is not there,
    e_i is the description of the image in the space of texts.

    Args:
        guide: Of n images.
        names: M tags, at least one.

    Returns:
        (n,) columns of `names`; -1 for an image that has neither vector nor description.
    """
    found = np.full(len(guide.said), -1, np.intp)
    spoken = np.array([bool(terms(text)) for text in guide.said])
    if spoken.any():
        texts = [str(guide.said[i]) for i in np.flatnonzero(spoken)]
        distinct = sorted(set(texts))
        scores = unit(guide.texts.encode(distinct)) @ unit(guide.texts.encode(list(names))).T
        best = dict(zip(distinct, scores.argmax(1).tolist(), strict=True))
        found[spoken] = [best[text] for text in texts]
    if guide.encoder is not None and guide.encoder.aligned and guide.aligned is not None:
        there = np.isfinite(guide.aligned).all(axis=1)
        scores = guide.aligned[there] @ guide.encoder.encode_texts(list(names)).T
        found[there] = scores.argmax(1)
    return found


def embedded(guide: Guide, texts: Sequence[str]) -> NDArray[np.float32]:
    """(m, d) float32, L2-normalised: texts as the tier reads them, beside images where it can."""
    if guide.encoder is not None and guide.encoder.aligned and guide.aligned is not None:
        return unit(guide.encoder.encode_texts(list(texts)))
    return unit(guide.texts.encode(list(texts)))
