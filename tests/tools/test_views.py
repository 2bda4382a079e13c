"""What every stage does with views."""

import numpy as np

from tools.views import fill_gaps, unit


def test_rows_have_length_one_but_for_those_of_nothing() -> None:
    rows = unit(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_gaps_are_filled_with_the_mean(rng: np.random.Generator) -> None:
    rows = rng.normal(2, 3, (20, 4)).astype(np.float32)
    rows[3, 1] = np.nan
    filled = fill_gaps(rows)
    assert (filled[3] == 0).all()
    np.testing.assert_allclose((filled**2).sum(1).mean(), 1, rtol=1e-5)
    assert (fill_gaps(np.full((3, 2), np.nan, np.float32)) == 0).all()
