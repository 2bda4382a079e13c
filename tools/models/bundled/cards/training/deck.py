"""Sets the look of a drawn card apart from its rank and suit: paper, ink, font, shape of the pips."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from tools.models.bundled.cards.training import clutter
from tools.models.bundled.cards.training.clutter import Colour, colour, pick
from tools.models.bundled.cards.training.glyphs import Face
from tools.models.bundled.cards.training.suits import STYLES, SUITS, pip

W, H = 200, 280
"""The width and height in pixels of a card before it is put into a picture."""

_VARIANTS = 48
"""The number of variants of each suit and style that are drawn once and then chosen from."""


@dataclass(slots=True)
class Deck:
    """Sets the look of one card apart from its rank and suit. Lengths are pixels of a W x H card.

    Attributes:
        ground: Colour of the paper.
        paper: The paper itself, W x H.
        ink: Colour of the index and the pips.
        edge: Colour of the outline of the pips, or None where they have none.
        mask: The shape of the pips.
        face: The font.
        tall: Height of the rank sign.
        wide: Factor by which the rank sign is stretched in width.
        small: Width of the pip in the index.
        left: Distance of the index from the left edge.
        top: Distance of the index from the upper edge.
    """

    ground: Colour
    paper: Image.Image
    ink: Colour
    edge: Colour | None
    mask: Image.Image
    face: Face
    tall: int
    wide: float
    small: int
    left: int
    top: int


@cache
def _pips(held_out: bool) -> dict[str, dict[str, list[Image.Image]]]:
    """Map each suit and style to variants of its shape; the held-out ones are other variants."""
    rng = np.random.default_rng(99 if held_out else 7)
    return {s: {style: [pip(s, style, rng) for _ in range(_VARIANTS)] for style in STYLES} for s in SUITS}


def chance(rng: np.random.Generator, share: float) -> bool:
    """Return True with the probability `share`."""
    return bool(rng.random() < share)


def new_deck(rng: np.random.Generator, suit: int, fonts: list[list[Face]], held_out: bool) -> Deck:
    """Return a random deck: its paper, its font, its pips, and where its indices stand.

    Args:
        rng: Chooses everything.
        suit: Position in `SUITS`.
        fonts: At least one family.
        held_out: Use the held-out variants of the pips.
    """
    kind = rng.random()
    if kind < 0.5:
        ground = colour(rng, 242, 256)
    elif kind < 0.68:
        ground = (int(rng.integers(215, 256)), int(rng.integers(205, 245)), int(rng.integers(170, 235)))
    elif kind < 0.74:
        ground = (int(rng.integers(160, 225)), int(rng.integers(130, 190)), int(rng.integers(60, 140)))
    elif kind < 0.8:
        grey = int(rng.integers(170, 240))
        ground = (grey, grey, min(255, grey + int(rng.integers(0, 15))))
    elif kind < 0.92:
        ground = (0, 0, 0) if chance(rng, 0.5) else colour(rng, 0, 70)
    else:
        ground = colour(rng)
    dark = sum(ground) < 330
    red = suit in (1, 2)
    if chance(rng, 0.07):  # a deck of other inks
        ink = colour(rng, 110, 256) if dark else colour(rng, 0, 170)
    elif red and not (dark and chance(rng, 0.35)):
        ink = (int(rng.integers(140, 256)), int(rng.integers(0, 75)), int(rng.integers(0, 85)))
    elif dark:
        ink = colour(rng, 190, 256) if chance(rng, 0.8) else (215, 175, 80)
    else:
        ink = colour(rng, 0, 60)
    if max(abs(a - b) for a, b in zip(ink, ground, strict=True)) < 60:
        ink = (250, 250, 250) if dark else (10, 10, 10)
    style = STYLES[0] if chance(rng, 0.86) else STYLES[int(rng.integers(1, len(STYLES)))]
    bank = _pips(held_out)[SUITS[suit]][style]
    tall = int(H * (rng.uniform(0.06, 0.15) if chance(rng, 0.82) else rng.uniform(0.15, 0.22)))
    return Deck(
        ground, _paper(rng, ground), ink,
        clutter.colour(rng) if chance(rng, 0.08) else None,
        bank[int(rng.integers(len(bank)))],
        pick(rng, fonts), tall, float(rng.uniform(0.55, 1.15)),
        max(7, int(tall * rng.uniform(0.5, 1.1))),
        int(W * rng.uniform(0.015, 0.1)), int(H * rng.uniform(0.01, 0.075)),
    )  # fmt: skip


def _paper(rng: np.random.Generator, ground: Colour) -> Image.Image:
    paper = Image.new("RGB", (W, H), ground)
    kind = rng.random()
    if kind < 0.55:
        return paper
    low = int(rng.integers(150, 245))
    if kind < 0.75:
        shade = clutter.gradient(rng, (W, H), []).convert("L").point(lambda v: low + v * (255 - low) // 255)
    else:
        grain = clutter.noise(rng, (W, H), int(rng.integers(2, 8)), int(rng.integers(20, 120)))
        shade = grain.point(lambda v: low + v * (255 - low) // 255)
    return ImageChops.multiply(paper, Image.merge("RGB", [shade] * 3))


def sign(deck: Deck, text: str) -> Image.Image:
    """Return a rank sign as a mask of height `deck.tall`; two digits stand close together."""
    parts = [deck.face.glyphs[c] for c in text]
    squeeze = deck.wide * (0.75 if len(parts) > 1 else 1.0)
    sized = [
        part.resize(
            (max(2, round(part.width * deck.tall / part.height * squeeze)), deck.tall), Image.Resampling.BOX
        )
        for part in parts
    ]
    gap = max(1, deck.tall // 12)
    mask = Image.new("L", (sum(part.width for part in sized) + gap * (len(sized) - 1), deck.tall))
    x = 0
    for part in sized:
        mask.paste(part, (x, 0))
        x += part.width + gap
    return mask


def stamp(
    card: Image.Image, deck: Deck, width: int, height: int, corner: tuple[int, int], down: bool = False
) -> None:
    """Draw one pip of the given size on a card, with its upper left corner at `corner`; `down` turns it upside down."""
    mask = deck.mask.resize((max(3, width), max(3, height)), Image.Resampling.BOX)
    if down:
        mask = mask.transpose(Image.Transpose.ROTATE_180)
    if deck.edge is not None:
        wider = mask.filter(ImageFilter.MaxFilter(3 if width < 25 else 5))
        card.paste(deck.edge, corner, wider)
    card.paste(deck.ink, corner, mask)
