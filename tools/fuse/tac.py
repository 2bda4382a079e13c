"""The baseline without training: k-means on images beside their words (TAC, Li et al., ICML 2024)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, TwoSidedMethod
from tools.progress import Progress
from tools.views import unit


@dataclass(frozen=True)
class Tac(TwoSidedMethod):
    """Image features and, beside them, a mixture of noun features for each image; no training.

    Where images and texts share a space, an image's words are sum_j softmax_j(<v_i, t_j> / tau) t_j over everything
    that is said under the criterion, in place of the nouns of WordNet; where they do not, what is said of the image.

    Attributes:
        tau: Sharpness of the mixture, > 0; the paper's.
    """

    name = "tac"

    tau: float = 0.005

    def rows(
        self, sides: Pair, context: MethodContext, k: int, seed: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Return (n, d + e) float32, NaN where nothing is known of an image."""
        if (
            context.encoder is None
            or not context.encoder.aligned
            or context.aligned is None
            or not context.vocabulary
        ):
            return sides.rows
        nouns = unit(context.encoder.encode_texts(list(context.vocabulary)))
        there = np.asarray(np.isfinite(context.aligned).all(axis=1))
        scores = context.aligned[there] @ nouns.T / self.tau
        share = np.exp(scores - scores.max(1, keepdims=True))
        words = np.zeros((len(there), nouns.shape[1]), np.float32)
        words[there] = unit((share / share.sum(1, keepdims=True)) @ nouns)
        place = {noun: i for i, noun in enumerate(context.vocabulary)}
        worded = [i for i, noun in enumerate(context.values) if noun and not there[i]]
        words[worded] = nouns[[place[str(context.values[i])] for i in worded]]
        there[worded] = True
        return Pair(sides.image, sides.seen, words, there).rows
