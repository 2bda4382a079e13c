"""A judge that goes by the words that are said of the images, for walks whose judge costs nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.fuse.walk.belief import words_of


class WordsJudge:
    """A judge that goes by the values that are said of the images, without any model.

    Args:
        values: The n values that are said of the images; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
    """

    name = "words"

    def __init__(self, values: Sequence[str | None], confidence: NDArray[np.float32]) -> None:
        self._words = words_of(values, confidence)

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Return the probability in [0, 1] that an image shows what the exemplars show; 1/2 where either has no value.

        Args:
            row: The row of the image.
            exemplars: The rows of images of the group.
            tags: Not used, since the exemplars' own values count.
            criterion: Not used.
        """
        words = self._words
        if words is None or words.value[row] < 0:
            return 0.5
        gain, count = words.gain(exemplars)
        if not count:
            return 0.5
        own_gain, alone = words.gain([row])
        return float(words.shows(gain, count) @ words.shows(own_gain, alone))
