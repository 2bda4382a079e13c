"""Silhouettes of drawn things."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.models.bundled.shape_expert import WIDTHS, ShapeExpert, measure
from tools.models.ports import Pixels

SHAPES = ("round", "oval", "square", "rectangle", "triangle", "star", "long", "irregular")
"""The values of the slot "shape"."""
ASPECTS = ("tall", "wide", "square")
"""The values of the slot "aspect"."""

FIGURES = {
    "round": [(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)],
    "oval": [(np.cos(a), 0.55 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)],
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    "rectangle": [(-1, -0.55), (1, -0.55), (1, 0.55), (-1, 0.55)],
    "triangle": [(-1, 0.8), (1, 0.8), (0.2, -0.9)],
    "star": [
        (r * np.sin(a), -r * np.cos(a)) for r, a in zip([1, 0.42] * 5, np.arange(10) * np.pi / 5, strict=True)
    ],
    "long": [(-1, -0.14), (1, -0.14), (1, 0.14), (-1, 0.14)],
    "irregular": [(-1, -1), (-0.3, -1), (-0.3, 0.3), (1, 0.3), (1, 1), (-1, 1)],
}


@pytest.fixture(scope="module")
def expert() -> ShapeExpert:
    return ShapeExpert()


def draw(name: str, turn: float = 0.0, scale: float = 70, size: tuple[int, int] = (240, 200)) -> Pixels:
    made = Image.new("RGB", size, "#f4f2ea")
    cos, sin = np.cos(turn), np.sin(turn)
    corners = [
        (size[0] / 2 + scale * (x * cos - y * sin), size[1] / 2 + scale * (x * sin + y * cos))
        for x, y in FIGURES[name]
    ]
    ImageDraw.Draw(made).polygon(corners, "#28508c")
    return np.asarray(made)


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.9])
@pytest.mark.parametrize("name", FIGURES)
def test_a_shape_has_its_name_however_it_lies(name: str, turn: float, expert: ShapeExpert) -> None:
    said = {slot.name: slot for slot in expert.look([draw(name, turn)]).slots[0]}
    assert said["shape"].value == name
    assert said["shape"].confidence > 0.5


@pytest.mark.parametrize("name", FIGURES)
def test_the_outline_hardly_changes_when_a_thing_turns_or_grows(name: str, expert: ShapeExpert) -> None:
    views = [
        expert.look([draw(name, turn, scale)]).views["shape.outline"][0]
        for turn, scale in [(0, 68), (0.7, 66), (2.1, 60), (0.3, 54)]
    ]
    other = [expert.look([draw(o)]).views["shape.outline"][0] for o in FIGURES if o != name]
    own = max(float(np.linalg.norm(view - views[0])) for view in views[1:])
    assert own < min(float(np.linalg.norm(view - views[0])) for view in other)


@pytest.mark.parametrize(("turn", "aspect"), [(0.0, "wide"), (np.pi / 2, "tall"), (np.pi / 4, "square")])
def test_the_aspect_is_that_of_the_upright_box(turn: float, aspect: str, expert: ShapeExpert) -> None:
    said = {slot.name: slot.value for slot in expert.look([draw("rectangle", turn)]).slots[0]}
    assert said["aspect"] == aspect


def test_a_disc_and_a_bar_in_numbers() -> None:
    y, x = np.mgrid[-40:41, -40:41]
    disc = measure(np.pad(x**2 + y**2 <= 1400, 1))
    assert disc.length == pytest.approx(1, abs=0.03) and disc.box == pytest.approx(1, abs=0.03)
    assert disc.fill == pytest.approx(np.pi / 4, abs=0.03) and disc.ellipse > 0.97 and disc.solidity > 0.95
    bar = measure(np.pad(np.ones((10, 60), bool), 1))
    assert bar.length == pytest.approx(6) and bar.box == pytest.approx(6)
    assert (bar.fill, bar.solidity) == (pytest.approx(1), pytest.approx(1))
    assert bar.corners == (pytest.approx(0.5), pytest.approx(1), pytest.approx(1))


def test_where_nothing_stands_out_nothing_is_said(expert: ShapeExpert) -> None:
    found = expert.look([np.full((80, 80, 3), 120, np.uint8), draw("square")])
    assert found.slots[0] == [] and found.slots[1]
    for view in found.views.values():
        assert np.isnan(view[0]).all() and np.isfinite(view[1]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (7, 7), (640, 33), (96, 96)])
def test_any_picture_is_looked_at(
    size: tuple[int, int], expert: ShapeExpert, rng: np.random.Generator
) -> None:
    for seed in range(3):
        found = expert.look([rng.integers(0, 256 - 80 * seed, (*size, 3)).astype(np.uint8)])
        assert {name: view.shape for name, view in found.views.items()} == {
            n: (1, w) for n, w in WIDTHS.items()
        }
        for slot in found.slots[0]:
            assert slot.value in (SHAPES if slot.name == "shape" else ASPECTS)
            assert 0 <= slot.confidence <= 1


def test_it_can_always_run_and_its_specs_name_its_views(expert: ShapeExpert) -> None:
    assert expert.missing() is None
    for spec in expert.specs:
        assert spec.title and len(spec.phrases) >= 5
