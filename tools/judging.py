"""Judges that know the collection: a model that is shown pictures, and one that goes by words alone."""

import hashlib
import json
import threading
from collections.abc import Callable, MutableMapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.models.ports import Evidence, Judge, Pixels
from tools.walk.belief import words

MOST = 5
"""So many exemplars are decoded for one question."""


class PictureJudge:
    """The port `Judge` for rows of a collection: a `tools.fuse.guide.Membership`.

    The first tag is the group's name. Answers are kept by model, criterion, image, exemplars and tags: a question that
    was answered is never asked again.

    Args:
        judge: The model.
        images: n image ids.
        decode: Image id to its pixels; may raise RegroupError for one that is gone.
        kept: Where answers are kept: key to probability.
        exemplars: How many exemplars it is shown, at most `MOST`; 0 for a model that reads one image.
        local: Whether it runs on this machine: then one question at a time.
        further: Whether it is told the tags after the first, too.
    """

    def __init__(
        self,
        judge: Judge,
        images: Sequence[str],
        decode: Callable[[str], Pixels],
        kept: MutableMapping[str, float] | None = None,
        exemplars: int = MOST,
        local: bool = True,
        further: bool = True,
    ) -> None:
        self.judge = judge
        self.images = images
        self.decode = decode
        self.kept: MutableMapping[str, float] = {} if kept is None else kept
        self.exemplars = min(exemplars, MOST)
        self.further = further
        self.asked = 0
        self._local = threading.Lock() if local else None
        self._keeping = threading.Lock()

    @property
    def name(self) -> str:
        """That of the model."""
        return self.judge.name

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """See `tools.fuse.guide.Membership.belongs`; `asked` counts the questions that were not answered before.

        Raises:
            tools.errors.RegroupError: The model does not answer, or an image is gone.
        """
        shown = [self.images[other] for other in exemplars[: self.exemplars]]
        asked = [self.name, criterion, self.images[row], shown, list(tags if self.further else tags[:1])]
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        with self._keeping:
            if (known := self.kept.get(key)) is not None:
                return known
        further = tuple(tags[1:]) if self.further else ()
        evidence = Evidence(tags[0] if tags else "", further, tuple(map(self.decode, shown)))
        pixels = self.decode(self.images[row])
        if self._local is None:
            answer = float(self.judge.belongs(pixels, evidence, criterion))
        else:
            with self._local:
                answer = float(self.judge.belongs(pixels, evidence, criterion))
        with self._keeping:
            self.kept[key] = answer
            self.asked += 1
        return answer


class WordsJudge:
    """A judge that goes by what is said of the images, and by how surely: no model, no call.

    Args:
        said: n texts; None where nothing is visible.
        sure: (n,) float32 in [0, 1].
    """

    name = "words"

    def __init__(self, said: Sequence[str | None], sure: NDArray[np.float32]) -> None:
        self._words = words(said, sure)

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Probability in [0, 1] that the image shows what the exemplars show; 1/2 where nothing is said of it or them.

        Args:
            row: The image.
            exemplars: Rows of the group.
            tags: Not read: the exemplars' own words count.
            criterion: Not read.
        """
        told = self._words
        if told is None or told.value[row] < 0:
            return 0.5
        gain, count = told.gain(exemplars)
        if not count:
            return 0.5
        own, alone = told.gain([row])
        return float(told.shows(gain, count) @ told.shows(own, alone))
