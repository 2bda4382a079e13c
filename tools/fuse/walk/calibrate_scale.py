"""The scale of a collection: what a cosine says about two images being of one group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Ties
from tools.fuse.walk.belief import EVIDENCE, Words
from tools.fuse.walk.decisions import Decider
from tools.relate import Edges, Scale, cosines, fit_scale, otsu_scale

PAIRS = 4000
"""The most pairs of neighbours that are compared, and as many pairs of any two images."""
PROBES = 24
"""The number of questions to the judge where neither the user nor a word says which images are the same."""
WITNESS = 0.2
"""How much more often a judge must say yes to what is said of an image than to something else, to be believed."""
_ENOUGH = 4
"""The fewest pairs of each kind, together and apart, from which what the user said sets the scale."""


def calibrate_scale(
    vectors: NDArray[np.float32], edges: Edges, ties: Ties, words: Words | None, decider: Decider, seed: int
) -> Scale:
    """Return from cosines to log-odds: fit to what the user said, else to words, else to answers of the judge.

    Where none of them says anything, neighbours and pairs at random are parted into near and far; little that is said
    moves the scale little from there.

    Args:
        vectors: (n, d) float32 of length 1; rows of NaN do not count.
        edges: Between neighbours.
        ties: What the user said of the images.
        words: What is said of the images.
        decider: Of the judge.
        seed: Of the pairs.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    rng = np.random.default_rng(seed)
    c, d = _pairs(vectors, edges, rng)
    cosine = cosines(vectors, c, d)
    prior = otsu_scale(cosine)
    a, b, same = _tied(ties, np.asarray(~np.isnan(vectors).any(axis=1)), rng)
    if min((same > 0.5).sum(), (same < 0.5).sum()) >= _ENOUGH:
        found = fit_scale(cosines(vectors, a, b), same, prior=prior)
        if found is not None:
            return found
    if words is not None:
        known = (words.value[c] >= 0) & (words.value[d] >= 0)
        one, other = c[known], d[known]
        alike = (words.value[one] == words.value[other]).astype(np.float64)
        found = fit_scale(cosine[known], alike, words.sure[one] * words.sure[other], prior)
        if found is not None:
            return found
    return _asked(c, d, cosine, decider, prior) or prior


def _tied(
    ties: Ties, seen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return pairs of images that the user put together or apart."""
    blocks = ties.blocks
    tied = [i for i, rows in enumerate(blocks) if len(rows) > 1 or i in ties.apart]
    rows = np.array([row for i in tied for row in blocks[i] if seen[row]], np.intp)
    rows = np.sort(rng.permutation(rows)[:90])
    a, b = (rows[side] for side in np.triu_indices(len(rows), 1))
    of = np.array(ties.block, np.intp)
    together = of[a] == of[b] if len(a) else np.empty(0, bool)
    apart = np.array([int(of[j]) in ties.apart.get(int(of[i]), ()) for i, j in zip(a, b, strict=True)], bool)
    kept = together | apart
    return a[kept], b[kept], together[kept].astype(np.float64)


def _pairs(
    vectors: NDArray[np.float32], edges: Edges, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return neighbours, and as many pairs of any two images: a scale must hold for both."""
    some = rng.permutation(len(edges.a))[:PAIRS]
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    if not len(some):
        return edges.a, edges.b
    c, d = (rng.choice(seen, len(some)) for _ in range(2))
    other = c != d
    return np.concatenate([edges.a[some], c[other]]), np.concatenate([edges.b[some], d[other]])


def _asked(
    a: NDArray[np.intp], b: NDArray[np.intp], cosine: NDArray[np.float32], decider: Decider, prior: Scale
) -> Scale | None:
    """Fit to the judge's answers about pairs from the least to the most alike."""
    if not decider.able or not len(a):
        return None
    order = np.argsort(cosine, kind="stable")
    number = PROBES if decider.budget is None else min(PROBES, decider.budget)
    picked = np.unique(order[np.linspace(0, len(order) - 1, number).astype(int)])
    answers = [(i, decider.ask(int(a[i]), (int(b[i]),), ())) for i in picked.tolist()]
    there = [(i, answer) for i, answer in answers if answer is not None]
    rows = np.array([i for i, _ in there], np.intp)
    return fit_scale(cosine[rows], np.array([answer for _, answer in there], np.float64), prior=prior)


def calibrate_words(words: Words, values: Sequence[str], decider: Decider, seed: int) -> Words:
    """Return the words, as sure as the judge's answers bear out.

    It is asked about some images, two of three times whether they belong to what is said of them, else to something
    else. The share r of words that are true follows from how often it says yes, yes = r + (1 - r) other. Where it
    hardly tells the two apart it is no witness, and the words stay as they are; they never become surer.

    Args:
        words: What is said.
        values: The things said, as `words` numbers them.
        decider: Of the judge.
        seed: Of the images.

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
            value = int(rng.choice([other for other in range(len(values)) if other != value]))
        alike = np.flatnonzero(words.value == value)
        shown = rng.permutation(alike[alike != row])[:EVIDENCE].tolist()
        answer = decider.ask(row, shown, (values[value],)) if shown else None
        if answer is not None:
            answers[odd].append(answer)
    if min(map(len, answers)) < PROBES // 4:
        return words
    own, other = (float(np.mean(side)) for side in answers)
    if own - other < WITNESS:
        return words
    sure = float(words.sure[rows].mean())
    return replace(words, sure=words.sure * min(1.0, (own - other) / (1 - other) / sure))
