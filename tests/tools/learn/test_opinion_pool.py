"""Few answers do not undo a good grouping, and a bad one is given up."""

import numpy as np
import pytest

from tests.tools.learn.test_kernel_ridge import blobs, noise
from tools.clustering.constraints import Label, tie
from tools.clustering.evaluate import evaluate
from tools.learn.material import Material
from tools.learn.opinion_pool import grouped
from tools.views import View, fill_gaps


def taught(views: list[View], begun: np.ndarray, truth: np.ndarray, rows: np.ndarray) -> float:
    """NMI after answers about those rows."""
    images = tuple(f"image {i}" for i in range(len(truth)))
    said = [Label(images[row], f"group {truth[row]}") for row in rows.tolist()]
    start = np.eye(int(begun.max()) + 1, dtype=np.float32)[begun]
    learned = Material(images, views, start).learn(tie(images, said), said)
    assert learned is not None
    return evaluate(truth.tolist(), learned.posterior.soft.argmax(1).tolist()).nmi


def test_eight_answers_do_not_undo_a_good_grouping_though_of_many_views_one_fits_them() -> None:
    lost = []
    for seed in range(14):  # in which the grouping has 6 to 8 of the answers right
        rng = np.random.default_rng(seed)
        truth = np.repeat([0, 1], 100)
        begun = np.where(rng.random(200) < 0.08, 1 - truth, truth)
        views = [View("routed", fill_gaps(rng.normal(size=(200, 8)).astype(np.float32)), 1.0)]
        views += [noise(rng, 200) for _ in range(30)]
        rows = np.concatenate([rng.permutation(100)[:4], 100 + rng.permutation(100)[:4]])
        before = evaluate(truth.tolist(), begun.tolist()).nmi
        agree = int((begun[rows] == truth[rows]).sum())
        lost.append((agree, before - taught(views, begun, truth, rows)))
    assert max(loss for agree, loss in lost if agree >= 7) < 0.02
    assert np.mean([loss for _, loss in lost]) < 0.08


@pytest.mark.parametrize("seed", range(3))
def test_a_bad_grouping_is_given_up_for_a_view_that_foresees_the_answers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, begun = rng.integers(0, 3, 150), rng.integers(0, 3, 150)
    views = [blobs(rng, begun, "routed", 1.0), blobs(rng, truth), *(noise(rng, 150) for _ in range(10))]
    assert taught(views, begun, truth, rng.permutation(150)[:24]) > 0.9


@pytest.mark.parametrize("seed", range(5))
def test_how_often_a_name_was_said_is_no_share_of_the_collection(seed: int) -> None:
    """A few of each group look alike and were asked about, and of one of them the grouping was wrong; of all others,
    which look like nothing else, only the grouping says anything."""
    rng = np.random.default_rng(seed)
    truth = np.repeat([0, 1], 100)
    begun = np.where(rng.random(200) < 0.02, 1 - truth, truth)
    points = rng.normal(size=(200, 64)).astype(np.float32)
    alike = np.concatenate([np.arange(10), 100 + np.arange(10)])
    points[alike] = np.eye(2, 64)[truth[alike]] * 8 + rng.normal(size=(20, 64)) / 10
    views = [View("routed", fill_gaps(points), 1.0)]
    rows = np.concatenate([np.arange(6), 100 + np.arange(2)])
    begun[rows] = truth[rows]
    begun[0] = 1
    before = evaluate(truth.tolist(), begun.tolist()).nmi
    assert taught(views, begun, truth, rows) > before - 0.05


def test_the_middle_of_a_group_is_where_most_of_it_lies() -> None:
    points = np.array([[1.0, 0.0]] * 6 + [[0.5, 0.5], [0.0, 1.0], [0.0, 1.0]], np.float32)
    start = np.zeros((9, 2), np.float32)
    start[:7, 0], start[7:, 1] = 1, 1
    found = grouped(start, points)
    assert found.of.tolist() == [0] * 7 + [1] * 2
    assert found.middle[6] == found.middle[:7].min() and found.middle[0] == 1
