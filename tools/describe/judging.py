"""Lets a model judge whether an image belongs to a group of a collection."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from typing import Protocol

from tools.models.ports import Evidence, Judge, Pixels

MOST_EXEMPLARS = 5
"""The most exemplars that are decoded and shown for one question."""


class Membership(Protocol):
    """Judges the images of a collection that it knows, so that they are given to it as rows."""

    @property
    def name(self) -> str:
        """Name the model with its revision and the version of its prompt."""
        ...

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Return the probability in [0, 1] that an image is of the same group as the exemplars.

        Args:
            row: The row of the image.
            exemplars: The rows of one to five images of the group.
            tags: The words that describe the group, the most frequent first; may be empty.
            criterion: The criterion in the user's words.

        Raises:
            tools.errors.RegroupError: The model does not answer.
        """
        ...


class PictureJudge:
    """Decodes the images of a collection and asks a `Judge` about them, as a `Membership`.

    The first tag is the group's name. Answers are kept by model, criterion, image, exemplars and tags, so that no
    question is asked twice.

    Args:
        judge: The model that is asked.
        images: The n image ids of the collection.
        decode: Image id to its pixels; may raise RegroupError for an image that is gone.
        answers: Keeps the answers: key to probability. By default they are kept in memory.
        exemplars: The most exemplars that it is shown, at most `MOST_EXEMPLARS`; 0 for a model that reads one image.
        local: Whether the model runs on this machine and so gets one question at a time.
        further: Whether the model is told the tags after the first as well.
        may: Called before each question that the model gets, from any thread; raises Cancelled where it may not be
            asked.
        tell: Given the seconds that an answer took, once for each question that the model got, from any thread.
    """

    def __init__(
        self,
        judge: Judge,
        images: Sequence[str],
        decode: Callable[[str], Pixels],
        answers: MutableMapping[str, float] | None = None,
        exemplars: int = MOST_EXEMPLARS,
        local: bool = True,
        further: bool = True,
        may: Callable[[], None] = lambda: None,
        tell: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.judge = judge
        self.images = images
        self.decode = decode
        self.answers: MutableMapping[str, float] = {} if answers is None else answers
        self.exemplars = min(exemplars, MOST_EXEMPLARS)
        self.further = further
        self.asked = 0
        self._may, self._tell = may, tell
        self._local = threading.Lock() if local else None
        self._keeping = threading.Lock()

    @property
    def name(self) -> str:
        """Name the judge, as `Judge.name`."""
        return self.judge.name

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Ask the model, or recall its answer, as `Membership.belongs`; `asked` counts the questions that it got.

        Raises:
            tools.errors.Cancelled: The model may not be asked any more.
            tools.errors.RegroupError: The model does not answer, or an image is gone.
        """
        shown = [self.images[other] for other in exemplars[: self.exemplars]]
        asked = [self.name, criterion, self.images[row], shown, list(tags if self.further else tags[:1])]
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        with self._keeping:
            if (before := self.answers.get(key)) is not None:
                return before
        self._may()
        further = tuple(tags[1:]) if self.further else ()
        evidence = Evidence(tags[0] if tags else "", further, tuple(map(self.decode, shown)))
        pixels = self.decode(self.images[row])
        if self._local is None:
            answer = self._answer(pixels, evidence, criterion)
        else:
            with self._local:
                answer = self._answer(pixels, evidence, criterion)
        with self._keeping:
            self.answers[key] = answer
            self.asked += 1
        return answer

    def _answer(self, pixels: Pixels, evidence: Evidence, criterion: str) -> float:
        start = time.monotonic()
        try:
            return float(self.judge.belongs(pixels, evidence, criterion))
        finally:  # a question that was not answered took its time, too
            self._tell(time.monotonic() - start)
