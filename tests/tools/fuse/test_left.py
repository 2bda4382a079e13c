import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.tools.embed.test_left import three_things
from tools.errors import UsageError
from tools.fuse.base import View
from tools.fuse.guide import Guide
from tools.fuse.left import WhatIsLeft
from tools.models.bundled.text_encoder import WordLlamaEncoder


def _guide(said: list[str | None], accepted: tuple[np.ndarray, ...] = ()) -> Guide:
    values = tuple(sorted({word for word in said if word}))
    sure = np.ones(len(said), np.float32)
    return Guide("thing", tuple(said), sure, values, WordLlamaEncoder(), accepted=accepted)


def _fit(points: np.ndarray, k: int | None, guide: Guide | None = None) -> np.ndarray:
    images = [f"{i}" for i in range(len(points))]
    soft = WhatIsLeft().fit([View("a", points)], images=images, k=k, guide=guide)
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
    assert "image features" in (WhatIsLeft().lacks([narrow]) or "")
    with pytest.raises(UsageError, match="image features"):
        WhatIsLeft().fit([narrow], images=list("abcde"), k=2)
