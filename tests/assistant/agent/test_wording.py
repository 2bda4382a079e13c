"""What tools answer, in words."""

import numpy as np
import pytest

from assistant.agent.approvals import CriteriaApproval, CriterionOption
from assistant.agent.wording import LEAST, faceless, missed_number, offer, proposals
from tools.clustering.clustering import Cluster, Clustering
from tools.describe.describe import Descriptions
from tools.models.ports import NO_FACE, Slot, SlotSpec

PEOPLE = SlotSpec("people", ("how many people",), ("face.count",))


def made(labels: list[int], source: str) -> Clustering:
    n = len(labels)
    return Clustering(
        "emotion", "emotion", tuple(map(str, range(n))), (Cluster("c1", "happy"),), np.array(labels, np.int32),
        np.ones(n, np.float32), sources=(source,), next_number=2,
    )  # fmt: skip


def seen(*people: str) -> Descriptions:
    slots = [{"people": Slot("people", word, 0.9)} if word else {} for word in people]
    return Descriptions(tuple(map(str, range(len(people)))), {"people": PEOPLE}, _slots=slots)


def test_says_that_no_face_was_seen_and_in_how_many() -> None:
    face = "face expert: emotion"
    assert faceless(made([0, -1, -1], face), seen("one", NO_FACE, "")) == "\nNo face was seen in them."
    assert (
        faceless(made([0, -1, -1], face), seen("one", NO_FACE, "one")) == "\nNo face was seen in 1 of them."
    )
    assert faceless(made([0, -1], face), seen("one", NO_FACE)) == "\nNo face was seen in the unsorted image."


def test_says_nothing_of_faces_where_they_are_not_the_reason() -> None:
    face = "face expert: emotion"
    assert faceless(made([0, -1], "colour expert: colour"), seen("one", NO_FACE)) == ""
    assert faceless(made([0, -1], face), seen(NO_FACE, "one")) == ""
    assert faceless(made([0, 0], face), seen(NO_FACE, "one")) == ""


def test_a_proposal_without_known_groups_shows_none() -> None:
    asked = CriteriaApproval(options=[CriterionOption(criterion="layout", why="no words for it")])
    assert proposals(asked).splitlines()[1] == '  1. "layout": no words for it'


def test_a_number_of_groups_that_is_not_met_is_told() -> None:
    one = made([0, 0], "colour expert: colour")
    assert missed_number(1, one, None) == missed_number(1, one, one) == ""
    assert missed_number(3, one, None) == "You asked for 3 groups and got 1, as the pictures gave no more.\n"
    assert "what you said before still holds" in missed_number(3, one, one)


@pytest.mark.parametrize(
    ("certainty", "sure", "said"),
    [
        (0.58, True, "Only about 6 of 10 pictures are probably in the right group. Shall I ask you eight"),
        (0.03, True, "Only about 1 of 10 pictures"),
        (0.69, True, "Only about 7 of 10 pictures"),
        (0.95, False, "Shall I ask you eight"),
    ],
)
def test_low_certainty_is_said_in_words_and_offers_questions(certainty: float, sure: bool, said: str) -> None:
    n = LEAST
    doubtful = Clustering(
        id="mood",
        criterion="mood",
        images=tuple(map(str, range(n))),
        clusters=(Cluster("c1", "happy"), Cluster("c2", "sad")),
        labels=(np.arange(n) % 2).astype(np.int32),
        confidence=np.full(n, certainty, np.float32),
        sure=sure,
    )
    assert offer(doubtful).startswith(f"\n{said}")
    assert offer(doubtful.with_changes(sure=True, confidence=np.full(n, 0.71, np.float32))) == ""
