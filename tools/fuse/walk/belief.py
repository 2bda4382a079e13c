"""How surely images and groups are of one kind: by their likeness, and by what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.relate import Scale, cosines, logit

EVIDENCE = 5
"""The most images for which a group speaks: its words count as theirs, and a cosine with it is the mean of as many of
the largest."""
_SUREST = 0.98
"""The most that a confidence counts: nothing that is said is certain."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What is said of n images, each as a distribution over the v things that are said at all.

    An image of which v is said with confidence c shows v with c + (1 - c) q(v), another thing w with (1 - c) q(w), q
    being how often each is said. Two images show the same with sum_v p_i(v) p_j(v); how much more likely that is than
    for any two images, in odds, is what words say about a pair.

    Attributes:
        value: (n,) the thing said, -1 for nothing.
        sure: (n,) float64 in [0, .98].
        share: (v,) float64, q.
    """

    value: NDArray[np.intp]
    sure: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def base(self) -> float:
        """How often any two images show the same."""
        return float((self.share**2).sum())

    def same(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return (m,) float64 in (0, 1): how surely each of m pairs shows the same; `base` where of one nothing is
        said."""
        one, other, c, d = self.value[a], self.value[b], self.sure[a], self.sure[b]
        found = (
            (1 - c) * (1 - d) * self.base + c * (1 - d) * self.share[one] + d * (1 - c) * self.share[other]
        )
        found = found + c * d * (one == other)
        return np.where((one >= 0) & (other >= 0), found, self.base)

    def gain(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[NDArray[np.float64], int]:
        """Return (v,) float64, how much each thing gains in log-odds from a group's words, and how many say
        something."""
        rows = np.asarray(rows, np.intp)
        rows = rows[self.value[rows] >= 0]
        value, c = self.value[rows], self.sure[rows]
        gain = np.zeros(len(self.share))
        np.add.at(gain, value, np.log1p(c / (1 - c) / self.share[value]))
        return gain, len(rows)

    def shows(self, gain: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Return (v,) float64 that sums to 1: what a group shows by `gain`, as if at most `EVIDENCE` images had
        spoken."""
        odds = np.log(self.share) + gain * min(1.0, EVIDENCE / max(count, 1))
        found = np.exp(odds - odds.max())
        return np.asarray(found / found.sum())

    def odds(self, same: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds against those of any two images; as `same`."""
        return np.asarray(logit(same) - logit(self.base))


def words_of(values: Sequence[str | None], confidence: NDArray[np.float32]) -> Words | None:
    """Return what is said, as numbers; None where fewer than two different things are said.

    Args:
        values: For each of n images what is said of it; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
    """
    vocabulary = sorted({value for value in values if value})
    if len(vocabulary) < 2:
        return None
    number = {value: i for i, value in enumerate(vocabulary)}
    value = np.array([number[text] if text else -1 for text in values], np.intp)
    count = np.bincount(value[value >= 0], minlength=len(vocabulary)).astype(np.float64)
    kept = np.clip(np.nan_to_num(np.asarray(confidence, np.float64)), 0, _SUREST)
    return Words(value, np.where(value >= 0, kept, 0.0), count / count.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is believed before anybody is asked.

    Attributes:
        vectors: (n, d) float32 of length 1; rows of NaN are zeros here, like nothing.
        scale: From cosines to log-odds.
        words: What is said, if anything.
    """

    vectors: NDArray[np.float32]
    scale: Scale
    words: Words | None = None

    def pairs(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return (m,) float64: log-odds that each of m pairs is of one group."""
        odds = np.asarray(self.scale.odds(cosines(self.vectors, a, b).astype(np.float64)))
        return odds if self.words is None else odds + self.words.odds(self.words.same(a, b))


@dataclass(slots=True, eq=False)
class Group:
    """A cluster on its way: rows of the images that are in it, whole blocks at a time.

    Attributes:
        start: The row that it was begun with: what it is known by until the end.
        rows: All of its rows.
        blocks: Numbers of the blocks of `tools.constraints.Ties` that are in it.
        exemplars: Up to five rows, those of the largest degree first: what a judge is shown.
    """

    start: int
    rows: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    exemplars: list[int] = field(default_factory=list)
    gain: NDArray[np.float64] | None = None
    count: int = 0
    shown: NDArray[np.float64] | None = None
    _room: NDArray[np.float32] | None = None
    _filled: int = 0

    def add(self, block: int, rows: Sequence[int], belief: Belief, degree: NDArray[np.float64]) -> None:
        """Take in a block."""
        self.blocks.append(block)
        self.rows.extend(rows)
        best = sorted({*self.exemplars, *rows}, key=lambda row: (-degree[row], row))
        self.exemplars = best[:EVIDENCE]
        self._put(belief.vectors[list(rows)])
        if belief.words is not None:
            gain, count = belief.words.gain(rows)
            self.gain = gain if self.gain is None else self.gain + gain
            self.count += count
            self.shown = belief.words.shows(self.gain, self.count)

    def cosine(self, vector: NDArray[np.float32]) -> float:
        """Return the mean of the five largest cosines of an image with the members."""
        assert self._room is not None
        like = (self._room[: self._filled] @ vector).round(5)
        top = like if len(like) <= EVIDENCE else np.partition(like, len(like) - EVIDENCE)[-EVIDENCE:]
        return float(np.sort(top).mean(dtype=np.float64))

    def odds(self, row: int, belief: Belief) -> tuple[float, float]:
        """Return the cosine and log-odds of an image with the group."""
        cosine = self.cosine(belief.vectors[row])
        odds = float(belief.scale.odds(cosine))
        words = belief.words
        if words is not None and self.count and self.shown is not None and words.value[row] >= 0:
            c = words.sure[row]
            same = (1 - c) * float(self.shown @ words.share) + c * float(self.shown[words.value[row]])
            odds += float(words.odds(np.asarray(same)))
        return cosine, odds

    def _put(self, vectors: NDArray[np.float32]) -> None:
        need = self._filled + len(vectors)
        if self._room is None or need > len(self._room):
            room = np.empty((max(8, 2 * need), vectors.shape[1]), np.float32)
            if self._room is not None:
                room[: self._filled] = self._room[: self._filled]
            self._room = room
        self._room[self._filled : need] = vectors
        self._filled = need


class WordsJudge:
    """A judge that goes by what is said of the images, and by how surely: no model, no call.

    Args:
        values: For each of n images what is said of it; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
    """

    name = "words"

    def __init__(self, values: Sequence[str | None], confidence: NDArray[np.float32]) -> None:
        self._words = words_of(values, confidence)

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Return the probability in [0, 1] that the image shows what the exemplars show; 1/2 where nothing is said of
        it or them.

        Args:
            row: The image.
            exemplars: Rows of the group.
            tags: Not read: the exemplars' own words count.
            criterion: Not read.
        """
        words = self._words
        if words is None or words.value[row] < 0:
            return 0.5
        gain, count = words.gain(exemplars)
        if not count:
            return 0.5
        own, alone = words.gain([row])
        return float(words.shows(gain, count) @ words.shows(own, alone))
