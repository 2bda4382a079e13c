"""How answers and what was found without them become one assignment."""

import numpy as np

from tools.learn.kernel_ridge import KernelRidge
from tools.learn.posterior import NAMED, certainty, posterior


def start(*sizes: int) -> np.ndarray:
    return np.repeat(np.eye(len(sizes), dtype=np.float32), sizes, axis=0)


def head(
    chances: np.ndarray, skill: float, rows: np.ndarray, foreseen: np.ndarray | None = None
) -> KernelRidge:
    """What it says of the answered images counts as foreseen, or else `foreseen`."""
    said = chances[rows] if foreseen is None else foreseen
    unseen = np.full(chances.shape[1], 1 / chances.shape[1])
    return KernelRidge(chances, np.ones(1), np.ones(1, bool), skill, said, unseen, 0.0)


def test_groups_that_nobody_named_stay_as_long_as_every_answer_brings_a_new_name() -> None:
    begun = start(5, 5, 5, 5)
    rows, names = np.array([0, 5]), np.array([0, 1])
    even = np.full((20, 2), 0.5)
    found = posterior(head(even, 0.0, rows), begun, rows, names, None)
    assert found.fresh == 1 and found.named == 2
    np.testing.assert_array_equal(found.soft.argmax(1), np.repeat([0, 1, 2, 3], 5))


def test_where_groups_share_their_names_the_rest_is_theirs_too() -> None:
    begun = start(5, 5, 5, 5, 5)
    rows, names = np.array([0, 5, 10, 15]), np.array([0, 0, 1, 1])
    chances = np.repeat([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.8, 0.2]], 5, axis=0)
    found = posterior(head(chances, 0.9, rows), begun, rows, names, None)
    assert found.fresh == 0
    np.testing.assert_array_equal(found.soft.argmax(1), np.repeat([0, 0, 1, 1, 0], 5))


def test_a_head_that_foresees_nothing_does_not_move_what_was_asked_about() -> None:
    begun = start(6, 6)
    rows, names = np.array([0, 6]), np.array([0, 1])
    wrong = np.tile([0.1, 0.9], (12, 1))
    nothing = np.full((2, 2), 0.5)
    found = posterior(head(wrong, 0.0, rows, nothing), begun, rows, names, None)
    np.testing.assert_array_equal(found.soft.argmax(1), np.repeat([0, 1], 6))


def test_a_head_that_foresees_all_moves_what_was_found_wrongly() -> None:
    begun, truth = start(12, 12), np.tile([0, 1], 12)
    rows = np.array([0, 1, 2, 3, 12, 13, 14, 15, 16, 17])
    chances = np.where(np.eye(2)[truth] > 0, 0.95, 0.05)
    found = posterior(head(chances, 0.9, rows), begun, rows, truth[rows], None).soft.argmax(1)
    np.testing.assert_array_equal(found, truth)


def test_a_group_whose_only_answer_is_the_name_of_another_waits_where_most_groups_are_new() -> None:
    begun = start(6, 5, 5, 5, 5)
    rows, names = np.array([0, 6, 11, 16, 21]), np.array([0, 1, 2, 0, 3])
    even = np.full((26, 4), 1 / 4)
    found = posterior(head(even, 0.0, rows), begun, rows, names, None)
    assert found.doubted.tolist() == [3] and found.others.tolist() == [3]
    assert found.soft.argmax(1).tolist() == [0] * 6 + [1] * 5 + [2] * 5 + [0] + [4] * 4 + [3] * 5
    rows, names = np.array([0, 6, 11, 16, 21, 17, 1]), np.array([0, 1, 2, 0, 3, 0, 0])
    sure = posterior(head(even, 0.0, rows), begun, rows, names, None)
    assert not len(sure.doubted) and (sure.soft.argmax(1)[16:21] == 0).all()


def test_no_more_groups_than_were_asked_for_unless_more_were_named() -> None:
    begun = start(5, 4, 3, 2)
    even = np.full((14, 2), 0.5)
    rows, names = np.array([0, 5]), np.array([0, 1])
    for most in (1, 2, 3, 4):
        found = posterior(head(even, 0.9, rows), begun, rows, names, most)
        assert found.soft.shape[1] == max(2, most)
        assert found.soft[rows].argmax(1).tolist() == [0, 1]


def test_what_is_not_seen_stays_open_unless_the_head_knows() -> None:
    begun = start(4, 4)
    begun[[3, 7]] = 0
    rows, names = np.array([0, 4]), np.array([0, 1])
    chances = np.repeat([[0.9, 0.1], [0.6, 0.4]], 4, axis=0)
    soft = posterior(head(chances, 0.2, rows), begun, rows, names, None).soft
    assert soft[3].any() and not soft[7].any()
    np.testing.assert_allclose(soft.sum(1)[[0, 1, 2, 3]], 1)


def test_certainty_is_sharper_than_the_assignment_keeps_its_order_and_is_none_for_the_unsorted() -> None:
    soft = np.array([[0.6, 0.4], [0.9, 0.1], [0.5, 0.5], [1.0, 0.0], [0.0, 0.0]])
    sure = certainty(soft)
    np.testing.assert_allclose(sure, [0.6475, 0.9643, 0.5, 1, 0], atol=1e-3)
    np.testing.assert_allclose(certainty(soft, NAMED), [0.6, 0.9, 0.5, 1, 0], atol=1e-6)
    assert sure.dtype == np.float32 and certainty(np.zeros((3, 0))).tolist() == [0, 0, 0]
