"""Colours of drawn things."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.basic_colours import NAMES
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.ports import Findings, Pixels

VIEWS = {
    "colour.subject": 11,
    "colour.centre": 11,
    "colour.background": 11,
    "colour.hue": 14,
    "colour.number": 5,
}
PAINTS = [
    ("red", "#d71e23"), ("orange", "#fa8c0a"), ("brown", "#6e4628"), ("yellow", "#fadc14"), ("green", "#1ea032"),
    ("green", "#2a5a30"), ("blue", "#2341d7"), ("blue", "#6ab4f0"), ("purple", "#6e1ea0"), ("pink", "#ff78aa"),
    ("black", "#0f0f0f"), ("grey", "#808080"), ("white", "#fafafa"),
]  # fmt: skip


@pytest.fixture(scope="module")
def expert() -> ColourExpert:
    return ColourExpert()


def test_what_all_experts_share_is_made_once(expert: ColourExpert, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk has an expert of its own, and opens a tenth of a second sooner."""
    monkeypatch.setattr("tools.models.bundled.colour_expert.to_lab", None)
    ColourExpert()


def picture(paint: str, ground: str) -> Pixels:
    made = Image.new("RGB", (96, 96), ground)
    ImageDraw.Draw(made).ellipse((20, 16, 72, 70), paint)
    return np.asarray(made)


def said(found: Findings, row: int = 0) -> dict[str, str]:
    """The names of colours."""
    return {slot.name: slot.value for slot in found.slots[row] if slot.name != "number of colours"}


def number(pixels: Pixels, expert: ColourExpert) -> str:
    return next(slot.value for slot in expert.look([pixels]).slots[0] if slot.name == "number of colours")


@pytest.mark.parametrize(("name", "paint"), PAINTS)
def test_every_basic_colour_is_called_by_its_name(name: str, paint: str, expert: ColourExpert) -> None:
    ground, behind = ("#fafafa", "white") if name not in ("white", "grey", "yellow") else ("#101010", "black")
    assert said(expert.look([picture(paint, ground)])) == {"colour": name, "background colour": behind}


@pytest.mark.parametrize(("name", "paint"), PAINTS)
def test_the_background_is_called_by_its_name(name: str, paint: str, expert: ColourExpert) -> None:
    thing = "#1ea032" if name in ("red", "orange", "pink", "white", "black") else "#d71e23"
    assert said(expert.look([picture(thing, paint)]))["background colour"] == name


def test_a_part_in_a_strong_colour_names_a_thing(expert: ColourExpert) -> None:
    car = Image.new("RGB", (96, 96), "#b4b4b4")
    pen = ImageDraw.Draw(car)
    pen.rectangle((12, 36, 84, 66), "#c81e23")
    pen.rectangle((30, 22, 66, 40), "#202428")
    for x in (20, 62):
        pen.ellipse((x, 58, x + 18, 76), "#101010")
    assert said(expert.look([np.asarray(car)]))["colour"] == "red"


@pytest.mark.parametrize(("name", "shirt"), [("grey", "#8a8a8a"), ("black", "#1c1c1c"), ("blue", "#305880")])
def test_a_shirt_is_not_called_after_the_face_above_it(name: str, shirt: str, expert: ColourExpert) -> None:
    worn = Image.new("RGB", (96, 128), "#f4f4f4")
    pen = ImageDraw.Draw(worn)
    pen.ellipse((36, 4, 60, 34), "#d8a07c")
    pen.rectangle((26, 34, 70, 92), shirt)
    assert said(expert.look([np.asarray(worn)]))["colour"] == name


def test_a_small_thing_on_a_large_ground_counts(expert: ColourExpert) -> None:
    made = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(made).ellipse((150, 20, 185, 55), "#2341d7")
    assert said(expert.look([np.asarray(made)])) == {"colour": "blue", "background colour": "white"}


@pytest.mark.parametrize(
    ("n", "words"), enumerate(("one colour", "two colours", "three colours", "many colours"), 1)
)
def test_the_colours_of_a_thing_are_counted(n: int, words: str, expert: ColourExpert) -> None:
    made = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(made)
    for i, paint in enumerate(("#d71e23", "#2341d7", "#fadc14", "#1ea032")[:n]):
        pen.rectangle((30, 30 + i * 140 // n, 170, 30 + (i + 1) * 140 // n), paint)
    assert number(np.asarray(made), expert) == words


def test_views_have_their_width_and_their_sums(expert: ColourExpert) -> None:
    found = expert.look([picture(paint, "#fafafa") for _, paint in PAINTS])
    assert {name: view.shape for name, view in found.views.items()} == {
        name: (len(PAINTS), width) for name, width in VIEWS.items()
    }
    for name in ("colour.subject", "colour.background"):
        assert found.views[name].dtype == np.float32
        np.testing.assert_allclose((found.views[name] ** 2).sum(1), 1, atol=1e-3)
    hue = found.views["colour.hue"]
    assert hue.dtype == np.float32 and np.isfinite(hue).all()
    # The last two are mean chroma and the share without colour.
    names = [name for name, _ in PAINTS]
    grey, red = names.index("grey"), names.index("red")
    assert hue[grey, -1] > 0.9 > 0.5 > hue[red, -1]
    assert hue[red, -2] > hue[grey, -2]


def test_confidence_follows_the_contrast(expert: ColourExpert) -> None:
    found = expert.look([picture("#d71e23", "#fafafa"), picture("#d71e23", "#d82a20")])
    clear, faint = (slots[0].confidence for slots in found.slots)
    assert 0 <= faint < clear <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (7, 7), (33, 640), (96, 96)])
@pytest.mark.parametrize("value", [0, 255, None])
def test_any_picture_is_looked_at(
    shape: tuple[int, int], value: int | None, expert: ColourExpert, rng: np.random.Generator
) -> None:
    pixels = rng.integers(0, 256, (*shape, 3)) if value is None else np.full((*shape, 3), value)
    found = expert.look([pixels.astype(np.uint8)])
    assert all(np.isfinite(view).all() for view in found.views.values())
    assert [slot.name for slot in found.slots[0]] == ["colour", "background colour", "number of colours"]
    assert all(slot.value in NAMES for slot in found.slots[0][:2])
    assert all(0 <= slot.confidence <= 1 for slot in found.slots[0])


def test_a_picture_is_seen_the_same_alone_and_among_others(expert: ColourExpert) -> None:
    batch = [picture(paint, "#fafafa") for _, paint in PAINTS]
    together = expert.look(batch)
    for i, pixels in enumerate(batch):
        alone = ColourExpert().look([pixels])
        assert alone.slots[0] == together.slots[i]
        for name, view in alone.views.items():
            np.testing.assert_array_equal(view[0], together.views[name][i])


def test_it_can_always_run_and_its_specs_name_its_views(expert: ColourExpert) -> None:
    assert expert.missing() is None
    for spec in expert.specs:
        assert spec.title and len(spec.phrases) >= 5
        assert set(spec.views) <= VIEWS.keys()
