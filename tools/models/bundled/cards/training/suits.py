"""Draws the shapes of the four suits as masks, from curves in many variants."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Points = list[tuple[float, float]]

SUITS = ("clubs", "diamonds", "hearts", "spades")
"""The suits that have a shape: those of `card_names` without the joker."""
PIP = 96
"""The side of a mask in pixels."""
_OVER = 3
"""The factor by which masks are drawn larger at first, for smooth edges."""
STYLES = ("solid", "outline", "inline", "hatched", "spotted")
"""The ways in which the inside of a shape is filled."""


def pip(suit: str, style: str, rng: np.random.Generator) -> Image.Image:
    """Return a random variant of a suit's shape: an upright, square mask ("L") of side `PIP` whose height the shape
    fills."""
    side = PIP * _OVER
    image = Image.new("L", (side, side))
    pen = ImageDraw.Draw(image)
    if suit == "hearts":
        _fill(pen, _heart(rng), side)
    elif suit == "diamonds":
        _fill(pen, _diamond(rng), side)
    elif suit == "spades":
        body = [(x, (1 - y) * 0.84) for x, y in _heart(rng)]
        _fill(pen, body, side)
        _fill(pen, _stem(rng, 0.55), side)
    else:
        _club(pen, rng, side)
    image = image.resize((PIP, PIP), Image.Resampling.BOX)
    return _styled(image, style, rng)


def _curve(points: Sequence[tuple[float, float]], steps: int = 12) -> Points:
    """Return points on the cubic Bezier curve of four control points."""
    t = np.linspace(0, 1, steps)[:, None]
    a, b, c, d = np.asarray(points, float)
    line = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return [(float(x), float(y)) for x, y in line]


def _mirrored(half: Points) -> Points:
    """Return a closed outline: a left half, from the bottom to the top, and its mirror image about x = 0.5."""
    return half + [(1 - x, y) for x, y in reversed(half)]


def _heart(rng: np.random.Generator) -> Points:
    wide = rng.uniform(0.4, 0.5)
    shoulder = rng.uniform(0.2, 0.34)
    dip = rng.uniform(0.1, 0.27)
    belly = rng.uniform(0.35, 0.75)
    left = 0.5 - wide
    low = _curve([(0.5, 1.0), (0.5 - rng.uniform(0.02, 0.2), 0.8), (left, belly), (left, shoulder)])
    high = _curve([(left, shoulder), (left, -0.09), (0.5 - rng.uniform(0.0, 0.1), -0.08), (0.5, dip)])
    return _mirrored(low + high[1:])


def _diamond(rng: np.random.Generator) -> Points:
    left = 0.5 - rng.uniform(0.3, 0.5)
    # Above 0 the sides are hollow; most decks have straight ones.
    bend = rng.uniform(-0.02, 0.02) if rng.random() < 0.6 else rng.uniform(0.02, 0.11)
    near, far = 0.5 - (0.5 - left) / 3 + bend, 0.5 - (0.5 - left) * 2 / 3 + bend
    low = _curve([(0.5, 1.0), (near, 0.83 - bend), (far, 0.67 - bend), (left, 0.5)])
    high = _curve([(left, 0.5), (far, 0.33 + bend), (near, 0.17 + bend), (0.5, 0.0)])
    return _mirrored(low + high[1:])


def _stem(rng: np.random.Generator, top: float) -> Points:
    foot, waist = rng.uniform(0.1, 0.26), rng.uniform(0.015, 0.07)
    half = _curve(
        [(0.5 - foot, 1.0), (0.5 - waist, rng.uniform(0.9, 1.0)), (0.5 - waist, 0.8), (0.5 - waist, top)]
    )
    return _mirrored(half)


def _club(pen: ImageDraw.ImageDraw, rng: np.random.Generator, side: int) -> None:
    r = rng.uniform(0.205, 0.27)
    spread = rng.uniform(0.92, 1.06)
    high, low = r, rng.uniform(0.52, 0.62)
    for x, y in ((0.5, high), (0.5 - r * spread, low), (0.5 + r * spread, low)):
        pen.ellipse([(x - r) * side, (y - r) * side, (x + r) * side, (y + r) * side], fill=255)
    hub = rng.uniform(0.04, 0.14)
    pen.ellipse([(0.5 - hub) * side, (0.47 - hub) * side, (0.5 + hub) * side, (0.47 + hub) * side], fill=255)
    _fill(pen, [(0.5, high + 0.1), (0.44, 0.5), (0.5, 0.62), (0.56, 0.5)], side)
    _fill(pen, _stem(rng, 0.5), side)


def _fill(pen: ImageDraw.ImageDraw, points: Points, side: int) -> None:
    pen.polygon([(x * side, y * side) for x, y in points], fill=255)


def _styled(mask: Image.Image, style: str, rng: np.random.Generator) -> Image.Image:
    if style == "solid":
        return mask
    thick = int(rng.integers(2, 5)) * 2 + 1
    inner = mask.filter(ImageFilter.MinFilter(thick))
    if style == "outline":
        return ImageChops.subtract(mask, inner)
    if style == "inline":
        core = inner.filter(ImageFilter.MinFilter(5))
        return ImageChops.add(ImageChops.subtract(mask, inner), core)
    marks = Image.fromarray(_marks(style, rng))
    return ImageChops.subtract(mask, ImageChops.multiply(inner, marks))


def _marks(style: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what is cut out of a shape: hatching or spots."""
    y, x = np.mgrid[:PIP, :PIP] * (2 * np.pi / rng.uniform(8, 24))
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    wave = np.cos(u) if style == "hatched" else np.cos(u) * np.cos(v)
    return np.asarray((wave > rng.uniform(0.1, 0.6)) * 255, np.uint8)
