"""Pictures that are one are found, in whatever way the one came from the other, and no others."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from tests.camera_roll import picture
from tools.near_duplicates.candidates import MOST_NEAR, hashes, near_pairs
from tools.near_duplicates.same_picture import CUT, EDITED, SAVED, Small, is_flat, sameness, small_picture

SIZE = (480, 360)


def saved(image: Image.Image, form: str, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, form, quality=quality)
    return Image.open(file).convert("RGB")


def cut(image: Image.Image, share: float) -> Image.Image:
    edge = (1 - share) / 2
    w, h = image.size
    return image.crop((round(w * edge), round(h * edge), round(w * (1 - edge)), round(h * (1 - edge))))


WAYS: dict[str, tuple[str, Callable[[Image.Image], Image.Image]]] = {
    "a poor JPEG": (SAVED, lambda image: saved(image, "JPEG", 25)),
    "a WebP": (SAVED, lambda image: saved(image, "WEBP", 40)),
    "half its size": (SAVED, lambda image: image.resize((240, 180))),
    "a thumbnail": (SAVED, lambda image: image.resize((96, 72))),
    "black and white": ("", lambda image: ImageOps.grayscale(image).convert("RGB")),
    "brighter": (EDITED, lambda image: ImageEnhance.Brightness(image).enhance(1.3)),
    "with more contrast": ("", lambda image: ImageEnhance.Contrast(image).enhance(1.4)),
    "a part of it": (CUT, lambda image: cut(image, 0.85)),
}


def small(image: Image.Image) -> Small:
    return small_picture(np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_is_known_again(way: str) -> None:
    how, change = WAYS[way]
    found = [sameness(small(picture(n, SIZE)), small(change(picture(n, SIZE)))) for n in range(12)]
    known = [same for same in found if same is not None]
    # A false stack costs more than a missed one, so of what was edited or cut some are missed.
    assert len(known) >= (11 if how == SAVED else 5)
    if how:
        assert sum(same.how == how for same in known) >= len(known) - 3


def test_other_pictures_are_never_one() -> None:
    smalls = [small(picture(n, SIZE)) for n in range(60)]
    assert all(sameness(a, b) is None for i, a in enumerate(smalls) for b in smalls[i + 1 : i + 4])


def test_two_pages_of_text_are_two_pictures() -> None:
    pages = []
    for n in range(6):
        page = Image.new("RGB", SIZE, "white")
        words = np.random.default_rng(n)
        for line in range(16):
            for x in range(20, 440, 60):
                ImageDraw.Draw(page).rectangle(
                    (x, 20 + 20 * line, x + int(words.integers(8, 50)), 28 + 20 * line), fill="black"
                )
        pages.append(small(page))
    assert all(sameness(a, b) is None for i, a in enumerate(pages) for b in pages[i + 1 :])


@pytest.mark.parametrize("wide", [34, 80])
def test_a_picture_in_which_one_thing_is_elsewhere_is_another(wide: int) -> None:
    """However small it is beside the whole: a ball, a bird, a hand."""
    for n in range(8):
        before, after = picture(n, SIZE), picture(n, SIZE)
        ImageDraw.Draw(before).ellipse((40, 40, 40 + wide, 40 + wide), fill="black", outline="white", width=4)
        ImageDraw.Draw(after).ellipse(
            (300, 220, 300 + wide, 220 + wide), fill="black", outline="white", width=4
        )
        assert sameness(small(before), small(after)) is None


def test_what_shows_nothing_is_the_same_as_nothing() -> None:
    flat = small(Image.new("RGB", SIZE, "grey"))
    assert is_flat(flat) and sameness(flat, flat) is None


def test_candidates_are_pairs_each_once_and_no_copy_is_missed() -> None:
    images = [picture(n, SIZE) for n in range(20)]
    smalls = [small(image) for image in images] + [small(saved(image, "JPEG", 30)) for image in images]
    pairs = list(near_pairs(np.stack([hashes(one) for one in smalls])))
    assert len(pairs) == len(set(pairs)) and all(a < b for a, b in pairs)
    assert {(n, n + 20) for n in range(20)} <= set(pairs)
    assert list(near_pairs(np.zeros((0, 4), np.uint64))) == []


def test_frames_that_are_all_alike_make_few_pairs_and_none_is_left_out() -> None:
    pairs = list(near_pairs(np.zeros((400, 4), np.uint64)))
    assert len(pairs) <= 400 * MOST_NEAR
    assert {row for pair in pairs for row in pair} == set(range(400))
    assert len(set(pairs)) == len(pairs)
