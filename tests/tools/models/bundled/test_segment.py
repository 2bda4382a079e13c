"""The subject and its background."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from tools.models.bundled import segment as module
from tools.models.bundled.cielab import to_lab
from tools.models.bundled.segment import SIDE, Segments, segment


def parts(draw: str, ground: str = "white", colour: str = "navy") -> tuple[Segments, np.ndarray]:
    """Segments of a drawn picture, and where the shape really is."""
    picture, mask = Image.new("RGB", (SIDE, SIDE), ground), Image.new("1", (SIDE, SIDE))
    for pen, fill in ((ImageDraw.Draw(picture), colour), (ImageDraw.Draw(mask), 1)):
        if draw == "centre":
            pen.ellipse((28, 28, 68, 68), fill)
        elif draw == "corner":
            pen.rectangle((6, 8, 30, 40), fill)
        elif draw == "large":
            pen.rectangle((4, 4, 91, 91), fill)
    return segment(to_lab(np.asarray(picture))), np.asarray(mask)


@pytest.mark.parametrize("draw", ["centre", "corner", "large"])
@pytest.mark.parametrize(
    ("ground", "colour"), [("white", "navy"), ("black", "gold"), ("seagreen", "crimson")]
)
def test_a_shape_on_plain_ground_is_the_subject(draw: str, ground: str, colour: str) -> None:
    found, mask = parts(draw, ground, colour)
    inside, outside = found.subject[mask].mean(), found.subject[~mask].mean()
    assert inside > 0.7 and outside < 0.25
    assert found.contrast > 0.6


def test_a_small_thing_that_is_clear_is_the_subject() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(picture).ellipse((70, 8, 86, 24), "navy")
    found = segment(to_lab(np.asarray(picture)))
    assert found.subject[16, 78] > 0.8 and found.subject[48, 48] < 0.2


def test_a_hole_belongs_to_the_subject() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(picture).ellipse((20, 20, 76, 76), outline="navy", width=8)
    assert segment(to_lab(np.asarray(picture))).subject[48, 48] > 0.7


def test_a_flat_picture_has_no_subject_and_its_centre_counts() -> None:
    found, _ = parts("nothing")
    assert found.contrast == 0
    assert found.subject[48, 48] > 0.9 > 0.1 > found.subject[0, 0]


def test_a_difference_that_nobody_sees_is_no_subject() -> None:
    assert parts("centre", "#808080", "#828282")[0].contrast < 0.1


@pytest.mark.parametrize("shape", [(8, 8), (96, 8), (9, 96), (50, 70)])
@pytest.mark.parametrize("kind", ["noise", "black"])
def test_any_picture_gives_weights(shape: tuple[int, int], kind: str, rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256 if kind == "noise" else 1, (*shape, 3)).astype(np.uint8)
    found = segment(to_lab(pixels))
    assert found.subject.shape == found.background.shape == shape
    assert found.subject.dtype == np.float32
    np.testing.assert_allclose(found.subject + found.background, 1, atol=1e-5)
    assert found.subject.min() >= 0 and found.subject.max() <= 1
    assert 0 <= found.contrast <= 1


@pytest.mark.parametrize("filled", [0.3, 0.6, 0.9])
def test_specks_and_holes_go_as_by_scipy(filled: float, rng: np.random.Generator) -> None:
    for shape in ((40, 57), (8, 96), (1, 1)):
        mask = ndimage.uniform_filter(rng.random(shape), 3) < filled - 0.1
        np.testing.assert_array_equal(module.opened(mask), ndimage.binary_opening(mask))
        np.testing.assert_array_equal(module.without_holes(mask), ndimage.binary_fill_holes(mask))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 101, 300])
def test_medians_and_nearest_colours_are_numpys(count: int, rng: np.random.Generator) -> None:
    rows = rng.normal(size=(count, 3)).astype(np.float32)
    np.testing.assert_array_equal(module.medians(rows), np.median(rows, axis=0))
    lab = rng.normal(size=(11, 13, 3)).astype(np.float32)
    apart = np.linalg.norm(lab[:, :, None] - rows[:4], axis=-1).min(-1)
    np.testing.assert_allclose(module.nearest_distance(lab, rows[:4]), apart, rtol=1e-5)
