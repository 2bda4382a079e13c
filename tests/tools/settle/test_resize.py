"""Fewer or more groups, where only those change that must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.settle.test_match_clusters import OLD, groups
from tools.clustering.clustering import Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.clustering.refine import lock, rename
from tools.errors import UsageError
from tools.settle.match_clusters import violated
from tools.settle.resize import resize

LINE = np.array([0, 1, 2, 10, 11, 12, 15, 16, 17], np.float32)[:, None]
"""Happy ones at 0, sad ones at 10, calm ones near those."""


def test_the_two_nearest_become_one() -> None:
    assert groups(resize(OLD, LINE, 2)) == {
        "c1": ("happy", "i0 i1 i2"),
        "c2": ("sad or calm", "i3 i4 i5 i6 i7 i8"),
    }


def test_the_name_of_the_two_may_be_there_already() -> None:
    clusters = (rename(OLD, "c1", "Sad or calm")).clusters
    found = groups(resize(OLD.with_changes(clusters=clusters), LINE, 2))
    assert found == {"c1": ("Sad or calm", "i0 i1 i2"), "c2": ("sad or calm 2", "i3 i4 i5 i6 i7 i8")}


def test_the_loosest_becomes_two() -> None:
    points = LINE.copy()
    points[2] = 5
    found = groups(resize(OLD, points, 4))
    assert found["c1"] == ("happy", "i0 i1") and found["c4"] == ("happy 2", "i2")
    assert found["c2"] == groups(OLD)["c2"] and found["c3"] == groups(OLD)["c3"]


def test_what_was_said_decides_which() -> None:
    kept: list[Constraint] = [Label("i3", "sad"), Label("i6", "calm")]
    assert ("sad", "i0 i1 i2 i3 i4 i5") in groups(resize(OLD, LINE, 2, kept)).values()
    assert "c3" in groups(resize(OLD, LINE, 2, [CannotLink("i3", "i6")]))
    points = LINE.copy()
    points[2] = 5
    named = groups(resize(OLD, points, 4, [Label("i2", "happy")]))
    assert next(members for name, members in named.values() if name == "happy") == "i2"
    linked = groups(resize(OLD, points, 4, [MustLink("i0", "i2"), MustLink("i1", "i2")]))
    assert linked["c1"] == groups(OLD)["c1"]


def test_what_is_locked_or_cannot_be_told_apart_stays() -> None:
    everything: Clustering = OLD
    for cluster in OLD.clusters:
        everything = lock(everything, cluster.id)
    for k in (1, 5):
        with pytest.raises(UsageError, match="because of your answers or locked groups"):
            resize(everything, LINE, k)
    with pytest.raises(UsageError, match="no group can be split: nothing that was seen tells"):
        resize(OLD, np.zeros((9, 2), np.float32), 4)
    assert resize(OLD, LINE, 3) is OLD
    assert len(resize(OLD, np.full((9, 1), np.nan, np.float32), 1).clusters) == 1


@given(st.integers(1, 9), st.integers(0, 99))
def test_as_many_as_asked_and_each_image_in_one_place(k: int, seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(9, 3)).astype(np.float32)
    said: list[Constraint] = [Label("i0", "happy"), MustLink("i3", "i4")]
    found = resize(OLD, points, k, said, seed)
    assert len(found.clusters) == min(k, 8)
    assert violated(found, said) == []
    assert len(found.unsorted()) == 0
