"""People are told from faces and from what they wear, play and do, and "no face" is never "nobody, quite sure"."""

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.describe.people import chances, with_people
from tools.models.ports import NO_FACE, NO_FACE_BUT_PERSON, Slot, SlotSpec

SPEC = SlotSpec("people", ("number of people",), ("face.count",))
ROWS = [
    ("one", 0.95, 0.2),
    ("one", 0.62, 0.001),
    (NO_FACE, 0.6, 0.7),
    (NO_FACE, 0.6, 0.001),
    ("two", 0.9, 0.5),
]
"""What the detector says, how sure it is, and the other signs of a person."""


def described() -> Descriptions:
    slots = [{"people": Slot("people", word, sure)} for word, sure, _ in ROWS]
    count = np.array([[1, 0.3, 0], [1, 0.3, 0], [0, 0, 0], [0, 0, 0], [2, 0.3, 0.2]], np.float32)
    images = tuple(map(str, range(len(ROWS))))
    return Descriptions(
        images, {"people": SPEC}, views=("face.count",), _slots=slots, _views={"face.count": count}
    )


SIGNS = np.array([signs for *_, signs in ROWS], np.float32)


def test_a_faint_face_without_other_signs_is_nobody_and_signs_without_a_face_are_somebody() -> None:
    said = with_people(described(), SIGNS).column("people")
    assert said.values == ["one", NO_FACE, NO_FACE_BUT_PERSON, NO_FACE, "two"]
    assert (said.confidence >= 0.5).all() and (said.confidence < 1).all()


def test_both_kinds_of_evidence_count_and_none_is_quite_sure() -> None:
    faces, signs = np.array([0.5, 0.7, 0.9, 0.99]), np.array([0.0, 0.1, 0.5, 1.0])
    for column in chances(faces[:, None], signs[None, :]).T:
        assert (np.diff(column) > 0).all()
    for row in chances(faces[:, None], signs[None, :]):
        assert (np.diff(row) > 0).all()
    assert chances(np.array([0.5]), np.array([0.0]))[0] > 0.01


def test_people_are_counted_by_their_chance() -> None:
    count = with_people(described(), SIGNS).view("face.count")[:, 0]
    assert count[0] > 0.8 and count[1] < 0.2 and count[2] > 0.5 and count[3] < 0.1 and count[4] > 1.5


def test_what_is_no_persons_face_neither_smiles_nor_wears_glasses() -> None:
    seen = described()
    seen.specs["expression"] = SlotSpec("expression", ("emotion",), ("face.expression",))
    for row in seen._slots:
        row["expression"] = Slot("expression", "happy", 0.9)
    assert with_people(seen, SIGNS).column("expression").values == ["happy", None, "happy", None, "happy"]


def test_where_nothing_else_was_seen_faces_alone_say_it() -> None:
    seen = with_people(described(), np.full(len(ROWS), np.nan, np.float32))
    assert seen.column("people").values == [word for word, *_ in ROWS]
    np.testing.assert_array_equal(seen.view("face.count"), described().view("face.count"))


def test_without_a_face_expert_nothing_changes() -> None:
    empty = Descriptions(("a",), {}, _slots=[{}])
    assert with_people(empty, np.array([0.9], np.float32)) is empty


@pytest.mark.parametrize(
    ("thing", "is_sign"), [("violin", True), ("ski", True), ("jersey", False), ("tabby", False)]
)
def test_what_people_wear_play_and_do_is_a_sign_of_them(thing: str, is_sign: bool) -> None:
    from tools.models.bundled.imagenet_labels import imagenet_names
    from tools.models.bundled.label_words import LABEL_VIEW, class_head, person_signs

    weight, _ = class_head()
    row = weight[imagenet_names().index(thing)]
    top = np.array([row / np.linalg.norm(row) * 40], np.float32)
    assert (person_signs({LABEL_VIEW: top}.__getitem__)[0] > 0.5) == is_sign
