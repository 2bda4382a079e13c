"""The layout of the map: alike is near, the same every time, and every picture that was seen is on it."""

import numpy as np
import pytest

from assistant.report import picture_map
from assistant.report.picture_map import laid_out


def blobs(n: int, of: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % of
    return (np.eye(of, 12)[labels] * 8 + rng.normal(0, 0.5, (n, 12))).astype(np.float32), labels


def purity(plane: np.ndarray, labels: np.ndarray) -> float:
    distance = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return float((labels[distance.argmin(1)] == labels).mean())


def test_alike_is_near_and_the_same_every_time() -> None:
    points, labels = blobs(90)
    plane = laid_out(points)
    assert plane is not None and plane.shape == (90, 2) and plane.dtype == np.float32
    assert purity(plane, labels) > 0.95
    again = laid_out(points)
    assert again is not None and np.array_equal(plane, again)


def test_of_many_a_sample_is_laid_out_and_the_others_are_put_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_map, "MOST_PLACED", 60)
    points, labels = blobs(300)
    plane = laid_out(points)
    assert plane is not None and not np.isnan(plane).any()
    assert purity(plane, labels) > 0.95


def test_where_nothing_was_seen_there_is_no_place_and_of_too_few_no_map() -> None:
    points, _ = blobs(40)
    points[7] = np.nan
    plane = laid_out(points)
    assert plane is not None and np.flatnonzero(np.isnan(plane).any(axis=1)).tolist() == [7]
    assert laid_out(np.zeros((40, 3), np.float32)) is None
    assert laid_out(np.full((5, 3), np.nan, np.float32)) is None
    column = laid_out(np.arange(30, dtype=np.float32)[:, None])
    assert column is not None and column.shape == (30, 2)
