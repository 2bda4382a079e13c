"""Views made comparable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.embed.prepare import IMAGES_PER_NEIGHBOUR, WIDEST, prepare, smooth
from tools.models.ports import Vectors

NUMBERS = st.floats(-100, 100, width=32)
NARROW = hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 6)), elements=NUMBERS)


def distances(rows: Vectors) -> Vectors:
    return np.asarray(np.linalg.norm(rows[:, None] - rows[None], axis=-1))


@given(NARROW, st.lists(st.integers(0, 11), max_size=4))
def test_rows_without_a_value_stay_without_and_change_no_other(data: Vectors, gaps: list[int]) -> None:
    holes = data.copy()
    rows = sorted({gap for gap in gaps if gap < len(data)})
    holes[rows, 0] = np.nan
    made = prepare(holes)
    seen = np.setdiff1d(np.arange(len(data)), rows)
    assert made.dtype == np.float32
    assert np.isnan(made[rows]).all()
    assert np.isfinite(made[seen]).all()
    np.testing.assert_array_equal(made[seen], prepare(data[seen]))


@given(NARROW)
def test_the_mean_squared_norm_is_1_or_everything_is_0(data: Vectors) -> None:
    mean = float((prepare(data).astype(np.float64) ** 2).sum(1).mean())
    assert mean == pytest.approx(1, abs=1e-4) or mean == 0


@given(NARROW, st.floats(0.01, 1000), st.floats(-50, 50))
def test_neither_the_unit_nor_the_zero_of_a_measurement_matters(
    data: Vectors, unit: float, zero: float
) -> None:
    # Whole steps, so that nothing of the small differences is lost in float32.
    data = np.round(data)
    changed = (data.astype(np.float64) * unit + zero).astype(np.float32)
    np.testing.assert_allclose(prepare(changed), prepare(data), atol=0.01)


def test_the_proportions_of_a_narrow_view_are_kept(rng: np.random.Generator) -> None:
    data = rng.normal(size=(20, 3)).astype(np.float32) * (1, 10, 0.1)
    before, after = distances(data), distances(prepare(data))
    np.testing.assert_allclose(after / after.max(), before / before.max(), atol=1e-5)


@pytest.mark.parametrize("width", [3, 200])
def test_a_constant_view_becomes_zeros(width: int) -> None:
    made = prepare(np.full((5, width), 7.3, np.float32))
    assert made.shape == (5, min(width, WIDEST))
    assert not made.any()


@pytest.mark.parametrize("width", [3, 200])
def test_one_row_and_no_row_at_all(width: int) -> None:
    assert not prepare(np.ones((1, width), np.float32)).any()
    assert prepare(np.empty((0, width), np.float32)).shape == (0, min(width, WIDEST))
    assert np.isnan(prepare(np.full((4, width), np.nan, np.float32))).all()


def test_constant_columns_of_a_wide_view_change_nothing(rng: np.random.Generator) -> None:
    data = rng.normal(size=(30, 100)).astype(np.float32)
    wider = np.concatenate([data, np.full((30, 40), 3.0, np.float32)], axis=1)
    np.testing.assert_allclose(prepare(wider), prepare(data), atol=1e-4)


def test_the_scale_of_a_column_of_a_wide_view_does_not_matter(rng: np.random.Generator) -> None:
    data = rng.normal(size=(90, 80)).astype(np.float32)
    scaled = data * rng.uniform(0.1, 100, 80).astype(np.float32)
    np.testing.assert_allclose(distances(prepare(scaled)), distances(prepare(data)), atol=1e-3)


@pytest.mark.parametrize("n", [5, 65, 150])
def test_a_wide_view_is_compressed_and_its_rows_have_one_length(n: int, rng: np.random.Generator) -> None:
    made = prepare(rng.normal(size=(n, 128)).astype(np.float32))
    assert made.shape == (n, WIDEST)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-4)


def test_what_lies_apart_in_a_wide_view_stays_apart(rng: np.random.Generator) -> None:
    centres = rng.normal(size=(3, 300)) * 3
    data = np.repeat(centres, 10, axis=0) + rng.normal(size=(30, 300))
    made = prepare(data.astype(np.float32))
    group = np.repeat(np.arange(3), 10)
    apart = distances(made)
    inside = apart[group[:, None] == group[None]].max()
    assert apart[group[:, None] != group[None]].min() > inside


def test_infinite_values_count_as_missing() -> None:
    made = prepare(np.array([[0, 1], [np.inf, 1], [2, 1], [1, -np.inf]], np.float32))
    assert np.isnan(made).all(axis=1).tolist() == [False, True, False, True]
    assert made[[0, 2], 0].tolist() == [-1, 1]


def test_the_same_numbers_each_time_and_the_argument_is_left_alone(rng: np.random.Generator) -> None:
    data = rng.normal(size=(40, 100)).astype(np.float32)
    before = data.copy()
    np.testing.assert_array_equal(prepare(data), prepare(data))
    np.testing.assert_array_equal(data, before)


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
