"""The baselines: what every method promises, and what labels do."""

import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.kmeans import ConcatenatedKMeans, RoutedKMeans
from tools.fuse.method_context import MethodContext
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors
from tools.views import View, side_by_side

METHODS = [RoutedKMeans, ConcatenatedKMeans]
# Few different values, so that equal rows and ties are common.
POINTS = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 10), st.integers(1, 3)), elements=st.sampled_from([-1, 0, 0.5, 2])
)


def ids(n: int) -> tuple[str, ...]:
    return tuple(f"image {i}" for i in range(n))


def fit(
    data: Vectors | Sequence[View],
    k: int | None,
    constraints: Sequence[Constraint] = (),
    seed: int = 0,
    method: type[Method] = RoutedKMeans,
) -> Vectors:
    views = [View("only", data)] if isinstance(data, np.ndarray) else list(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning of a library would end up on the user's screen
        warnings.filterwarnings(
            "ignore", message="Number of distinct clusters"
        )  # as tools.number_of_groups does
        return method().fit(views, images=ids(len(views[0].data)), constraints=constraints, k=k, seed=seed)


def blobs(rng: np.random.Generator, sizes: Sequence[int], apart: float = 10, d: int = 4) -> Vectors:
    centres = rng.normal(size=(len(sizes), d)) * apart
    rows = [centre + rng.normal(size=(size, d)) for centre, size in zip(centres, sizes, strict=True)]
    return np.concatenate(rows).astype(np.float32)


def partition(soft: Vectors) -> set[frozenset[int]]:
    """Which rows are together, whatever the numbers of the groups."""
    best = soft.argmax(1)
    return {frozenset(np.flatnonzero(best == group).tolist()) for group in set(best.tolist())}


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(
    data=POINTS,
    k=st.integers(1, 10) | st.none(),
    gaps=st.lists(st.integers(0, 9)),
    said=st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xyz")), max_size=8),
)
def test_what_every_method_promises(
    method: type[Method], data: Vectors, k: int | None, gaps: list[int], said: list[tuple[int, str]]
) -> None:
    n = len(data)
    k = None if k is None else min(k, n)
    blind = sorted({gap for gap in gaps if gap < n})
    data[blind, 0] = np.nan
    newest = {f"image {row}": name for row, name in said if row < n}
    labels = [Label(f"image {row}", name) for row, name in said]
    soft = fit(data, k, labels, method=method)

    assert soft.dtype == np.float32
    assert soft.shape[0] == n and soft.shape[1] >= 1
    assert k is None or soft.shape[1] == k
    assert (soft >= 0).all()
    named = {name for image, name in newest.items() if int(image.split()[1]) not in blind}
    for row, total in enumerate(soft.sum(1)):
        unsorted = row in blind and newest.get(f"image {row}") not in named
        assert total == pytest.approx(0 if unsorted else 1, abs=1e-5) or (row in blind and total == 0)
    np.testing.assert_array_equal(soft, fit(data, k, labels, method=method))

    # Labels are obeyed as far as there are groups: of the same name together, of different names apart.
    groups = len(np.unique(data[[row for row in range(n) if row not in blind]], axis=0))
    if len(named) <= min(soft.shape[1], groups):
        where = {
            name: {int(soft[int(i.split()[1])].argmax()) for i, said_ in newest.items() if said_ == name}
            for name in named
        }
        assert all(len(found) == 1 for found in where.values())
        assert len({found.pop() for found in where.values()}) == len(named)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_number_of_groups_that_cannot_be_is_refused(method: type[Method], k: int) -> None:
    with pytest.raises(UsageError, match=f"{k} groups cannot be made of 4 images; ask for 1 to 4"):
        fit(np.eye(4, dtype=np.float32), k, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_clear_blobs_are_found(method: type[Method], rng: np.random.Generator) -> None:
    soft = fit(blobs(rng, [12, 9, 4]), 3, method=method)
    assert partition(soft) == {
        frozenset(range(12)), frozenset(range(12, 21)), frozenset(range(21, 25))
    }  # fmt: skip
    assert soft.max(1).min() > 0.9


def test_without_a_number_it_is_found(rng: np.random.Generator) -> None:
    assert fit(blobs(rng, [12, 12, 12]), None).shape == (36, 3)


def test_another_seed_may_number_the_groups_otherwise_but_finds_them(rng: np.random.Generator) -> None:
    data = blobs(rng, [8, 8, 8])
    assert len({frozenset(partition(fit(data, 3, seed=seed))) for seed in range(5)}) == 1


def test_all_equal_images_are_one_group_whatever_was_asked_for() -> None:
    soft = fit(np.full((6, 3), 2.0, np.float32), 4)
    assert soft.shape == (6, 4)
    assert partition(soft) == {frozenset(range(6))}


def test_more_groups_than_different_points_leaves_groups_empty() -> None:
    soft = fit(np.array([[0], [0], [0], [5], [5]], np.float32), 4)
    assert partition(soft) == {frozenset([0, 1, 2]), frozenset([3, 4])}


def test_two_images() -> None:
    data = np.array([[0, 0], [1, 1]], np.float32)
    assert partition(fit(data, 2)) == {frozenset([0]), frozenset([1])}
    assert partition(fit(data, 1)) == {frozenset([0, 1])}
    assert fit(data, None).sum(1).tolist() == [1, 1]


def test_as_many_groups_as_images(rng: np.random.Generator) -> None:
    assert len(partition(fit(rng.normal(size=(12, 3)).astype(np.float32), 12))) == 12


def test_an_image_between_two_groups_is_less_sure_than_one_inside(rng: np.random.Generator) -> None:
    data = blobs(rng, [10, 10], apart=4)
    data = np.concatenate([data, (data[:10].mean(0) + data[10:].mean(0))[None] / 2])
    confidence = fit(data, 2).max(1)
    assert confidence[-1] < confidence[:-1].min()


def test_a_gap_in_one_view_is_filled_and_a_gap_in_all_leaves_the_image_unsorted() -> None:
    one = np.array([[0], [0], [9], [9], [np.nan], [np.nan]], np.float32)
    other = np.array([[0], [0], [9], [9], [9], [np.nan]], np.float32)
    soft = fit([View("one", one), View("other", other)], 2)
    assert partition(soft[:5]) == {frozenset([0, 1]), frozenset([2, 3, 4])}
    assert not soft[5].any()
    rows = side_by_side([View("one", one), View("other", other, 4.0)])
    np.testing.assert_array_equal(rows[4], [0, 18])
    assert np.isnan(rows[5]).all()


def test_nothing_to_see_in_any_image_leaves_all_unsorted() -> None:
    assert fit(np.full((3, 2), np.nan, np.float32), 2).tolist() == [[0, 0]] * 3
    assert fit(np.full((3, 2), np.nan, np.float32), None).tolist() == [[0]] * 3


def test_a_view_without_weight_is_left_out_by_routing_alone() -> None:
    signal = View("signal", np.repeat([[0], [1]], 6, axis=0).astype(np.float32))
    noise = View("noise", np.tile([[0], [9]], (6, 1)).astype(np.float32), weight=0.0)
    halves = {frozenset(range(6)), frozenset(range(6, 12))}
    assert partition(fit([signal, noise], 2)) == halves
    assert partition(fit([signal, noise], 2, method=ConcatenatedKMeans)) != halves


def test_labels_move_the_border(rng: np.random.Generator) -> None:
    # Two measurements part the images in two ways; what the user says decides which way counts.
    data = np.array([[x, y] for x in (0, 4) for y in (0, 4) for _ in range(5)]) + rng.normal(size=(20, 2)) / 9
    rows = {"left": [0, 5], "right": [10, 15]}
    by_x = [Label(f"image {i}", name) for name, images in rows.items() for i in images]
    by_y = [
        Label(f"image {i}", name) for name, images in (("low", [0, 10]), ("high", [5, 15])) for i in images
    ]
    assert partition(fit(data.astype(np.float32), 2, by_x)) == {
        frozenset(range(10)),
        frozenset(range(10, 20)),
    }
    low = frozenset([*range(5), *range(10, 15)])
    assert partition(fit(data.astype(np.float32), 2, by_y)) == {low, frozenset(range(20)) - low}


def test_the_newest_label_of_an_image_counts(rng: np.random.Generator) -> None:
    data = blobs(rng, [5, 5])
    said = [Label("image 0", "b"), Label("image 1", "a"), Label("image 9", "b"), Label("image 0", "a")]
    best = fit(data, 2, said).argmax(1)
    assert best[0] == best[1] != best[9]


def test_a_label_is_obeyed_for_an_image_that_shows_nothing() -> None:
    data = np.array([[0], [0], [0], [9], [9], [np.nan], [np.nan]], np.float32)
    soft = fit(data, 2, [Label("image 5", "low"), Label("image 0", "low")])
    assert partition(soft[:6]) == {frozenset([0, 1, 2, 5]), frozenset([3, 4])}
    assert soft[5].max() == 1
    assert not soft[6].any()
    # A name that only such images have is no reason to put them among others.
    assert not fit(data, 2, [Label("image 5", "none")])[5].any()


def test_labels_of_images_that_are_gone_and_other_constraints_do_no_harm(rng: np.random.Generator) -> None:
    data = blobs(rng, [6, 6])
    said = [Label("gone", "x"), MustLink("image 0", "gone"), CannotLink("image 0", "image 11")]
    assert partition(fit(data, 2, said)) == partition(fit(data, 2))


def test_more_names_than_groups_obeys_the_largest(rng: np.random.Generator) -> None:
    said = [Label(f"image {i}", name) for i, name in enumerate("aaabbc")]
    best = fit(blobs(rng, [6, 6]), 2, said).argmax(1)
    assert len(set(best[:3].tolist())) == len(set(best[3:5].tolist())) == 1
    assert best[0] != best[3]


@settings(max_examples=60)
@given(
    data=POINTS,
    k=st.integers(1, 10),
    said=st.lists(
        st.builds(
            lambda kind, a, b: kind(f"image {a}", f"image {b}"),
            st.sampled_from([MustLink, CannotLink]),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        max_size=6,
    ),
)
def test_links_are_obeyed(data: Vectors, k: int, said: list[Constraint]) -> None:
    k = min(k, len(data))
    best = fit(data, k, said).argmax(1)
    said = [c for c in said if not isinstance(c, Label) and max(row(c.a), row(c.b)) < len(data)]
    for c in consistent(said)[0]:
        assert not isinstance(c, Label)
        if isinstance(c, MustLink):
            assert best[row(c.a)] == best[row(c.b)]
        elif k > sum(isinstance(other, CannotLink) for other in said):
            assert best[row(c.a)] != best[row(c.b)]


def row(image: str) -> int:
    return int(image.split()[1])


def test_links_pull_images_over_and_the_user_hears_of_contradictions(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    data = blobs(rng, [8, 8])
    told = MethodContext("size", (None,) * 16, np.zeros(16, np.float32), (), texts)
    said = [
        MustLink("image 3", "image 4"), CannotLink("image 3", "image 4"), MustLink("image 0", "image 15")
    ]  # fmt: skip
    soft = RoutedKMeans().fit([View("only", data)], images=ids(16), constraints=said, k=2, context=told)
    best = soft.argmax(1)
    assert best[3] != best[4] and best[0] == best[15]
    assert told.notes == ["one thing you said contradicts a newer answer and was ignored: the newest counts"]
