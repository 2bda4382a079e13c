"""What speaks for values that a user names: an expert's words first, then likeness, and examples from both."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.describe.describe import Descriptions
from tools.errors import UsageError
from tools.models.ports import Slot, SlotSpec, Vectors
from tools.named_values import EXAMPLES, Evidence, evidence, examples, in_singular

N = 60
WORDS = ["cat", "dog", "horse"]
SPECS = [SlotSpec("animal", ("animal",), ("v",), "animal"), SlotSpec("colour", ("colour",), ("v",), "colour")]


def described(said: bool = True) -> Descriptions:
    """Return sixty images: a cat, a dog, a horse, a cat, ...; every other one of them is black."""
    slots = [
        {"animal": Slot("animal", WORDS[i % 3], 0.9), "colour": Slot("colour", "black", 0.5 + 0.4 * (i % 2))}
        if said
        else {}
        for i in range(N)
    ]
    specs = {spec.name: spec for spec in SPECS}
    return Descriptions(tuple(f"{i:02}" for i in range(N)), specs, _slots=slots)


def nothing(view: Callable[[str], Vectors], words: Sequence[str]) -> Vectors:
    return np.zeros((N, len(words)), np.float32)


def by_place(view: Callable[[str], Vectors], words: Sequence[str]) -> Vectors:
    """The j-th word fits the j-th stretch of images."""
    rows = np.arange(N)[:, None] * len(words) // N == np.arange(len(words))
    return rows.astype(np.float32) * 3 - 1


def test_an_experts_word_is_firm_and_names_its_slot() -> None:
    found = evidence(["Cats", "the dogs"], described(), SPECS, nothing)
    assert found.firm == (True, True)
    assert found.slot is not None and found.slot.name == "animal"
    assert found.scores[:, 0].argmax() % 3 == 0 and found.scores[:, 1].argmax() % 3 == 1
    assert (found.scores[2::3] < 0).all()  # a horse is neither


def test_what_no_expert_has_a_word_for_is_a_guess_by_likeness() -> None:
    found = evidence(["boats", "cats"], described(), SPECS, by_place)
    assert found.firm == (False, True)
    boats = found.scores[:, 0]
    assert set(np.argsort(-boats)[: N // 2]) == set(
        range(N // 2)
    )  # the slot has no word for it: no "dog" speaks against


def test_few_or_doubtful_words_make_a_guess() -> None:
    doubtful = evidence(["black"], described(), SPECS[1:], nothing)
    assert doubtful.firm == (True,)
    for slots in (faint := described())._slots:
        slots["colour"] = Slot("colour", "black", 0.3)
    assert evidence(["black"], faint, SPECS[1:], nothing).firm == (False,)


def test_without_anything_to_tell_it_is_one_line() -> None:
    with pytest.raises(UsageError, match='no expert here has a word for "boats"'):
        evidence(["boats", "trains"], described(), SPECS, None)


def test_examples_are_the_surest_and_no_image_stands_for_two() -> None:
    found = evidence(["cat", "dog", "horse"], described(), SPECS, nothing)
    labels = examples(found, described().images, ["cats", "dogs", "horses"])
    assert [label.name for label in labels] == ["cats"] * EXAMPLES + ["dogs"] * EXAMPLES + [
        "horses"
    ] * EXAMPLES
    assert all(WORDS[int(label.image) % 3] == label.name[:-1] for label in labels)
    assert len({label.image for label in labels}) == len(labels)


def test_the_rest_is_what_speaks_least_for_any_value() -> None:
    found = evidence(["cat"], described(), SPECS, nothing)
    labels = examples(found, described().images, ["cats"], rest="other")
    rest = [label.image for label in labels if label.name == "other"]
    assert len(rest) > EXAMPLES and all(int(image) % 3 for image in rest)
    assert labels[-1].name == "other"
    guess = evidence(["boat"], described(), SPECS, by_place)
    assert sum(c.name == "other" for c in examples(guess, described().images, ["boats"], "other")) > EXAMPLES
    assert int(rest[-1]) - int(rest[0]) > N // 2  # from everywhere, as the rest is of many kinds


@given(st.integers(1, 80), st.integers(1, 8), st.booleans(), st.integers(0, 99))
def test_examples_are_of_every_group_whatever_the_scores(n: int, m: int, has_rest: bool, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(n, m)).astype(np.float32)
    names, images = [f"v{j}" for j in range(m)], tuple(f"{i:03}" for i in range(n))
    labels = examples(Evidence(scores, (False,) * m, None), images, names, "other" if has_rest else None)
    assert len({label.image for label in labels}) == len(labels) <= n
    if n >= 3 * (m + 1):
        assert {label.name for label in labels} == {*names, *(["other"] if has_rest else [])}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Cats", "cat"), ("the blurry ones", "blurry"), ("people", "person"), ("beaches", "beach"),
        ("glasses", "glass"), ("houses", "house"),
        ("puppies", "puppy"), ("black and white photos", "black and white"), ("grass", "grass"), ("buses", "bus"),
        ("outdoors", "outdoor"), ("city streets", "city street"),
    ],
)  # fmt: skip
def test_values_are_said_in_the_plural_and_with_articles(said: str, meant: str) -> None:
    assert in_singular(said) == meant


def test_the_table_says_what_people_call_an_experts_value() -> None:
    spec = SlotSpec("sharpness", ("sharpness",), ("v",))
    images = tuple(f"{i:02}" for i in range(N))
    slots = [{"sharpness": Slot("sharpness", "blurred" if i < 20 else "sharp", 0.9)} for i in range(N)]
    found = evidence(
        ["blurry ones"], Descriptions(images, {"sharpness": spec}, _slots=slots), [spec], nothing
    )
    assert found.firm == (True,) and set(np.flatnonzero(found.scores[:, 0] > 0)) == set(range(20))
