"""Groupings are subtracted from views, and nothing else is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.embed.subtract_groupings import residual, subtract, with_cells

LABELS = hnp.arrays(np.intp, st.just(12), elements=st.integers(-1, 3))
DATA = hnp.arrays(np.float32, st.just((12, 3)), elements=st.integers(-9, 9).map(float))


@given(DATA, LABELS)
def test_groups_lose_their_means_and_no_group_loses_nothing(data: np.ndarray, labels: np.ndarray) -> None:
    rest = subtract(data, [labels])
    np.testing.assert_array_equal(rest[labels < 0], data[labels < 0])
    for group in set(labels[labels >= 0].tolist()):
        rows = labels == group
        shrunk = 1 - rows.sum() / (rows.sum() + 5)
        np.testing.assert_allclose(rest[rows].mean(0), data[rows].mean(0) * shrunk, atol=1e-4)


@given(LABELS, LABELS)
def test_the_cells_of_a_product_tell_what_both_tell(one: np.ndarray, two: np.ndarray) -> None:
    assert len(with_cells([one])) == 1
    *single, cells = with_cells([one, two])
    assert len(single) == 2
    assert len(set(cells.tolist())) == len(set(zip(one.tolist(), two.tolist(), strict=True)))


def test_gaps_stay_gaps() -> None:
    data = np.array([[1, 2], [np.nan, np.nan], [3, 4]], np.float32)
    rest = subtract(data, [np.array([0, 0, 0])])
    assert np.isnan(rest[1]).all() and not np.isnan(rest[[0, 2]]).any()


def test_without_groupings_a_view_is_as_it_was() -> None:
    data = np.array([[3, 4], [0, 1]], np.float32)
    assert residual(data, []) is data
