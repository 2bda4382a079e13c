"""ConSE: images and texts in one space without a model that was trained on both (Norouzi et al. 2014).

An image is the mean of the text vectors of its likeliest ImageNet classes, each weighted by its probability. It ranks
things and species sensibly and knows nothing of emotion, colour or style.

So it gives a view (`object.meaning`, beside the other features of the network) and is not handed to methods as their
encoder: asked which of "happy" and "sad" a face is nearer to, it would answer by the things that the words remind of.
Without an encoder methods go by what the experts say of an image: `tools.fuse.tags`, and MLLM_MC through it, matches
words with words, `tools.fuse.tac` puts the words themselves beside the pixels, and Multi-Sub, which differentiates
through a text tower, says that it cannot run.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tools.models.bundled.labels import imagenet_names
from tools.models.bundled.text import WordLlamaEncoder
from tools.models.ports import Pixels, Vectors

if TYPE_CHECKING:
    from tools.models.bundled.object import ObjectExpert

TOP = 10
"""So many classes count (T in the paper)."""


def conse(probabilities: Vectors) -> Vectors:
    """Image vectors from class probabilities (equation 2 of the paper).

    Args:
        probabilities: (b, 1000) float32, rows that sum to 1.

    Returns:
        (b, 256) float32, L2-normalised.
    """
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP]
    weights = np.take_along_axis(probabilities, best, axis=1)
    rows = (weights[:, :, None] * _classes()[best]).sum(1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


@cache
def _classes() -> Vectors:
    """(1000, 256): the classes as texts."""
    return WordLlamaEncoder().encode([_sentence(name) for name in imagenet_names()])


def _sentence(thing: str) -> str:
    return f"a photo of a {thing}"


class ConseEncoder:
    """The bundled image-text space. `expert` looks at the images; one that is there already can be shared."""

    name = f"conse-{TOP}-efficientnet-lite2-wordllama-256"
    aligned = True
    threshold = 0.53
    """Cosine at which pictures and texts that belong together part best from those that do not: it keeps half of the
    former and a fifth of the latter (Youden 1950; 354 labelled pictures of tuxpaint-stamps)."""

    def __init__(self, expert: "ObjectExpert | None" = None) -> None:
        from tools.models.bundled.object import ObjectExpert

        self._expert = expert or ObjectExpert()
        self._texts = WordLlamaEncoder()

    def encode_images(self, batch: Sequence[Pixels]) -> Vectors:
        """(b, 256) float32, L2-normalised."""
        return self._expert.look(batch).views["object.meaning"]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, 256) float32, L2-normalised. A text is taken as the name of what is in the picture."""
        return self._texts.encode([_sentence(text) for text in texts])
