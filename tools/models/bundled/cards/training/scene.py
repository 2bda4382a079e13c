"""Puts drawn cards into pictures and degrades these as cameras, scanners and shops do."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tools.models.bundled.cards.card_geometry import SIDE
from tools.models.bundled.cards.card_names import JOKER
from tools.models.bundled.cards.training import clutter, draw_card
from tools.models.bundled.cards.training.glyphs import Face


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Holds one picture to learn from.

    Attributes:
        pixels: (SIDE, SIDE, 3) uint8.
        rank: Position in `card_names.RANKS`; -1 where there is no card.
        suit: Position in `card_names.SUITS`; -1 where there is no card.
        corners: (4, 2) float32, x and y of the card's corners (top left, top right, bottom right, bottom left) in
            shares of the picture; they may lie outside.
    """

    pixels: NDArray[np.uint8]
    rank: int
    suit: int
    corners: NDArray[np.float32]


def sample(
    rng: np.random.Generator, fonts: list[list[Face]], *, held_out: bool = False, cards: float = 0.6
) -> Sample:
    """Return a picture with a card or, with probability 1 - `cards`, of something else.

    Held-out pictures use other pip variants, and are tilted, cropped and degraded within other ranges.
    """
    if rng.random() >= cards:
        size = (SIDE, SIDE) if rng.random() < 0.7 else (SIDE * 3 // 4, SIDE)
        maker = clutter.NEGATIVES[int(rng.integers(len(clutter.NEGATIVES)))]
        image = clutter.scaled(rng, maker(rng, size, fonts))
        if rng.random() < 0.25:
            image, _ = _lay(rng, image, held_out, fonts)
        image = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        return Sample(_degraded(rng, image, held_out, fonts), -1, -1, _WHOLE)
    joker = rng.random() < 0.05
    rank = JOKER if joker else int(rng.integers(13))
    suit = int(rng.integers(4))
    image, corners = _lay(rng, draw_card.card(rng, rank, suit, fonts, held_out), held_out, fonts)
    return Sample(_degraded(rng, image, held_out, fonts), rank, 4 if joker else suit, corners)


_WHOLE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
"""The corners of a card that fills the picture."""


def _corners(rng: np.random.Generator, held_out: bool) -> NDArray[np.float32]:
    kind = rng.random()
    if kind < 0.62:  # the card is the picture, or a little more or less of it
        near = 0.035 if held_out else 0.045
        grow = rng.uniform(-0.05, 0.04, 4)
        left, right, top, bottom = grow
        box = np.array([[left, top], [1 - right, top], [1 - right, 1 - bottom], [left, 1 - bottom]])
        turn = rng.normal(0, 0.015)
        return _turned(box + rng.normal(0, near / 6, (4, 2)), turn)
    aspect = rng.uniform(0.62, 1.15)
    tall = rng.uniform(0.72, 0.97) if kind < 0.82 else rng.uniform(0.5, 0.9)
    wide = min(tall * aspect, 0.98)
    x, y = rng.uniform(-0.06, 0.06, 2) + 0.5
    box = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2 + (x, y)
    reach = 0.08 if kind < 0.82 else 0.6 if held_out else 0.55
    return _turned(box + rng.normal(0, 0.03 if held_out else 0.025, (4, 2)), rng.uniform(-reach, reach))


def _turned(box: NDArray[np.float64], turn: float) -> NDArray[np.float32]:
    middle = box.mean(0)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray((box - middle) @ matrix + middle, np.float32)


def _lay(
    rng: np.random.Generator, image: Image.Image, held_out: bool, fonts: list[list[Face]]
) -> tuple[Image.Image, NDArray[np.float32]]:
    """Put a card on a table. Gives the picture and the corners of the card."""
    size = (SIDE, SIDE)
    corners = _corners(rng, held_out)
    kind = rng.random()
    table = clutter.plain(rng, size, fonts) if kind < 0.4 else clutter.texture(rng, size, fonts)
    if kind > 0.85:
        table = clutter.things(rng, size, fonts)
    reach = np.ptp(corners, axis=0) * SIDE
    small = image.resize((max(8, int(reach[0])), max(8, int(reach[1]))), Image.Resampling.BILINEAR)
    mask = Image.new("L", small.size)
    radius = int(min(small.size) * rng.choice([0.0, rng.uniform(0.02, 0.09)]))
    box = [0, 0, small.width - 1, small.height - 1]
    ImageDraw.Draw(mask).rounded_rectangle(box, radius, fill=255)
    if rng.random() < 0.4:
        ink = (0, 0, 0) if rng.random() < 0.6 else clutter.colour(rng)
        ImageDraw.Draw(small).rounded_rectangle(box, radius, outline=ink, width=int(rng.integers(1, 4)))
    where = _perspective(corners * SIDE, small.size)
    if rng.random() < 0.12:  # another card looks out from under it
        other = _perspective((corners + rng.uniform(-0.4, 0.4, (1, 2))) * SIDE, small.size)
        _paste(
            table,
            draw_card.card(rng, int(rng.integers(14)), int(rng.integers(4)), fonts).resize(small.size),
            mask,
            other,
        )
    _paste(table, small, mask, where)
    return table, corners


def _paste(table: Image.Image, card: Image.Image, mask: Image.Image, where: tuple[float, ...]) -> None:
    kinds = Image.Transform.PERSPECTIVE, where, Image.Resampling.BILINEAR
    table.paste(card.transform(table.size, *kinds), mask=mask.transform(table.size, *kinds))


def _perspective(corners: NDArray[np.floating], size: tuple[int, int]) -> tuple[float, ...]:
    """Return the eight coefficients with which Pillow computes where on the card each pixel of the picture comes
    from."""
    w, h = size
    rows, values = [], []
    for (x, y), (u, v) in zip(corners.astype(float), ((0, 0), (w, 0), (w, h), (0, h)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(float(c) for c in np.linalg.solve(np.array(rows), np.array(values, float)))


def _degraded(
    rng: np.random.Generator, image: Image.Image, held_out: bool, fonts: list[list[Face]]
) -> NDArray[np.uint8]:
    """Degrade a picture by watermarks, fingers, light, blur, low resolution, JPEG and noise, each now and then."""
    if rng.random() < 0.12:
        _watermark(rng, image, fonts)
    if rng.random() < 0.05:  # a finger or another thing before the card
        x, y = rng.choice([0.0, 1.0]) * SIDE, rng.uniform(0.3, 1) * SIDE
        r, s = rng.uniform(8, 40, 2)
        ImageDraw.Draw(image).ellipse([x - r, y - s, x + r, y + s], fill=clutter.colour(rng, 80))
    if rng.random() < 0.3:
        low = int(rng.integers(90, 230))
        light = clutter.noise(rng, image.size, 2, 3).point(lambda v: low + v * (255 - low) // 255)
        image = ImageChops.multiply(image, Image.merge("RGB", [light] * 3))
    if rng.random() < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.5 if held_out else 1.3))))
    if rng.random() < 0.3:
        few = int(rng.integers(80 if held_out else 72, 150))
        image = image.resize((few, few), Image.Resampling.BOX).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    if rng.random() < 0.06:
        image = Image.merge("RGB", [image.convert("L")] * 3)
    if rng.random() < 0.5:
        image = _jpeg(image, int(rng.integers(25, 92)))
    values: NDArray[np.floating] = np.asarray(image, np.float32)
    if rng.random() < 0.5:
        values = values * rng.uniform(0.75, 1.15) * rng.uniform(0.92, 1.08, 3) + rng.uniform(-10, 25)
    if rng.random() < 0.25:
        values = values + rng.normal(0, rng.uniform(2, 14), values.shape)
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _watermark(rng: np.random.Generator, image: Image.Image, fonts: list[list[Face]]) -> None:
    mask = Image.new("L", image.size)
    face = clutter.pick(rng, fonts)
    tall = int(rng.integers(8, 40))
    x, y = rng.uniform(0, 0.4) * SIDE, rng.uniform(0.1, 0.8) * SIDE
    for _ in range(int(rng.integers(4, 10))):
        letter = face.glyphs["KOERBDVTS"[int(rng.integers(9))]]
        letter = letter.resize((max(1, letter.width * tall // letter.height), tall))
        mask.paste(letter, (int(x), int(y)))
        x += letter.width * 1.1
    strength = int(rng.integers(60, 200))
    if rng.random() < 0.4:
        mask = mask.rotate(float(rng.uniform(-45, 45)))
    grey = int(rng.choice([255, 200, 120]))
    image.paste((grey, grey, grey), mask=mask.point(lambda v: v * strength // 255))


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")
