"""Draws playing cards of made-up decks, for the network to learn from."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tools.models.bundled.cards.card_names import JOKER
from tools.models.bundled.cards.training import clutter
from tools.models.bundled.cards.training.clutter import Colour, colour
from tools.models.bundled.cards.training.deck import Deck, H, W, chance, new_deck, sign, stamp
from tools.models.bundled.cards.training.glyphs import Face

_SIGNS = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")
"""The sign of each rank but the joker's."""
_FOREIGN = {0: ("1",), 10: ("B", "V"), 11: ("D",), 12: ("K", "R")}
"""Maps the position of a rank to its signs in other languages, which a few cards have."""
_COLUMNS: dict[int, tuple[tuple[float, float], ...]] = {
    2: ((0, -1), (0, 1)),
    3: ((0, -1), (0, 0), (0, 1)),
    4: ((-1, -1), (1, -1), (-1, 1), (1, 1)),
    5: ((-1, -1), (1, -1), (0, 0), (-1, 1), (1, 1)),
    6: ((-1, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (1, 1)),
    7: ((-1, -1), (1, -1), (0, -0.5), (-1, 0), (1, 0), (-1, 1), (1, 1)),
    8: ((-1, -1), (1, -1), (0, -0.5), (-1, 0), (1, 0), (0, 0.5), (-1, 1), (1, 1)),
    9: ((-1, -1), (1, -1), (-1, -1 / 3), (1, -1 / 3), (0, 0), (-1, 1 / 3), (1, 1 / 3), (-1, 1), (1, 1)),
    10: (
        (-1, -1), (1, -1), (0, -2 / 3), (-1, -1 / 3), (1, -1 / 3),
        (-1, 1 / 3), (1, 1 / 3), (0, 2 / 3), (-1, 1), (1, 1),
    ),
}  # fmt: skip
"""Maps a number to the (x, y) of its pips: x from -1, the left column, to 1, the right; y from -1, the top row, to
1."""


def _index(rng: np.random.Generator, card: Image.Image, deck: Deck, sign: Image.Image) -> None:
    """Draw the index, the rank sign with its pip, in two or four corners."""
    kind = rng.random()
    gap = int(rng.integers(0, 9))
    high = int(deck.small * rng.uniform(0.85, 1.5))
    axis = deck.left + max(sign.width, deck.small) // 2
    rank_at = (axis - sign.width // 2, deck.top)
    pip_at: tuple[int, int] | None = (axis - deck.small // 2, deck.top + sign.height + gap)
    if kind < 0.06:  # beside it
        pip_at = (rank_at[0] + sign.width + gap, deck.top + int(rng.integers(-2, 5)))
    elif kind < 0.09:  # above it
        pip_at, rank_at = (axis - deck.small // 2, deck.top), (rank_at[0], deck.top + high + gap)
    elif kind < 0.12:  # no pip
        pip_at = None
    elif kind < 0.15:  # the pip has a corner of its own
        pip_at = (W - deck.left - deck.small, deck.top)
    patch = Image.new("L", (W, H))
    patch.paste(sign, rank_at)
    if chance(rng, 0.1):
        patch = patch.filter(ImageFilter.MaxFilter(3))
    corner = card.copy()
    back = deck.ink if chance(rng, 0.95) else colour(rng, 0, 160)
    if chance(rng, 0.04):  # on a patch of its own
        box = [0, 0, axis + max(sign.width, deck.small) // 2 + 4, deck.top + sign.height + gap + high + 4]
        ImageDraw.Draw(corner).rectangle(box, fill=deck.ground)
    corner.paste(back, mask=patch)
    if pip_at:
        stamp(corner, deck, deck.small, high, pip_at)
    cut = (W // 2, H // 2)
    places = rng.random()
    turned = corner.transpose(Image.Transpose.ROTATE_180)
    mirrored = pip_at is not None and pip_at[0] > W // 2
    if mirrored or places < 0.72:
        card.paste(corner.crop((0, 0, W, cut[1])), (0, 0))
        bottom = turned if not mirrored or chance(rng, 0.5) else card.transpose(Image.Transpose.ROTATE_180)
        _lower(card, bottom)
        return
    left = corner.crop((0, 0, *cut))
    right = Image.new("RGB", (W, H))
    right.paste(card)
    flipped = _right(card, deck, sign, rank_at, pip_at, high, back)
    if places < 0.93:  # all four
        card.paste(left, (0, 0))
        card.paste(flipped.crop((cut[0], 0, W, cut[1])), (cut[0], 0))
        _lower(card, card.transpose(Image.Transpose.ROTATE_180))
    elif places < 0.97:  # top right and bottom left
        card.paste(flipped.crop((cut[0], 0, W, cut[1])), (cut[0], 0))
        _lower(card, flipped.transpose(Image.Transpose.ROTATE_180))
    else:  # only one
        card.paste(left, (0, 0))


def _right(
    card: Image.Image,
    deck: Deck,
    sign: Image.Image,
    rank_at: tuple[int, int],
    pip_at: tuple[int, int] | None,
    high: int,
    ink: Colour,
) -> Image.Image:
    """Return a copy of the card with the same index in the upper right corner."""
    image = card.copy()
    image.paste(ink, (W - rank_at[0] - sign.width, rank_at[1]), sign)
    if pip_at:
        stamp(image, deck, deck.small, high, (W - pip_at[0] - deck.small, pip_at[1]))
    return image


def _lower(card: Image.Image, other: Image.Image) -> None:
    """Take the lower two corners of a card from another picture; the middle stays."""
    tall, wide = int(H * 0.42), int(W * 0.34)
    for x in (0, W - wide):
        card.paste(other.crop((x, H - tall, x + wide, H)), (x, H - tall))


def _middle(rng: np.random.Generator, card: Image.Image, deck: Deck, rank: int) -> None:
    number = rank + 1
    if chance(rng, 0.03):
        return
    if number > 10 or chance(rng, 0.1):
        _picture(rng, card, deck, court=number > 10)
    elif number == 1:
        size = int(W * rng.uniform(0.16, 0.65))
        high = int(size * rng.uniform(0.9, 1.25))
        if chance(rng, 0.2):
            deck.mask = ImageChops.multiply(
                deck.mask, clutter.noise(rng, deck.mask.size, 6, 24).point(lambda v: 255 if v > 95 else 40)
            )
        stamp(card, deck, size, high, ((W - size) // 2, (H - high) // 2))
    else:
        size = int(W * rng.uniform(0.1, 0.24))
        high = int(size * rng.uniform(0.9, 1.3))
        x, y = W * rng.uniform(0.13, 0.26), H * rng.uniform(0.2, 0.36)
        free = chance(rng, 0.06)
        upright = chance(rng, 0.15)
        for column, row in _COLUMNS[number]:
            if free:
                column, row = rng.uniform(-1.2, 1.2), rng.uniform(-1.1, 1.1)
            corner = (int(W / 2 + column * x - size / 2), int(H / 2 + row * y - high / 2))
            stamp(card, deck, size, high, corner, down=row > 0 and not upright)
        if chance(rng, 0.04):
            glyph = deck.face.glyphs[_SIGNS[rank][0]]
            card.paste(colour(rng), ((W - glyph.width) // 2, (H - glyph.height) // 2), glyph)


def _picture(rng: np.random.Generator, card: Image.Image, deck: Deck, *, court: bool) -> None:
    """Draw the picture of a court card, or any other, in the middle."""
    mx, my = int(W * rng.uniform(0.1, 0.27)), int(H * rng.uniform(0.04, 0.25))
    kind = rng.random()
    size = (W - 2 * mx, H - 2 * my)
    if kind < 0.75:
        image = clutter.art(rng, size, deck.ground if chance(rng, 0.6) else colour(rng))
    elif kind < 0.85:
        image = clutter.texture(rng, size, [])
    else:
        image = card.crop((mx, my, W - mx, H - my))
        lines = [deck.ink, deck.ink, colour(rng)]
        clutter.scribble(rng, image, int(rng.integers(4, 25)), lines)
    if chance(rng, 0.2):
        image = Image.merge("RGB", [image.convert("L")] * 3)
    if chance(rng, 0.3):  # without a frame
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).ellipse([0, 0, size[0] - 1, size[1] - 1], fill=255)
        card.paste(image, (mx, my), mask)
    else:
        card.paste(image, (mx, my))
        if chance(rng, 0.7):
            box = [mx, my, W - mx - 1, H - my - 1]
            ImageDraw.Draw(card).rectangle(box, outline=colour(rng, 0, 150), width=int(rng.integers(1, 4)))
    if court and chance(rng, 0.75):
        side = int(W * rng.uniform(0.1, 0.24))
        x, y = mx + int(rng.integers(0, 8)), my + int(rng.integers(0, 8))
        if chance(rng, 0.3):
            x = W - x - side
        stamp(card, deck, side, int(side * 1.15), (x, y))
        lower = (W - x - side, H - y - int(side * 1.15))
        stamp(card, deck, side, int(side * 1.15), lower, down=True)


def _frame(rng: np.random.Generator, card: Image.Image, deck: Deck) -> None:
    """Draw lines, ornaments or small print near the edge, on some cards."""
    pen = ImageDraw.Draw(card)
    kind = rng.random()
    if kind < 0.12:
        mx, my = int(W * rng.uniform(0.12, 0.27)), int(H * rng.uniform(0.05, 0.22))
        pen.rounded_rectangle(
            [mx, my, W - mx, H - my],
            int(rng.integers(0, 14)),
            outline=colour(rng),
            width=int(rng.integers(1, 4)),
        )
    elif kind < 0.2:
        gap = int(rng.integers(1, 12))
        pen.rectangle([gap, gap, W - gap, H - gap], outline=colour(rng), width=int(rng.integers(1, 4)))
    elif kind < 0.27:
        for _ in range(int(rng.integers(2, 9))):
            x, y = rng.uniform(0, W), rng.choice([rng.uniform(0, 40), rng.uniform(H - 40, H)])
            r = rng.uniform(4, 30)
            pen.arc(
                [x - r, y - r, x + r, y + r],
                0,
                int(rng.integers(60, 360)),
                fill=colour(rng, 60, 220),
                width=1,
            )


def card(
    rng: np.random.Generator, rank: int, suit: int, fonts: list[list[Face]], held_out: bool = False
) -> Image.Image:
    """Return one card, upright, W x H.

    Args:
        rng: Chooses everything that is not given.
        rank: Position in `names.RANKS`.
        suit: Position in `SUITS`; ignored for a joker.
        fonts: At least one family.
        held_out: Draw the suits in the held-out variants.
    """
    deck = new_deck(rng, suit, fonts, held_out)
    image = deck.paper.copy()
    if rank == JOKER:
        _joker(rng, image, deck)
        return image
    first = chance(rng, 0.5)
    if first:
        _frame(rng, image, deck)
    full = chance(rng, 0.04)
    if full:  # a picture over all of the card; the index stands on it
        back = clutter.art(rng, (W, H), colour(rng)) if chance(rng, 0.5) else clutter.texture(rng, (W, H), [])
        image.paste(Image.blend(back, image, float(rng.uniform(0.2, 0.7))))
    else:
        _middle(rng, image, deck, rank)
    if not first:
        _frame(rng, image, deck)
    text = _SIGNS[rank]
    if chance(rng, 0.03):
        others = _FOREIGN.get(rank, (text,))
        text = others[int(rng.integers(len(others)))]
    _index(rng, image, deck, sign(deck, text))
    return image


def _joker(rng: np.random.Generator, image: Image.Image, deck: Deck) -> None:
    if chance(rng, 0.95):
        _jester(rng, image, deck)
    deck.tall = int(deck.tall * rng.uniform(0.4, 0.8)) + 3
    letters = [sign(deck, c) for c in "JOKER"]
    kind = rng.random()
    x, y = deck.left, deck.top
    if kind < 0.6:  # letters under letters
        for letter in letters:
            image.paste(deck.ink, (x, y), letter)
            y += deck.tall + int(rng.integers(0, 4))
    elif kind < 0.9:  # a word, upright or along the edge
        word = Image.new("L", (sum(m.width + 2 for m in letters), deck.tall))
        at = 0
        for letter in letters:
            word.paste(letter, (at, 0))
            at += letter.width + 2
        if chance(rng, 0.5):
            word = word.transpose(
                Image.Transpose.ROTATE_90 if chance(rng, 0.5) else Image.Transpose.ROTATE_270
            )
        image.paste(deck.ink, (x, y), word)
    else:  # a star
        r = deck.tall
        turns = [(r * (1 if i % 2 else 0.4), i * np.pi / 5) for i in range(10)]
        ImageDraw.Draw(image).polygon(
            [(x + r + a * np.sin(t), y + r + a * np.cos(t)) for a, t in turns], fill=deck.ink
        )
    _lower(image, image.transpose(Image.Transpose.ROTATE_180))


def _jester(rng: np.random.Generator, image: Image.Image, deck: Deck) -> None:
    """Draw a figure with a cap of three horns and bells."""
    if chance(rng, 0.3):
        _picture(rng, image, deck, court=False)
    pen = ImageDraw.Draw(image)
    inks = [colour(rng), colour(rng), (210, 20, 30), (30, 50, 160), (240, 190, 20)]
    x, y, r = W * rng.uniform(0.4, 0.6), H * rng.uniform(0.25, 0.45), W * rng.uniform(0.08, 0.2)
    pen.polygon([(x, y), (x - 1.8 * r, y + 4 * r), (x + 1.8 * r, y + 4 * r)], fill=inks[int(rng.integers(5))])
    for side in (-1, 1):
        pen.line(
            [x, y + 1.5 * r, x + side * rng.uniform(1, 3) * r, y + rng.uniform(0, 3) * r],
            fill=inks[1],
            width=max(2, int(r / 3)),
        )
        pen.line(
            [x, y + 3 * r, x + side * rng.uniform(0.3, 2) * r, y + rng.uniform(4, 6) * r],
            fill=inks[0],
            width=max(2, int(r / 3)),
        )
    pen.ellipse([x - r, y - r, x + r, y + 1.2 * r], fill=(240, 205, 170))
    for horn in (-1.0, 0.0, 1.0):
        tip = (x + horn * 2.1 * r, y - (0.4 if horn else 2.4) * r)
        base = [(x + horn * 0.6 * r - 0.5 * r, y - 0.5 * r), (x + horn * 0.6 * r + 0.5 * r, y - 0.5 * r)]
        pen.polygon([*base, (tip[0], tip[1] - 0.5 * r), tip], fill=inks[int(rng.integers(5))])
        pen.ellipse(
            [tip[0] - 0.25 * r, tip[1] - 0.25 * r, tip[0] + 0.25 * r, tip[1] + 0.25 * r], fill=inks[4]
        )
    for side in (-1, 1):
        pen.ellipse([x + side * 0.4 * r - 2, y - 2, x + side * 0.4 * r + 2, y + 2], fill=(0, 0, 0))
    pen.arc([x - 0.5 * r, y, x + 0.5 * r, y + 0.8 * r], 10, 170, fill=(160, 20, 20), width=2)
