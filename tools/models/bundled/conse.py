"""Puts images and texts in one space without a model that was trained on both (ConSE, Norouzi et al. 2014).

An image becomes the mean of the text vectors of its likeliest ImageNet classes, each weighted by its probability. That
ranks things and species sensibly and knows nothing of emotion, colour or style.

It is therefore a view of the object expert (`object.meaning`) and is not handed to methods as their encoder: asked
whether a face is nearer to "happy" or to "sad", it would answer by the things that those words remind of. Without an
encoder methods use what the experts say about an image.
"""

from functools import cache

import numpy as np

from tools.models.bundled.imagenet_labels import imagenet_names
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors

TOP_CLASSES = 10
"""The number of likeliest classes that are averaged (T in the paper)."""
MEANING = "object.meaning"
"""The view in which an expert hands over the vectors that `conse` makes of its class probabilities."""


def conse(probabilities: Vectors) -> Vectors:
    """Return image vectors from class probabilities (Norouzi et al. 2014, equation 2).

    Args:
        probabilities: (b, 1000) float32 with rows that sum to 1, in the order of ImageNet's classes.

    Returns:
        (b, 256) float32, L2-normalised.
    """
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP_CLASSES]
    weights = np.take_along_axis(probabilities, best, axis=1)
    rows = (weights[:, :, None] * class_names()[best]).sum(1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


@cache
def class_names() -> Vectors:
    """Return (1000, 256) float32: the text vectors of the classes' names."""
    return WordLlamaEncoder().encode([_sentence(name) for name in imagenet_names()])


def _sentence(thing: str) -> str:
    return f"a photo of a {thing}"
