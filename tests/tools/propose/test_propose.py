"""Criteria that fit a collection."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.describe.describe import Descriptions
from tools.errors import Cancelled
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Slot, SlotSpec
from tools.propose.propose import propose

MOOD = SlotSpec("mood", ("how they feel",), (), "emotion")


def described(values: list[str | None], confidence: float = 1.0) -> Descriptions:
    slots = [{"mood": Slot("mood", value, confidence)} if value else {} for value in values]
    return Descriptions(tuple(map(str, range(len(values)))), {"mood": MOOD}, _slots=slots)


def test_drawn_pictures_are_parted_by_their_colour_first(looked: Any) -> None:
    found = propose(looked.descriptions)
    best = found[0]
    assert best.criterion == "colour"
    assert best.groups == (("red", 12), ("green", 8), ("blue", 4))
    assert best.why == "3 different ones, seen in all images"
    assert found == sorted(found, key=lambda proposal: -proposal.quality)
    assert all(0.15 <= proposal.quality <= 1 for proposal in found)
    # White behind all of them parts nothing.
    assert "background colour" not in [proposal.criterion for proposal in found]


def test_it_is_the_same_each_time_and_no_more_than_asked_for(looked: Any) -> None:
    assert propose(looked.descriptions) == propose(looked.descriptions)
    assert len(propose(looked.descriptions, most=1)) == 1
    assert propose(looked.descriptions, most=0) == []


@pytest.mark.parametrize(
    "values", [["sad"] * 9, ["sad"] * 9 + ["happy"], [None] * 9, [], ["sad", None, None]]
)
def test_what_puts_all_in_one_group_is_not_proposed(values: list[str | None]) -> None:
    assert propose(described(values)) == []


def test_even_groups_seen_surely_in_every_image_are_worth_most() -> None:
    even: list[str | None] = ["sad", "happy"] * 6
    assert propose(described(even))[0].quality == 1
    doubtful = propose(described(even, confidence=0.5))[0]
    assert doubtful.quality == 0.5
    half = propose(described([*even, *[None] * 12]))[0]
    assert half.quality == 0.5
    assert half.why == "2 different ones, seen in 50% of the images"
    uneven = propose(described(["sad"] * 9 + ["happy"] * 3))[0]
    assert 0.15 < uneven.quality < 1


@given(st.lists(st.sampled_from(["sad", "happy", "calm", None]), max_size=30), st.floats(0, 1))
def test_a_proposal_has_two_groups_at_least_and_counts_them(values: list[str | None], sure: float) -> None:
    for proposal in propose(described(values, sure)):
        assert len(proposal.groups) >= 2
        assert all(values.count(value) == count >= 2 for value, count in proposal.groups)
        assert 0.15 <= proposal.quality <= 1


def test_where_there_are_no_words_the_structure_speaks(rng: np.random.Generator) -> None:
    spec = SlotSpec("style", ("style",), ("v",), "style")
    blobs = np.repeat(np.eye(3) * 20, 10, axis=0) + rng.normal(size=(30, 3))
    for rows, proposed in (
        (blobs, ["style"]),
        (rng.normal(size=(30, 40)), []),
        (blobs[:11], []),
        (blobs * 0, []),
    ):
        views = {"v": rows.astype(np.float32)}
        images = tuple(map(str, range(len(rows))))
        found = propose(
            Descriptions(
                images, {"style": spec}, views=("v",), _load=views.__getitem__, _slots=[{} for _ in images]
            )
        )
        assert [proposal.criterion for proposal in found] == proposed
        assert all(proposal.groups == () and "no words" in proposal.why for proposal in found)


def test_two_slots_that_one_view_shows_are_proposed_once(rng: np.random.Generator) -> None:
    rows = (np.eye(2, 3)[np.arange(24) % 2] * 9 + rng.normal(size=(24, 3)) / 9).astype(np.float32)
    place, shown = (SlotSpec(name, (), ("object.around",), name) for name in ("place", "shown"))
    seen = Descriptions(
        tuple(map(str, range(24))),
        {"place": place, "shown": shown},
        views=("object.around",),
        _slots=[{}] * 24,
        _load={"object.around": rows}.__getitem__,
    )
    assert [proposal.criterion for proposal in propose(seen)] == ["place"]


def test_how_a_picture_was_taken_does_not_push_aside_what_it_shows() -> None:
    light = SlotSpec("light", ("how bright it is",), (), "brightness", interest=0.5)
    slots = [
        {
            "mood": Slot("mood", ("sad", "happy")[i % 2], 0.7),
            "light": Slot("light", ("dark", "bright")[i // 6], 1.0),
        }
        for i in range(12)
    ]
    both = Descriptions(tuple(map(str, range(12))), {"light": light, "mood": MOOD}, _slots=slots)
    found = propose(both)
    assert [(proposal.criterion, proposal.quality) for proposal in found] == [
        ("emotion", 0.7),
        ("brightness", 0.5),
    ]


def test_a_special_slot_is_proposed_where_most_pictures_are_of_its_kind_and_what_is_nothing_is_no_group() -> (
    None
):
    shape = SlotSpec("shape", ("outline",), (), "shape", special=True, nothing="irregular")

    def found(plain: int) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
        values = [("round", "square")[i % 2] if i < plain else "irregular" for i in range(20)]
        slots = [{"shape": Slot("shape", value, 1.0)} for value in values]
        made = Descriptions(tuple(map(str, range(20))), {"shape": shape}, _slots=slots)
        return [(proposal.criterion, proposal.groups) for proposal in propose(made)]

    assert found(16) == [("shape", (("round", 8), ("square", 8)))]
    assert found(8) == []


def test_of_two_that_part_the_images_alike_the_better_one_is_proposed() -> None:
    kind = SlotSpec("kind", ("kind",), (), "kind")
    values = [("a", "b")[i % 2] for i in range(12)]
    slots = [{"mood": Slot("mood", value, 0.9), "kind": Slot("kind", value, 0.8)} for value in values]
    both = Descriptions(tuple(map(str, range(12))), {"kind": kind, "mood": MOOD}, _slots=slots)
    assert [proposal.criterion for proposal in propose(both)] == ["emotion"]


def test_each_group_has_examples_of_it_the_surest_first(looked: Any) -> None:
    best = propose(looked.descriptions)[0]
    values, sure = looked.descriptions.column("colour")
    row = {image: i for i, image in enumerate(looked.descriptions.images)}
    for (name, count), images in zip(best.groups, best.examples, strict=True):
        assert len(images) == min(4, count)
        assert {values[row[image]] for image in images} == {name}
        confidences = [sure[row[image]] for image in images]
        assert confidences == sorted(confidences, reverse=True)


def test_the_users_own_stand_first_and_are_never_left_out(looked: Any, texts: WordLlamaEncoder) -> None:
    found = propose(looked.descriptions, most=1, own=("brand", "main colour", " brand "), texts=texts)
    assert [(p.criterion, p.own) for p in found[:2]] == [("brand", True), ("main colour", True)]
    brand, colour, *others = found
    assert (brand.quality, brand.groups, brand.why) == (0.0, (), "yours: no model here sees it")
    assert colour.groups == (("red", 12), ("green", 8), ("blue", 4))
    assert len(others) == 1 and others[0].criterion != "colour"  # it is there already, in the user's words


def test_a_measurement_that_nothing_else_in_the_pictures_bears_out_ranks_lower(
    rng: np.random.Generator,
) -> None:
    n = 80
    looks = rng.normal(size=(n, 8)).astype(np.float32)
    looks[: n // 2] += 3.0
    wide = rng.permutation(n) % 2  # has nothing to do with how the pictures look
    views = {"object.kind": looks, "w": wide[:, None].astype(np.float32)}
    common = SlotSpec("mood", ("how they feel",), ("object.kind",), "emotion", interest=0.5)
    rare = SlotSpec("aspect", ("proportions",), ("w",), "proportions", interest=0.5)
    slots = [
        {
            "mood": Slot("mood", ("sad", "happy")[i < n // 2], 1.0),
            "aspect": Slot("aspect", ("tall", "wide")[wide[i]], 1.0),
        }
        for i in range(n)
    ]
    images = tuple(map(str, range(n)))
    made = Descriptions(
        images, {"mood": common, "aspect": rare}, views=tuple(views), _load=views.__getitem__, _slots=slots
    )
    quality = {p.criterion: p.quality for p in propose(made)}
    assert quality["emotion"] == pytest.approx(0.5, abs=0.02)
    assert quality["proportions"] < 0.3


@pytest.mark.parametrize("unfamiliar", [True, False])
def test_what_a_classifier_has_no_word_for_is_not_proposed_by_the_looks_of_it(
    rng: np.random.Generator, unfamiliar: bool
) -> None:
    # Fruit falls into clear groups in the view of animals, and there is no animal.
    rows = np.concatenate([rng.normal(size=(20, 3)) + 20 * i for i in range(3)]).astype(np.float32)
    found = [
        propose(
            Descriptions(
                tuple(map(str, range(60))), {"animal": SlotSpec("animal", (), ("a.view",), labels=labels)},
                views=("a.view",), _slots=[{}] * 60, _views={"a.view": rows}, unfamiliar=unfamiliar,
            )
        )
        for labels in ("object", "")
    ]  # fmt: skip
    assert [[p.criterion for p in proposals] for proposals in found] == [[], ["animal"]]


def test_proposing_is_stopped_between_any_two_things_that_are_measured(looked: Any) -> None:
    told: list[tuple[str, int, int]] = []

    def stopping(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        if done == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        propose(looked.descriptions, progress=stopping)
    assert [each[:2] for each in told] == [("measuring what divides", done) for done in range(3)]
