"""The baseline without training: k-means on images beside their words (TAC, Li et al., ICML 2024)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.base import View
from tools.fuse.guide import Guide
from tools.fuse.last import cluster
from tools.fuse.pair import Pair, lacking, number, pair, ready, unit
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Tac:
    """Image features and, beside them, a mixture of noun features for each image; no training.

    Where images and texts share a space, an image's words are sum_j softmax_j(<v_i, t_j> / tau) t_j over everything
    that is said under the criterion, in place of the nouns of WordNet; where they do not, what is said of the image.

    Attributes:
        tau: Sharpness of the mixture, > 0; the paper's.
    """

    name: ClassVar[str] = "tac"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = True
    finds_k: ClassVar[bool] = False

    tau: float = 0.005

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """Why it cannot run: it needs pixels, and words about them."""
        return lacking(views, self.name, guide)

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        guide: Guide | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        told, both = ready(self, views, guide), pair(views)
        k = number(both.rows, k, told, seed)
        progress(self.name, 0, 1)
        return cluster(self._beside(both, told), images, constraints, k, seed, told)

    def _beside(self, both: Pair, guide: Guide) -> NDArray[np.float32]:
        """(n, d + e) float32, NaN where nothing is known of an image."""
        if guide.encoder is None or not guide.encoder.aligned or guide.aligned is None or not guide.values:
            return both.rows
        nouns = unit(guide.encoder.encode_texts(list(guide.values)))
        there = np.asarray(np.isfinite(guide.aligned).all(axis=1))
        scores = guide.aligned[there] @ nouns.T / self.tau
        share = np.exp(scores - scores.max(1, keepdims=True))
        words = np.zeros((len(there), nouns.shape[1]), np.float32)
        words[there] = unit((share / share.sum(1, keepdims=True)) @ nouns)
        place = {noun: i for i, noun in enumerate(guide.values)}
        spoken = [i for i, noun in enumerate(guide.said) if noun and not there[i]]
        words[spoken] = nouns[[place[str(guide.said[i])] for i in spoken]]
        there[spoken] = True
        return Pair(both.image, both.seen, words, there).rows
