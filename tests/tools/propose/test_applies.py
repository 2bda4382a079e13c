"""A criterion is offered only for pictures that it applies to."""

from collections.abc import Sequence

import pytest

from tools.describe.describe import Descriptions
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.bundled.tier import experts
from tools.models.ports import NO_FACE, Slot, SlotSpec
from tools.models.weight_store import WeightStore
from tools.propose.applies import applies
from tools.propose.propose import propose

SPECS = {spec.name: spec for expert in experts(WeightStore()) for spec in expert.specs}


def described(rows: Sequence[tuple[str, str, str, str]], scenic: bool = False) -> Descriptions:
    """Descriptions with the number of people, the type of thing, the kind of picture and the setting of each; "" for
    none."""
    names = ("people", "type", "kind of picture", "setting")
    slots = [
        {name: Slot(name, value, 1.0) for name, value in zip(names, row, strict=True) if value}
        for row in rows
    ]
    specs = {spec.name: spec for spec in SPECS.values()}
    return Descriptions(tuple(map(str, range(len(rows)))), specs, _slots=slots, scenic=scenic)


PEOPLE = [("one", "clothing", "photograph", ""), (NO_FACE, "animal", "photograph", "")] * 6
FRUIT = [("one", "food", "photograph", ""), (NO_FACE, "plant", "photograph", "")] * 6
PETS = [("one", "animal", "photograph", "indoor"), (NO_FACE, "animal", "photograph", "indoor")] * 6
COMICS = [("one", "", "drawing", ""), (NO_FACE, "", "drawing", "")] * 6
GREY = [("one", "", "photograph", ""), ("two", "", "photograph", "")] * 6
COASTS = [(NO_FACE, "place", "photograph", "outdoor")] * 12


@pytest.mark.parametrize(
    ("slot", "yes", "no"),
    [
        ("people", (PEOPLE, GREY), (FRUIT, PETS, COMICS, COASTS)),
        ("who", (PEOPLE, PETS, GREY), (FRUIT, COMICS, COASTS)),
        ("surroundings", (PEOPLE, FRUIT, PETS, COASTS), (COMICS,)),
        ("daylight", (COASTS,), (PEOPLE, FRUIT, PETS, COMICS)),
        ("colour", (PEOPLE, FRUIT, PETS, COMICS, COASTS), ()),
    ],
)
def test_a_criterion_applies_to_pictures_of_its_kind(
    slot: str, yes: Sequence[list[tuple[str, str, str, str]]], no: Sequence[list[tuple[str, str, str, str]]]
) -> None:
    assert all(applies(SPECS[slot], described(rows)) for rows in yes)
    assert not any(applies(SPECS[slot], described(rows)) for rows in no)


def test_faces_on_fruit_are_not_offered_but_measured_where_the_user_asks() -> None:
    fruit, people = described(FRUIT), described(PEOPLE)
    assert "number of people" not in [p.criterion for p in propose(fruit)]
    assert "number of people" in [p.criterion for p in propose(people)]
    own = propose(fruit, own=["number of people"], texts=WordLlamaEncoder())[0]
    assert own.own and own.groups == (("one", 6), (NO_FACE, 6))


def test_the_number_of_things_is_offered_where_things_stand_out() -> None:
    def counted(sure: float) -> Descriptions:
        slots = [{"count": Slot("count", str(1 + i % 2), sure)} for i in range(12)]
        return Descriptions(tuple(map(str, range(12))), SPECS, _slots=slots)

    assert all(applies(SPECS[slot], counted(0.92)) for slot in ("count", "aspect"))
    assert not any(applies(SPECS[slot], counted(0.74)) for slot in ("count", "aspect"))
    assert not applies(SPECS["count"], described(COASTS))


@pytest.mark.parametrize("slot", ["expression", "head pose", "glasses", "hair colour", "mouth"])
def test_faces_are_read_on_people_and_where_most_pictures_are_faces(slot: str) -> None:
    def moods(picture: str, kind: str, faces: int) -> Descriptions:
        slots = [
            {"kind of picture": Slot("kind of picture", picture, 1.0), "type": Slot("type", kind, 1.0)}
            for _ in range(12)
        ]
        for row in slots[:faces]:
            row |= {"people": Slot("people", "one", 1.0), "expression": Slot("expression", "happy", 1.0)}
        return Descriptions(tuple(map(str, range(12))), SPECS, _slots=slots)

    assert applies(SPECS[slot], moods("photograph", "clothing", 4))
    assert applies(SPECS[slot], moods("drawing", "clothing", 12))
    assert not applies(SPECS[slot], moods("drawing", "clothing", 4))
    assert not applies(SPECS[slot], moods("photograph", "vehicle", 4))  # cars


def test_every_requirement_is_known() -> None:
    nothing = described([])
    assert {applies(spec, nothing) for spec in SPECS.values()} <= {True, False}
    assert applies(SlotSpec("anything", (), ()), nothing)
