"""Words for the same thing become one; words that only belong together, or say more, do not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.evaluate import evaluate
from tools.describe.describe import Descriptions
from tools.describe.guided import with_answers
from tools.describe.synonyms import synonyms
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.models.ports import Slot
from tools.request import Request

TEXTS = text_encoder()


@pytest.mark.parametrize(
    ("often", "seldom"),
    [
        ("car", "automobile"),
        ("automobile", "car"),
        ("bike", "bicycle"),
        ("a truck", "truck"),
        ("gray", "grey"),
        ("smile", "smiling"),
        ("dogs", "dog"),
    ],
)
def test_the_more_frequent_word_stands_for_both(often: str, seldom: str) -> None:
    assert synonyms({often: 3, seldom: 2, "tree": 9}, TEXTS) == {often: often, seldom: often, "tree": "tree"}


@pytest.mark.parametrize(
    "pair",
    [
        ("red", "blue"),
        ("happy", "sad"),
        ("cat", "dog"),
        ("blue", "light blue"),
        ("light blue", "dark blue"),
        ("sports car", "car"),
        ("oak tree", "pine tree"),
        ("red wine", "white wine"),
        ("glasses", "no glasses"),
        ("10", "11"),
        ("room 10", "room 11"),
        ("sunrise", "sunset"),
        ("left", "right"),
    ],
)
def test_what_is_not_the_same_stays_apart(pair: tuple[str, str]) -> None:
    assert synonyms(dict.fromkeys(pair, 2), TEXTS) == {word: word for word in pair}


@given(st.dictionaries(st.text(max_size=12), st.integers(1, 9), max_size=12))
def test_whoever_stands_for_others_stands_for_themselves(counts: dict[str, int]) -> None:
    chosen = synonyms(counts, TEXTS)
    assert chosen.keys() == counts.keys()
    assert all(chosen[head] == head and counts[head] >= counts[word] for word, head in chosen.items())
    assert synonyms(dict(reversed(counts.items())), TEXTS) == chosen


def test_the_words_of_a_describer_that_answers_freely_are_not_split_over_synonyms() -> None:
    kinds = (("car", "automobile", "a car"), ("airplane", "aircraft"), ("bicycle", "bike"), ("truck",))
    rng = np.random.default_rng(0)
    truth = [i % 4 for i in range(60)]
    images = tuple(map(str, range(60)))
    said = {i: [Slot("vehicle", str(rng.choice(kinds[k])), 0.9)] for i, k in zip(images, truth, strict=True)}
    plain = Descriptions(images, {}, _slots=[{} for _ in images])
    kept = with_answers(plain, "vehicle", "someone", said, TEXTS)
    assert (
        Request("vehicle", kept, TEXTS).described_groups == 8
    )  # what was to choose from is left as it was said
    folded = with_answers(plain, "vehicle", "someone", said, TEXTS, free=True)
    request = Request("vehicle", folded, TEXTS)
    made = group(replace(request, k=request.described_groups))
    assert evaluate([str(k) for k in truth], made.labels.tolist()).nmi == 1
    assert {cluster.name for cluster in made.clusters} <= {word for kind in kinds for word in kind}
