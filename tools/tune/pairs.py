"""Pairs of images that belong together or apart: what tuning learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, tie
from tools.errors import UsageError
from tools.judging import Membership
from tools.progress import Progress, silent

SURE = 0.5
"""The confidence from which a model's words about an image count."""
TAUGHT = 128
"""The most images among which a model's pairs are made: n images have n * n / 2 pairs."""
DOUBT = 0.1
"""A judge that is nearer to one half than this says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What is said of m pairs of images.

    Attributes:
        rows: (m, 2) rows of the collection.
        same: (m,) bool, whether the two belong together.
        weight: (m,) float32 in (0, 1], how sure that is; 1 for what the user said.
    """

    rows: NDArray[np.intp]
    same: NDArray[np.bool_]
    weight: NDArray[np.float32]

    @property
    def by_user(self) -> NDArray[np.bool_]:
        """(m,) bool: which pairs are as sure as if the user had said them."""
        return self.weight >= 1

    def __len__(self) -> int:
        return len(self.rows)


def pairs(
    rows: Sequence[Sequence[int]] | NDArray[np.intp],
    same: Sequence[bool] | NDArray[np.bool_],
    weight: Sequence[float] | NDArray[np.float32] | None = None,
) -> Pairs:
    """Return pairs from plain numbers; of a pair that comes twice the last counts, a pair of one image with itself does
    not.

    Raises:
        tools.errors.UsageError: The lengths differ, or a weight is no number in (0, 1].
    """
    where = np.asarray(rows, np.intp).reshape(-1, 2)
    answers = np.asarray(same, bool).reshape(-1)
    sure = np.ones(len(where), np.float32) if weight is None else np.asarray(weight, np.float32).reshape(-1)
    if not len(where) == len(answers) == len(sure):
        raise UsageError(
            f"{len(where)} pairs have {len(answers)} answers and {len(sure)} weights: give one each"
        )
    if not (np.isfinite(sure) & (sure > 0) & (sure <= 1)).all():
        raise UsageError("A pair's weight is no number above 0 and up to 1")
    where = np.sort(where, axis=1)
    newest = {(a, b): i for i, (a, b) in enumerate(where.tolist()) if a != b}
    kept = np.array(sorted(newest.values()), np.intp)
    return Pairs(where[kept], answers[kept], sure[kept])


def merge_pairs(*parts: Pairs) -> Pairs:
    """Return all pairs of several sources. Of a pair that several speak of, the last source counts: give the user
    last."""
    return pairs(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.same for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def from_constraints(images: Sequence[str], constraints: Sequence[Constraint]) -> Pairs:
    """Return pairs from the constraints, with all that follows from them; where they contradict, the newest counts.

    Labels of one name tie images together, of different names part them; links do so directly. What holds for a block
    of images that are tied together holds for each of them.

    Args:
        images: n image ids, in collection order.
        constraints: In the order in which they were given.
    """
    ties = tie(images, constraints)
    blocks = ties.blocks
    tied = [b for b, rows in enumerate(blocks) if len(rows) > 1 or b in ties.apart]
    rows, same = [], []
    for i, b in enumerate(tied):
        for c in tied[i:]:
            if b != c and c not in ties.apart.get(b, ()):
                continue
            both = [(x, y) for x in blocks[b] for y in blocks[c] if b != c or x < y]
            rows += both
            same += [b == c] * len(both)
    return pairs(np.array(rows, np.intp).reshape(-1, 2), same)


def from_values(values: Sequence[str | None], confidence: NDArray[np.float32], seed: int = 0) -> Pairs:
    """Return pairs from what models say of the images under the criterion, where they are sure.

    Same words, same group; the weight is the product of the two confidences and under 1, so that the user's own words
    count for more. At most `TAUGHT` images, as many of each word as there are.

    Args:
        values: For each of n images what is said of it; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
        seed: Of which images.
    """
    words = np.array([value or "" for value in values])
    able = np.flatnonzero((words != "") & np.isfinite(confidence) & (confidence >= SURE))
    order = np.random.default_rng(seed).permutation(able)
    turn = {word: iter(order[words[order] == word].tolist()) for word in sorted(set(words[able].tolist()))}
    chosen: list[int] = []
    while turn and len(chosen) < TAUGHT:
        for word in list(turn):
            row = next(turn[word], None)
            if row is None:
                del turn[word]
            elif len(chosen) < TAUGHT:
                chosen.append(row)
    rows = np.sort(np.array(chosen, np.intp))
    a, b = rows[np.stack(np.triu_indices(len(rows), 1))]
    weight = np.minimum(confidence[a] * confidence[b], 0.99)
    return pairs(np.stack([a, b], axis=1), words[a] == words[b], weight)


def from_judge(
    points: NDArray[np.float32],
    judge: Membership,
    criterion: str,
    count: int = 64,
    seed: int = 0,
    progress: Progress = silent,
) -> Pairs:
    """Return pairs from what a judge says of images that the views leave open, one call each.

    Asked are pairs whose cosine is spread evenly over the upper half of all: those under it are hardly ever the same,
    and a question whose answer is known teaches nothing. The weight is how far the judge is from one half, times two.

    Args:
        points: (n, d) float32; rows of NaN are left out.
        judge: Is shown one image as the group and asked about the other.
        criterion: In the user's words.
        count: How many calls at most.
        seed: Of which pairs.
        progress: Called after each answer; may stop it.

    Raises:
        tools.errors.RegroupError: The judge does not answer.
    """
    seen = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(seen) < 2 or count < 1:
        return pairs([], [])
    rng = np.random.default_rng(seed)
    drawn = np.unique(np.sort(rng.choice(seen, (20 * count, 2)), axis=1), axis=0)
    drawn = drawn[drawn[:, 0] != drawn[:, 1]]
    norms = np.maximum(np.linalg.norm(points, axis=1), 1e-9)
    cosine = np.einsum("ij,ij->i", points[drawn[:, 0]], points[drawn[:, 1]]) / norms[drawn].prod(1)
    upper = np.argsort(-cosine, kind="stable")[: max(1, len(drawn) // 2)]
    asked = drawn[upper[np.unique(np.linspace(0, len(upper) - 1, min(count, len(upper))).astype(int))]]
    answers = []
    for i, (a, b) in enumerate(asked.tolist(), 1):
        answers.append(judge.belongs(a, [b], (), criterion))
        progress("asking about pairs", i, len(asked))
    share = np.asarray(answers, np.float64)
    telling = np.isfinite(share) & (np.abs(share - 0.5) > DOUBT)
    weight = np.clip(2 * np.abs(share[telling] - 0.5), 0.0, 0.99)
    return pairs(asked[telling], share[telling] >= 0.5, weight)


def split(answers: Pairs, share: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Return which pairs to learn from and which to judge by, so that no image is on both sides; None where that cannot
    be.

    The images of one pair of each kind are hidden first, then others, until `share` of all images is. Pairs that have
    an image on either side are left out. Pairs that the user answered are judged by, where they suffice.

    Returns:
        Indices of pairs, both kinds in each.
    """
    rng = np.random.default_rng(seed)
    images = np.unique(answers.rows)
    first = [np.flatnonzero(chosen) for chosen in (answers.same, ~answers.same)]
    own = [rows[answers.by_user[rows]] for rows in first]
    first = own if all(len(rows) for rows in own) else first
    if not all(len(rows) for rows in first):
        return None
    for _ in range(20):
        begun = answers.rows[[int(rng.choice(rows)) for rows in first]].ravel().tolist()
        hidden = list(dict.fromkeys([*begun, *rng.permutation(images).tolist()]))
        hidden = hidden[: max(len(set(begun)), round(share * len(images)))]
        inside = np.isin(answers.rows, hidden)
        train, held = np.flatnonzero(~inside.any(1)), np.flatnonzero(inside.all(1))
        user = held[answers.by_user[held]]
        held = user if len(set(answers.same[user].tolist())) == 2 else held
        if all(len(set(answers.same[part].tolist())) == 2 for part in (train, held)):
            return train, held
    return None
