"""Calibrates a collection's scale: what a cosine says about two images being of one group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Ties
from tools.fuse.walk.belief import EVIDENCE, Words
from tools.fuse.walk.decisions import Decider
from tools.relational_graph import Edges, Scale, cosines, fit_scale, otsu_scale

PAIRS = 4000
"""The most pairs of neighbours that are compared, and the most pairs of any two images."""
PROBES = 24
"""The most questions to the judge where neither the user nor words say which images are the same."""
WITNESS = 0.2
"""The least difference between a judge's yes to an image's own value and to another one for both to be believed."""
LIKELY = 0.35
"""The least difference between a judge's yes about near images and about any two for it to be believed against words;
a judge that guesses has a standard deviation of .2."""
_ENOUGH = 4
"""The fewest pairs of the user, of each kind, from which the scale is fitted to them."""


def calibrate_scale(
    vectors: NDArray[np.float32], edges: Edges, ties: Ties, words: Words | None, decider: Decider, seed: int
) -> Scale:
    """Fit the scale from cosines to log-odds to the user's ties, else to words, else to answers of the judge.

    The prior of the fit, and the result where there is nothing to fit to, splits neighbours and random pairs into near
    and far (`tools.relational_graph.otsu_scale`).

    Args:
        vectors: (n, d) float32 of length 1; rows of NaN do not count.
        edges: The edges between neighbours.
        ties: The user's ties between the images.
        words: The values that are said of the images, if any.
        decider: Asks the judge.
        seed: The seed of the choice of pairs.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    rng = np.random.default_rng(seed)
    c, d = _pairs(vectors, edges, rng)
    cosine = cosines(vectors, c, d)
    prior = otsu_scale(cosine)
    a, b, same = _tied(ties, np.asarray(~np.isnan(vectors).any(axis=1)), rng)
    if min((same > 0.5).sum(), (same < 0.5).sum()) >= _ENOUGH:
        fitted = fit_scale(cosines(vectors, a, b), same, prior=prior)
        if fitted is not None:
            return fitted
    if words is not None:
        worded = (words.value[c] >= 0) & (words.value[d] >= 0)
        first, second = c[worded], d[worded]
        alike = (words.value[first] == words.value[second]).astype(np.float64)
        fitted = fit_scale(cosine[worded], alike, words.sure[first] * words.sure[second], prior)
        if fitted is not None:
            return fitted
    return _asked(c, d, cosine, decider, prior) or prior


def _tied(
    ties: Ties, seen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return pairs of images that the user put together or apart: both rows, and 1 or 0 as float64."""
    blocks = ties.blocks
    tied = [i for i, rows in enumerate(blocks) if len(rows) > 1 or i in ties.apart]
    rows = np.array([row for i in tied for row in blocks[i] if seen[row]], np.intp)
    rows = np.sort(rng.permutation(rows)[:90])
    a, b = (rows[side] for side in np.triu_indices(len(rows), 1))
    of = np.array(ties.block, np.intp)
    together = of[a] == of[b] if len(a) else np.empty(0, bool)
    apart = np.array([int(of[j]) in ties.apart.get(int(of[i]), ()) for i, j in zip(a, b, strict=True)], bool)
    decided = together | apart
    return a[decided], b[decided], together[decided].astype(np.float64)


def _pairs(
    vectors: NDArray[np.float32], edges: Edges, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of neighbours, and as many of any two images, since the scale must hold for both."""
    sampled = rng.permutation(len(edges.a))[:PAIRS]
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    if not len(sampled):
        return edges.a, edges.b
    c, d = (rng.choice(seen, len(sampled)) for _ in range(2))
    other = c != d
    return np.concatenate([edges.a[sampled], c[other]]), np.concatenate([edges.b[sampled], d[other]])


def _asked(
    a: NDArray[np.intp], b: NDArray[np.intp], cosine: NDArray[np.float32], decider: Decider, prior: Scale
) -> Scale | None:
    """Fit the scale to the judge's answers about pairs from the least to the most alike; None where that fails."""
    if not decider.able or not len(a):
        return None
    order = np.argsort(cosine, kind="stable")
    number = PROBES if decider.budget is None else min(PROBES, decider.budget)
    picked = np.unique(order[np.linspace(0, len(order) - 1, number).astype(int)])
    answers = [(i, decider.ask(int(a[i]), (int(b[i]),), ())) for i in picked.tolist()]
    answered = [(i, answer) for i, answer in answers if answer is not None]
    rows = np.array([i for i, _ in answered], np.intp)
    return fit_scale(cosine[rows], np.array([answer for _, answer in answered], np.float64), prior=prior)


def calibrate_words(words: Words, values: Sequence[str], decider: Decider, seed: int) -> Words | None:
    """Return the words with their confidences lowered to what the judge's answers bear out; None for hardly at all.

    The judge is asked about some images, twice of three times whether they show their own value and otherwise whether
    they show another one. The share r of true words follows from the shares of yes, own = r + (1 - r) other. Words
    never become surer, and stay as they are where nobody answers. Where the judge hardly tells the two apart, either
    the words tell nothing or the judge does not (`bears_witness`).

    Args:
        words: The values that are said of the images.
        values: The different values, as `words` numbers them.
        decider: Asks the judge.
        seed: The seed of the choice of images.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    rng = np.random.default_rng(seed)
    number = PROBES if decider.budget is None else min(PROBES, decider.budget)
    rows = rng.permutation(np.flatnonzero(words.sure > 0.5))[:number].tolist()
    answers: tuple[list[float], list[float]] = ([], [])
    for turn, row in enumerate(rows):
        value = int(words.value[row])
        odd = turn % 3 == 2
        if odd:
            value = int(rng.choice([each for each in range(len(values)) if each != value]))
        alike = np.flatnonzero(words.value == value)
        shown = rng.permutation(alike[alike != row])[:EVIDENCE].tolist()
        answer = decider.ask(row, shown, (values[value],)) if shown else None
        if answer is not None:
            answers[odd].append(answer)
    if min(map(len, answers)) < PROBES // 4:
        return words
    yes_own, yes_other = (float(np.mean(side)) for side in answers)
    if yes_own - yes_other < WITNESS:
        return None
    sure = float(words.sure[rows].mean())
    return replace(words, sure=words.sure * min(1.0, (yes_own - yes_other) / (1 - yes_other) / sure))


def bears_witness(vectors: NDArray[np.float32], edges: Edges, decider: Decider, seed: int) -> bool:
    """Return whether a judge says yes to the nearest images more often than to any two.

    Args:
        vectors: (n, d) float32 of length 1; rows of NaN do not count.
        edges: The edges between neighbours.
        decider: Asks the judge, at most `PROBES` times.
        seed: The seed of the choice of pairs.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    if not len(edges.a) or len(seen) < 2:
        return False
    rng = np.random.default_rng(seed)
    nearest = np.argsort(-edges.cosine, kind="stable")[: max(1, len(edges.a) // 2)]
    near = rng.permutation(nearest)[: PROBES // 2]
    pairs = [(int(edges.a[i]), int(edges.b[i])) for i in near]
    any_two = [tuple(rng.choice(seen, 2, replace=False).tolist()) for _ in range(PROBES // 2)]
    shares = []
    for asked in (pairs, any_two):
        answers = [decider.ask(a, (b,), ()) for a, b in asked]
        answered = [answer for answer in answers if answer is not None]
        if len(answered) < PROBES // 4:
            return False
        shares.append(float(np.mean(answered)))
    return shares[0] - shares[1] >= LIKELY
