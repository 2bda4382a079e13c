"""Light, contrast, sharpness and kind of made pictures."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.calibration.photos import drawn, rendered
from tools.models.bundled import photo_expert
from tools.models.bundled.photo_expert import WIDTHS, PhotoExpert, percentiles
from tools.models.ports import Pixels

LIGHTS = ("dark", "medium", "bright", "low key", "high key")
"""The values of the slot "brightness"."""
CONTRASTS = ("low", "medium", "high")
"""The values of the slot "contrast"."""


@pytest.fixture(scope="module")
def expert() -> PhotoExpert:
    return PhotoExpert()


def said(expert: PhotoExpert, pixels: Pixels) -> dict[str, str]:
    return {slot.name: slot.value for slot in expert.look([pixels]).slots[0]}


def scene(seed: int = 0, size: tuple[int, int] = (320, 240)) -> np.ndarray:
    """(h, w, 3) 0..1."""
    return rendered(size, np.random.default_rng(seed), empty=0)


def eight_bit(light: np.ndarray) -> Pixels:
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)


def disc(ground: int, level: int) -> Pixels:
    made = Image.new("L", (200, 200), ground)
    ImageDraw.Draw(made).ellipse((70, 60, 130, 130), level)
    return np.asarray(made.convert("RGB"))


@pytest.mark.parametrize(
    ("pixels", "brightness"),
    [
        (eight_bit(scene() * 0.25), "dark"),
        (eight_bit(scene() * 0.2 + 0.75), "bright"),
        (eight_bit(0.45 + 0.2 * (scene() - 0.5)), "medium"),
        (disc(8, 240), "low key"),
        (disc(250, 60), "high key"),
    ],
)
def test_brightness(pixels: Pixels, brightness: str, expert: PhotoExpert) -> None:
    assert said(expert, pixels)["brightness"] == brightness


@pytest.mark.parametrize(
    ("ends", "contrast"), [((110, 140), "low"), ((60, 160), "medium"), ((0, 255), "high")]
)
def test_contrast(ends: tuple[int, int], contrast: str, expert: PhotoExpert) -> None:
    stripes = np.repeat(np.where(np.arange(200) // 20 % 2, *ends)[None], 150, 0)
    pixels = np.repeat(stripes[..., None], 3, -1).astype(np.uint8)
    assert said(expert, pixels)["contrast"] == contrast


@pytest.mark.parametrize("seed", range(4))
def test_a_blurred_picture_is_told_from_a_sharp_one(seed: int, expert: PhotoExpert) -> None:
    half = Image.fromarray(eight_bit(scene(seed, (640, 480)))).resize((320, 240), Image.Resampling.LANCZOS)
    sharp, blurred = np.asarray(half), np.asarray(half.filter(ImageFilter.GaussianBlur(4)))
    assert said(expert, sharp)["sharpness"] == "sharp"
    assert said(expert, blurred)["sharpness"] == "blurred"
    view = expert.look([sharp, blurred]).views["photo.sharp"]
    assert view[0, 0] > view[1, 0] + 0.1


def test_photographs_and_drawings(expert: PhotoExpert) -> None:
    grain = np.random.default_rng(9)
    shots = [eight_bit(scene(seed) + grain.normal(0, 0.01, (240, 320, 3))) for seed in range(10)]
    sheets = [np.asarray(drawn((320, 240), np.random.default_rng(seed))) for seed in range(10)]
    right = [said(expert, pixels)["kind of picture"] == "photograph" for pixels in shots]
    right += [said(expert, pixels)["kind of picture"] == "drawing" for pixels in sheets]
    assert sum(right) >= 18, right


def test_tone(expert: PhotoExpert) -> None:
    colourful = eight_bit(np.clip(scene(3), 0, 1))
    grey = np.repeat(colourful.mean(2, keepdims=True), 3, 2)
    assert said(expert, grey.astype(np.uint8))["tone"] == "black and white"
    assert said(expert, (grey * (1, 0.86, 0.68)).astype(np.uint8))["tone"] == "toned"
    made = np.asarray(drawn((200, 200), np.random.default_rng(1)))
    assert said(expert, made)["tone"] == "colour"


@pytest.mark.parametrize(
    ("size", "name"),
    [((100, 200), "landscape"), ((200, 100), "portrait"), ((150, 150), "square"), ((102, 100), "square")],
)
def test_format(size: tuple[int, int], name: str, expert: PhotoExpert) -> None:
    slots = expert.look([np.zeros((*size, 3), np.uint8)]).slots[0]
    assert [(s.value, s.confidence) for s in slots if s.name == "format"] == [(name, 1.0)]


def test_of_an_empty_picture_only_tone_and_format_are_said(expert: PhotoExpert) -> None:
    found = expert.look([np.full((60, 90, 3), 200, np.uint8)])
    assert {slot.name for slot in found.slots[0]} == {"tone", "format"}
    assert np.isnan(found.views["photo.sharp"]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (7, 7), (12, 640), (640, 640)])
@pytest.mark.parametrize("value", [0, 255, None])
def test_any_picture_is_looked_at(
    size: tuple[int, int], value: int | None, expert: PhotoExpert, rng: np.random.Generator
) -> None:
    pixels = rng.integers(0, 256, (*size, 3)) if value is None else np.full((*size, 3), value)
    found = expert.look([pixels.astype(np.uint8)])
    assert {name: view.shape for name, view in found.views.items()} == {n: (1, w) for n, w in WIDTHS.items()}
    assert all(np.isfinite(view).all() for name, view in found.views.items() if name != "photo.sharp")
    for slot in found.slots[0]:
        assert 0 <= slot.confidence <= 1
        assert slot.value in {"brightness": LIGHTS, "contrast": CONTRASTS}.get(slot.name, (slot.value,))


def test_it_can_always_run_and_its_specs_name_its_views(expert: PhotoExpert) -> None:
    assert expert.missing() is None
    for spec in expert.specs:
        assert spec.title and len(spec.phrases) >= 5
        assert set(spec.views) <= WIDTHS.keys()


def landscape(sky: tuple[int, int, int], ground: tuple[int, int, int]) -> Pixels:
    made = Image.new("RGB", (120, 80), ground)
    ImageDraw.Draw(made).rectangle((0, 0, 119, 39), sky)
    return np.asarray(made)


def test_the_sky_is_what_is_above_whatever_lies_below(expert: PhotoExpert) -> None:
    evening, grass, sand = (200, 110, 60), (60, 110, 40), (190, 170, 130)
    sky = expert.look([landscape(evening, grass), landscape(evening, sand)]).views["photo.sky"]
    assert np.allclose(sky[0], sky[1])
    other = expert.look([landscape((120, 170, 230), grass)]).views["photo.sky"]
    assert np.linalg.norm(other[0] - sky[0]) > 0.5


def test_the_lamp_tells_the_colour_and_the_strength_of_the_light(expert: PhotoExpert) -> None:
    things = scene(3).mean(2, keepdims=True) * 0.9
    lights = {"noon": (1.0, 1.0, 1.0), "sunset": (0.6, 0.4, 0.2), "night": (0.08, 0.1, 0.14)}
    shots = [eight_bit((things**2.2 * np.array(light)) ** (1 / 2.2)) for light in lights.values()]
    noon, sunset, night = expert.look(shots).views["photo.lamp"].tolist()
    assert noon[0] > sunset[0] > night[0] + 0.5
    assert sunset[2] > noon[2] + 0.5 and noon[2] > night[2]


def test_one_light_pixel_is_not_the_light(expert: PhotoExpert) -> None:
    dim = eight_bit(scene(4) * 0.2)
    lit = dim.copy()
    lit[:3, :3] = 255
    before, after = expert.look([dim, lit]).views["photo.lamp"]
    assert abs(after[0] - before[0]) < 2.0 < 100 / 25 - before[0]


@pytest.mark.parametrize("span", [(0, 100), (-40, 40), (-50, 50)])
def test_eighths_of_a_range_are_those_of_a_histogram(span: tuple[int, int], rng: np.random.Generator) -> None:
    low, high = span
    edges = np.linspace(low, high, 9).astype(np.float32)
    step = np.spacing(np.maximum(np.abs(edges), np.float32(1)))
    values = np.concatenate(
        [edges, edges - step, edges + step, rng.uniform(low - 20, high + 20, 500).astype(np.float32)]
    )
    counted = photo_expert.eighths(values.astype(np.float64), low, high)
    np.testing.assert_array_equal(counted, np.histogram(values, 8, span)[0])


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (41, 30)])
@pytest.mark.parametrize("kind", [np.float32, np.int16])
def test_percentiles_are_numpy_s(
    shape: tuple[int, int], kind: type[np.generic], rng: np.random.Generator
) -> None:
    values = rng.uniform(-300, 300, shape).astype(kind)
    wanted = (0, 2, 25, 50, 97, 100)
    np.testing.assert_allclose(
        percentiles(values, wanted), np.percentile(values, wanted), rtol=1e-5, atol=1e-4
    )
