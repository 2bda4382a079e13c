"""Suggests criteria with a language model, from what is said of the images in random batches.

Where a describer has described a sample of the images in general, the model reads these descriptions (MLLM_MC, Eq. 1);
otherwise it is told the slots and their counts. Each batch is a random part of the images, as in X-Cluster (Liu et al.,
arXiv 2410.05217), and a criterion that is suggested for one batch alone is put down to chance. The model is not shown
pictures, and its words decide nothing: a criterion counts where an expert sees it or a describer can be asked.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import prompts
from tools.describe.describe import Descriptions, GeneralDescriptions
from tools.embed.route import route_here, slots_here
from tools.errors import RegroupError
from tools.models.ports import Slot, TextEncoder, Thinker
from tools.names import visible
from tools.progress import Progress, silent

CALLS = 3
"""The number of batches, and so of requests to the model."""

SAME = 0.75
"""The cosine from which two criteria are one. With wordllama, 25 of 25 pairs that mean different things ("fruit
colour", "fruit type") are below it and half of 25 pairs that mean the same above; most of the others meet in one slot.
"""

SAMPLE = 48
"""The most images that a describer is asked about in general: as many as give three different batches."""

_BATCH = 24
"""The most images in a batch."""
_VALUES = 8
"""The most values of one slot that the model is told."""
_LEAST_IMAGES = 8
"""The fewest images for which a model is asked; of fewer there is nothing to sort."""
_LONGEST = 40
"""The most characters of a criterion or a value; a longer criterion is ignored and a longer value cut."""
_MOST_WORDS = 5
"""The most words of a criterion; a longer one is ignored."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Holds a criterion that a language model proposed.

    Attributes:
        criterion: The criterion in the words that the model used most.
        slot: The slot that it is about, or None where no expert sees it.
        support: The share in (0, 1] of the batches in which it was suggested.
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
    general: GeneralDescriptions | None = None,
) -> list[Suggestion]:
    """Return the criteria that a language model suggests in at least two batches, the most supported first.

    Args:
        descriptions: What the experts and describers say; without `general` the model is told this and nothing else.
        thinker: The language model; asked at most `CALLS` times.
        texts: Compares criteria by meaning.
        seed: The seed of the batches.
        progress: Called before each request; may stop it.
        general: What a describer says of a sample of the images in general; the model is then told this alone. Of fewer
            than eight images it is not used.

    Raises:
        tools.errors.RegroupError: The model does not answer, or not what it was asked for.
        tools.errors.Cancelled: `progress` asked to stop.
    """
    said = list(general.slots.values()) if general is not None and enough(general) else []
    prompt = prompts.load("propose_from_descriptions" if said else "propose")
    batches = _batches(len(said) or len(descriptions.images), seed)
    proposed: list[list[str]] = []
    for i, rows in enumerate(batches):
        progress("thinking", i, len(batches))
        told = {"described": described(said, rows)} if said else {"seen": seen_in(descriptions, rows)}
        filled_prompt = prompt.fill(count=len(rows), **told)
        proposed.append(_read(thinker.think(filled_prompt, prompt.answer or {})))
    progress("thinking", len(batches), len(batches))
    return [s for s in _merged(proposed, descriptions, texts) if s.support * len(batches) >= 2]


def sample(images: Sequence[str], seed: int = 0) -> list[str]:
    """Return at most `SAMPLE` of the images at random, in their order; none where there are too few to suggest
    from."""
    if len(images) < _LEAST_IMAGES:
        return []
    rows = np.random.default_rng(seed).permutation(len(images))[:SAMPLE]
    return [images[row] for row in sorted(rows.tolist())]


def enough(general: GeneralDescriptions) -> bool:
    """Return whether enough images were described in general for criteria to be suggested from that."""
    return len(general.slots) >= _LEAST_IMAGES


def described(said: Sequence[Sequence[Slot]], rows: Sequence[int]) -> str:
    """Return the general descriptions of some images, a line of JSON each, without file names and ids."""
    lines = ({_shown(slot.name): _shown(slot.value) for slot in said[row]} for row in rows)
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


def seen_in(descriptions: Descriptions, rows: Sequence[int]) -> str:
    """Return the counts of each slot's values over some images, as JSON without file names and ids."""
    counts: dict[str, dict[str, int]] = {}
    for spec in slots_here(descriptions):
        column = descriptions.column(spec.name)[0]
        values = (column[row] for row in rows)
        counted = Counter(_shown(value) for value in values if value and value != spec.nothing)
        if len(counted) >= 2:  # what is the same in all of them sorts nothing
            counts[_shown(spec.title or spec.name)] = dict(counted.most_common(_VALUES))
    return json.dumps(counts, ensure_ascii=False)


def _batches(n: int, seed: int) -> list[list[int]]:
    """Return `CALLS` random parts of n images, which overlap where there are few; none with too few images."""
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
    """Return one suggestion for all criteria that are about one slot or whose words are near, with their support."""
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
    suggestions = []
    for g, count in support.items():
        words = sorted((n for n in names if at[n] == g), key=lambda n: (-wording[g, n], n))
        about = [slots[names.index(n)] for n in words]
        slot = next((s for s in about if s is not None), None)
        suggestions.append(Suggestion(words[0], slot, count / len(proposed)))
    return sorted(suggestions, key=lambda s: (-s.support, s.criterion))


def _shown(value: str) -> str:
    value = visible(" ".join(value.split()))
    return value if len(value) <= _LONGEST else value[:_LONGEST]
