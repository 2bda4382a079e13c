"""Says how well words fit pictures by an encoder that has pictures and texts in one space (zero-shot, Radford et al.
2021)."""

from collections.abc import Callable, Sequence

import numpy as np

from tools.models.ports import Encoder, Vectors

ENCODED = "encoder.image"
"""The view that such an encoder makes of the pictures."""
_PROMPTS = ("a photo of a {}", "{}")
"""The wordings of a word, whose vectors are averaged."""


def aligned_likeness(encoder: Encoder) -> Callable[[Callable[[str], Vectors], Sequence[str]], Vectors]:
    """Return what says how well m words fit n pictures by their cosines, as (n, m) float32 standard scores."""

    def likeness(view: Callable[[str], Vectors], words: Sequence[str]) -> Vectors:
        texts = sum(encoder.encode_texts([p.format(word) for word in words]) for p in _PROMPTS)
        cosines = view(ENCODED) @ np.asarray(texts, np.float32).T
        seen = ~np.isnan(cosines).any(axis=1)
        scores = np.zeros_like(cosines)
        if seen.any():
            spread = np.maximum(cosines[seen].std(0), 1e-6)
            scores[seen] = (cosines[seen] - cosines[seen].mean(0)) / spread
        return np.asarray(scores, np.float32)

    return likeness
