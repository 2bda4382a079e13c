"""From a soft assignment to a clustering."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.clustering.clustering import slug
from tools.describe.describe import Descriptions
from tools.embed.route import Route
from tools.models.ports import Slot, SlotSpec, Vectors
from tools.settle.settle import UNSURE, settle, unclear

MOOD = SlotSpec("mood", ("how they feel",), ("face.mood",), "emotion")
SURE = Route(((MOOD, 0.9),), (("face.mood", 1.0),))
UNSEEN = Route((), (("object.kind", 1.0),))


def described(n: int) -> Descriptions:
    slots = [{"mood": Slot("mood", "happy" if i % 2 else "sad", 1.0)} for i in range(n)]
    return Descriptions(tuple(f"image {i}" for i in range(n)), {"mood": MOOD}, _slots=slots)


def test_groups_are_ordered_by_size_and_empty_ones_are_gone() -> None:
    soft = np.zeros((6, 4), np.float32)
    soft[[1, 3, 5], 2] = 0.8
    soft[[0, 2], 0] = 0.6
    made = settle(soft, "How they feel", SURE, described(6), "kmeans")
    assert [(c.id, c.name, made.size(c.id)) for c in made.clusters] == [("c1", "happy", 3), ("c2", "sad", 2)]
    assert made.labels.tolist() == [1, 0, 1, 0, -1, 0]
    assert made.unsorted() == ("image 4",)
    np.testing.assert_allclose(made.confidence, [0.6, 0.8, 0.6, 0.8, 0, 0.8])
    assert made.next_number == 3


def test_groups_of_one_size_stand_in_the_order_of_their_images_however_they_are_numbered() -> None:
    one = np.eye(3, dtype=np.float32)[[2, 2, 0, 0, 1, 1]]
    other = one[:, [1, 2, 0]]
    for soft in (one, other):
        made = settle(soft, "How they feel", SURE, described(6), "kmeans")
        assert made.labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_where_it_came_from_is_said() -> None:
    made = settle(np.ones((2, 1), np.float32), "How they feel", SURE, described(2), "kmeans")
    assert (made.id, made.criterion, made.method, made.sure) == (
        "how-they-feel",
        "How they feel",
        "kmeans",
        True,
    )
    assert made.sources == ("face expert: emotion",)
    assert made.images == ("image 0", "image 1")


def test_what_nobody_sees_is_less_sure_and_says_so() -> None:
    made = settle(np.ones((2, 1), np.float32), "suit", UNSEEN, described(2), "kmeans")
    assert not made.sure
    assert made.confidence.tolist() == [UNSURE, UNSURE]
    assert made.sources == ("plain image features",)
    assert made.clusters[0].name == "group 1"


def test_pictures_of_no_known_kind_are_less_sure_and_the_source_says_so() -> None:
    blind = Route(SURE.matches, SURE.views, familiar=False)
    made = settle(np.ones((2, 1), np.float32), "How they feel", blind, described(2), "kmeans")
    assert made.confidence.tolist() == [UNSURE, UNSURE]
    assert made.sources[0].startswith("face expert: emotion, ") and "no kind" in made.sources[0]


def test_a_guessed_number_of_groups_is_said() -> None:
    made = settle(np.ones((2, 1), np.float32), "How they feel", SURE, described(2), "kmeans")
    guessed = unclear(made)
    assert guessed.confidence.tolist() == made.confidence.tolist()
    assert guessed.notes[:-1] == made.notes and "no clear groups" in guessed.notes[-1]


@pytest.mark.parametrize("shape", [(0, 3), (3, 1)])
def test_nothing_at_all(shape: tuple[int, int]) -> None:
    made = settle(np.zeros(shape, np.float32), "How they feel", SURE, described(shape[0]), "kmeans")
    assert made.clusters == ()
    assert made.labels.tolist() == [-1] * shape[0]


@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=st.floats(0, 1, width=32)
    )
)
def test_every_image_is_in_its_best_group_or_unsorted(soft: Vectors) -> None:
    made = settle(soft, "How they feel", SURE, described(len(soft)), "kmeans")
    sizes = [made.size(cluster.id) for cluster in made.clusters]
    assert sizes == sorted(sizes, reverse=True) and 0 not in sizes
    assert sum(sizes) + len(made.unsorted()) == len(soft)
    assert (made.labels == -1).tolist() == (soft.sum(1) == 0).tolist()
    best = soft.argmax(1)
    for a in range(len(soft)):
        for b in range(a):
            if made.labels[a] >= 0 and made.labels[b] >= 0:
                assert (best[a] == best[b]) == (made.labels[a] == made.labels[b])


@pytest.mark.parametrize(
    ("criterion", "id"),
    [
        ("Emotion", "emotion"),
        ("how they  feel!", "how-they-feel"),
        ("Farbe (außen)", "farbe-außen"),
        ("../../etc", "etc"),
        ("x" * 60, "x" * 60),
        ("\u202egpj", "gpj"),
    ],
)
def test_slug(criterion: str, id: str) -> None:
    assert slug(criterion) == id


@pytest.mark.parametrize(
    ("one", "other"), [("😀", "🎨"), ("x" * 200, "x" * 200 + " y"), ("x" * 60, "x" * 61), ("", "!")]
)
def test_other_criteria_have_other_slugs(one: str, other: str) -> None:
    assert slug(one) != slug(other)
    for criterion in (one, other):
        assert 0 < len(slug(criterion)) <= 60 and slug(slug(criterion)) == slug(criterion) == slug(
            f" {criterion} "
        )
