"""Features tuned to a criterion on drawn pictures: better, kept and loaded, or rolled back."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Looked
from tools.clustering.constraints import Label
from tools.errors import Cancelled, RegroupError, UsageError
from tools.models.ports import Vectors
from tools.tune.pairs import Pairs, from_constraints, pairs
from tools.tune.tunable import features, tunable
from tools.tune.tune_features import attempt, load, roc_auc, shuffled

N = 60
IMAGES = [f"{i:02}" for i in range(N)]
TRUTH = np.arange(N) % 3


@pytest.fixture
def data(rng: np.random.Generator) -> Vectors:
    """The groups show in three directions, another thing shows more; turned, so that no column is either."""
    loud = 1.5 * np.eye(2)[rng.integers(0, 2, N)]
    quiet = np.eye(3)[TRUTH] + rng.normal(0, 0.1, (N, 3))
    plain = np.concatenate([quiet, loud, rng.normal(0, 0.1, (N, 15))], axis=1)
    turned, _ = np.linalg.qr(rng.normal(size=(128, 20)))
    return np.asarray(plain @ turned.T, np.float32)


def answers(rows: range, truth: np.ndarray = TRUTH) -> Pairs:
    return from_constraints(IMAGES, [Label(IMAGES[i], str(truth[i])) for i in rows])


def test_images_that_were_never_spoken_of_are_told_apart_better(data: Vectors) -> None:
    done = attempt(IMAGES, data, answers(range(30)), epochs=6)
    found = done.tuned
    assert found is not None and "tuned to your answers" in done.line
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    unseen = answers(range(30, N))
    assert roc_auc(found.vectors, unseen) > roc_auc(unit, unseen) + 0.1
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_it_is_the_same_again_and_another_for_another_seed(data: Vectors) -> None:
    one, two, other = (
        attempt(IMAGES, data, answers(range(30)), epochs=6, seed=seed).tuned for seed in (0, 0, 1)
    )
    assert one and two and other
    assert one.name == two.name != other.name
    np.testing.assert_array_equal(one.vectors, two.vectors)


def test_what_gets_no_better_is_rolled_back() -> None:
    perfect = np.eye(3, dtype=np.float32)[TRUTH]
    done = attempt(IMAGES, perfect, answers(range(30)))
    assert done.tuned is None and "rolled back" in done.line


@pytest.mark.slow
def test_what_was_said_at_random_is_hardly_ever_learned(data: Vectors) -> None:
    """One time in fifteen would be right; more than three of sixteen would be so one time in fifty."""
    kept = 0
    for seed in range(16):
        chance = np.random.default_rng(seed)
        said = [Label(IMAGES[i], str(chance.integers(0, 3))) for i in chance.choice(N, 16, replace=False)]
        kept += attempt(IMAGES, data, from_constraints(IMAGES, said), seed=seed, epochs=8).fit.kept
    assert kept <= 3


def test_what_is_true_is_learned(data: Vectors) -> None:
    for seed in range(3):
        done = attempt(IMAGES, data, answers(range(seed, seed + 30)), seed=seed, epochs=6)
        assert done.fit.kept and done.fit.after > done.fit.before + 0.05


def test_the_area_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    from sklearn.metrics import roc_auc_score

    points = rng.integers(-1, 2, (40, 3)).astype(np.float32)  # many are as alike
    rows = rng.integers(0, 40, (200, 2))
    said = Pairs(rows, rng.random(200) < 0.3, rng.random(200, dtype=np.float32) + 0.01)
    alike = (points[rows[:, 0]] * points[rows[:, 1]]).sum(1)
    assert roc_auc(points, said) == pytest.approx(roc_auc_score(said.same, alike, sample_weight=said.weight))


def test_answers_that_are_dealt_out_at_random_stay_as_many_and_as_different() -> None:
    said = answers(range(10))
    dealt = shuffled(said, np.random.default_rng(0))
    assert (dealt.rows[:, 0] != dealt.rows[:, 1]).all() and set(dealt.rows.ravel()) == set(said.rows.ravel())
    assert len({tuple(sorted(row)) for row in dealt.rows.tolist()}) == len(said)
    assert (dealt.same == said.same).all() and (dealt.rows != said.rows).any()


def test_saved_and_loaded_it_is_the_same(data: Vectors, tmp_path: Path) -> None:
    data[3] = np.nan
    found = attempt(IMAGES, data, answers(range(30)), epochs=6).tuned
    assert found is not None and np.isnan(found.vectors[3]).all() and np.isfinite(found.vectors[4:]).all()
    found.adapter.save(tmp_path / "kept")
    again = load(tmp_path / "kept", data)
    assert again.name == found.name
    np.testing.assert_array_equal(again.vectors, found.vectors)
    with pytest.raises(RegroupError, match="was made for"):
        load(tmp_path / "kept", data + 1)
    with pytest.raises(RegroupError, match="no adapter"):
        load(tmp_path / "nothing", data)


def test_rolled_back_the_features_are_as_they_were(data: Vectors) -> None:
    found = attempt(IMAGES, data, answers(range(30)), epochs=6).tuned
    assert found is not None
    made = found.adapter.model
    found.adapter.rollback()
    assert made.adapter == ""
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    np.testing.assert_allclose(made.embed(np.arange(N)).numpy(), unit, atol=1e-6)  # type: ignore[attr-defined]


def test_it_can_be_stopped(data: Vectors, tmp_path: Path, tree: Callable[[Path], dict[str, bytes]]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        assert 0 < done <= total
        if done > 30:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        attempt(IMAGES, data, answers(range(30)), epochs=6, progress=stop)
    assert tree(tmp_path) == {}
    assert (
        attempt(IMAGES, data, answers(range(30)), epochs=6).tuned is not None
    )  # nothing is left of it in torch or PEFT either


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (pairs([], []), "too few answers"),
        (pairs([(0, 1), (0, 2), (1, 2)], [True, False, False]), "too few answers"),
        (pairs([(0, 1), (2, 3), (4, 5), (6, 7)], [True] * 4), "belong together: answer more"),
        (pairs([(0, 1), (2, 3), (4, 5), (6, 7)], [False] * 4), "belong apart: answer more"),
        (pairs([(0, 1), (0, 2), (0, 3), (0, 4)], [True, False, True, False]), "test on the others"),
        (pairs([(0, 1), (2, 3), (4, 5), (6, N)], [True, True, False, False]), "does not exist"),
    ],
)
def test_too_little_is_refused_in_one_line(data: Vectors, said: Pairs, line: str) -> None:
    with pytest.raises(UsageError, match=line) as refused:
        attempt(IMAGES, data, said)
    assert "\n" not in str(refused.value)


def test_bad_features_are_refused(data: Vectors) -> None:
    said = answers(range(30))
    with pytest.raises(UsageError, match="too few answers"):
        attempt(IMAGES, np.full_like(data, np.nan), said)
    with pytest.raises(UsageError, match="59 rows"):
        attempt(IMAGES, data[:-1], said)
    with pytest.raises(UsageError, match="rank"):
        attempt(IMAGES, data, said, rank=0)
    with pytest.raises(UsageError, match="as \\(n, d\\)"):
        tunable(np.zeros(4, np.float32))


def test_the_views_side_by_side(looked: Looked) -> None:
    start = features(looked.descriptions)
    assert start.shape == (24, 4 * 64)
    with pytest.raises(UsageError, match="Nothing can be tuned"):
        features(looked.descriptions, ["no.such"])
