import numpy as np

from tools.settle.assign_by_likeness import FOLDS, TRIED, assign_by_likeness, stratified_sample
from tools.views import View


def _folder(part: float = 4.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """120 images of two kinds, `part` apart, the last 20 not placed yet; and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(120) % 2)
    looks = rng.normal(size=(120, 6)).astype(np.float32)
    looks[:, 0] += part * truth
    return looks, truth


def _soft(truth: np.ndarray, k: int = 2) -> np.ndarray:
    soft = np.zeros((len(truth), k), np.float32)
    soft[np.arange(100), truth[:100]] = 1.0
    return soft


def test_an_image_is_placed_with_those_that_it_is_like() -> None:
    looks, truth = _folder()
    found = assign_by_likeness(_soft(truth), [View("looks", looks)])
    placed = found.sum(1) > 0
    assert placed[100:].sum() >= 15
    assert (found[placed].argmax(1) == truth[placed]).mean() > 0.97
    np.testing.assert_array_equal(found[:100], _soft(truth)[:100])


def test_nothing_is_placed_where_likeness_does_not_tell_the_groups_apart() -> None:
    looks, truth = _folder(part=1.0)
    np.testing.assert_array_equal(assign_by_likeness(_soft(truth), [View("looks", looks)]), _soft(truth))


def test_one_large_group_is_no_reason_to_place_all_in_it() -> None:
    looks, _ = _folder(part=0.0)
    lopsided = (np.arange(120) % 20 == 0).astype(int)
    np.testing.assert_array_equal(
        assign_by_likeness(_soft(lopsided), [View("looks", looks)]), _soft(lopsided)
    )


def test_an_image_unlike_all_others_stays_on_the_pile() -> None:
    looks, truth = _folder()
    looks[110:] += 50.0
    found = assign_by_likeness(_soft(truth), [View("looks", looks)])
    assert found[110:].sum() == 0
    assert found[100:110].sum() > 0


def test_an_image_of_which_nothing_is_known_stays_on_the_pile() -> None:
    looks, truth = _folder()
    looks[110:] = np.nan
    assert assign_by_likeness(_soft(truth), [View("looks", looks)])[110:].sum() == 0


def test_a_group_of_a_few_images_is_left_alone() -> None:
    looks, truth = _folder()
    truth = np.where(np.arange(120) < 3, 2, truth)
    soft = _soft(truth, 3)
    np.testing.assert_array_equal(assign_by_likeness(soft, [View("looks", looks)]), soft)


def test_without_looks_nothing_changes() -> None:
    _, truth = _folder()
    np.testing.assert_array_equal(assign_by_likeness(_soft(truth), []), _soft(truth))


def test_of_a_large_folder_a_part_tells_whether_likeness_can_be_trusted() -> None:
    """And a group too small for its share of that part does not go missing in it."""
    rng = np.random.default_rng(0)
    truth = np.concatenate([np.arange(4000) % 2, np.full(8, 2)])
    looks = rng.normal(size=(len(truth), 6)).astype(np.float32)
    looks[np.arange(len(truth)), truth] += 12.0
    soft = np.eye(3, dtype=np.float32)[truth]
    hidden = np.concatenate([np.arange(20), [4006, 4007]])
    soft[hidden] = 0.0
    some = stratified_sample(truth[soft.any(1)], 0)
    assert TRIED <= len(some) <= TRIED + FOLDS and (truth[soft.any(1)][some] == 2).sum() == FOLDS
    found = assign_by_likeness(soft, [View("looks", looks)])
    placed = hidden[found[hidden].any(1)]
    assert len(placed) >= 18 and (found[placed].argmax(1) == truth[placed]).all()
