import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tools.errors import UsageError
from tools.fuse.method_context import MethodContext
from tools.fuse.orthogonalise import Orthogonalise, strongest, structures
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.views import View


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


def _guide(said: list[str | None], accepted: tuple[np.ndarray, ...] = ()) -> MethodContext:
    values = tuple(sorted({word for word in said if word}))
    sure = np.ones(len(said), np.float32)
    return MethodContext("thing", tuple(said), sure, values, WordLlamaEncoder(), accepted=accepted)


def _fit(points: np.ndarray, k: int | None, context: MethodContext | None = None) -> np.ndarray:
    images = [f"{i}" for i in range(len(points))]
    soft = Orthogonalise().fit([View("a", points)], images=images, k=k, context=context)
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)
    return soft.argmax(1)


@pytest.mark.parametrize("which", [1, 2])
def test_words_choose_what_is_looked_for(which: int) -> None:
    points, truth = three_things()
    rng = np.random.default_rng(1)
    # Half of what is said is wrong: words only choose, they do not place.
    said = np.where(rng.random(len(points)) < 0.5, truth[which], rng.integers(0, 2, len(points)))
    found = _fit(points, truth[which].max() + 1, _guide([f"kind {i}" for i in said]))
    assert adjusted_rand_score(truth[which], found) > 0.95


def test_without_words_it_is_what_stands_out_besides_what_was_accepted() -> None:
    points, truth = three_things()
    nothing: list[str | None] = [None] * len(points)
    assert adjusted_rand_score(truth[0], _fit(points, 6)) > 0.95
    found = _fit(points, None, _guide(nothing, (truth[0],)))
    assert adjusted_rand_score(truth[1], found) > 0.95


def test_it_says_what_it_needs() -> None:
    narrow = View("a", np.zeros((5, 3), np.float32))
    assert "image features" in (Orthogonalise().missing_requirements([narrow]) or "")
    with pytest.raises(UsageError, match="image features"):
        Orthogonalise().fit([narrow], images=list("abcde"), k=2)
