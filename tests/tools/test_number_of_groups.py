"""How many groups there are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.models.ports import Vectors
from tools.number_of_groups import APART, CANDIDATES, assess, estimate_k, estimate_number, granularities

POINTS = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.sampled_from([-1, 0, 0.5, 2])
)


def blobs(rng: np.random.Generator, k: int, each: int = 14, d: int = 6) -> Vectors:
    centres = np.eye(k, d) * 12
    return np.concatenate([centre + rng.normal(size=(each, d)) for centre in centres]).astype(np.float32)


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_blobs_are_counted(k: int, seed: int) -> None:
    assert estimate_k(blobs(np.random.default_rng(seed), k), seed=seed) == k


def test_the_groups_of_one_blob_are_a_guess_but_never_one_group(rng: np.random.Generator) -> None:
    guess = estimate_number(rng.normal(size=(80, 16)).astype(np.float32))
    assert guess.k > 1 and not guess.clear
    sure = estimate_number(
        (np.eye(3, 16)[np.arange(80) % 3] + rng.normal(size=(80, 16)) / 50).astype(np.float32)
    )
    assert sure.k == 3 and sure.clear


@pytest.mark.parametrize("n", [1, 2, 30])
def test_all_equal_is_one_group(n: int) -> None:
    assert estimate_k(np.full((n, 5), 0.3, np.float32)) == 1


def test_two_images() -> None:
    assert estimate_k(np.array([[0, 0], [1, 0]], np.float32)) == 2


@pytest.mark.parametrize("kinds", [2, 3, 4])
def test_points_of_a_few_values_are_as_many_groups(kinds: int) -> None:
    assert estimate_k(np.repeat(np.eye(4, dtype=np.float32)[:kinds], 8, axis=0)) == kinds


def test_no_points() -> None:
    assert estimate_k(np.empty((0, 4), np.float32)) == 1


@settings(max_examples=25)
@given(points=POINTS)
def test_it_is_always_a_number_of_groups_that_can_be_made(points: Vectors) -> None:
    found = estimate_k(points)
    assert 1 <= found <= len(np.unique(points, axis=0))
    assert found in (1, *CANDIDATES)


def test_the_same_seed_finds_the_same(rng: np.random.Generator) -> None:
    points = rng.normal(size=(60, 3)).astype(np.float32)
    assert len({estimate_k(points, seed=4) for _ in range(3)}) == 1


def test_words_decide_where_the_points_leave_a_choice(rng: np.random.Generator) -> None:
    # Four blobs in two pairs: two groups and four are both clear.
    centres = np.array([[0, 0], [0, 5], [40, 0], [40, 5]])
    points = np.concatenate([c + rng.normal(size=(12, 2)) / 3 for c in centres]).astype(np.float32)
    assert estimate_k(points, [word for word in "aabb" for _ in range(12)]) == 2
    assert estimate_k(points, [word for word in "abcd" for _ in range(12)]) == 4


def test_words_that_are_missing_do_no_harm(rng: np.random.Generator) -> None:
    points = blobs(rng, 3)
    assert estimate_k(points, [None] * len(points)) == 3
    some = [None if i % 3 else "abc"[i // 14] for i in range(len(points))]
    assert estimate_k(points, some) == 3


def families(rng: np.random.Generator, outer: int, inner: int, each: int = 12) -> Vectors:
    """Blobs in families: `outer` far apart, each of `inner` that are near each other."""
    far, near = np.eye(outer, 12) * 40, np.eye(inner, 12, k=outer) * 6
    centres = [a + b for a in far for b in near]
    return np.concatenate([c + rng.normal(size=(each, 12)) / 2 for c in centres]).astype(np.float32)


def test_the_usual_number_decides_between_levels(rng: np.random.Generator) -> None:
    points = families(rng, 3, 4)
    many = [word for word in "abcdefghijkl" for _ in range(12)]
    assert estimate_k(points, [word for word in "abc" for _ in range(48)]) == 3
    assert estimate_k(points, many) == 12


def test_the_order_of_the_words_does_not_matter_for_how_many_they_are(rng: np.random.Generator) -> None:
    # Words that have nothing to do with the points still say how many groups people make.
    points = families(rng, 3, 4)
    two = estimate_number(points, rng.permutation(np.repeat(["a", "b", "c"], 48)).tolist())
    many = estimate_number(points, rng.permutation(np.repeat(list("abcdefghijkl"), 12)).tolist())
    assert two.k == 3 and many.k == 12
    assert abs(two.agreement) < 0.1 and abs(many.agreement) < 0.1


def test_names_of_single_things_are_no_number(rng: np.random.Generator) -> None:
    points = blobs(rng, 4)
    assert estimate_k(points, [f"thing {i}" for i in range(len(points))]) == 4


def test_a_coarse_and_a_fine_number_are_offered_beside_the_middle_one(rng: np.random.Generator) -> None:
    points = families(rng, 3, 4)
    many = [word for word in "abcdefghijkl" for _ in range(12)]
    assert [number.k for number in granularities(points, many)][:2] == [3, 12]
    few = granularities(points, [word for word in "abc" for _ in range(48)])
    assert [number.k for number in few if number.k >= 3][:2] == [3, 12]


@settings(max_examples=15)
@given(points=POINTS, seed=st.integers(0, 3))
def test_granularities_rise_and_hold_the_number_that_is_found(points: Vectors, seed: int) -> None:
    found = [number.k for number in granularities(points, seed=seed)]
    middle = estimate_k(points, seed=seed)
    assert middle in found and 1 <= len(found) <= 3
    assert all(b >= APART * a for a, b in itertools.pairwise(found))


def test_one_blob_has_one_granularity(rng: np.random.Generator) -> None:
    assert len(granularities(rng.normal(size=(80, 16)).astype(np.float32))) == 1


@pytest.mark.parametrize("sizes", [(5, 4, 2), (4, 4, 3), (5, 3, 3)])
def test_a_dozen_clear_pictures_are_counted(rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
    kinds = np.repeat(np.arange(3), sizes)
    points = (np.eye(3, 6)[kinds] + rng.normal(size=(len(kinds), 6)) / 100).astype(np.float32)
    assert estimate_k(points, ["abc"[kind] for kind in kinds.tolist()]) == 3


def in_a_row(k: int) -> Vectors:
    """Of each of k groups, far from each other on a line, 12 points: so groups are of one size."""
    return (100 * np.repeat(np.arange(k), 12) + np.tile(np.arange(12), k))[:, None].astype(np.float32)


@pytest.mark.parametrize(("k", "prior"), [(2, 0.700), (6, 1.0), (12, 0.867), (24, 0.566)])
def test_without_words_some_two_to_twenty_groups_are_usual(k: int, prior: float) -> None:
    """exp(-ln(k / 6)^2 / (2 * 1.3^2)): a log-normal whose spread says how soon a number becomes unlikely."""
    (number,) = assess(in_a_row(k), [k])
    assert number.prior == pytest.approx(prior, abs=0.005)


@pytest.mark.parametrize(("k", "prior"), [(2, 0.612), (4, 1.0), (8, 0.612), (16, 0.141)])
def test_with_words_about_as_many_groups_are_usual(k: int, prior: float) -> None:
    """exp(-ln(k / 4)^2 / (2 * 0.7^2)), where four words are said equally often."""
    (number,) = assess(in_a_row(k), [k], ["abcd"[i % 4] for i in range(12 * k)])
    assert number.prior == pytest.approx(prior, abs=0.005)
