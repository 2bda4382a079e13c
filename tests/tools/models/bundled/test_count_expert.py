"""Numbers of drawn things."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.models.bundled.count_expert import CountExpert
from tools.models.ports import Pixels


@pytest.fixture(scope="module")
def expert() -> CountExpert:
    return CountExpert()


def dots(n: int, size: int = 300, ground: str = "#20303c", crumbs: int = 0) -> Pixels:
    made = Image.new("RGB", (size, size), ground)
    pen = ImageDraw.Draw(made)
    for i in range(n):
        x, y = 20 + i % 4 * 70, 20 + i // 4 * 70
        pen.ellipse((x, y, x + 44, y + 44), "#f0c828")
    for i in range(crumbs):
        pen.ellipse((76 + 70 * i, 240, 88 + 70 * i, 252), "#f0c828")
    return np.asarray(made)


@pytest.mark.parametrize("n", range(1, 13))
def test_like_things_are_counted(n: int, expert: CountExpert) -> None:
    slot = expert.look([dots(n)]).slots[0][0]
    assert (slot.name, slot.value) == ("count", str(n) if n < 10 else "many")
    assert slot.confidence > (0.5 if n > 1 else 0.3)  # one small dot could be a speck


def test_crumbs_are_not_counted(expert: CountExpert) -> None:
    clean, littered = expert.look([dots(5), dots(5, crumbs=3)]).slots
    assert clean[0].value == littered[0].value == "5"
    assert littered[0].confidence < clean[0].confidence


def test_the_view_grows_with_the_number(expert: CountExpert) -> None:
    view = expert.look([dots(n) for n in range(1, 10)]).views["count.parts"]
    assert view.shape == (9, 3) and view.dtype == np.float32
    assert (np.diff(view[:, 0]) > 0).all()


def test_where_nothing_stands_out_nothing_is_counted(expert: CountExpert) -> None:
    found = expert.look([np.full((80, 80, 3), 120, np.uint8)])
    assert found.slots == [[]] and np.isnan(found.views["count.parts"]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (7, 7), (640, 33), (96, 96)])
def test_any_picture_is_looked_at(
    size: tuple[int, int], expert: CountExpert, rng: np.random.Generator
) -> None:
    found = expert.look([rng.integers(0, 256, (*size, 3)).astype(np.uint8)])
    assert found.views["count.parts"].shape == (1, 3)
    assert all(0 <= slot.confidence <= 1 for slot in found.slots[0])
    assert expert.missing() is None
