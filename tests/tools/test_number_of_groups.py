"""How many groups there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.models.ports import Vectors
from tools.number_of_groups import (
    APART,
    CANDIDATES,
    Number,
    assess,
    candidates,
    estimate_k,
    estimate_number,
    next_number,
)

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


def test_one_step_leads_to_the_next_level_and_not_to_the_next_number(rng: np.random.Generator) -> None:
    # Three families of four: three groups and twelve are levels, and no number between them is.
    numbers = candidates(families(rng, 3, 4))
    assert [next_number(numbers, now, 1) for now in (2, 3, 5, 8)] == [3, 12, 12, 12]
    assert [next_number(numbers, now, -1) for now in (28, 20, 12, 7, 5)] == [12, 12, 3, 3, 3]


def test_where_nothing_stands_out_a_step_is_no_leap(rng: np.random.Generator) -> None:
    numbers = candidates(rng.normal(size=(150, 16)).astype(np.float32))
    assert 9 <= next_number(numbers, 6, 1) <= 18 and 2 <= next_number(numbers, 6, -1) <= 4
    faint = [Number(k, silhouette=k / 1000, stability=1.0, prediction_strength=1.0) for k in (6, 9, 16, 28)]
    assert next_number(faint, 6, 1) == 16  # and not 28, which is a little less faint


def test_where_no_level_is_left_a_step_is_one_group(rng: np.random.Generator) -> None:
    numbers = candidates(blobs(rng, 3))
    assert next_number(numbers, 2, -1) == 1 and next_number(numbers, 1, -1) == 1
    assert next_number(numbers, 40, 1) == 41
    assert next_number([], 5, -1) == 4


@settings(max_examples=15)
@given(points=POINTS, now=st.integers(1, 9), step=st.sampled_from([-1, 1]))
def test_a_step_goes_the_way_that_was_asked_for(points: Vectors, now: int, step: int) -> None:
    reached = next_number(candidates(points), now, step)
    assert (reached - now) * step > 0 or reached == now == 1
    assert max(reached / now, now / reached) >= APART or abs(reached - now) <= 1


@pytest.mark.parametrize("sizes", [(5, 4, 2), (4, 4, 3), (5, 3, 3)])
def test_a_dozen_clear_pictures_are_counted(rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
    kinds = np.repeat(np.arange(3), sizes)
    points = (np.eye(3, 6)[kinds] + rng.normal(size=(len(kinds), 6)) / 100).astype(np.float32)
    assert estimate_k(points, ["abc"[kind] for kind in kinds.tolist()]) == 3


def in_a_row(k: int) -> Vectors:
    """Of each of k groups, far from each other on a line, 12 points: so groups are of one size."""
    return (100 * np.repeat(np.arange(k), 12) + np.tile(np.arange(12), k))[:, None].astype(np.float32)


@pytest.mark.parametrize(("k", "prior"), [(2, 0.292), (3, 0.612), (6, 1.0), (12, 0.612), (24, 0.141)])
def test_two_thirds_make_three_to_twelve_groups(k: int, prior: float) -> None:
    """exp(-ln(k / 6)^2 / (2 * .7^2)): a log-normal whose spread says how soon a number becomes unlikely."""
    (number,) = assess(in_a_row(k), [k])
    assert number.prior == pytest.approx(prior, abs=0.005)


def test_what_people_usually_make_decides_where_the_pictures_do_not(rng: np.random.Generator) -> None:
    shapeless = rng.normal(size=(200, 8)).astype(np.float32)
    assert [estimate_k(shapeless, usual=(k, 0.4)) for k in (2, 4, 8)] == [2, 4, 8]


@pytest.mark.parametrize("usual", [(2, 0.4), (12, 0.7)])
def test_clear_groups_outweigh_what_is_usual(rng: np.random.Generator, usual: tuple[float, float]) -> None:
    assert estimate_k(blobs(rng, 5), usual=usual) == 5


def test_a_word_for_nearly_everything_and_words_for_a_few_say_nothing_of_the_number(
    rng: np.random.Generator,
) -> None:
    points = blobs(rng, 4)
    coarse, few = ["fruit"] * 54 + ["plant"] * 2, [*"abcdef", *[None] * 50]
    assert {n.prior for n in assess(points, [4], coarse)} == {n.prior for n in assess(points, [4])}
    assert {n.prior for n in assess(points, [4], few)} == {n.prior for n in assess(points, [4])}


def test_words_and_habit_count_together() -> None:
    """exp(-ln(4 / 8)^2 / (2 * .4^2) - ln(4 / 2)^2 / (2 * .5^2))."""
    (number,) = assess(in_a_row(4), [4], ["a"] * 24 + ["b"] * 24, usual=(8, 0.4))
    assert number.prior == pytest.approx(0.0853, abs=0.001)
