"""The order of the images of a group."""

import numpy as np
import pytest

from tools import arrange
from tools.arrange import by_likeness, typical_first


def test_what_is_near_the_middle_comes_first_and_what_was_not_seen_last() -> None:
    points = np.array([[9.0], [np.nan], [1.0], [0.0], [2.0]], np.float32)
    assert typical_first(points).tolist() == [4, 2, 3, 0, 1]  # the mean is 3
    assert typical_first(np.full((3, 2), np.nan, np.float32)).tolist() == [0, 1, 2]
    assert typical_first(np.empty((0, 2), np.float32)).tolist() == []


@pytest.mark.parametrize("at_once", [800, 40])
def test_neighbours_are_alike(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(arrange, "AT_ONCE", at_once)
    along = rng.permutation(300)
    points = np.stack([np.cos(along / 100), np.sin(along / 100)], axis=1).astype(np.float32)
    order = by_likeness(points)
    assert sorted(order.tolist()) == list(range(300))
    steps = np.abs(np.diff(along[order]))
    assert steps.mean() < 3, "by chance it is a hundred"
    np.testing.assert_array_equal(order, by_likeness(points))


def test_it_begins_at_the_end_that_is_nearer_to_the_middle(rng: np.random.Generator) -> None:
    points = np.array([[0.0], [1.0], [2.0], [3.0], [30.0], [np.nan]], np.float32)
    order = by_likeness(points[rng.permutation(5)])
    assert order.tolist()[-1] != 5
    order = by_likeness(points)
    assert order.tolist()[0] in (0, 3) and order.tolist()[-2:] == [4, 5]


def test_a_few_or_equal_images_have_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_likeness(np.zeros((2, 3), np.float32)).tolist() == [0, 1]
    monkeypatch.setattr(arrange, "AT_ONCE", 4)
    assert sorted(by_likeness(np.zeros((9, 3), np.float32)).tolist()) == list(range(9))
