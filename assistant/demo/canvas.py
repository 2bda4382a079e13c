"""Draws soft shapes on a Pillow picture: smooth outlines with blurred edges, in a turned and moved frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]] | NDArray[np.float64]


@dataclass(slots=True)
class Canvas:
    """Draws a picture larger than it will be, in units of the finished picture.

    Attributes:
        image: RGB, `over` times as large as the finished picture.
        over: The number of pixels in a unit.
        turn: The angle in radians by which everything is turned around (0, 0).
        zoom: The factor by which everything is enlarged.
        at: The position of (0, 0), in units.
    """

    image: Image.Image
    over: float
    turn: float = 0.0
    zoom: float = 1.0
    at: tuple[float, float] = (0.0, 0.0)

    def place(self, points: Points) -> NDArray[np.float64]:
        """Convert points from units of the turned frame into pixels, (n, 2)."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        turned = np.asarray(points, np.float64) @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray((turned * self.zoom + self.at) * self.over)

    def fill(self, points: Points, colour: Colour, soft: float = 0.0, strength: float = 1.0) -> None:
        """Fill a closed outline; `soft` is the width of its blurred edge in units."""
        self.paint([self.place(points)], colour, soft, strength)

    def line(
        self, points: Points, colour: Colour, width: float, soft: float = 0.0, strength: float = 1.0
    ) -> None:
        """Draw an open line with round ends."""
        self.paint([self.place(points)], colour, soft, strength, width * self.zoom * self.over)

    def ellipse(
        self, x: float, y: float, a: float, b: float, colour: Colour, soft: float = 0.0, strength: float = 1.0
    ) -> None:
        """Fill an ellipse around (x, y) with half axes a and b."""
        self.fill(ring(x, y, a, b), colour, soft, strength)

    def mask(
        self, shapes: Sequence[NDArray[np.float64]], soft: float = 0.0, width: float = 0.0
    ) -> Image.Image:
        """Return the coverage of shapes, each (n, 2) in pixels, over the whole picture, mode L."""
        mask = Image.new("L", self.image.size)
        _draw(ImageDraw.Draw(mask), shapes, (0, 0), width)
        return mask.filter(ImageFilter.GaussianBlur(soft * self.zoom * self.over)) if soft else mask

    def paint(
        self,
        shapes: Sequence[NDArray[np.float64]],
        colour: Colour,
        soft: float = 0.0,
        strength: float = 1.0,
        width: float = 0.0,
        within: Image.Image | None = None,
    ) -> None:
        """Paint shapes, each (n, 2) in pixels: filled, or as lines of `width` pixels where that is given; only inside
        `within`."""
        blur = soft * self.zoom * self.over
        margin = 3 * blur + width + 2
        every = np.concatenate(list(shapes))
        left, top = np.floor(np.maximum(every.min(0) - margin, 0)).astype(int)
        right, bottom = np.ceil(np.minimum(every.max(0) + margin, self.image.size)).astype(int)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (int(right - left), int(bottom - top)))
        _draw(ImageDraw.Draw(mask), shapes, (float(left), float(top)), width)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        if strength < 1:
            mask = mask.point([round(value * strength) for value in range(256)])
        if within is not None:
            mask = ImageChops.multiply(mask, within.crop((left, top, right, bottom)))
        self.image.paste(colour, (int(left), int(top)), mask)


def _draw(
    pen: ImageDraw.ImageDraw, shapes: Sequence[NDArray[np.float64]], origin: tuple[float, float], width: float
) -> None:
    for shape in shapes:
        points = [tuple(point) for point in (shape - origin).tolist()]
        if not width:
            pen.polygon(points, fill=255)
            continue
        pen.line(points, fill=255, width=max(1, round(width)), joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def ring(x: float, y: float, a: float, b: float, steps: int = 48) -> NDArray[np.float64]:
    """Return (steps, 2) points on an ellipse around (x, y) with half axes a and b."""
    t = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([x + a * np.cos(t), y + b * np.sin(t)], axis=1)


def smooth(points: Points, closed: bool = True, steps: int = 10) -> NDArray[np.float64]:
    """Return points on a Catmull-Rom curve through the m given points, `steps` for each, (m * steps, 2); an open curve
    of m points has (m - 1) * steps + 1."""
    p: NDArray[np.float64] = np.asarray(points, np.float64)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces: list[NDArray[np.float64]] = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    if not closed:
        pieces.append(p[-2:-1])
    return np.concatenate(pieces)


def moved(points: Points, x: float, y: float) -> NDArray[np.float64]:
    """Return the points moved right by x and down by y, (n, 2)."""
    return np.add(np.asarray(points, np.float64), (x, y))


def mix(first: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours, with `share` in [0, 1] of the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(first, other, strict=True))  # type: ignore[return-value]
