"""Clusterings as data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.clustering import UNSORTED, Cluster, Clustering


def make(images: str, labels: list[int], confidence: list[float] | None = None, k: int = 2) -> Clustering:
    return Clustering(
        "kind",
        "kind",
        tuple(images),
        tuple(Cluster(f"c{i + 1}", f"group {i + 1}") for i in range(k)),
        np.array(labels, np.int32),
        np.array(confidence or [0.5] * len(labels), np.float32),
    )


def test_members_come_surest_first_and_else_in_the_order_of_the_collection() -> None:
    made = make("abcdef", [0, 1, 0, 0, -1, 0], [0.2, 1, 0.9, 0.2, 0.7, 0.9])
    assert made.members("c1") == ("c", "f", "a", "d")
    assert made.members("c2") == ("b",)
    assert made.unsorted() == ("e",)
    assert (made.size("c1"), made.size("c2"), made.index("c2")) == (4, 1, 1)


def test_an_unknown_cluster_is_a_key_error() -> None:
    made = make("ab", [0, 1])
    for use in (made.index, made.members, made.size):
        with pytest.raises(KeyError):
            use("c3")


@pytest.mark.parametrize("labels", [[0, 2], [0, -2], [0], [0, 1, 1]])
def test_labels_that_point_at_nothing_are_refused(labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"must be \(2,\)|points at no cluster"):
        make("ab", labels)


def test_no_images_are_a_clustering_too() -> None:
    made = make("", [], k=0)
    assert made.unsorted() == ()
    assert made.over(("a",)).unsorted() == ("a",)


def test_over_the_same_images_is_the_same_clustering() -> None:
    made = make("abc", [0, 1, -1])
    assert made.over(tuple("abc")) is made


def test_over_other_images_keeps_what_is_there_and_leaves_new_ones_unsorted() -> None:
    made = make("abcd", [0, 1, -1, 1], [0.1, 0.2, 0.3, 0.4])
    after = made.over(tuple("dxba"))
    assert after.labels.tolist() == [1, UNSORTED, 1, 0]
    assert after.confidence.tolist() == pytest.approx([0.4, 0.0, 0.2, 0.1])
    assert (after.clusters, after.criterion) == (made.clusters, made.criterion)
    assert made.images == tuple("abcd")


@given(st.lists(st.integers(-1, 2), max_size=8), st.permutations("abcdefghijkl"), st.integers(0, 12))
def test_over_moves_no_image_to_another_cluster(labels: list[int], order: list[str], count: int) -> None:
    made = make("abcdefgh"[: len(labels)], labels, k=3)
    images = tuple(order[:count])
    after = made.over(images)
    assert after.images == images
    before = dict(zip(made.images, made.labels.tolist(), strict=True))
    assert after.labels.tolist() == [before.get(image, UNSORTED) for image in images]
    # What left and came back is unsorted, everything else is where it was.
    back = after.over(made.images)
    assert all(
        label == (before[image] if image in images else UNSORTED)
        for image, label in zip(back.images, back.labels.tolist(), strict=True)
    )


def test_changes_make_a_new_clustering() -> None:
    made = make("ab", [0, 1])
    after = made.with_changes(sure=False)
    assert made.sure and not after.sure
    assert after.images == made.images
