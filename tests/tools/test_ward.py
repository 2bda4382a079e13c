"""Groups at every number from one tree."""

import numpy as np
import pytest

from tools.ward import WardTree, nearest


def test_the_cut_at_the_number_of_blobs_is_the_blobs_and_the_gap_is_widest_there(
    rng: np.random.Generator,
) -> None:
    truth = np.repeat(np.arange(5), 20)
    points = (np.eye(5, 8)[truth] * 9 + rng.normal(size=(100, 8))).astype(np.float32)
    cuts = WardTree(points)
    labels, centres = cuts.at(5)
    assert len(centres) == 5
    assert len(set(zip(labels.tolist(), truth.tolist(), strict=True))) == 5
    assert max(range(2, 12), key=cuts.gap) == 5
    assert cuts.silhouette(labels) > cuts.silhouette(cuts.at(4)[0])


@pytest.mark.parametrize("k", [2, 4, 9])
def test_every_point_is_with_the_nearest_centre(rng: np.random.Generator, k: int) -> None:
    points = rng.normal(size=(60, 3)).astype(np.float32)
    labels, centres = WardTree(points).at(k)
    assert set(labels.tolist()) == set(range(len(centres)))
    np.testing.assert_array_equal(labels, nearest(points, centres))
    for group, centre in enumerate(centres):
        np.testing.assert_allclose(points[labels == group].mean(0), centre, atol=1e-5)


def test_the_same_points_are_never_parted() -> None:
    points = np.repeat(np.eye(3, dtype=np.float32), 6, axis=0)
    labels, centres = WardTree(points).at(7)
    assert len(centres) == 3
    assert [len(set(labels[i : i + 6].tolist())) for i in (0, 6, 12)] == [1, 1, 1]
