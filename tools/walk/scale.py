"""The scale of a collection: what a cosine says about two images being of one group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Ties
from tools.relate import Edges, Scale, cosines, fitted, parted
from tools.walk.asker import Asker
from tools.walk.belief import EVIDENCE, Words

PAIRS = 4000
"""Pairs of neighbours, and as many of any two images."""
PROBES = 24
"""Questions to the judge where neither the user nor a word says which images are the same."""
WITNESS = 0.2
"""A judge must say yes so much more often to what is said of an image than to something else."""
_ENOUGH = 4  # pairs of each kind


def scale(
    vectors: NDArray[np.float32], edges: Edges, said: Ties, told: Words | None, asker: Asker, seed: int
) -> Scale:
    """From cosines to log-odds: fit to what the user said, else to words, else to answers of the judge.

    Where none of them says anything, neighbours and pairs at random are parted into near and far; little that is said
    moves the scale little from there.

    Args:
        vectors: (n, d) float32 of length 1; rows of NaN do not count.
        edges: Between neighbours.
        said: What the user said.
        told: What is said of the images.
        asker: Of the judge.
        seed: Of the pairs.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    rng = np.random.default_rng(seed)
    c, d = _pairs(vectors, edges, rng)
    cosine = cosines(vectors, c, d)
    before = parted(cosine)
    a, b, same = _said(said, np.asarray(~np.isnan(vectors).any(axis=1)), rng)
    if min((same > 0.5).sum(), (same < 0.5).sum()) >= _ENOUGH:
        found = fitted(cosines(vectors, a, b), same, before=before)
        if found is not None:
            return found
    if told is not None:
        known = (told.value[c] >= 0) & (told.value[d] >= 0)
        one, other = c[known], d[known]
        alike = (told.value[one] == told.value[other]).astype(np.float64)
        found = fitted(cosine[known], alike, told.sure[one] * told.sure[other], before)
        if found is not None:
            return found
    return _asked(c, d, cosine, asker, before) or before


def _said(
    said: Ties, seen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of images that the user put together or apart."""
    blocks = said.blocks
    told = [i for i, rows in enumerate(blocks) if len(rows) > 1 or i in said.apart]
    rows = np.array([row for i in told for row in blocks[i] if seen[row]], np.intp)
    rows = np.sort(rng.permutation(rows)[:90])
    a, b = (rows[side] for side in np.triu_indices(len(rows), 1))
    of = np.array(said.block, np.intp)
    together = of[a] == of[b] if len(a) else np.empty(0, bool)
    apart = np.array([int(of[j]) in said.apart.get(int(of[i]), ()) for i, j in zip(a, b, strict=True)], bool)
    kept = together | apart
    return a[kept], b[kept], together[kept].astype(np.float64)


def _pairs(
    vectors: NDArray[np.float32], edges: Edges, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Neighbours, and as many pairs of any two images: a scale must hold for both."""
    some = rng.permutation(len(edges.a))[:PAIRS]
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    if not len(some):
        return edges.a, edges.b
    c, d = (rng.choice(seen, len(some)) for _ in range(2))
    other = c != d
    return np.concatenate([edges.a[some], c[other]]), np.concatenate([edges.b[some], d[other]])


def _asked(
    a: NDArray[np.intp], b: NDArray[np.intp], cosine: NDArray[np.float32], asker: Asker, before: Scale
) -> Scale | None:
    """Fit to the judge's answers about pairs from the least to the most alike."""
    if not asker.able or not len(a):
        return None
    order = np.argsort(cosine, kind="stable")
    number = PROBES if asker.budget is None else min(PROBES, asker.budget)
    picked = np.unique(order[np.linspace(0, len(order) - 1, number).astype(int)])
    answers = [(i, asker.ask(int(a[i]), (int(b[i]),), ())) for i in picked.tolist()]
    there = [(i, answer) for i, answer in answers if answer is not None]
    rows = np.array([i for i, _ in there], np.intp)
    return fitted(cosine[rows], np.array([answer for _, answer in there], np.float64), before=before)


def trusted(told: Words, values: Sequence[str], asker: Asker, seed: int) -> Words:
    """The words, as sure as the judge's answers bear out.

    It is asked about some images, two of three times whether they belong to what is said of them, else to something
    else. The share r of words that are true follows from how often it says yes, yes = r + (1 - r) other. Where it
    hardly tells the two apart it is no witness, and the words stay as they are; they never become surer.

    Args:
        told: What is said.
        values: The things said, as `told` numbers them.
        asker: Of the judge.
        seed: Of the images.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    rng = np.random.default_rng(seed)
    number = PROBES if asker.budget is None else min(PROBES, asker.budget)
    rows = rng.permutation(np.flatnonzero(told.sure > 0.5))[:number].tolist()
    answers: tuple[list[float], list[float]] = ([], [])
    for turn, row in enumerate(rows):
        value = int(told.value[row])
        odd = turn % 3 == 2
        if odd:
            value = int(rng.choice([other for other in range(len(values)) if other != value]))
        alike = np.flatnonzero(told.value == value)
        shown = rng.permutation(alike[alike != row])[:EVIDENCE].tolist()
        answer = asker.ask(row, shown, (values[value],)) if shown else None
        if answer is not None:
            answers[odd].append(answer)
    if min(map(len, answers)) < PROBES // 4:
        return told
    own, other = (float(np.mean(side)) for side in answers)
    if own - other < WITNESS:
        return told
    sure = float(told.sure[rows].mean())
    return replace(told, sure=told.sure * min(1.0, (own - other) / (1 - other) / sure))
