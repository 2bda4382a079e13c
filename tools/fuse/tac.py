"""Gives the baseline without training: k-means on images beside their words (TAC, Li et al., ICML 2024)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, TwoSidedMethod
from tools.progress import Progress
from tools.views import unit


@dataclass(frozen=True)
class Tac(TwoSidedMethod):
    """Puts beside the features of each image a mixture of noun features, and clusters both without any training.

    Where images and texts share a space, an image's words are sum_j softmax_j(<v_i, t_j> / tau) t_j over all values
    under the criterion, which replace the nouns of WordNet; elsewhere they are the image's own value.

    Attributes:
        tau: The temperature of the mixture, > 0, by default the paper's.
    """

    name = "tac"
    about = "features beside a mixture of the words that fit"

    tau: float = 0.005

    def rows(
        self, sides: Pair, context: MethodContext, k: int, seed: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Return image features beside word features, (n, d + e) float32, NaN for images without either."""
        if (
            context.encoder is None
            or not context.encoder.aligned
            or context.aligned is None
            or not context.vocabulary
        ):
            return sides.rows
        nouns = unit(context.encoder.encode_texts(list(context.vocabulary)))
        present = np.asarray(np.isfinite(context.aligned).all(axis=1))
        scores = context.aligned[present] @ nouns.T / self.tau
        share = np.exp(scores - scores.max(1, keepdims=True))
        words = np.zeros((len(present), nouns.shape[1]), np.float32)
        words[present] = unit((share / share.sum(1, keepdims=True)) @ nouns)
        noun_index = {noun: i for i, noun in enumerate(context.vocabulary)}
        worded = [i for i, noun in enumerate(context.values) if noun and not present[i]]
        words[worded] = nouns[[noun_index[str(context.values[i])] for i in worded]]
        present[worded] = True
        return Pair(sides.image, sides.seen, words, present).rows
