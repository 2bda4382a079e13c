"""Chooses the candidate tags of a criterion, and the tag that each image is matched with (MLLM_MC, Eq. 3-5)."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.fuse.method_context import MethodContext
from tools.views import unit

SHORT = 3
"""The most words of a description that is one term ("light blue"); a longer one is split into its words."""


def terms(description: str | None) -> tuple[str, ...]:
    """Return the terms of a description in lower case, none for None; stop words are left out of longer
    descriptions."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = re.findall(r"\w[\w'-]*", (description or "").casefold())
    if not words:
        return ()
    if len(words) <= SHORT:
        return (" ".join(words),)
    return tuple(word for word in words if word not in ENGLISH_STOP_WORDS) or (" ".join(words),)


def tags(descriptions: Sequence[str | None], most: int) -> tuple[str, ...]:
    """Return the terms with the largest TF-IDF summed over all descriptions (MLLM_MC, Eq. 3).

    tf is a term's share of its description and idf is ln((1 + n) / (1 + df)) + 1. Where each description is one word,
    this amounts to counting.

    Args:
        descriptions: The n texts, None where nothing is visible.
        most: M, the number of tags, which is that of the clusters.

    Returns:
        At most M different terms by falling weight, those of equal weight in alphabetical order.
    """
    terms_per_image = [terms(text) for text in descriptions]
    n = sum(bool(image_terms) for image_terms in terms_per_image)
    among = Counter(term for image_terms in terms_per_image for term in set(image_terms))
    weight: Counter[str] = Counter()
    for image_terms in terms_per_image:
        for term, times in Counter(image_terms).items():
            weight[term] += times / len(image_terms) * (np.log((1 + n) / (1 + among[term])) + 1)
    ordered = sorted(weight, key=lambda term: (-round(float(weight[term]), 9), term))
    return tuple(ordered[:most])


def matched(context: MethodContext, names: Sequence[str]) -> NDArray[np.intp]:
    """Return the tag of each image, argmax_j <e_i, o_j> (MLLM_MC, Eq. 4-5).

    Where the tier embeds images and texts in one space, e_i is the image; elsewhere, or for an image without a vector,
    e_i is the description of the image in the space of texts.

    Args:
        context: The context of n images.
        names: The M tags, at least one.

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
    if shares_space(context) and context.encoder is not None and context.aligned is not None:
        present = np.isfinite(context.aligned).all(axis=1)
        scores = context.aligned[present] @ context.encoder.encode_texts(list(names)).T
        tag[present] = scores.argmax(1)
    return tag


def shares_space(context: MethodContext) -> bool:
    """Return whether the images are embedded in one space with texts (f_M and g_M of Eq. 4)."""
    return context.encoder is not None and context.encoder.aligned and context.aligned is not None


def embedded(context: MethodContext, texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed m texts, (m, d) float32, L2-normalised, in the space of images where the tier can."""
    if shares_space(context) and context.encoder is not None:
        return unit(context.encoder.encode_texts(list(texts)))
    return unit(context.texts.encode(list(texts)))
