"""Neighbours among all images, and among a sample of many."""

import numpy as np
import pytest

from tools import neighbours
from tools.embed import prepare
from tools.neighbours import nearest_rows


def test_they_are_exact_where_there_are_few(rng: np.random.Generator) -> None:
    points = rng.normal(size=(60, 3)).astype(np.float32)
    distance, near = nearest_rows(points, 4)
    exact = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(exact, np.inf)
    np.testing.assert_array_equal(near, np.argsort(exact, axis=1)[:, :4])
    np.testing.assert_allclose(distance, np.sort(exact, axis=1)[:, :4], rtol=1e-4)


def test_of_many_they_are_the_nearest_of_a_sample_and_never_the_point_itself(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "EXACT", 50)
    monkeypatch.setattr(neighbours, "SAMPLE", 40)
    points = rng.normal(size=(200, 3)).astype(np.float32)
    distance, near = nearest_rows(points, 5, seed=1)
    sample = set(near.ravel().tolist())
    assert len(sample) <= 40 and near.shape == distance.shape == (200, 5)
    for row in range(200):
        assert row not in near[row] and (np.diff(distance[row]) >= 0).all()
        others = [other for other in sample if other != row]
        nearest = sorted(
            others, key=lambda other, row=row: float(np.linalg.norm(points[row] - points[other]))
        )
        assert near[row].tolist()[0] == nearest[0]
    again = nearest_rows(points, 5, seed=1)[1]
    np.testing.assert_array_equal(near, again)


def test_equal_points_have_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "EXACT", 50)
    monkeypatch.setattr(neighbours, "SAMPLE", 40)
    distance, near = nearest_rows(np.zeros((100, 2), np.float32), 5)
    assert distance.max() == 0 and all(row not in near[row] for row in range(100))


def test_smoothing_by_a_sample_brings_groups_together(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = rng.integers(3, size=2_000)
    points = (np.eye(3, 6)[truth] * 2 + rng.normal(size=(2_000, 6))).astype(np.float32)

    def spread(rows: np.ndarray) -> float:
        return float(np.mean([rows[truth == group].std(axis=0).mean() for group in range(3)]))

    exact = spread(prepare.smooth(points))
    monkeypatch.setattr(neighbours, "EXACT", 1_000)
    monkeypatch.setattr(neighbours, "SAMPLE", 500)
    sampled = spread(prepare.smooth(points))
    assert sampled < 0.8 * spread(points) and abs(sampled - exact) < 0.15
