"""Pairs images that belong together or apart, for tuning to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint, tie
from tools.describe.judging import Membership
from tools.errors import UsageError
from tools.progress import Progress, silent

FEWEST = 4
"""The fewest pairs from which anything can be learned."""
SURE = 0.5
"""The least confidence at which a model's words about an image count."""
TAUGHT = 128
"""The most images among which pairs are made of a model's words; n images have n * n / 2 pairs."""
MOST_JUDGED = 64
"""The most pairs about which a judge is asked."""
DOUBT = 0.1
"""The distance from one half within which a judge's answer counts as none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Holds the labels of m pairs of images.

    Attributes:
        rows: (m, 2) rows of the collection.
        same: (m,) bool, whether the two belong together.
        weight: (m,) float32 in (0, 1], how sure that is; 1 for the user's own answers.
    """

    rows: NDArray[np.intp]
    same: NDArray[np.bool_]
    weight: NDArray[np.float32]

    @property
    def by_user(self) -> NDArray[np.bool_]:
        """Return whether each pair is as sure as an answer of the user, (m,) bool."""
        return self.weight >= 1

    def __len__(self) -> int:
        return len(self.rows)


def pairs(
    rows: Sequence[Sequence[int]] | NDArray[np.intp],
    same: Sequence[bool] | NDArray[np.bool_],
    weight: Sequence[float] | NDArray[np.float32] | None = None,
) -> Pairs:
    """Make pairs of (m, 2) rows, (m,) answers and (m,) weights in (0, 1], by default 1; of a repeated pair the last
    counts, and an image paired with itself is dropped.

    Raises:
        tools.errors.UsageError: The lengths differ, or a weight is not in (0, 1].
    """
    where = np.asarray(rows, np.intp).reshape(-1, 2)
    answers = np.asarray(same, bool).reshape(-1)
    sure = np.ones(len(where), np.float32) if weight is None else np.asarray(weight, np.float32).reshape(-1)
    if not len(where) == len(answers) == len(sure):
        raise UsageError(
            f"{len(where)} pairs have {len(answers)} answers and {len(sure)} weights: give one of each per pair"
        )
    if not (np.isfinite(sure) & (sure > 0) & (sure <= 1)).all():
        raise UsageError("A pair's weight must be above 0 and at most 1")
    where = np.sort(where, axis=1)
    newest = {(a, b): i for i, (a, b) in enumerate(where.tolist()) if a != b}
    newest_rows = np.array(sorted(newest.values()), np.intp)
    return Pairs(where[newest_rows], answers[newest_rows], sure[newest_rows])


def part(pairs: Pairs, rows: NDArray[np.intp]) -> Pairs:
    """Return those of the pairs that stand at these positions."""
    return Pairs(pairs.rows[rows], pairs.same[rows], pairs.weight[rows])


def merge_pairs(*parts: Pairs) -> Pairs:
    """Join the pairs of several sources; of a pair in several, the last source counts, so the user's come last."""
    return pairs(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.same for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def from_constraints(images: Sequence[str], constraints: Sequence[Constraint]) -> Pairs:
    """Make the pairs that follow from constraints; where these contradict each other, the newest counts.

    Labels of one name tie images together and those of different names separate them; links do so directly. What holds
    for a block of tied images holds for each of them.

    Args:
        images: The n image ids, in collection order.
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
    """Make pairs of what models say of the images under the criterion, where they are sure.

    Images of the same word belong together. The weight is the product of the two confidences, and below 1 so that the
    user's own answers count for more. At most `TAUGHT` images are paired, taken from all words in turn.

    Args:
        values: The n values that are said of the images; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
        seed: The seed of the choice of images.
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
    count: int = MOST_JUDGED,
    seed: int = 0,
    progress: Progress = silent,
) -> Pairs:
    """Make pairs of a judge's answers about pairs that the views leave open, one call each.

    The pairs that are asked about are spread evenly over the upper half of all cosines, because those in the lower half
    are hardly ever the same. The weight is twice the distance of the judge's answer from one half.

    Args:
        points: (n, d) float32; rows of NaN are left out.
        judge: The judge, which is shown one image as the group and asked about the other.
        criterion: The criterion in the user's words.
        count: The most calls.
        seed: The seed of the choice of pairs.
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
    """Split pairs into those to learn from and those to judge by, so that no image is on both sides.

    The images of one pair of each kind are held out first, then others, until `share` of all images is. Pairs with an
    image on either side are dropped. The pairs to judge by are the user's own, where these suffice.

    Returns:
        The indices of the training pairs and of the held-out pairs, both kinds in each; None where that is impossible.
    """
    rng = np.random.default_rng(seed)
    images = np.unique(answers.rows)
    first = [np.flatnonzero(chosen) for chosen in (answers.same, ~answers.same)]
    by_user = [rows[answers.by_user[rows]] for rows in first]
    first = by_user if all(len(rows) for rows in by_user) else first
    if not all(len(rows) for rows in first):
        return None
    for _ in range(20):
        begun = answers.rows[[int(rng.choice(rows)) for rows in first]].ravel().tolist()
        hidden = list(dict.fromkeys([*begun, *rng.permutation(images).tolist()]))
        hidden = hidden[: max(len(set(begun)), round(share * len(images)))]
        inside = np.isin(answers.rows, hidden)
        train, held_out = np.flatnonzero(~inside.any(1)), np.flatnonzero(inside.all(1))
        user = held_out[answers.by_user[held_out]]
        held_out = user if len(set(answers.same[user].tolist())) == 2 else held_out
        if all(len(set(answers.same[part].tolist())) == 2 for part in (train, held_out)):
            return train, held_out
    return None
