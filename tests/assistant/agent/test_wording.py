"""What tools answer, in words."""

import numpy as np

from assistant.agent.approvals import CriteriaApproval, CriterionOption
from assistant.agent.wording import faceless, missed_number, proposals
from tools.clustering.clustering import Cluster, Clustering
from tools.describe.describe import Descriptions
from tools.models.ports import Slot, SlotSpec

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
    assert faceless(made([0, -1, -1], face), seen("one", "nobody", "")) == "\nNo face was seen in them."
    assert (
        faceless(made([0, -1, -1], face), seen("one", "nobody", "one")) == "\nNo face was seen in 1 of them."
    )
    assert faceless(made([0, -1], face), seen("one", "nobody")) == "\nNo face was seen in the unsorted image."


def test_says_nothing_of_faces_where_they_are_not_the_reason() -> None:
    face = "face expert: emotion"
    assert faceless(made([0, -1], "colour expert: colour"), seen("one", "nobody")) == ""
    assert faceless(made([0, -1], face), seen("nobody", "one")) == ""
    assert faceless(made([0, 0], face), seen("nobody", "one")) == ""


def test_a_proposal_without_known_groups_shows_none() -> None:
    asked = CriteriaApproval(options=[CriterionOption(criterion="layout", why="no words for it")])
    assert proposals(asked).splitlines()[1] == '  1. "layout": no words for it'


def test_a_number_of_groups_that_is_not_met_is_told() -> None:
    one = made([0, 0], "colour expert: colour")
    assert missed_number(1, one, None) == missed_number(1, one, one) == ""
    assert missed_number(3, one, None) == "You asked for 3 groups and got 1, as the pictures gave no more.\n"
    assert "what you said before still holds" in missed_number(3, one, one)
