"""Pairs from what the user said, from words, and from a judge."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.constraints import CannotLink, Label, MustLink
from tools.errors import UsageError
from tools.tune.pairs import Pairs, from_constraints, from_judge, from_values, merge_pairs, pairs, split

IMAGES = [f"{i:02}" for i in range(20)]


def told(found: Pairs) -> dict[tuple[int, int], bool]:
    return {(a, b): same for (a, b), same in zip(found.rows.tolist(), found.same.tolist(), strict=True)}


def test_what_follows_from_labels_and_links_is_said_too() -> None:
    said = [
        Label("00", "x"),
        Label("01", "x"),
        Label("02", "y"),
        MustLink("02", "03"),
        CannotLink("03", "04"),
    ]
    assert told(from_constraints(IMAGES, said)) == {
        (0, 1): True, (2, 3): True, (2, 4): False, (3, 4): False,
        (0, 2): False, (0, 3): False, (1, 2): False, (1, 3): False,
    }  # fmt: skip
    assert len(from_constraints(IMAGES, [])) == 0


def test_the_newest_wins() -> None:
    assert told(from_constraints(IMAGES, [MustLink("00", "01"), CannotLink("01", "00")])) == {(0, 1): False}
    assert told(pairs([(0, 1), (1, 0), (2, 2)], [True, False, True])) == {(0, 1): False}
    teacher, user = pairs([(0, 1), (0, 2)], [True, True], [0.9, 0.9]), pairs([(1, 0)], [False])
    assert told(merge_pairs(teacher, user)) == {(0, 1): False, (0, 2): True}


@pytest.mark.parametrize(
    ("same", "weight"), [([True, True], None), ([True], [float("nan")]), ([True], [0.0]), ([True], [2.0])]
)
def test_bad_numbers_are_refused(same: list[bool], weight: list[float] | None) -> None:
    with pytest.raises(UsageError, match="pair"):
        pairs([(0, 1)], same, weight)


def test_words_teach_where_they_are_sure() -> None:
    said = ("red", "red", "blue", None, "blue", "red")
    sure = np.array([0.9, 0.8, 0.9, 0.0, 0.2, np.nan], np.float32)
    found = from_values(said, sure)
    assert told(found) == {(0, 1): True, (0, 2): False, (1, 2): False}
    np.testing.assert_allclose(found.weight, [0.72, 0.81, 0.72], atol=1e-6)
    assert not found.by_user.any()


def test_words_of_many_images_are_sampled_word_by_word() -> None:
    said = ("often",) * 900 + ("seldom",) * 10
    found = from_values(said, np.ones(910, np.float32))
    assert len(np.unique(found.rows)) == 128
    assert (np.unique(found.rows) >= 900).sum() == 10


class _Threshold:
    """Says how near two numbers are; unsure between."""

    name = "threshold"

    def __init__(self) -> None:
        self.calls = 0

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        self.calls += 1
        return 1.0 if row % 3 == exemplars[0] % 3 else 0.45 if row % 2 else 0.1


def test_a_judge_is_asked_so_many_times_and_is_left_out_where_it_is_unsure(rng: np.random.Generator) -> None:
    judge = _Threshold()
    points = rng.normal(size=(40, 5)).astype(np.float32)
    points[7] = np.nan
    found = from_judge(points, judge, "x", count=30)
    assert 15 < judge.calls <= 30 and 0 < len(found) < judge.calls
    assert all(same == (a % 3 == b % 3) for (a, b), same in told(found).items())
    assert 7 not in found.rows and (found.weight < 1).all()
    assert len(from_judge(points[:1], judge, "x")) == 0


@given(st.lists(st.integers(0, 3), min_size=4, max_size=20), st.integers(0, 50))
def test_no_image_is_on_both_sides(groups: list[int], seed: int) -> None:
    found = from_constraints(IMAGES, [Label(IMAGES[i], str(group)) for i, group in enumerate(groups)])
    parts = split(found, 0.4, seed)
    if parts is None:
        return
    train, held = parts
    assert not set(found.rows[train].ravel()) & set(found.rows[held].ravel())
    assert all(len(set(found.same[part].tolist())) == 2 for part in parts)
