"""Drawn pictures whose truth is known: one coloured shape on a pale ground, somewhere, in some size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from tools.models.ports import Pixels

COLOURS = {
    "red": (215, 30, 35), "green": (30, 160, 50), "blue": (35, 65, 215),
    "yellow": (245, 215, 20), "purple": (120, 30, 160), "black": (20, 20, 20),
}  # fmt: skip
SHAPES = ("circle", "square", "triangle", "star", "ring")
SIZES = {"small": 0.26, "large": 0.44}
PLACES = {"left": (0.32, 0.5), "right": (0.68, 0.5), "top": (0.5, 0.32), "bottom": (0.5, 0.68)}
SIDE = 64


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture and what is true of it."""

    pixels: Pixels
    colour: str
    shape: str
    size: str
    place: str

    def caption(self) -> str:
        """Colour and shape."""
        return caption(self.colour, self.shape)

    def full_caption(self) -> str:
        """Everything that is true of it."""
        return f"a {self.size} {self.colour} {self.shape} on the {self.place}"

    def size_caption(self) -> str:
        """How large the shape is."""
        return f"a {self.size} shape"

    def place_caption(self) -> str:
        """Where the shape is."""
        return f"a shape on the {self.place}"


def caption(colour: str, shape: str) -> str:
    """What a picture is called in short."""
    return f"a {colour} {shape}"


def captions() -> list[str]:
    """The 30 short captions."""
    return [caption(colour, shape) for colour in COLOURS for shape in SHAPES]


def draw_many(number: int, seed: int, colours: Sequence[str] = tuple(COLOURS)) -> list[Drawing]:
    """`number` pictures; colours and shapes take turns, the rest is drawn by lot. Another seed, other pictures."""
    rng = np.random.default_rng(seed)
    kinds = [(colour, shape) for colour in colours for shape in SHAPES]
    return [_draw(rng, *kinds[i % len(kinds)]) for i in range(number)]


def _draw(rng: np.random.Generator, colour: str, shape: str) -> Drawing:
    size = str(rng.choice(list(SIZES)))
    place = str(rng.choice(list(PLACES)))
    fine = SIDE * 4  # drawn large and made small: smooth edges
    ground = tuple(int(v) for v in rng.integers(200, 256, 3))
    paint = tuple(int(v) for v in np.clip(np.array(COLOURS[colour]) + rng.integers(-15, 16, 3), 0, 255))
    radius = fine * SIZES[size] * rng.uniform(0.85, 1.1) / 1.4
    x, y = (fine * (p + rng.uniform(-0.04, 0.04)) for p in PLACES[place])
    picture = Image.new("RGB", (fine, fine), ground)
    pen = ImageDraw.Draw(picture)
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        pen.ellipse(box, paint)
    elif shape == "ring":
        pen.ellipse(box, outline=paint, width=int(radius * 0.35))
    elif shape == "square":
        pen.rectangle([c * 0.85 + m * 0.15 for c, m in zip(box, (x, y, x, y), strict=True)], paint)
    else:
        corners, inner = (3, 0.5) if shape == "triangle" else (5, 0.42)
        turn = rng.uniform(-0.15, 0.15) - math.pi / 2
        angles = [turn + math.pi * i / corners for i in range(2 * corners)]
        reach = [radius * (1 if i % 2 == 0 else inner) for i in range(2 * corners)]
        pen.polygon(
            [(x + r * math.cos(a), y + r * math.sin(a)) for a, r in zip(angles, reach, strict=True)], paint
        )
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    noisy = np.clip(pixels + rng.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)
    return Drawing(noisy, colour, shape, size, place)
