"""The baseline without training: k-means on images beside their words (TAC, Li et al., ICML 2024)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.fuse.base import unit
from tools.fuse.guide import Guide
from tools.fuse.pair import Pair
from tools.fuse.reading import Reading
from tools.progress import Progress


@dataclass(frozen=True)
class Tac(Reading):
    """Image features and, beside them, a mixture of noun features for each image; no training.

    Where images and texts share a space, an image's words are sum_j softmax_j(<v_i, t_j> / tau) t_j over everything
    that is said under the criterion, in place of the nouns of WordNet; where they do not, what is said of the image.

    Attributes:
        tau: Sharpness of the mixture, > 0; the paper's.
    """

    name: ClassVar[str] = "tac"

    tau: float = 0.005

    def rows(self, both: Pair, told: Guide, k: int, seed: int, progress: Progress) -> NDArray[np.float32]:
        """(n, d + e) float32, NaN where nothing is known of an image."""
        if told.encoder is None or not told.encoder.aligned or told.aligned is None or not told.values:
            return both.rows
        nouns = unit(told.encoder.encode_texts(list(told.values)))
        there = np.asarray(np.isfinite(told.aligned).all(axis=1))
        scores = told.aligned[there] @ nouns.T / self.tau
        share = np.exp(scores - scores.max(1, keepdims=True))
        words = np.zeros((len(there), nouns.shape[1]), np.float32)
        words[there] = unit((share / share.sum(1, keepdims=True)) @ nouns)
        place = {noun: i for i, noun in enumerate(told.values)}
        spoken = [i for i, noun in enumerate(told.said) if noun and not there[i]]
        words[spoken] = nouns[[place[str(told.said[i])] for i in spoken]]
        there[spoken] = True
        return Pair(both.image, both.seen, words, there).rows
