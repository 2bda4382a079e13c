"""Which images to ask the user about."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.fuse.base import View
from tools.teach import questions


def ids(n: int) -> list[str]:
    return [f"image {i}" for i in range(n)]


def blobs(rng: np.random.Generator, sizes: list[int]) -> list[View]:
    rows = [np.eye(len(sizes))[i] * 9 + rng.normal(size=(n, len(sizes))) / 4 for i, n in enumerate(sizes)]
    return [View("v", np.concatenate(rows).astype(np.float32))]


def test_one_question_for_each_group_whatever_its_size(rng: np.random.Generator) -> None:
    asked = questions(blobs(rng, [20, 3, 6]), ids(29), 3)
    groups = sorted(np.digitize(int(image.split()[1]), [20, 23]) for image in asked)
    assert groups == [0, 1, 2]


@settings(max_examples=30)
@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 5.0, float("nan")]), min_size=1, max_size=10),
    count=st.integers(-1, 12),
    answered=st.sets(st.integers(0, 9)),
)
def test_nothing_is_asked_twice_and_nothing_that_cannot_be_seen(
    values: list[float], count: int, answered: set[int]
) -> None:
    views = [View("v", np.array(values, np.float32)[:, None])]
    said = [f"image {i}" for i in answered]
    asked = questions(views, ids(len(values)), count, said)
    assert len(asked) == len(set(asked)) <= max(0, count)
    assert not set(asked) & set(said)
    assert all(not np.isnan(values[int(image.split()[1])]) for image in asked)
    open_values = {v for i, v in enumerate(values) if i not in answered and not np.isnan(v)}
    assert len(asked) == min(max(0, count), len(open_values))
    assert asked == questions(views, ids(len(values)), count, said)


def test_a_view_without_weight_has_no_say(rng: np.random.Generator) -> None:
    (signal,) = blobs(rng, [5, 5])
    noise = View("noise", np.tile([[0], [99]], (5, 1)).astype(np.float32), weight=0.0)
    assert questions([signal, noise], ids(10), 2) == questions([signal], ids(10), 2)
