"""Parts of one cluster."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tools.clustering.clustering import Clustering
from tools.clustering.refine import split
from tools.divide import divide
from tools.errors import UsageError
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.request import Request


@pytest.fixture(scope="module")
def one(looked: Any, texts: WordLlamaEncoder) -> Clustering:
    """Everything in one group, under colour."""
    return group(Request("colour", looked.descriptions, texts, k=1))


def truth(looked: Any, column: list[str], one: Clustering) -> list[str]:
    by_id = dict(zip(looked.collection.ids, column, strict=True))
    return [by_id[image] for image in one.members("c1")]


def parts(labels: list[str] | np.ndarray) -> set[frozenset[int]]:
    return {frozenset(i for i, other in enumerate(labels) if other == label) for label in set(labels)}


def test_a_cluster_is_divided_by_what_it_was_made_from(
    one: Clustering, looked: Any, texts: WordLlamaEncoder
) -> None:
    labels = divide(one, "c1", looked.descriptions, texts, parts=3)
    assert labels.shape == (24,) and labels.dtype == np.int32
    assert parts(labels.tolist()) == parts(truth(looked, looked.colours, one))


def test_or_by_another_criterion(one: Clustering, looked: Any, texts: WordLlamaEncoder) -> None:
    labels = divide(one, "c1", looked.descriptions, texts, by="shape")
    expected = truth(looked, looked.shapes, one)
    agree = np.mean(
        [
            (label == labels[0]) == (shape == expected[0])
            for label, shape in zip(labels, expected, strict=True)
        ]
    )
    assert agree >= 0.95


def test_the_labels_are_what_split_takes(one: Clustering, looked: Any, texts: WordLlamaEncoder) -> None:
    after = split(one, "c1", divide(one, "c1", looked.descriptions, texts, parts=3))
    assert sorted(after.size(cluster.id) for cluster in after.clusters) == [4, 8, 12]


def test_what_sets_the_members_apart_counts_not_what_they_share(looked: Any, texts: WordLlamaEncoder) -> None:
    colours = group(Request("colour", looked.descriptions, texts))
    labels = divide(colours, "c1", looked.descriptions, texts, by="shape")
    members = colours.members("c1")
    shape = dict(zip(looked.collection.ids, looked.shapes, strict=True))
    assert parts(labels.tolist()) == parts([shape[image] for image in members])


@pytest.mark.parametrize("count", [-1, 0, 1, 25])
def test_parts_that_cannot_be_are_refused(
    count: int, one: Clustering, looked: Any, texts: WordLlamaEncoder
) -> None:
    groups = "1 group" if count == 1 else f"{count} groups"
    with pytest.raises(UsageError, match=f"24 images cannot be split into {groups}; ask for 2 to 24"):
        divide(one, "c1", looked.descriptions, texts, parts=count)


def test_as_many_parts_as_images_and_the_same_each_time(
    one: Clustering, looked: Any, texts: WordLlamaEncoder
) -> None:
    labels = divide(one, "c1", looked.descriptions, texts, parts=24, by="style")
    assert sorted(labels.tolist()) == list(range(24))
    np.testing.assert_array_equal(labels, divide(one, "c1", looked.descriptions, texts, parts=24, by="style"))


def test_where_nothing_was_seen_nothing_is_divided(
    one: Clustering, looked: Any, texts: WordLlamaEncoder
) -> None:
    blind = replace(looked.descriptions, views=())
    with pytest.raises(UsageError, match="nothing was seen in these images that sets them apart by colour"):
        divide(one, "c1", blind, texts)
