"""Drawn things of known shape, colour and number, on grounds of all kinds, from easy to hopeless."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tools.models.bundled.cielab import to_lab
from tools.models.ports import Pixels

Points = NDArray[np.float64]
"""(n, 2) corners of a polygon around the origin."""

Truth = dict[str, str]
"""Slot name to what is true of the picture."""

Paint = tuple[int, int, int]


_CORES = {
    # lightness, chroma, hue in degrees, each from and to (CIE LCh): what hardly anybody would call otherwise
    "black": (0, 14, 0, 6, 0, 360),
    "grey": (35, 75, 0, 5, 0, 360),
    "white": (94, 100, 0, 5, 0, 360),
    "red": (32, 55, 55, 110, 18, 40),
    "orange": (60, 76, 60, 100, 52, 70),
    "brown": (22, 45, 18, 48, 45, 78),
    "yellow": (78, 95, 50, 100, 86, 106),
    "green": (30, 78, 28, 100, 122, 168),
    "blue": (22, 68, 30, 110, 235, 300),
    "purple": (22, 52, 35, 100, 308, 332),
    "pink": (62, 84, 25, 65, 345, 375),
}
"""The middle of each of the eleven basic colours."""


def paints() -> dict[str, NDArray[np.uint8]]:
    """Basic word to (n, 3) colours of it."""
    pool = np.random.default_rng(0).integers(0, 256, (120_000, 3)).astype(np.uint8)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    pool = np.concatenate([pool, greys])  # of colours taken at random hardly one is white or black
    light, a, b = to_lab(pool).T
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    found = {}
    for word, (dark, bright, pale, strong, start, end) in _CORES.items():
        turned = np.where(hue < end - 360, hue + 360, hue)
        inside = (dark <= light) & (light <= bright) & (pale <= chroma) & (chroma <= strong)
        found[word] = pool[inside & (start <= turned) & (turned <= end)]
    return found


PAINTS = paints()


def paint(rng: np.random.Generator, other: Sequence[str] = ()) -> tuple[str, Paint]:
    """A colour and its basic word, none of `other`."""
    word = str(rng.choice([word for word in PAINTS if word not in other]))
    red, green, blue = PAINTS[word][rng.integers(len(PAINTS[word]))].tolist()
    return word, (red, green, blue)


def ellipse(ratio: float) -> Points:
    """Twice as high as wide at ratio .5."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return np.stack([np.cos(angle) * ratio**0.5, np.sin(angle) / ratio**0.5], 1)


def box(ratio: float) -> Points:
    """Width over height is the ratio."""
    return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (ratio**0.5, ratio**-0.5)


def star(points: int, depth: float) -> Points:
    """Draw a star of `points` points whose notches are at `depth` of its radius."""
    angle = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    radius = np.where(np.arange(2 * points) % 2, depth, 1.0)
    return np.stack([np.sin(angle), -np.cos(angle)], 1) * radius[:, None]


def blob(rng: np.random.Generator) -> Points:
    """A closed wavy line."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radius = np.ones_like(angle)
    for wave in range(2, 6):
        radius += rng.uniform(0.1, 0.4) / wave**0.5 * np.cos(wave * angle + rng.uniform(0, 6.3))
    radius = np.maximum(radius, 0.25)
    return np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]


def _cross(rng: np.random.Generator) -> Points:
    a = rng.uniform(0.25, 0.4)
    return np.array(
        [
            (-a, -1),
            (a, -1),
            (a, -a),
            (1, -a),
            (1, a),
            (a, a),
            (a, 1),
            (-a, 1),
            (-a, a),
            (-1, a),
            (-1, -a),
            (-a, -a),
        ]
    )


def _corner(rng: np.random.Generator) -> Points:
    a = rng.uniform(-0.5, 0.1)
    return np.array([(-1, -1), (a, -1), (a, -a), (1, -a), (1, 1), (-1, 1)])


def _arrow(rng: np.random.Generator) -> Points:
    a = rng.uniform(0.2, 0.4)
    return np.array([(-1, -a), (0.1, -a), (0.1, -1), (1, 0), (0.1, 1), (0.1, a), (-1, a)])


def _crescent(rng: np.random.Generator) -> Points:
    angle = np.linspace(-2.2, 2.2, 40)
    outer = np.stack([np.cos(angle), np.sin(angle)], 1)
    inner = np.stack([np.cos(angle) * 0.7 + rng.uniform(-0.6, -0.4), np.sin(angle)], 1)
    return np.concatenate([outer, inner[::-1]])


IRREGULAR: tuple[Callable[[np.random.Generator], Points], ...] = (
    blob,
    blob,
    _cross,
    _corner,
    _arrow,
    _crescent,
)


def shape(name: str, rng: np.random.Generator) -> Points:
    """A polygon of that name, turned and of a random proportion within what the name means."""
    if name == "round":
        made = ellipse(rng.uniform(1, 1.1))
    elif name == "oval":
        made = ellipse(rng.uniform(1.35, 2.5))
    elif name == "square":
        made = box(rng.uniform(1, 1.1))
    elif name == "rectangle":
        made = box(rng.uniform(1.35, 2.6))
    elif name == "triangle":
        made = np.array([(-1, 0.8), (1, 0.8), (rng.uniform(-0.8, 0.8), rng.uniform(-1.1, -0.6))])
    elif name == "star":
        made = star(int(rng.integers(5, 8)), rng.uniform(0.35, 0.6))
    elif name == "long":
        made = (box if rng.random() < 0.5 else ellipse)(rng.uniform(3.5, 8))
    else:
        made = IRREGULAR[rng.integers(len(IRREGULAR))](rng)
    return made


def turned(points: Points, angle: float) -> Points:
    """Turned by an angle in radians, the farthest corner at 1."""
    cos, sin = np.cos(angle), np.sin(angle)
    points = points @ np.array([(cos, -sin), (sin, cos)])
    points = points - (points.max(0) + points.min(0)) / 2
    return np.asarray(points / np.abs(points).max())


def ground(size: tuple[int, int], colour: Paint, rng: np.random.Generator) -> Image.Image:
    """A background: plain, shaded, grainy, blotchy, or full of other things."""
    kind = rng.choice(["plain", "plain", "shaded", "grainy", "blotchy", "cluttered"])
    width, height = size
    base = np.broadcast_to(np.array(colour, np.float64), (height, width, 3))
    if kind == "shaded":
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        base = base + ((x * rng.uniform(-25, 25) + y * rng.uniform(-25, 25))[..., None])
    elif kind == "grainy":
        base = base + rng.normal(0, rng.uniform(4, 20), (height, width, 1))
    elif kind == "blotchy":
        low = Image.fromarray(rng.integers(0, 256, (6, 6)).astype(np.uint8)).resize(
            size, Image.Resampling.BICUBIC
        )
        base = base + (np.asarray(low, np.float64)[..., None] - 128) * rng.uniform(0.1, 0.6)
    elif kind == "cluttered":
        return _cluttered(size, colour, rng)
    return Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))


def _cluttered(size: tuple[int, int], colour: Paint, rng: np.random.Generator) -> Image.Image:
    """Mostly of the one colour, with dim things of others in it, as a room or a meadow has."""
    picture = Image.new("RGB", size, colour)
    for _ in range(int(rng.integers(3, 16))):
        other = np.array(paint(rng)[1])
        mixed = np.array(colour) + (other - np.array(colour)) * rng.uniform(0.2, 0.7)
        red, green, blue = (int(v) for v in mixed)
        outline = turned(blob(rng), 0.0) * rng.uniform(0.05, 0.25) * max(size) + rng.uniform(0, size)
        ImageDraw.Draw(picture).polygon([(x, y) for x, y in outline.tolist()], (red, green, blue))
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 3)))


def paste(
    picture: Image.Image, points: Points, colour: Paint, rng: np.random.Generator, shaded: bool
) -> None:
    """Lay a polygon in pixel coordinates on the picture, its edge smooth, perhaps lit from one side."""
    width, height = picture.size
    mask = Image.new("L", (width * 2, height * 2), 0)
    ImageDraw.Draw(mask).polygon([(x * 2, y * 2) for x, y in points], fill=255)
    mask = mask.resize((width, height), Image.Resampling.BOX)
    fill = np.broadcast_to(np.array(colour, np.float64), (height, width, 3))
    if shaded:
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        angle, depth = rng.uniform(0, 6.3), rng.uniform(10, 45)
        fill = fill + ((x * np.cos(angle) + y * np.sin(angle)) * depth)[..., None]
    picture.paste(Image.fromarray(np.clip(fill, 0, 255).astype(np.uint8)), mask=mask)


def worn(picture: Image.Image, rng: np.random.Generator) -> Pixels:
    """As a camera or a web page leaves it: a little blur, a little noise, or neither."""
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.5)))
    pixels = np.asarray(picture, np.float64)
    if rng.random() < 0.4:
        pixels = pixels + rng.normal(0, rng.uniform(1, 10), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def size(rng: np.random.Generator) -> tuple[int, int]:
    """Width and height of a picture."""
    return int(rng.integers(160, 360)), int(rng.integers(160, 360))


SHAPES = ("round", "oval", "square", "rectangle", "triangle", "star", "long", "irregular")


def thing(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """One thing: its shape, its aspect, its colour and that of the ground."""
    name = str(rng.choice(SHAPES))
    points = turned(shape(name, rng), 0.0 if rng.random() < 0.4 else rng.uniform(0, 6.3))
    behind, back = paint(rng)
    # A red thing on a red ground has no colour that could be seen apart.
    word, colour = paint(rng, (behind,))
    frame = size(rng)
    scale = min(frame) / 2 * rng.uniform(0.3, 0.9)
    room = np.array(frame) / 2 - scale
    middle = np.array(frame) / 2 + rng.uniform(-1, 1, 2) * np.maximum(room - 3, 0)
    picture = ground(frame, back, rng)
    paste(picture, points * scale + middle, colour, rng, shaded=rng.random() < 0.5)
    wide, high = np.ptp(points, axis=0)
    aspect = "wide" if wide / high >= 1.15 else "tall" if high / wide >= 1.15 else "square"
    truth = {"shape": name, "aspect": aspect, "colour": word, "background colour": behind, "count": "1"}
    return worn(picture, rng), truth


def several(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """One to fourteen like things apart from each other, perhaps with crumbs beside them."""
    n = int(rng.integers(1, 10)) if rng.random() < 0.85 else int(rng.integers(10, 15))
    frame = size(rng)
    behind, back = paint(rng)
    _, colour = paint(rng, (behind,))
    picture = ground(frame, back, rng)
    name = str(rng.choice(SHAPES))
    outline = shape(name, rng)
    radius = min(frame) / 2 / max(1.6, n**0.5 * 1.25) * rng.uniform(0.5, 0.85)
    places: list[NDArray[np.float64]] = []
    mixed = rng.random() < 0.3
    for _ in range(4000):
        if len(places) == n:
            break
        place = rng.uniform([radius + 4] * 2, np.array(frame) - radius - 4)
        if all(np.hypot(*(place - other)) > radius * 2.6 for other in places):
            places.append(place)
            own = radius * rng.uniform(0.85, 1.0)
            paste(picture, turned(outline, rng.uniform(0, 6.3)) * own + place, colour, rng, False)
            if mixed:
                _, colour = paint(rng, (behind,))
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 4))):
            place = rng.uniform([4, 4], np.array(frame) - 4)
            if all(np.hypot(*(place - other)) > radius * 1.5 for other in places):
                paste(picture, ellipse(1.0) * radius * 0.2 + place, colour, rng, False)
    return worn(picture, rng), {"count": str(len(places)) if len(places) < 10 else "many"}


COLOURS = ("one colour", "two colours", "three colours", "many colours")


def colourful(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """One thing in stripes of one to six colours."""
    n = int(rng.integers(1, 7))
    frame = size(rng)
    behind, back = paint(rng)
    picture = ground(frame, back, rng)
    side = min(frame) * rng.uniform(0.4, 0.85)
    left, top = (frame[0] - side) / 2, (frame[1] - side) / 2
    edges = np.concatenate([[0], np.cumsum(rng.uniform(0.6, 1.4, n))])
    edges = edges / edges[-1] * side
    worded = [behind]
    upright = rng.random() < 0.5
    for a, b in pairwise(edges.tolist()):
        word, colour = paint(rng, worded)
        worded.append(word)
        stripe = np.array([(a, 0), (b, 0), (b, side), (a, side)])
        paste(
            picture, (stripe if upright else stripe[:, ::-1]) + (left, top), colour, rng, rng.random() < 0.3
        )
    return worn(picture, rng), {"number of colours": COLOURS[min(n, 4) - 1]}
