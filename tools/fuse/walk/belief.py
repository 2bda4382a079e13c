"""Estimates the belief that images and groups are of one kind, from their likeness and from what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.relational_graph import Scale, cosines, logit

EVIDENCE = 5
"""The most images of a group that count as evidence: its words weigh as much as theirs, and a cosine with it is the
mean of as many of the largest."""
_SUREST = 0.98
"""The largest confidence that is used, since nothing that is said is certain."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Holds the values that are said of n images, each as a distribution over all v values.

    An image of which value v is said with confidence c shows v with probability c + (1 - c) q(v) and another value w
    with (1 - c) q(w), where q is the frequency of the values. Two images show the same with sum_v p_i(v) p_j(v); the
    odds of that against any two images are the evidence of the words.

    Attributes:
        value: (n,) the index of the value, -1 for none.
        sure: (n,) float64 in [0, .98], the confidences.
        share: (v,) float64, the frequencies q.
    """

    value: NDArray[np.intp]
    sure: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def base(self) -> float:
        """Return the probability that any two images show the same."""
        return float((self.share**2).sum())

    def same(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the probability that each of m pairs shows the same, (m,) float64; `base` where one has no value."""
        value_a, value_b, c, d = self.value[a], self.value[b], self.sure[a], self.sure[b]
        probability = (
            (1 - c) * (1 - d) * self.base
            + c * (1 - d) * self.share[value_a]
            + d * (1 - c) * self.share[value_b]
        )
        probability = probability + c * d * (value_a == value_b)
        return np.where((value_a >= 0) & (value_b >= 0), probability, self.base)

    def gain(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[NDArray[np.float64], int]:
        """Return the gain of each value in log-odds from a group's words, (v,) float64, and the number of words."""
        rows = np.asarray(rows, np.intp)
        rows = rows[self.value[rows] >= 0]
        value, c = self.value[rows], self.sure[rows]
        gain = np.zeros(len(self.share))
        np.add.at(gain, value, np.log1p(c / (1 - c) / self.share[value]))
        return gain, len(rows)

    def shows(self, gain: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Return the distribution over values that a group with this gain shows, (v,) float64 that sums to 1.

        More than `EVIDENCE` words weigh no more than as many.
        """
        odds = np.log(self.share) + gain * min(1.0, EVIDENCE / max(count, 1))
        weights = np.exp(odds - odds.max())
        return np.asarray(weights / weights.sum())

    def odds(self, same: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds of probabilities `same` relative to those of any two images, in the shape of `same`."""
        return np.asarray(logit(same) - logit(self.base))


def words_of(values: Sequence[str | None], confidence: NDArray[np.float32]) -> Words | None:
    """Return the values as `Words`; None where fewer than two different values are said.

    Args:
        values: The n values that are said of the images; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
    """
    vocabulary = sorted({value for value in values if value})
    if len(vocabulary) < 2:
        return None
    number = {value: i for i, value in enumerate(vocabulary)}
    value = np.array([number[text] if text else -1 for text in values], np.intp)
    count = np.bincount(value[value >= 0], minlength=len(vocabulary)).astype(np.float64)
    clipped = np.clip(np.nan_to_num(np.asarray(confidence, np.float64)), 0, _SUREST)
    return Words(value, np.where(value >= 0, clipped, 0.0), count / count.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Holds the belief about pairs of images before anybody is asked.

    Attributes:
        vectors: (n, d) float32 of length 1; images that were not measured have rows of zeros.
        scale: The scale from cosines to log-odds.
        words: The values that are said of the images, if any.
    """

    vectors: NDArray[np.float32]
    scale: Scale
    words: Words | None = None

    def pairs(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the log-odds that each of m pairs is of one group, (m,) float64."""
        odds = np.asarray(self.scale.odds(cosines(self.vectors, a, b).astype(np.float64)))
        return odds if self.words is None else odds + self.words.odds(self.words.same(a, b))


@dataclass(slots=True, eq=False)
class Group:
    """Holds a cluster in the making, which grows by whole blocks.

    Attributes:
        start: The row that it was begun with, by which it is identified until the end.
        rows: All rows in it.
        blocks: The numbers of the blocks (`tools.clustering.constraints.Ties`) in it.
        exemplars: Up to five rows, those of the largest degree first, which a judge is shown.
        gain: (v,) float64, the sum of its images' gains (`Words.gain`); None without words.
        count: The number of its images that have a value.
        shown: (v,) float64, the distribution over values that it shows; None without words.
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
        """Add a block with its rows."""
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
