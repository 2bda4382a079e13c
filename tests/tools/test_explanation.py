"""Why an image is where it is."""

from typing import Any

import numpy as np
import pytest

from tools.clustering.clustering import Cluster, Clustering
from tools.describe.describe import Descriptions
from tools.explanation import described as of_all
from tools.explanation import explain_image, in_common, neighbours, sets_apart
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Slot, SlotSpec
from tools.request import Request

SPECS = {
    "mood": SlotSpec("mood", ("mood",), (), title="emotion"),
    "glasses": SlotSpec("glasses", ("glasses",), ()),
}


def made(labels: list[int], sure: bool = True) -> Clustering:
    n = len(labels)
    return Clustering(
        "mood",
        "mood",
        tuple(f"image {i}" for i in range(n)),
        (Cluster("c1", "happy"), Cluster("c2", "sad")),
        np.array(labels, np.int32),
        np.full(n, 0.75, np.float32),
        sources=("face expert: emotion",),
        sure=sure,
    )


def described(moods: list[str | None]) -> Descriptions:
    slots = [
        ({"mood": Slot("mood", mood, 0.6)} if mood else {}) | {"glasses": Slot("glasses", "none", 0.9)}
        for mood in moods
    ]
    return Descriptions(tuple(f"image {i}" for i in range(len(moods))), SPECS, _slots=slots)


def test_where_it_is_how_sure_that_is_and_what_was_seen() -> None:
    assert explain_image("image 0", made([0, 1]), described(["happy", "sad"])).splitlines() == [
        'in "happy" under mood, 75% sure',
        "emotion: happy (60% sure)",
        "glasses: none (90% sure)",
    ]


def test_a_card_is_told_of_where_most_pictures_are_cards() -> None:
    specs = SPECS | {"suit": SlotSpec("suit", ("suit",), (), special=True)}

    def told(cards: int) -> str:
        slots = [{"suit": Slot("suit", "hearts", 0.9)} if i < cards else {} for i in range(5)]
        seen = Descriptions(tuple(f"image {i}" for i in range(5)), specs, _slots=slots)
        lines = [explain_image("image 0", made([0] * 5), seen), *of_all(set(seen.images), seen)]
        return "\n".join(lines)

    assert "suit" not in told(1)
    assert told(4).count("suit: hearts") == 2


def test_what_is_unsorted_or_not_seen_is_said() -> None:
    text = explain_image("image 0", made([-1], sure=False), described([None]))
    assert text.splitlines()[:2] == [
        "unsorted under mood: face expert: emotion saw nothing to go by",
        "no expert sees this criterion; the group was made from plain image features",
    ]


def test_an_image_that_was_never_looked_at_is_explained_as_far_as_it_goes() -> None:
    assert explain_image("image 1", made([0, 1]), described(["happy"])) == 'in "sad" under mood, 75% sure'


def test_an_unknown_image_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explain_image("image 9", made([0]), described(["happy"]))


def test_on_real_findings(looked: Any, texts: WordLlamaEncoder) -> None:
    clustering = group(Request("colour", looked.descriptions, texts))
    text = explain_image(looked.collection.ids[0], clustering, looked.descriptions)
    assert text.startswith('in "red" under colour, ')
    assert "colour: red (" in text
    shared = in_common("c1", clustering, looked.descriptions)
    assert shared[0] == "colour red in 12 of 12"


def test_in_common_is_what_others_do_not_share() -> None:
    clustering = made([0, 0, 0, 1, 1])
    found = in_common("c1", clustering, described(["happy", "happy", "sad", "sad", None]))
    # Nobody wears glasses, so that says nothing.
    assert found == ["emotion happy in 2 of 3"]
    assert in_common("c1", clustering, described(["happy", "happy", "sad", "sad", None]), ["happy"]) == []
    assert in_common("c1", clustering, described(["happy"] * 5)) == []
    assert in_common("c1", clustering, described(["happy", "happy", "sad", "sad", None]), most=0) == []
    with pytest.raises(KeyError):
        in_common("c9", clustering, described(["happy"] * 5))


def test_what_sets_a_cluster_apart_is_what_the_others_have() -> None:
    clustering = made([0, 0, 0, 0, 1, 1])
    moods: list[str | None] = ["happy", "happy", None, None, "sad", "sad"]
    assert sets_apart("c1", clustering, described(moods)) == ["emotion sad in 0 of 4, elsewhere 100%"]
    assert sets_apart("c1", clustering, described(["happy"] * 6)) == []
    assert sets_apart("c1", clustering, described(moods), {"happy", "sad"}) == []


def test_the_nearest_of_its_own_group_and_the_next_group() -> None:
    near = ["image 3", "image 1", "image 4", "image 2"]
    assert neighbours("image 0", made([0, 0, 0, 1, -1]), near) == (["image 1", "image 2"], "sad")
    assert neighbours("image 4", made([0, 0, 0, 1, -1]), near) == ([], "sad")
    assert neighbours("image 0", made([0, 0]), ["image 1"]) == (["image 1"], None)
