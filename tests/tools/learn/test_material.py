"""What a criterion is taught on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.constraints import Label, tie
from tools.learn import material
from tools.learn.material import Material, newest
from tools.views import View, fill_gaps


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 40))
def test_of_many_answers_the_newest_of_every_name(names: list[int], most: int) -> None:
    of = np.array(names, np.intp)
    kept = newest(of, most)
    different = len(set(names))
    assert len(kept) == min(len(of), max(most, different)) and (np.diff(kept) > 0).all()
    assert set(of[kept].tolist()) == set(names)
    for name in set(names):
        places, mine = np.flatnonzero(of == name), kept[of[kept] == name]
        assert mine.tolist() == places[-len(mine) :].tolist()


def test_more_answers_than_are_learned_from_hold_all_the_same() -> None:
    n = 3 * material.MOST
    rng = np.random.default_rng(0)
    truth = np.arange(n) % 3
    points = fill_gaps((np.eye(3)[truth] * 4 + rng.normal(size=(n, 3))).astype(np.float32))
    images = tuple(f"image {i}" for i in range(n))
    said = [Label(image, f"group {truth[i]}") for i, image in enumerate(images[: 2 * material.MOST])]
    matter = Material(images, [View("points", points)], np.eye(3, dtype=np.float32)[truth])
    learned = matter.learn(tie(images, said), said)
    assert learned is not None and len(learned.ridge.right) == material.MOST
    assert len(learned.rows) == len(said)
    assert (learned.posterior.soft.argmax(1)[: len(said)] == truth[: len(said)]).all()
    assert (learned.posterior.soft.argmax(1) == truth).mean() > 0.95
