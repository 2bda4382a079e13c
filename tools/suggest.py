"""Criteria that a language model reads out of what is said of the images, in shuffled batches.

As X-Cluster does with captions (Liu et al., arXiv 2410.05217): each batch is a random part of the collection, and what
is proposed for one batch alone was chance. A model sees slots and counts, not pictures, and its words decide nothing:
a criterion counts where an expert sees it, or where a describer can be asked about it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import prompts
from tools.describe import Descriptions
from tools.embed.route import route_here, slots_here
from tools.errors import RegroupError
from tools.models.ports import TextEncoder, Thinker
from tools.names import visible
from tools.progress import Progress, silent

CALLS = 3
"""The number of batches, and so of requests to the model; fewer where there are few images."""

SAME = 0.75
"""Cosine from which two criteria are one. With wordllama, of 25 pairs that mean different things ("fruit colour",
"fruit type") all are below, and of 25 that mean the same half are above; most of the others meet in one slot."""

_BATCH = 24
"""The most images in a batch."""
_VALUES = 8
"""The most values of a slot that the model is told."""
_LEAST_IMAGES = 8
"""With fewer images no model is asked: there is nothing to sort."""
_LONGEST = 40
"""The most characters of a criterion or a value; a longer criterion does not count."""
_MOST_WORDS = 5
"""The most words of a criterion; a longer one does not count."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A criterion that a language model proposed.

    Attributes:
        criterion: In the words that it used most.
        slot: The slot that it is about, or None where no expert sees it.
        support: Share of the batches in which it was proposed, in (0, 1].
    """

    criterion: str
    slot: str | None
    support: float


def suggest(
    descriptions: Descriptions,
    thinker: Thinker,
    texts: TextEncoder,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Suggestion]:
    """Return what a language model proposes for this collection in two batches at least, the most supported first.

    Args:
        descriptions: What the experts and describers say; the model is told this and nothing else.
        thinker: The language model; asked at most `CALLS` times.
        texts: Tells whether two criteria mean the same.
        seed: Of the batches.
        progress: Called before each request; may stop it.

    Raises:
        tools.errors.RegroupError: The model does not answer, or not what it was asked for.
        tools.errors.Cancelled: `progress` asked to stop.
    """
    batches = _batches(len(descriptions.images), seed)
    prompt = prompts.load("propose")
    proposed: list[list[str]] = []
    for i, rows in enumerate(batches):
        progress("thinking", i, len(batches))
        asked = prompt.fill(count=len(rows), seen=seen_in(descriptions, rows))
        proposed.append(_read(thinker.think(asked, prompt.answer or {})))
    progress("thinking", len(batches), len(batches))
    return [s for s in _merged(proposed, descriptions, texts) if s.support * len(batches) >= 2]


def seen_in(descriptions: Descriptions, rows: Sequence[int]) -> str:
    """Return what is said of some images, as JSON: the counts of each slot's values. Neither names nor ids are told."""
    counts: dict[str, dict[str, int]] = {}
    for spec in slots_here(descriptions):
        column = descriptions.column(spec.name)[0]
        values = (column[row] for row in rows)
        counted = Counter(_shown(value) for value in values if value and value != spec.nothing)
        if len(counted) >= 2:  # what is the same in all of them sorts nothing
            counts[_shown(spec.title or spec.name)] = dict(counted.most_common(_VALUES))
    return json.dumps(counts, ensure_ascii=False)


def _batches(n: int, seed: int) -> list[list[int]]:
    """Return random parts of n images. Where there are few images, parts overlap, so that chance differs between
    them."""
    if n < _LEAST_IMAGES:
        return []
    rng = np.random.default_rng(seed)
    size = min(_BATCH, max(_LEAST_IMAGES // 2, 3 * n // 4))
    if n >= CALLS * size:
        order = rng.permutation(n)
        return [order[i * size : (i + 1) * size].tolist() for i in range(CALLS)]
    return [rng.permutation(n)[:size].tolist() for _ in range(CALLS)]


def _read(answer: Any) -> list[str]:
    """Return the criteria of an answer, as they may be shown. Raise RegroupError where it is not what was asked for."""
    listed = answer.get("criteria") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise RegroupError("the answer is not what was asked for")
    shown = [visible(" ".join(name.replace("_", " ").split())) for name in listed]
    return [name for name in shown if len(name) <= _LONGEST and 0 < len(name.split()) <= _MOST_WORDS]


def _merged(
    proposed: Sequence[Sequence[str]], descriptions: Descriptions, texts: TextEncoder
) -> list[Suggestion]:
    """Return one suggestion for all that mean the same: that are about one slot, or whose words are near."""
    names = sorted({name.casefold() for batch in proposed for name in batch})
    if not names:
        return []
    slots = [route_here(name, descriptions, texts).slot for name in names]
    vectors = texts.encode(names)
    near = vectors @ vectors.T >= SAME
    group: list[int] = []
    for i in range(len(names)):
        same = (j for j in range(i) if near[i, j] or (slots[i] is not None and slots[i] == slots[j]))
        group.append(group[first] if (first := next(same, None)) is not None else i)
    at = {name: group[i] for i, name in enumerate(names)}
    wordings = [[(at[name.casefold()], name.casefold()) for name in batch] for batch in proposed]
    support = Counter(g for batch in wordings for g in {g for g, _ in batch})
    wording = Counter(pair for batch in wordings for pair in batch)
    made = []
    for g, count in support.items():
        words = sorted((n for n in names if at[n] == g), key=lambda n: (-wording[g, n], n))
        about = [slots[names.index(n)] for n in words]
        slot = next((s for s in about if s is not None), None)
        made.append(Suggestion(words[0], slot, count / len(proposed)))
    return sorted(made, key=lambda s: (-s.support, s.criterion))


def _shown(value: str) -> str:
    value = visible(" ".join(value.split()))
    return value if len(value) <= _LONGEST else value[:_LONGEST]
