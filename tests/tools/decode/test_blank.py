"""What shows nothing, and what shows little."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from tools.decode.blank import nothing_to_see

NOISE = np.random.default_rng(0)


def plain(*colour: int, size: tuple[int, int] = (480, 640)) -> np.ndarray:
    return np.full((*size, 3), colour, np.uint8)


def noisy(level: int, sigma: float) -> np.ndarray:
    return np.clip(NOISE.normal(level, sigma, (480, 640, 3)), 0, 255).astype(np.uint8)


NOTHING = {
    "white": (plain(255, 255, 255), "white"),
    "black": (plain(0, 0, 0), "black"),
    "grey": (plain(128, 128, 128), "grey"),
    "paper": (plain(250, 247, 240), "white"),
    "one pixel": (plain(255, 255, 255, size=(1, 1)), "white"),
    "a row": (plain(3, 3, 3, size=(1, 500)), "black"),
    "a scanned sheet": (noisy(240, 3), "white"),
    "a covered lens": (noisy(12, 5), "black"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing(name: str) -> None:
    pixels, colour = NOTHING[name]
    assert nothing_to_see(pixels) == f"shows nothing: {colour} throughout"


def drawn(draw: str, at: object, fill: object) -> np.ndarray:
    sheet = Image.new("RGB", (640, 480), "white")
    getattr(ImageDraw.Draw(sheet), draw)(at, fill=fill)
    return np.array(sheet)


def gradient(low: int, high: int) -> np.ndarray:
    row = np.linspace(low, high, 640)[None, :, None]
    return np.broadcast_to(row, (480, 640, 3)).astype(np.uint8)


SOMETHING = {
    "a dot": drawn("rectangle", (300, 200, 302, 202), "black"),
    "a line": drawn("line", (0, 0, 639, 479), "black"),
    "faint pencil": drawn("line", (10, 10, 600, 10), (200, 200, 200)),
    "a pale field": drawn("rectangle", (0, 0, 320, 480), (235, 235, 235)),
    "red throughout": plain(220, 30, 30),
    "pale blue": plain(225, 235, 250),
    "fog": np.array(Image.fromarray(noisy(180, 60)).filter(ImageFilter.GaussianBlur(12))),
    "dusk": gradient(5, 30),
}


@pytest.mark.parametrize("name", SOMETHING)
def test_something(name: str) -> None:
    assert nothing_to_see(SOMETHING[name]) == ""
