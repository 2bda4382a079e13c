"""Frames are found and taken off, and plain ground around a thing is none."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from tools.describe.picture_frame import inside_frame
from tools.models.ports import Pixels

WHITE, BLACK, CREAM = (255, 255, 255), (0, 0, 0), (240, 234, 220)
SIZE = (200, 150)
CUT = 6
"""The most pixels of a side that may be lost at its ends: what JPEG blurs, around each of several frames."""


def scene(seed: int = 0, sky: tuple[int, int, int] = (120, 170, 220)) -> Image.Image:
    """Hills under a sky, with the noise of a photograph."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", SIZE, sky)
    draw = ImageDraw.Draw(image)
    for depth in range(3):
        heights = 60 + 25 * depth + 15 * np.sin(np.arange(0, 240, 20) / 30 + rng.uniform(0, 6))
        draw.polygon([*zip(range(0, 240, 20), heights.tolist(), strict=True), SIZE, (0, SIZE[1])],
                     fill=(60 + 20 * depth, 110 - 20 * depth, 50))  # fmt: skip
    noisy = np.asarray(image, np.float64) + rng.normal(0, 4, (*SIZE[::-1], 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image) -> Pixels:
    """The pixels as they come out of a JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file).convert("RGB"))


def mount(image: Image.Image) -> Image.Image:
    """A thin line, a wide mount and a dark frame, one around the other."""
    for width, colour in ((2, (110, 100, 90)), (24, CREAM), (8, (30, 25, 20))):
        image = ImageOps.expand(image, width, colour)
    return image


def instant(image: Image.Image, writing: str = "Lake, 1987") -> Image.Image:
    """An instant photograph: white, with room below that is written on."""
    white = Image.new("RGB", (SIZE[0] + 24, SIZE[1] + 62), (250, 250, 247))
    white.paste(image, (12, 12))
    font = ImageFont.load_default(20)
    ImageDraw.Draw(white).text((30, SIZE[1] + 24), writing, fill=(40, 40, 90), font=font)
    return white


def bars(image: Image.Image) -> Image.Image:
    """Black bars above and below."""
    return ImageOps.expand(image, (0, 20), BLACK)


def rounded(image: Image.Image) -> Image.Image:
    """A white frame with round inner corners."""
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, SIZE[0] - 1, SIZE[1] - 1), 16, fill=255)
    on_white = Image.new("RGB", SIZE, WHITE)
    on_white.paste(image, (0, 0), mask)
    return ImageOps.expand(on_white, 14, WHITE)


FRAMES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "white": lambda image: ImageOps.expand(image, 12, WHITE),
    "black": lambda image: ImageOps.expand(image, 12, BLACK),
    "thin": lambda image: ImageOps.expand(image, 6, WHITE),
    "mount": mount,
    "instant": instant,
    "bars": bars,
    "pillars": lambda image: ImageOps.expand(image, (40, 0), BLACK),
    "round corners": rounded,
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("seed", range(3))
def test_a_frame_is_taken_off(name: str, seed: int) -> None:
    inside = inside_frame(jpeg(FRAMES[name](scene(seed))))
    assert np.abs(np.array(inside.shape[:2]) - SIZE[::-1]).max() <= CUT
    rim = [(was - now) // 2 for was, now in zip(SIZE[::-1], inside.shape[:2], strict=True)]
    there = np.asarray(scene(seed), np.float64)[rim[0] :, rim[1] :][: inside.shape[0], : inside.shape[1]]
    assert np.abs(inside - there)[20:-20, 20:-20].mean() < 8


def test_a_white_sky_in_a_white_frame_and_a_night_in_a_black_one() -> None:
    day = inside_frame(jpeg(ImageOps.expand(scene(sky=(251, 251, 251)), 12, WHITE)))
    assert day.shape[1] == pytest.approx(SIZE[0], abs=CUT)
    night = Image.fromarray((np.asarray(scene()) * 0.2).astype(np.uint8))
    assert inside_frame(jpeg(ImageOps.expand(night, 12, BLACK))).shape[:2] == pytest.approx(
        SIZE[::-1], abs=CUT
    )


def test_pictures_that_share_a_mount_stay_together() -> None:
    pair = Image.new("RGB", (260, 174), WHITE)
    pair.paste(scene(0), (12, 12))
    pair.paste(scene(1).crop((0, 0, 26, 150)), (222, 12))
    assert inside_frame(jpeg(pair)).shape[:2] == pytest.approx((150, 236), abs=CUT)


def on_white(draw_thing: Callable[[ImageDraw.ImageDraw], None]) -> Pixels:
    image = Image.new("RGB", SIZE, WHITE)
    draw_thing(ImageDraw.Draw(image))
    return jpeg(image)


@pytest.mark.parametrize(
    "draw_thing",
    [
        lambda draw: draw.ellipse((40, 20, 160, 130), fill=(180, 40, 40)),
        lambda draw: draw.polygon([(100, 15), (170, 130), (30, 120)], fill=(40, 90, 160)),
        lambda draw: (  # a bag with a handle: straight below and at its sides
            draw.rounded_rectangle((50, 60, 150, 135), 14, fill=(120, 80, 40)),
            draw.arc((75, 20, 125, 100), 180, 360, fill=(90, 60, 30), width=6),
        ),
        lambda draw: (draw.rectangle((30, 40, 80, 110), fill=BLACK), draw.ellipse((110, 50, 170, 120), fill=BLACK)),
        lambda draw: draw.rectangle((80, 60, 120, 100), fill=(60, 90, 160)),
        lambda draw: None,
    ],
)  # fmt: skip
def test_a_thing_on_plain_ground_stays_as_it_is(
    draw_thing: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    pixels = on_white(draw_thing)
    assert inside_frame(pixels) is pixels


def test_a_card_keeps_the_margin_that_its_rank_stands_in() -> None:
    def court(draw: ImageDraw.ImageDraw) -> None:
        draw.rectangle((40, 18, 160, 132), fill=(200, 180, 60), outline=BLACK)
        font = ImageFont.load_default(18)
        draw.text((12, 18), "K", fill=BLACK, font=font)
        draw.text((175, 110), "K", fill=BLACK, font=font)

    pixels = on_white(court)
    assert inside_frame(pixels) is pixels


@pytest.mark.parametrize("ground", [WHITE, (128, 128, 128)])
def test_a_drawn_square_is_a_thing_and_no_framed_picture(ground: tuple[int, int, int]) -> None:
    """It has straight edges all along as well, but there is no picture in it."""
    image = Image.new("RGB", (96, 96), ground)
    ImageDraw.Draw(image).rectangle((16, 16, 73, 73), (200, 40, 40))
    pixels = jpeg(image)
    assert inside_frame(pixels) is pixels


@pytest.mark.parametrize("seed", range(3))
def test_a_picture_without_a_frame_stays_as_it_is(seed: int) -> None:
    pixels = jpeg(scene(seed))
    assert inside_frame(pixels) is pixels


def test_a_gradient_that_ends_as_it_begins_has_no_bars() -> None:
    rows = 255 * np.sin(np.linspace(0, np.pi, SIZE[1])) ** 2
    pixels = np.repeat(np.repeat(rows[:, None, None], SIZE[0], 1), 3, 2).astype(np.uint8)
    assert inside_frame(pixels) is pixels


def test_tiny_and_empty_pictures_stay_as_they_are() -> None:
    for shape in ((1, 1, 3), (8, 200, 3), (200, 30, 3)):
        pixels = np.zeros(shape, np.uint8)
        assert inside_frame(pixels) is pixels
