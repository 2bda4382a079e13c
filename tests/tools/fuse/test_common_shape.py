"""Groups that are long in the same directions."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from tools.fuse.common_shape import common_shape
from tools.fuse.kmeans import ConcatenatedKMeans, RoutedKMeans
from tools.models.ports import Vectors
from tools.views import View


def shared(seed: int, k: int = 3, size: int = 60) -> tuple[Vectors, np.ndarray]:
    """Groups that differ in ten columns, and all of which are long in six others."""
    rng = np.random.default_rng(seed)
    centres = np.zeros((k, 40))
    centres[:, :10] = rng.normal(size=(k, 10))
    centres *= 5 / np.linalg.norm(centres, axis=1, keepdims=True)
    truth = np.repeat(np.arange(k), size)
    rows = centres[truth] + rng.normal(size=(k * size, 40)) * 0.7
    rows[:, 10:16] += rng.normal(size=(k * size, 6)) * 3
    return rows.astype(np.float32), truth


def made(rows: Vectors, k: int, method: type[RoutedKMeans] = RoutedKMeans) -> np.ndarray:
    images = [str(i) for i in range(len(rows))]
    return np.asarray(method().fit([View("only", rows)], images=images, k=k, seed=0).argmax(1))


def test_what_all_groups_have_in_common_no_longer_parts_them() -> None:
    before, after = [], []
    for seed in (2, 4, 5, 7):
        rows, truth = shared(seed)
        start = KMeans(3, n_init=10, random_state=0).fit_predict(rows)
        soft = common_shape(rows, start, 3)
        np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)
        before.append(adjusted_rand_score(truth, start))
        after.append(adjusted_rand_score(truth, soft.argmax(1)))
    assert max(before) < 0.7
    assert min(after) > 0.95


def test_a_narrow_view_keeps_its_groups(rng: np.random.Generator) -> None:
    rows = (rng.normal(size=(200, 2)) * (1.6, 0.4)).astype(np.float32)
    labels = KMeans(2, n_init=3, random_state=0).fit_predict(rows)
    assert (common_shape(rows, labels, 2) == np.eye(2)[labels]).all()


def test_groups_that_are_far_apart_stay_as_they_are(rng: np.random.Generator) -> None:
    rows = np.concatenate([rng.normal(size=(40, 50)) + 20 * i for i in range(3)]).astype(np.float32)
    labels = KMeans(3, n_init=3, random_state=0).fit_predict(rows)
    assert (common_shape(rows, labels, 3).argmax(1) == labels).all()


def test_no_group_is_given_up(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(60, 40)).astype(np.float32)
    for k in (2, 5, 12):
        labels = KMeans(k, n_init=1, random_state=0).fit_predict(rows)
        assert len(set(common_shape(rows, labels, k).argmax(1).tolist())) == k
        assert len(set(made(rows, k).tolist())) == k


def test_fewer_points_than_columns_and_equal_points_are_no_error(rng: np.random.Generator) -> None:
    wide = rng.normal(size=(8, 100)).astype(np.float32)
    assert common_shape(wide, np.arange(8) % 2, 2).shape == (8, 2)
    same = np.ones((6, 50), np.float32)
    assert (common_shape(same, np.arange(6) % 2, 2).argmax(1) == np.arange(6) % 2).all()


def test_the_default_has_such_groups_and_the_blind_baseline_has_none() -> None:
    rows, truth = shared(2)
    plain, shaped = made(rows, 3, ConcatenatedKMeans), made(rows, 3)
    assert adjusted_rand_score(truth, plain) < 0.7
    assert adjusted_rand_score(truth, shaped) > 0.95
