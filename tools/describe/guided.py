"""Makes descriptions for one criterion: the question that a describer is asked, and its answers as a slot
with views."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tools.describe.describe import Descriptions
from tools.describe.synonyms import synonyms
from tools.models.ports import Question, Slot, SlotSpec, TextEncoder, Vectors

MOST_WORDS = 64
"""The most words that get a column of their own; rarer ones count by their meaning alone."""

IN_VECTORS = ": interest"
"""The end of the name of the view that holds a describer's hidden states, taken before it answers."""

MOST_GROUPS = 20
"""The most different words of which each may be a group of its own."""
_RARE = 0.1
"""The largest share of the images that may have a word of their own while words still count as groups."""


def criterion_key(criterion: str) -> str:
    """Return the form in which criteria are compared and kept: one line, case-folded."""
    return " ".join(criterion.split()).casefold()


def question_about(criterion: str, values: Sequence[str] = ()) -> Question:
    """Return the question about a criterion, which has one slot named after it.

    Args:
        criterion: The criterion in the user's words.
        values: The answers to choose from; without any the model answers in a few words of its own.
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
    """Return the descriptions with a describer's answers about a criterion, as one more slot and its views.

    The first view has a column for each word that several images share, the second the words' meanings. Images without
    an answer have rows of NaN, and methods leave them unsorted.

    Args:
        descriptions: Descriptions of n images.
        criterion: The criterion that was asked about.
        by: The name of the describer, for people.
        answers: Image id to its slots; images that are missing here were not asked or got no answer.
        texts: Turns the words into vectors.
        free: Whether the words are the describer's own; synonyms then become one word, the most frequent.
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
    """Return the descriptions with a describer's hidden states as one more view of the slot that it answered.

    The view serves a grouping by this criterion and no other.

    Args:
        descriptions: Descriptions of n images with the describer's answers (`with_answers`); without any, nothing
            changes.
        criterion: The criterion that the describer was asked about.
        vectors: (n, d) float32, with rows of NaN for images without a vector. Images without a word get a row of NaN as
            well, so that they stay unsorted and can be asked about again.
    """
    wanted = criterion_key(criterion)
    spec = next((s for s in descriptions.specs.values() if s.by and wanted in s.phrases), None)
    if spec is None or not np.isfinite(vectors).all(axis=1).any():
        return descriptions
    words, _ = descriptions.column(spec.name)
    wordless = np.array([word is None for word in words])
    name = f"{spec.name}{IN_VECTORS}"
    more = descriptions.with_views({name: np.where(wordless[:, None], np.nan, vectors).astype(np.float32)})
    more.specs = {**more.specs, spec.name: replace(spec, views=(*spec.views, name))}
    return more


def one_hot(words: Sequence[str | None]) -> Vectors:
    """Return (n, d) float32, one column for each of the `MOST_WORDS` most frequent words that two or more images have.

    A row is NaN where an image has no word. There is no column at all where fewer than half of the words are shared.
    """
    counts = Counter(word for word in words if word)
    shared = [word for word, count in counts.most_common(MOST_WORDS) if count > 1]
    if 2 * sum(counts[word] for word in shared) < counts.total():
        return np.empty((len(words), 0), np.float32)
    column = {word: i for i, word in enumerate(shared)}
    columns = np.zeros((len(words), len(shared)), np.float32)
    for row, word in enumerate(words):
        if not word:
            columns[row] = np.nan
        elif word in column:
            columns[row, column[word]] = 1.0
    return columns


def meanings(words: Sequence[str | None], texts: TextEncoder) -> Vectors:
    """Return (n, d) float32: the vector of each image's word; a row of NaN where there is none."""
    vocabulary = sorted({word for word in words if word})
    if not vocabulary:
        return np.full((len(words), 1), np.nan, np.float32)
    vectors = texts.encode(vocabulary)
    row = {word: i for i, word in enumerate(vocabulary)}
    gap = np.full(vectors.shape[1], np.nan, np.float32)
    return np.stack([vectors[row[word]] if word else gap for word in words])


def k_from_words(values: Sequence[str | None]) -> int | None:
    """Return how many groups the words of a describer make: as many as there are words, where these are few and all but
    a tenth of the images share theirs with another. Return None where the words must be grouped by meaning first."""
    counts = Counter(value for value in values if value)
    alone = sum(count == 1 for count in counts.values())
    return len(counts) if 0 < len(counts) <= MOST_GROUPS and alone <= _RARE * counts.total() else None


def _slot(slots: Sequence[Slot]) -> Slot | None:
    """Return the answer to a question with one slot, with its value in lower case; None where there is no answer."""
    first = slots[0] if slots else None
    return Slot(first.name, criterion_key(first.value), first.confidence) if first else None
