import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import adjusted_rand_score

from tools.embed.subtract_groupings import residual, subtract, with_cells
from tools.fuse.orthogonalise import strongest, structures
from tools.views import unit

LABELS = hnp.arrays(np.intp, st.just(12), elements=st.integers(-1, 3))
DATA = hnp.arrays(np.float32, st.just((12, 3)), elements=st.integers(-9, 9).map(float))


def three_things(n: int = 360, seed: int = 0) -> tuple[np.ndarray, list[np.ndarray]]:
    """Points in which three independent things show, each weaker than the one before: of 6, 3 and 2 kinds."""
    rng = np.random.default_rng(seed)
    truth = [rng.integers(0, k, n) for k in (6, 3, 2)]
    parts = [
        strength * np.eye(k)[labels]
        for strength, k, labels in zip((6.0, 4.0, 2.5), (6, 3, 2), truth, strict=True)
    ]
    points = np.concatenate([*parts, np.zeros((n, 30))], axis=1) + rng.normal(scale=0.25, size=(n, 41))
    turned = points @ np.linalg.qr(rng.normal(size=(41, 41)))[0]
    return (turned - turned.mean(0)).astype(np.float32), truth


def test_structures_come_one_after_the_other() -> None:
    points, truth = three_things()
    found = structures([points])
    agreement = np.array([[adjusted_rand_score(t, s.labels) for t in truth] for s in found])
    assert len(found) == 3
    assert agreement.max(0).min() > 0.95, agreement
    assert sorted(agreement.argmax(1).tolist()) == [0, 1, 2]


def test_what_is_known_is_not_found_again() -> None:
    points, truth = three_things()
    found = structures([points], [truth[0]])
    assert max(adjusted_rand_score(truth[0], s.labels) for s in found) < 0.1
    assert adjusted_rand_score(truth[1], found[0].labels) > 0.95


def test_nothing_is_found_in_noise(rng: np.random.Generator) -> None:
    assert structures([rng.normal(size=(200, 40)).astype(np.float32)]) == []


def test_the_same_seed_gives_the_same_sequence() -> None:
    points, _ = three_things(200)
    one, two = structures([points], seed=3, numbers=(4, 6)), structures([points], seed=3, numbers=(4, 6))
    assert [s.k for s in one] == [s.k for s in two]
    assert all(np.array_equal(a.labels, b.labels) for a, b in zip(one, two, strict=True))


def test_few_images_have_no_structure() -> None:
    assert strongest([np.eye(3, dtype=np.float32)]) is None


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


def test_rows_have_length_one_but_for_those_of_nothing() -> None:
    rows = unit(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_without_groupings_a_view_is_as_it_was() -> None:
    data = np.array([[3, 4], [0, 1]], np.float32)
    assert residual(data, []) is data
