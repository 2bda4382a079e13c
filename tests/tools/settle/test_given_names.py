"""The user's names on groups, and images that only the user knows anything about."""

import numpy as np

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import Label, MustLink
from tools.settle.naming import with_given_names

IMAGES = tuple(f"i{i}" for i in range(6))


def made(labels: list[int], *names: str) -> Clustering:
    return Clustering(
        id="mood",
        criterion="mood",
        images=IMAGES,
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names)),
        labels=np.array(labels, np.int32),
        confidence=np.full(6, 0.5, np.float32),
        next_number=len(names) + 1,
    )


def groups(clustering: Clustering) -> dict[str, set[str]]:
    return {c.name: set(clustering.members(c.id)) for c in clustering.clusters}


def test_a_group_is_called_as_its_images_and_another_of_that_name_is_numbered() -> None:
    found = with_given_names(made([0, 0, 1, 1, 2, 2], "red", "green", "blue"), [Label("i0", "Green")])
    assert [c.name for c in found.clusters] == ["Green", "green 2", "blue"]
    plain = made([0, 0, 1, 1, 2, 2], "red", "green", "blue")
    assert with_given_names(plain, []) is plain and with_given_names(plain, [Label("gone", "x")]) is plain


def test_an_image_that_nothing_is_known_of_is_where_it_was_said_to_be() -> None:
    said = [Label("i4", "odd"), MustLink("i4", "i5"), Label("i0", "red")]
    found = with_given_names(made([0, 0, 1, 1, UNSORTED, UNSORTED], "red", "green"), said)
    assert groups(found) == {"red": {"i0", "i1"}, "green": {"i2", "i3"}, "odd": {"i4", "i5"}}
    assert [c.id for c in found.clusters] == ["c1", "c2", "c3"] and found.next_number == 4
    assert found.confidence.tolist() == [0.5] * 4 + [1.0] * 2
    # Where a group of that name was found, that is meant.
    found = with_given_names(made([0, 0, 1, 1, UNSORTED, UNSORTED], "red", "green"), [Label("i4", "Red")])
    assert groups(found) == {"red": {"i0", "i1", "i4"}, "green": {"i2", "i3"}}
    assert found.unsorted() == ("i5",)
