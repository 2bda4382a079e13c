"""Zero-shot classification by CLIP (Radford et al. 2021): the baselines of Multi-Sub's Table 3."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment, constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.multi_sub import begun, missing_words, prompt_of
from tools.progress import Progress, silent
from tools.views import View

SHARP = 0.05
"""The gain in cosine with a word that makes an image e times surer of it."""


@dataclass(frozen=True, slots=True)
class ZeroShot(Method):
    """Each image goes to the word whose prompt is most like it; nothing is learned.

    With the reference words of the criterion it is the paper's CLIP-GPT, with the true labels as `words` CLIP-label.
    Of more words than groups the k that most images are nearest to are taken; of fewer, k-means makes groups of the
    images by their likeness to each word.

    Attributes:
        words: The words with "/" between them; without any, see `tools.fuse.reference_words`.
        thing: The noun for what the images show, in the prompt; without one, that of most images.
    """

    name = "zero_shot"
    about = "the word that fits each picture best, by a model that sees pictures and words in one space"
    aliases = ("zeroshot",)
    multimodal = True
    asks_thinker = True

    words: str = ""
    thing: str = ""

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there are words and an encoder of images and texts; otherwise one line."""
        if (
            context is None
            or context.encoder is None
            or not context.encoder.aligned
            or context.aligned is None
        ):
            return (
                f"{self.name} compares pictures with words by a model that sees both in one space, and none is in use;"
                " choose an encoder (regroup models lists them)"
            )
        return missing_words(self.name, self.words, context)

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        missing = self.missing_requirements(views, context)
        if missing or context is None or context.encoder is None or context.aligned is None:
            raise UsageError(missing or f"{self.name} needs a context")
        k, seen, words = begun(context, self.words, k, seed)
        prompt = prompt_of(context, self.thing)
        texts = context.encoder.encode_texts([f"{prompt} {word}" for word in words])
        likeness = np.asarray(context.aligned[seen] @ texts.T, np.float32)
        if len(words) < k:
            rows = np.full((len(seen), len(words)), np.nan, np.float32)
            rows[seen] = likeness / SHARP
            return constrained_kmeans(rows, images, constraints, k, seed, context)
        nearest = np.bincount(likeness.argmax(1), minlength=len(words))
        likeness = likeness[:, np.sort(np.argsort(-nearest, kind="stable")[:k])]
        odds = np.exp((likeness - likeness.max(1, keepdims=True)) / SHARP)
        soft = np.zeros((len(seen), k), np.float32)
        soft[seen] = odds / odds.sum(1, keepdims=True)
        return constrained_assignment(soft, images, constraints, context)
