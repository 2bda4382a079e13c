"""What speaks for values that a user names: an expert's words first, then likeness, and examples from both."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.describe.describe import Descriptions
from tools.errors import UsageError
from tools.models.ports import Slot, SlotSpec, Vectors
from tools.named_values import (
    EXAMPLES,
    Evidence,
    evidence,
    examples,
    said_of_each,
    share_known,
    thing_nowhere,
    values_in,
)

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
def test_examples_are_of_every_group_whatever_the_scores(n: int, m: int, has_rest: str, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(n, m)).astype(np.float32)
    names, images = [f"v{j}" for j in range(m)], tuple(f"{i:03}" for i in range(n))
    labels = examples(Evidence(scores, (False,) * m, None), images, names, "other" if has_rest else None)
    assert len({label.image for label in labels}) == len(labels) <= n
    if n >= 3 * (m + 1):
        assert {label.name for label in labels} == {*names, *(["other"] if has_rest else [])}


def test_the_table_says_what_people_call_an_experts_value() -> None:
    spec = SlotSpec("sharpness", ("sharpness",), ("v",))
    images = tuple(f"{i:02}" for i in range(N))
    slots = [{"sharpness": Slot("sharpness", "blurred" if i < 20 else "sharp", 0.9)} for i in range(N)]
    found = evidence(
        ["blurry ones"], Descriptions(images, {"sharpness": spec}, _slots=slots), [spec], nothing
    )
    assert found.firm == (True,) and set(np.flatnonzero(found.scores[:, 0] > 0)) == set(range(20))


def some(slot: str, words: dict[str, tuple[int, float]], rest: str = "") -> Descriptions:
    """Return a hundred images of which a slot says each word so often and so surely, and of the others the rest."""
    spec = SlotSpec(slot, ("a, b or c",), ("v",))
    said = [Slot(slot, word, sure) for word, (count, sure) in words.items() for _ in range(count)]
    slots = [{slot: each} for each in said]
    slots += [{slot: Slot(slot, rest, 0.9)} if rest else {} for _ in range(100 - len(said))]
    return Descriptions(tuple(f"{i:02}" for i in range(100)), {slot: spec}, _slots=slots)


def absent(value: str, seen: Descriptions) -> bool:
    """Return whether a value is told to be in no picture."""
    return evidence(
        [value], seen, seen.specs.values(), lambda view, words: np.zeros((100, len(words)), np.float32)
    ).absent == (True,)


@pytest.mark.parametrize(
    ("faces", "gone"),
    [
        ({}, True),
        ({"one": (5, 0.6)}, True),  # as many as there are by mistake
        ({"one": (2, 0.95)}, True),
        ({"one": (3, 0.95)}, False),
        ({"one": (12, 0.6)}, False),
        ({"person, no face seen": (12, 0.6)}, False),
    ],
)
def test_people_are_there_where_some_are_sure_or_more_are_said_than_by_mistake(
    faces: dict[str, tuple[int, float]], gone: bool
) -> None:
    assert absent("people", some("people", faces, "no face seen")) == gone


@pytest.mark.parametrize("what", ["animals", "food", "clothes"])
def test_what_every_picture_is_called_otherwise_is_nowhere(what: str) -> None:
    assert absent(what, some("type", {"device": (60, 0.9)}, "tool"))
    kind = {"animals": "animal", "food": "food", "clothes": "clothing"}[what]
    assert not absent(what, some("type", {kind: (20, 0.9)}, "tool"))


@pytest.mark.parametrize(
    ("criterion", "thing"),
    [
        ("animal", "animal"),
        ("which animals", "animal"),
        ("kind of food", "food"),
        ("tool", ""),
        ("colour", ""),
    ],
)
def test_a_thing_that_is_asked_for_and_nowhere(criterion: str, thing: str) -> None:
    seen = some("type", {"device": (60, 0.9)}, "tool")
    assert thing_nowhere(criterion, seen, seen.specs.values()) == thing
    there = some("type", {"animal": (20, 0.9), "food": (20, 0.9)}, "tool")
    assert thing_nowhere(criterion, there, there.specs.values()) == ""
    silent = some("type", {"device": (60, 0.9)})
    assert thing_nowhere(criterion, silent, silent.specs.values()) == ""


def test_a_slot_that_is_mostly_silent_does_not_say_that_something_is_nowhere() -> None:
    assert not absent("sunglasses", some("glasses", {"glasses": (40, 0.9)}))
    assert absent("sunglasses", some("glasses", {"glasses": (40, 0.9)}, "no glasses"))


def test_black_and_white_may_be_a_coat_where_no_picture_is_black_and_white() -> None:
    tone = some("tone", {}, "colour")
    assert absent("black and white", tone)
    colours = some("colour", {"black": (50, 0.9), "white": (50, 0.9)})
    slots = [{**a, **b} for a, b in zip(tone._slots, colours._slots, strict=True)]
    both = Descriptions(tone.images, tone.specs | colours.specs, _slots=slots)
    assert not absent("black and white", both)


def test_evidence_of_pictures_nearby_counts_half() -> None:
    points = np.repeat(np.eye(2, dtype=np.float32), 30, axis=0)
    scores = np.zeros((60, 1), np.float32)
    scores[:30] = np.arange(30)[:, None] % 2
    smooth = Evidence(scores, (False,), None).smoothed(points).scores
    assert smooth[:30].std() < scores[:30].std() and smooth[:30].mean() > 0.4
    np.testing.assert_array_equal(smooth[30:], 0)
    few = Evidence(scores[:10], (False,), None)
    assert few.smoothed(points[:10]) is few


@pytest.mark.parametrize(
    ("criterion", "values", "rest"),
    [
        ("cats, dogs or other", ("cats", "dogs"), "other"),
        ("people or no people", ("people",), "no people"),
        ("day, sunset or night", ("day", "sunset", "night"), ""),
        ("emotion", (), ""),
        ("black and white", (), ""),
    ],
)
def test_a_criterion_may_list_values_and_a_rest(criterion: str, values: tuple[str, ...], rest: bool) -> None:
    assert values_in(criterion) == (values, rest)


def test_a_slot_knows_what_it_says_what_the_table_says_and_what_its_phrases_list() -> None:
    seen = some("colour", {"brown": (50, 0.9), "black": (50, 0.9)})
    spec = seen.specs["colour"]
    assert share_known(["ginger or brown", "black", "crimson", "spotted"], seen, spec) == 0.75
    assert share_known(["b"], seen, spec) == 1  # "a, b or c"


def test_words_that_are_said_of_every_picture_decide_with_a_rest() -> None:
    seen = some("people", {"one": (30, 0.9), "two": (10, 0.6)}, "no face seen")
    each = said_of_each(["people"], seen, seen.specs["people"])
    assert each is not None and each.shape == (100, 2)
    assert each.argmax(1).tolist() == [0] * 40 + [1] * 60
    np.testing.assert_allclose(each.sum(1), 1, rtol=1e-6)
    assert each[0, 0] > each[35, 0] > 0.5
    assert said_of_each(["people", "dogs"], seen, seen.specs["people"]) is None
    silent = some("animal", {"cat": (30, 0.9)})
    assert said_of_each(["cat"], silent, silent.specs["animal"]) is None
