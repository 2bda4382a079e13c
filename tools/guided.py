"""Descriptions for one criterion: what a describer is asked, and how its answers join those of the experts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tools.describe import Descriptions
from tools.models.ports import Question, Slot, SlotSpec, TextEncoder, Vectors
from tools.synonyms import synonyms

MOST_WORDS = 64
"""The most different words that are told apart by themselves; rarer ones count by their meaning alone."""

IN_VECTORS = ": interest"
"""How the name of the view ends that a describer gives besides its words: what it is about to say of each image."""

MOST_GROUPS = 20
"""The most different words that are taken as they are for groups."""
_RARE = 0.1
"""The largest share of the images whose word no other image has, for words to be taken as groups."""


def criterion_key(criterion: str) -> str:
    """Return a criterion as it is compared: one line, in lower case."""
    return " ".join(criterion.split()).casefold()


def question_about(criterion: str, values: Sequence[str] = ()) -> Question:
    """Return the question about a criterion: one slot of its name.

    Args:
        criterion: In the user's words.
        values: What to choose from; without any the model answers in a few words of its own.
    """
    slot = " ".join(criterion.split())
    return Question(slot, (slot,), {slot: tuple(values)} if values else {})


def with_answers(
    descriptions: Descriptions,
    criterion: str,
    by: str,
    answers: Mapping[str, Sequence[Slot]],
    texts: TextEncoder,
    free: bool = False,
) -> Descriptions:
    """Return the descriptions with what a describer said of a criterion: a slot, and the views that it gives.

    The first view tells the words apart (one column for each that several images share), the second their meanings.
    Images without an answer have rows of NaN: methods leave them unsorted.

    Args:
        descriptions: Of n images.
        criterion: What was asked about.
        by: Who answered, for people.
        answers: Image id to its slots; images that are not in it were not asked or did not get an answer.
        texts: Turns the words into vectors.
        free: The words are the describer's own: those for the same thing become one, the most frequent.
    """
    slots = [_slot(answers.get(image, ())) for image in descriptions.images]
    if free:
        same = synonyms(Counter(slot.value for slot in slots if slot), texts)
        slots = [slot and Slot(slot.name, same[slot.value], slot.confidence) for slot in slots]
    words = [slot.value if slot else None for slot in slots]
    name = f"{' '.join(criterion.split())} ({by})"
    views = {f"{name}: meaning": meanings(words, texts)}
    shared = one_hot(words)
    if shared.shape[1]:
        views = {f"{name}: words": shared} | views
    spec = SlotSpec(name, (criterion_key(criterion),), tuple(views), " ".join(criterion.split()), by)
    return descriptions.with_slot(
        spec, [Slot(name, slot.value, slot.confidence) if slot else None for slot in slots], views
    )


def with_interest(descriptions: Descriptions, criterion: str, vectors: Vectors) -> Descriptions:
    """Return the descriptions with one more view of what a describer was asked about, made from the pixels; for a
    grouping by that criterion and no other.

    Args:
        descriptions: Of n images, with the describer's words on the criterion (`joined`); without any, nothing changes.
        criterion: What it was asked about.
        vectors: (n, d) float32, rows of NaN where there is none. Images without a word count as without a vector, too:
            they are left unsorted, and can be asked about again.
    """
    wanted = criterion_key(criterion)
    spec = next((s for s in descriptions.specs.values() if s.by and wanted in s.phrases), None)
    if spec is None or not np.isfinite(vectors).all(axis=1).any():
        return descriptions
    words, _ = descriptions.column(spec.name)
    silent = np.array([word is None for word in words])
    name = f"{spec.name}{IN_VECTORS}"
    more = descriptions.with_views({name: np.where(silent[:, None], np.nan, vectors).astype(np.float32)})
    more.specs = {**more.specs, spec.name: replace(spec, views=(*spec.views, name))}
    return more


def one_hot(words: Sequence[str | None]) -> Vectors:
    """Return (n, d) float32: a column for each word of two or more images, of the `MOST_WORDS` most frequent; no column
    at all where fewer than half of the words are shared. A row of NaN where there is no word."""
    counts = Counter(word for word in words if word)
    shared = [word for word, count in counts.most_common(MOST_WORDS) if count > 1]
    if 2 * sum(counts[word] for word in shared) < counts.total():
        return np.empty((len(words), 0), np.float32)
    column = {word: i for i, word in enumerate(shared)}
    found = np.zeros((len(words), len(shared)), np.float32)
    for row, word in enumerate(words):
        if not word:
            found[row] = np.nan
        elif word in column:
            found[row, column[word]] = 1.0
    return found


def meanings(words: Sequence[str | None], texts: TextEncoder) -> Vectors:
    """Return (n, d) float32: the vector of each image's word; a row of NaN where there is none."""
    vocabulary = sorted({word for word in words if word})
    if not vocabulary:
        return np.full((len(words), 1), np.nan, np.float32)
    vectors = texts.encode(vocabulary)
    row = {word: i for i, word in enumerate(vocabulary)}
    nothing = np.full(vectors.shape[1], np.nan, np.float32)
    return np.stack([vectors[row[word]] if word else nothing for word in words])


def k_from_words(descriptions: Descriptions, criterion: str) -> int | None:
    """Return how many groups the words of a describer are: as many as there are words, where these are few and all but
    a tenth of the images share theirs with another. None where the words must be grouped by meaning first."""
    wanted = criterion_key(criterion)
    slot = next((s.name for s in descriptions.specs.values() if s.by and wanted in s.phrases), None)
    if slot is None:
        return None
    values, _ = descriptions.column(slot)
    counts = Counter(value for value in values if value)
    alone = sum(count == 1 for count in counts.values())
    return len(counts) if 0 < len(counts) <= MOST_GROUPS and alone <= _RARE * counts.total() else None


def _slot(slots: Sequence[Slot]) -> Slot | None:
    """Return the answer to a question with one slot; the same word in any case is the same word."""
    first = slots[0] if slots else None
    return Slot(first.name, criterion_key(first.value), first.confidence) if first else None
