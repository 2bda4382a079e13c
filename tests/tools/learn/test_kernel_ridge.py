"""The head: what a few answers say about all images, and how much each view counts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.learn import kernel_ridge
from tools.learn.kernel_ridge import fit, squared_distances
from tools.views import View, fill_gaps


def blobs(rng: np.random.Generator, labels: np.ndarray, name: str = "signal", weight: float = 0.0) -> View:
    rows = (
        np.eye(int(labels.max()) + 1)[labels] * 4 + rng.normal(size=(len(labels), int(labels.max()) + 1)) / 4
    )
    return View(name, fill_gaps(rows.astype(np.float32)), weight)


def noise(rng: np.random.Generator, n: int, weight: float = 0.0) -> View:
    return View("noise", fill_gaps(rng.normal(size=(n, 8)).astype(np.float32)), weight)


def test_the_view_that_agrees_with_the_answers_counts_even_where_another_was_believed(
    rng: np.random.Generator,
) -> None:
    labels = np.repeat([0, 1, 2], 40)
    views = [noise(rng, 120, weight=1.0), blobs(rng, labels)]
    rows = np.array([0, 1, 2, 3, 40, 41, 42, 43, 80, 81, 82, 83])
    head = fit(views, rows, labels[rows])
    assert head.weights[1] > 2 / 3  # no more than needed is given up of what was believed
    assert (head.chances.argmax(1) == labels).mean() > 0.98
    assert head.right.all() and head.skill > 0.8


def test_nothing_is_learned_from_noise(rng: np.random.Generator) -> None:
    rows = np.arange(24)
    skills = [fit([noise(rng, 60)], rows, rng.integers(0, 3, 24)).skill for _ in range(8)]
    assert np.mean(skills) < 0.2


def test_errors_of_answers_left_out_are_those_of_fits_without_them(rng: np.random.Generator) -> None:
    labels = np.repeat([0, 1], 10)
    view = blobs(rng, labels)
    names = labels.copy()
    names[3] = 1  # a wrong answer is not foreseen from the others
    head = fit([view], np.arange(20), names)
    assert head.right.tolist() == [i != 3 for i in range(20)]


@settings(max_examples=25)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**16))
def test_chances_are_chances(m: int, c: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.unique(rng.integers(0, c, m), return_inverse=True)[1]
    views = [noise(rng, 15), View("flat", np.zeros((15, 3), np.float32), 1.0)]
    rows = rng.permutation(15)[:m]
    one, other = (fit(views, rows, names) for _ in range(2))
    np.testing.assert_array_equal(one.chances, other.chances)
    assert one.chances.shape == (15, names.max() + 1)
    np.testing.assert_allclose(one.chances.sum(1), 1)
    np.testing.assert_allclose(one.weights.sum(), 1)
    assert one.skill <= 1 and one.right.shape == (m,)


def test_squares_are_squared_distances(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    expected = ((a[:, None] - b[None]) ** 2).sum(-1)
    np.testing.assert_allclose(squared_distances(a, b), expected, atol=1e-4)


def test_the_six_best_fits_are_averaged_and_count_by_their_cost() -> None:
    """Of few answers, the fit that foresees them best does so partly by luck."""
    fits = [f"fit {i}" for i in range(9)]
    cost = np.array([3.0, 0.0, 2.0, 0.5, 1.0, 1.5, 2.5, 9.0, 0.25])
    kept, shares = kernel_ridge.average_best(fits, cost)  # type: ignore[arg-type]
    assert kept == ["fit 1", "fit 8", "fit 3", "fit 4", "fit 5", "fit 2"]
    np.testing.assert_allclose(sum(shares), 1)
    np.testing.assert_allclose(shares[2] / shares[0], np.exp(-0.5))
