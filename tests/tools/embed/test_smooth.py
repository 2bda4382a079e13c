"""Neighbours quiet noise where a collection is large, and are left alone where it is small."""

import numpy as np

from tools.embed.prepare import IMAGES_PER_NEIGHBOUR, smooth


def test_large_groups_become_clearer(rng: np.random.Generator) -> None:
    truth = np.arange(1500) % 2
    points = (np.where(truth[:, None], 0.6, -0.6) + rng.normal(size=(1500, 16))).astype(np.float32)

    def clearness(rows: np.ndarray) -> float:
        one, two = rows[truth == 0], rows[truth == 1]
        return float(((one.mean(0) - two.mean(0)) ** 2).sum() / (one.var(0).sum() + two.var(0).sum()))

    assert clearness(smooth(points)) > 2 * clearness(points)
    assert smooth(points).shape == points.shape and smooth(points).dtype == np.float32


def test_a_small_collection_stays_as_it_is(rng: np.random.Generator) -> None:
    points = rng.normal(size=(3 * IMAGES_PER_NEIGHBOUR - 1, 4)).astype(np.float32)
    assert smooth(points) is points
    assert smooth(points[:0]).shape == (0, 4)


def test_equal_points_stay_equal() -> None:
    points = np.repeat(np.eye(3, dtype=np.float32), 300, axis=0)
    np.testing.assert_allclose(smooth(points), points)


def test_neighbours_may_come_from_elsewhere(rng: np.random.Generator) -> None:
    groups = np.arange(90) % 3
    looks = (np.eye(3)[groups] * 5 + rng.normal(0, 0.1, (90, 3))).astype(np.float32)
    said = (np.eye(3)[groups] + rng.normal(0, 1, (90, 3))).astype(np.float32)
    quiet = smooth(said, looks)
    assert (quiet.argmax(1) == groups).mean() > (said.argmax(1) == groups).mean() + 0.1
