"""Plain cards with Pillow's own font, which the network never saw in training."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tools.models.bundled.cards.card_names import RANKS, SUITS
from tools.models.bundled.cards.training.glyphs import CHARACTERS, Face, tight
from tools.models.bundled.cards.training.suits import pip
from tools.models.ports import Pixels

SIGNS = dict(zip(RANKS, ("A", *map(str, range(2, 11)), "J", "Q", "K"), strict=False))
W, H = 250, 350
PAIR = ((-1, -1), (1, -1), (-1, 1), (1, 1))
SIX = (*PAIR, (-1, 0), (1, 0))
EIGHT = (*PAIR, (-1, -1 / 3), (1, -1 / 3), (-1, 1 / 3), (1, 1 / 3))
PLACES: dict[int, tuple[tuple[float, float], ...]] = {
    2: ((0, -1), (0, 1)),
    3: ((0, -1), (0, 0), (0, 1)),
    4: PAIR,
    5: (*PAIR, (0, 0)),
    6: SIX,
    7: (*SIX, (0, -0.5)),
    8: (*SIX, (0, -0.5), (0, 0.5)),
    9: (*EIGHT, (0, 0)),
    10: (*EIGHT, (0, -2 / 3), (0, 2 / 3)),
}
"""Columns and rows of the pips, from -1 to 1."""
CARDS = [(rank, suit) for rank in RANKS[:13] for suit in SUITS[:4]]


def card(rank: str, suit: str, tall: int = 40) -> Image.Image:
    """A white card: the index in two corners, and as many pips as the rank says, one on an ace or a court card."""
    ink = (200, 20, 30) if suit in ("diamonds", "hearts") else (10, 10, 10)
    image = Image.new("RGB", (W, H), (252, 252, 250))
    shape = pip(suit, "solid", np.random.default_rng(5))
    sign = tight(ImageFont.load_default(tall * 1.3), SIGNS[rank])
    assert sign is not None
    sign = sign.resize((min(sign.width, tall), tall))
    number = RANKS.index(rank) + 1
    places = PLACES.get(number, ((0, 0),))
    wide = 40 if number in PLACES else 90
    for x, y in places:
        at = (int(W / 2 + 48 * x - wide / 2), int(H / 2 + 105 * y - wide / 2))
        image.paste(ink, at, shape.resize((wide, wide)).rotate(180 if y > 0 else 0))
    if number > 10:
        ImageDraw.Draw(image).rectangle((58, 30, W - 58, H - 30), outline=(30, 60, 160), width=3)
    image.paste(ink, (14 + (tall - sign.width) // 2, 14), sign)
    image.paste(ink, (14 + tall // 8, 20 + tall), shape.resize((tall * 3 // 4, tall)))
    corner = image.crop((0, 0, 58, 30 + 2 * tall)).rotate(180)
    image.paste(corner, (W - corner.width, H - corner.height))
    return image


def pixels(rank: str, suit: str, tall: int = 40) -> Pixels:
    """The same as an array."""
    return np.asarray(card(rank, suit, tall))


def on_table(image: Image.Image, turn: float) -> Pixels:
    """A card on a green table, turned by degrees."""
    table = Image.new("RGB", (400, 480), (20, 90, 50))
    layer = image.convert("RGBA").rotate(turn, Image.Resampling.BICUBIC, expand=True)
    table.paste(layer, ((400 - layer.width) // 2, (480 - layer.height) // 2), layer)
    return np.asarray(table)


def others() -> list[Pixels]:
    """Pictures without any card."""
    rng = np.random.default_rng(0)
    plain = [np.full((120, 90, 3), shade, np.uint8) for shade in (0, 128, 255)]
    noise = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)]
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    gradient = [np.stack([np.tile(ramp, (150, 1))] * 3, -1)]
    face = Image.new("RGB", (200, 260), (90, 120, 160))
    pen = ImageDraw.Draw(face)
    pen.ellipse((20, 190, 180, 400), fill=(60, 40, 90))
    pen.ellipse((55, 40, 145, 180), fill=(230, 190, 160))
    for x in (80, 112):
        pen.ellipse((x, 95, x + 12, 103), fill=(30, 30, 30))
    pen.arc((80, 120, 120, 155), 10, 170, fill=(150, 40, 40), width=4)
    fruit = Image.new("RGB", (160, 160), "white")
    ImageDraw.Draw(fruit).ellipse((30, 30, 130, 130), fill=(200, 40, 30))
    return [*plain, *noise, *gradient, np.asarray(face), np.asarray(fruit)]


def fonts() -> list[list[Face]]:
    """Pillow's own font as the only family."""
    from pathlib import Path

    font = ImageFont.load_default(72)
    glyphs = {c: glyph for c in CHARACTERS if (glyph := tight(font, c))}
    return [[Face("pillow", Path("pillow"), glyphs)]]
