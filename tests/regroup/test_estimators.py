"""The methods as estimators of scikit-learn."""

import doctest
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import normalized_mutual_info_score as nmi
from sklearn.utils.estimator_checks import check_estimator

from regroup import estimators
from regroup.estimators import MLLMMC, SAC, GraphWalk, MultiSub, RoutedKMeans, Taught

KINDS = ("cat", "dog", "horse")


@pytest.fixture
def blobs(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    truth = np.repeat(np.arange(3), 20)
    return np.eye(3, 8)[truth] * 6 + rng.normal(size=(60, 8)), truth


@pytest.mark.parametrize("estimator", [RoutedKMeans(3), RoutedKMeans(), Taught(3), GraphWalk(3)], ids=repr)
def test_they_are_estimators(estimator: Any) -> None:
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = [(each["check_name"], str(each["exception"])) for each in results if each["status"] == "failed"]
    assert failed == [] and len(results) > 40


@pytest.mark.parametrize("kind", [RoutedKMeans, GraphWalk, Taught])
def test_clear_groups_are_found(kind: type, blobs: Any) -> None:
    X, truth = blobs
    fitted = kind(n_clusters=3).fit(X)
    assert nmi(truth, fitted.labels_) > 0.95 and fitted.n_clusters_ == 3
    assert fitted.soft_.shape == (60, 3) and fitted.soft_.sum(axis=1) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(fitted.labels_, clone(fitted).fit_predict(X))


def test_the_number_is_found_where_none_is_given(blobs: Any) -> None:
    assert RoutedKMeans().fit(blobs[0]).n_clusters_ == 3


def test_a_few_labels_are_learned_from(rng: np.random.Generator) -> None:
    # Two structures: k-means sees the strong one, the labels are about the weak one.
    strong, weak = rng.integers(2, size=80), rng.integers(2, size=80)
    X = (
        np.concatenate([np.eye(2, 3)[strong] * 8, np.eye(2, 3)[weak] * 3], axis=1)
        + rng.normal(size=(80, 6)) / 3
    )
    y = np.full(80, -1)
    y[:24] = weak[:24]
    assert nmi(weak, RoutedKMeans(2).fit_predict(X)) < 0.2
    assert nmi(weak, Taught(2).fit(X, y).labels_) > 0.9
    words = np.where(y == -1, None, np.array(["odd", "even"], object)[weak])
    assert nmi(weak, Taught().fit(X, words).labels_) > 0.9
    with pytest.raises(ValueError, match="3 labels for 80 images"):
        Taught().fit(X, [1, 2, 3])


@pytest.mark.parametrize("kind", [SAC, MLLMMC])
def test_words_are_fused_with_pictures(kind: type, blobs: Any) -> None:
    X, truth = blobs
    tags = [KINDS[t] if row % 4 else None for row, t in enumerate(truth.tolist())]
    fitted = kind(n_clusters=3, options={"epochs": 20}).fit(X, tags=tags)
    assert nmi(truth, fitted.labels_) > 0.9 and fitted.labels_.shape == (60,)
    np.testing.assert_array_equal(fitted.labels_, kind(3, options={"epochs": 20}).fit_predict(X, tags=tags))
    with pytest.raises(ValueError, match="tags"):
        kind(3).fit(X)
    with pytest.raises(ValueError, match="2 tags for 60 images"):
        kind(3).fit(X, tags=["cat", "dog"])


def test_words_help_a_walk(blobs: Any) -> None:
    X, truth = blobs
    assert nmi(truth, GraphWalk(3).fit(X, tags=[KINDS[t] for t in truth.tolist()]).labels_) > 0.95


class Tower:
    """A text tower that reads a word as its own vector."""

    name = "tower"

    def untunable(self) -> str | None:
        return None

    def word_vectors(self, words: tuple[str, ...]) -> NDArray[np.float32]:
        return np.eye(3, dtype=np.float32)[[KINDS.index(word) for word in words]]

    def read(self, prompt: str, stars: Any) -> Any:
        return stars / stars.norm(dim=1, keepdim=True)


def test_words_are_looked_for_in_the_space_of_an_encoder(rng: np.random.Generator) -> None:
    truth = np.repeat(np.arange(3), 20)
    X = np.eye(3)[truth] + rng.normal(size=(60, 3)) / 10
    fitted = MultiSub(Tower(), KINDS, "kind", 3, options={"search": False}).fit(X)
    assert nmi(truth, fitted.labels_) > 0.95 and clone(fitted).get_params()["reference_words"] == KINDS
    with pytest.raises(ValueError, match="words"):
        MultiSub(Tower(), (), n_clusters=3).fit(X)


def test_what_does_not_fit_is_a_value_error(blobs: Any) -> None:
    X, _ = blobs
    with pytest.raises(ValueError, match=r"must be in 1\.\.60"):
        RoutedKMeans(61).fit(X)
    with pytest.raises(ValueError, match="magic"):
        RoutedKMeans(2, options={"magic": 1}).fit(X)
    with pytest.raises(ValueError, match="encoder"):
        MultiSub(reference_words=["red", "blue"]).fit(X)


def test_the_examples_of_the_module_are_true() -> None:
    assert doctest.testmod(estimators).failed == 0
