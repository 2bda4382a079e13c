"""Which picture is asked about: one that covers many, or a doubtful one, and unlike those that were."""

import numpy as np
import pytest

from tools.teach.query_strategy import covering_image, covering_member, doubtful_image
from tools.views import View, fill_gaps


def pictures(rng: np.random.Generator) -> tuple[np.ndarray, list[View]]:
    """Three clumps of ten: one of which much was asked, one of which nothing was, and one that is quite sure."""
    clump = np.repeat([0, 1, 2], 10)
    points = np.eye(3)[clump] * 5 + rng.normal(size=(30, 3)) / 10
    return clump, [View("looks", fill_gaps(points.astype(np.float32)), 1.0)]


@pytest.mark.parametrize("seed", range(5))
def test_a_clump_that_nobody_was_asked_about_comes_before_a_bit_more_doubt_about_a_known_one(
    seed: int,
) -> None:
    clump, views = pictures(np.random.default_rng(seed))
    soft = np.array([[0.60, 0.40], [0.68, 0.32], [1.0, 0.0]])[clump]
    asked = np.arange(5)
    open_rows = np.ones(30, bool)
    open_rows[asked] = False
    choice = doubtful_image(soft, views, np.ones(1), asked, open_rows)
    assert choice is not None and clump[choice.rows[0]] == 1
    assert 0 < choice.gain < 1


def test_where_all_is_alike_the_most_doubtful_is_asked_about() -> None:
    views = [View("looks", np.eye(12, dtype=np.float32), 1.0)]
    sure = np.linspace(0.55, 0.95, 12)
    soft = np.stack([sure, 1 - sure], 1)
    open_rows = np.ones(12, bool)
    first = doubtful_image(soft, views, np.ones(1), np.zeros(0, np.intp), open_rows)
    assert first is not None and first.rows == (0,)
    open_rows[0] = False
    second = doubtful_image(soft, views, np.ones(1), np.array([0]), open_rows)
    assert second is not None and second.rows == (1,)
    assert doubtful_image(soft, views, np.ones(1), np.arange(12), np.zeros(12, bool)) is None


def test_the_largest_clump_comes_first_and_then_what_is_not_covered() -> None:
    rng = np.random.default_rng(0)
    clump = np.repeat([0, 1, 2], [30, 20, 10])
    points = np.eye(3)[clump] * 5 + rng.normal(size=(60, 3)) / 3
    views = [
        View("looks", fill_gaps(points.astype(np.float32)), 1.0),
        View("noise", rng.normal(size=(60, 3)), 0.0),
    ]
    asked, open_rows = np.zeros(0, np.intp), np.ones(60, bool)
    seen = []
    for _ in range(3):
        choice = covering_image(views, np.array([1.0, 0.0]), asked, open_rows)
        assert choice is not None and 0 < choice.gain <= 1
        (row,) = choice.rows
        seen.append(int(clump[row]))
        asked = np.append(asked, row)
        open_rows[row] = False
    assert seen == [0, 1, 2]
    assert covering_image(views, np.array([1.0, 0.0]), asked, np.zeros(60, bool)) is None


def test_of_many_pictures_some_are_compared_and_only_open_ones_chosen() -> None:
    rng = np.random.default_rng(1)
    views = [View("looks", fill_gaps(rng.normal(size=(5000, 4)).astype(np.float32)), 1.0)]
    open_rows = np.zeros(5000, bool)
    open_rows[4000:] = True
    choice = covering_image(views, np.ones(1), np.arange(3), open_rows)
    assert choice is not None and choice.rows[0] >= 4000


def test_within_a_group_each_sort_of_picture_is_asked_about_once() -> None:
    rng = np.random.default_rng(0)
    sort = np.repeat([0, 1, 2], [20, 10, 30])  # the last is another group
    points = (np.eye(3)[sort] * 2 + rng.normal(size=(60, 3)) / 10).astype(np.float32)
    members, known, open_rows = sort < 2, np.zeros(0, np.intp), np.ones(60, bool)
    first = covering_member(points, members, known, open_rows)
    assert first is not None and sort[first] == 0  # most are such
    second = covering_member(points, members, np.array([first]), open_rows)
    assert second is not None and sort[second] == 1
    open_rows[sort < 2] = False
    assert covering_member(points, members, known, open_rows) is None
