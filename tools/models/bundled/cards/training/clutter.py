"""Draws what is not a card: textures, shapes, words, portraits, backs of cards; also tables and pictures for cards."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tools.models.bundled.cards.training.glyphs import Face

Colour = tuple[int, int, int]
Maker = Callable[[np.random.Generator, tuple[int, int], "list[list[Face]]"], Image.Image]
"""Draws a random picture of a width and height with the fonts of some families."""


def colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    """Return a random colour with channels in [low, high)."""
    red, green, blue = rng.integers(low, high, 3)
    return int(red), int(green), int(blue)


def noise(rng: np.random.Generator, size: tuple[int, int], coarse: int, fine: int) -> Image.Image:
    """Smooth grey noise ("L") of two scales: cells of 1/coarse and 1/fine of the width."""
    layers = []
    for cells in (coarse, fine):
        values = rng.integers(0, 256, (cells, cells), dtype=np.uint8)
        layers.append(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))
    return Image.blend(layers[0], layers[1], float(rng.uniform(0.1, 0.6)))


def texture(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Draw photo-like noise between two or three colours."""
    first, second = Image.new("RGB", size, colour(rng)), Image.new("RGB", size, colour(rng))
    image = Image.composite(
        first, second, noise(rng, size, int(rng.integers(2, 9)), int(rng.integers(9, 60)))
    )
    if rng.random() < 0.6:
        level = int(rng.integers(90, 170))
        mask = noise(rng, size, int(rng.integers(2, 7)), int(rng.integers(7, 40))).point(
            lambda v: 255 if v > level else 0
        )
        image = Image.composite(
            Image.new("RGB", size, colour(rng)), image, mask.filter(ImageFilter.BoxBlur(1))
        )
    return image


def gradient(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Draw a gradient between random colours in the four corners."""
    corners = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
    return Image.fromarray(corners).resize(size, Image.Resampling.BICUBIC)


def plain(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return one colour, often white or black."""
    kind = rng.random()
    shade = (255, 255, 255) if kind < 0.4 else (8, 8, 8) if kind < 0.6 else colour(rng)
    return Image.new("RGB", size, shade)


def scribble(rng: np.random.Generator, image: Image.Image, count: int, palette: list[Colour]) -> None:
    """Draw `count` random shapes and lines in colours of a palette on a picture."""
    w, h = image.size
    pen = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = rng.uniform(-0.1, 1.1) * w, rng.uniform(-0.1, 1.1) * h
        r, s = rng.uniform(0.03, 0.35, 2) * min(w, h)
        ink = palette[int(rng.integers(len(palette)))]
        kind = rng.integers(6)
        if kind == 0:
            pen.ellipse([x - r, y - s, x + r, y + s], fill=ink)
        elif kind == 1:
            pen.rectangle([x - r, y - s, x + r, y + s], fill=ink)
        elif kind == 2:
            turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
            reach = rng.uniform(0.4, 1.0, len(turns))
            pen.polygon(
                [(x + r * a * np.cos(t), y + s * a * np.sin(t)) for t, a in zip(turns, reach, strict=True)],
                fill=ink,
            )
        elif kind == 3:
            points = [(x + dx, y + dy) for dx, dy in rng.normal(0, r, (5, 2))]
            pen.line(points, fill=ink, width=int(rng.integers(1, 5)))
        elif kind == 4:
            pen.arc([x - r, y - s, x + r, y + s], 0, int(rng.integers(90, 360)), ink, int(rng.integers(1, 6)))
        else:
            for i in range(int(rng.integers(3, 9))):
                pen.line(
                    [x - r, y + 4 * i, x + r, y + 4 * i + s / 4], fill=ink, width=int(rng.integers(1, 3))
                )


def art(rng: np.random.Generator, size: tuple[int, int], ground: Colour) -> Image.Image:
    """Return a busy picture as on court cards: point-symmetric, mirrored, or without symmetry."""
    w, h = size
    image = Image.new("RGB", size, ground)
    palette = [colour(rng) for _ in range(int(rng.integers(2, 6)))] + [(0, 0, 0), ground]
    if rng.random() < 0.6:
        palette += [(200, 20, 30), (20, 20, 20), (240, 190, 30), (30, 60, 160)]
    scribble(rng, image, int(rng.integers(12, 45)), palette)
    _head(rng, image, w * rng.uniform(0.35, 0.65), h * rng.uniform(0.14, 0.3), w * rng.uniform(0.1, 0.2))
    kind = rng.random()
    if kind < 0.65:  # the lower half is the upper one turned
        half = image.crop((0, 0, w, (h + 1) // 2))
        image.paste(half.rotate(180), (0, h // 2))
        if rng.random() < 0.5:
            ImageDraw.Draw(image).line([0, h / 2, w, h / 2], fill=palette[0], width=int(rng.integers(1, 5)))
    elif kind < 0.8:
        half = image.crop((0, 0, (w + 1) // 2, h))
        image.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (w // 2, 0))
    return image


def leaves(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Draw dead leaves: shaded shapes of all sizes, the small ones on top, in a few colours.

    Its edges have the statistics of photographs (Lee, Mumford and Huang 2001, "Occlusion models for natural images").
    """
    w, h = size
    image = texture(rng, size, fonts)
    grounds = [texture(rng, size, fonts) for _ in range(3)] + [gradient(rng, size, fonts)]
    flat = rng.random() < 0.3
    radii = np.sort(1 / rng.uniform(1 / 0.6, 1 / 0.02, int(rng.integers(10, 90))))[::-1]
    for radius in radii * max(w, h):
        x, y = rng.uniform(-0.1, 1.1, 2) * (w, h)
        r, s = radius * rng.uniform(0.4, 1.0, 2)
        mask = Image.new("L", size)
        pen = ImageDraw.Draw(mask)
        kind = rng.random()
        if kind < 0.5:
            pen.ellipse([x - r, y - s, x + r, y + s], fill=255)
        elif kind < 0.7:
            pen.rectangle([x - r, y - s, x + r, y + s], fill=255)
        else:
            turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
            pen.polygon([(x + r * np.cos(t), y + s * np.sin(t)) for t in turns], fill=255)
        if flat or rng.random() < 0.4:
            image.paste(colour(rng), mask=mask)
        else:
            image.paste(grounds[int(rng.integers(4))], mask=mask)
    return image


def figure(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a drawn person or animal with outlines, as in comics, on a plain ground."""
    w, h = size
    image = plain(rng, size, fonts) if rng.random() < 0.7 else _backdrop(rng, size, fonts)
    pen = ImageDraw.Draw(image)
    line = (0, 0, 0) if rng.random() < 0.7 else colour(rng, 0, 120)
    thick = int(rng.integers(1, 4))
    x, r = w * rng.uniform(0.35, 0.65), w * rng.uniform(0.07, 0.25)
    y = h * rng.uniform(0.15, 0.4)
    for side in (-1, 1):  # arms and legs
        for start, reach in ((1.6, rng.uniform(0.5, 3.5)), (4.0, rng.uniform(5.0, 7.0))):
            points = [(x, y + start * r), (x + side * rng.uniform(0.6, 2.5) * r, y + reach * r)]
            pen.line(points, fill=line, width=int(r / 2) + 2 * thick)
            pen.line(points, fill=colour(rng), width=max(1, int(r / 2)))
    wide = rng.uniform(0.7, 1.6) * r
    pen.polygon(
        [(x - wide * 0.6, y + r), (x + wide * 0.6, y + r), (x + wide, y + 4.2 * r), (x - wide, y + 4.2 * r)],
        fill=colour(rng), outline=line, width=thick,
    )  # fmt: skip
    if rng.random() < 0.6:
        _head(rng, image, x, y, r)
    else:
        pen.ellipse([x - r, y - r, x + r, y + r], fill=colour(rng, 60), outline=line, width=thick)
        for side in (-1, 1):
            e, shift = rng.uniform(0.08, 0.3) * r, side * 0.4 * r
            pen.ellipse([x + shift - e, y - e, x + shift + e, y + e], fill=(255, 255, 255), outline=line)
            pen.ellipse([x + shift - e / 2, y - e / 2, x + shift + e / 2, y + e / 2], fill=line)
    if rng.random() < 0.3:
        scribble(rng, image, 3, [colour(rng), line])
    return image


def ink(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a drawing in ink: strokes of a brush on white paper, a few filled parts, one more colour at most."""
    w, h = size
    image = Image.new("RGB", size, colour(rng, 235, 256))
    pen = ImageDraw.Draw(image)
    line, other = colour(rng, 0, 60), colour(rng)
    for _ in range(int(rng.integers(4, 22))):
        way = np.cumsum(rng.normal(0, rng.uniform(0.03, 0.16), (4, 2)), axis=0) + rng.uniform(0.1, 0.9, 2)
        t = np.linspace(0, 1, 14)[:, None]
        curve = (
            (1 - t) ** 3 * way[0]
            + 3 * (1 - t) ** 2 * t * way[1]
            + 3 * (1 - t) * t**2 * way[2]
            + t**3 * way[3]
        )
        points = [(float(x * w), float(y * h)) for x, y in curve]
        kind = rng.random()
        if kind < 0.25:
            pen.polygon(points, fill=other if rng.random() < 0.4 else line)
        elif kind < 0.35:
            x, y = points[0]
            r, s = rng.uniform(0.01, 0.2, 2) * w
            inside = (255, 255, 255) if rng.random() < 0.7 else line
            pen.ellipse(
                [x - r, y - s, x + r, y + s], fill=inside, outline=line, width=int(rng.integers(1, 6))
            )
        else:
            pen.line(
                points,
                fill=other if rng.random() < 0.15 else line,
                width=int(rng.integers(1, 9)),
                joint="curve",
            )
    return image


def product(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a box, a can or a cup with a printed label."""
    w, h = size
    image = plain(rng, size, fonts)
    left, top = rng.uniform(0.05, 0.3, 2) * (w, h)
    inner = (max(16, int(w - 2 * left)), max(16, int(h - 2 * top)))
    kind = rng.random()
    body = (
        words(rng, inner, fonts)
        if kind < 0.5
        else poster(rng, inner, fonts)
        if kind < 0.8
        else back(rng, inner, fonts)
    )
    shade = np.sin(np.linspace(rng.uniform(0, 1.5), rng.uniform(1.6, 3.1), inner[0])) * 155 + 100
    light = Image.fromarray(np.tile(shade.clip(0, 255).astype(np.uint8), (inner[1], 1)))
    image.paste(ImageChops.multiply(body, Image.merge("RGB", [light] * 3)), (int(left), int(top)))
    if rng.random() < 0.5:
        pen = ImageDraw.Draw(image)
        for y in (top, h - top):
            pen.ellipse([left, y - h * 0.06, left + inner[0], y + h * 0.06], fill=colour(rng))
    return image


def _head(rng: np.random.Generator, image: Image.Image, x: float, y: float, r: float) -> None:
    """Draw a simple head with hair, eyes, mouth, and sometimes a crown."""
    pen = ImageDraw.Draw(image)
    skin = (int(rng.integers(90, 256)), int(rng.integers(70, 215)), int(rng.integers(60, 190)))
    hair, dark = colour(rng, 0, 180), (20, 15, 15)
    pen.ellipse([x - 1.2 * r, y - 1.35 * r, x + 1.2 * r, y + r * rng.uniform(0.2, 1.4)], fill=hair)
    pen.ellipse([x - 0.85 * r, y - r, x + 0.85 * r, y + 1.2 * r], fill=skin)
    for side in (-1, 1):
        pen.ellipse(
            [x + side * 0.35 * r - 0.14 * r, y - 0.1 * r, x + side * 0.35 * r + 0.14 * r, y + 0.12 * r],
            fill=dark,
        )
        pen.line([x + side * 0.15 * r, y - 0.3 * r, x + side * 0.55 * r, y - 0.32 * r], fill=dark)
    pen.line([x, y, x + 0.1 * r, y + 0.4 * r, x - 0.05 * r, y + 0.42 * r], fill=dark)
    pen.arc([x - 0.3 * r, y + 0.3 * r, x + 0.3 * r, y + 0.8 * r], 10, 170, fill=(150, 40, 40), width=2)
    if rng.random() < 0.4:
        top = [(x + r * (i / 3 - 1), y - r * (1.9 if i % 2 else 1.3)) for i in range(7)]
        pen.polygon([(x - r, y - 0.8 * r), *top, (x + r, y - 0.8 * r)], fill=colour(rng, 120))


def portrait(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a head and shoulders before a backdrop, shaded, often grey and out of focus."""
    w, h = size
    image = leaves(rng, size, fonts) if rng.random() < 0.4 else _backdrop(rng, size, fonts)
    if rng.random() < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(1, 8))))
    pen = ImageDraw.Draw(image)
    x, r = w * rng.uniform(0.3, 0.7), w * rng.uniform(0.1, 0.32)
    y = h * rng.uniform(0.25, 0.5)
    pen.ellipse([x - 2 * r, y + 1.3 * r, x + 2 * r, h + 2 * r], fill=colour(rng))
    pen.rectangle([x - 0.4 * r, y + 0.7 * r, x + 0.4 * r, y + 1.7 * r], fill=colour(rng, 90, 220))
    _head(rng, image, x, y, r)
    if rng.random() < 0.2:  # sunglasses
        for side in (-1, 1):
            shift = side * 0.38 * r
            pen.ellipse(
                [x + shift - 0.33 * r, y - 0.25 * r, x + shift + 0.33 * r, y + 0.25 * r], fill=(15, 15, 20)
            )
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 3))))
    low = int(rng.integers(60, 170))
    light = noise(rng, size, 2, 5).point(lambda v: low + v * (255 - low) // 255)
    image = ImageChops.multiply(image, Image.merge("RGB", [light] * 3))
    return Image.merge("RGB", [image.convert("L")] * 3) if rng.random() < 0.5 else image


def things(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a few shapes on a backdrop."""
    image = _backdrop(rng, size, fonts)
    scribble(rng, image, int(rng.integers(1, 14)), [colour(rng) for _ in range(3)])
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 3)))) if rng.random() < 0.4 else image


def thing(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return one shaded body on a plain ground, as in shop pictures."""
    w, h = size
    image = plain(rng, size, fonts)
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(0.35, 0.65, 2) * (w, h)
        r, s = rng.uniform(0.12, 0.45, 2) * (w, h)
        shape = pen.ellipse if rng.random() < 0.7 else pen.rectangle
        shape([x - r, y - s, x + r, y + s], fill=255)
    body = texture(rng, size, fonts)
    light = gradient(rng, size, fonts).convert("L")
    body = ImageChops.multiply(body, Image.merge("RGB", [light.point(lambda v: 110 + v * 145 // 255)] * 3))
    image.paste(body, mask=mask)
    return image


def emoji(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a round face."""
    w, h = size
    image = plain(rng, size, fonts)
    pen = ImageDraw.Draw(image)
    r = rng.uniform(0.3, 0.5)
    pen.ellipse(
        [w * (0.5 - r), h * (0.5 - r), w * (0.5 + r), h * (0.5 + r)],
        fill=colour(rng, 60),
        outline=colour(rng),
        width=3,
    )
    ink = colour(rng, 0, 110)
    for side in (-1, 1):
        x, y, e = 0.5 + side * rng.uniform(0.1, 0.2), rng.uniform(0.35, 0.48), rng.uniform(0.02, 0.09)
        pen.ellipse([w * (x - e), h * (y - e), w * (x + e), h * (y + e)], fill=ink)
    start = 0 if rng.random() < 0.6 else 180
    pen.arc([w * 0.3, h * 0.5, w * 0.7, h * rng.uniform(0.6, 0.8)], start, start + 180, fill=ink, width=5)
    return image


def words(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Draw lines of letters, or one large letter or number in the middle."""
    w, h = size
    image = _backdrop(rng, size, fonts)
    face = pick(rng, fonts)
    ink = colour(rng, 0, 140)
    if rng.random() < 0.3:
        tall = int(h * rng.uniform(0.3, 0.8))
        glyph = _glyph(rng, face, tall)
        image.paste(ink, ((w - glyph.width) // 2, (h - tall) // 2), glyph)
        return image
    tall = int(h * rng.uniform(0.05, 0.14))
    y = h * rng.uniform(0.02, 0.4)
    while y < h * rng.uniform(0.5, 1.0):
        x = w * rng.uniform(0.02, 0.3)
        for _ in range(int(rng.integers(3, 16))):
            glyph = _glyph(rng, face, tall)
            image.paste(ink, (int(x), int(y)), glyph)
            x += glyph.width * 1.15 + (tall * 0.5 if rng.random() < 0.2 else 0)
        y += tall * rng.uniform(1.3, 2.5)
    return image


def back(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return the back of a card, a tile, a frame: a pattern inside borders."""
    w, h = size
    edge, ink = plain(rng, size, fonts), colour(rng)
    cell = int(rng.integers(6, 40))
    tile = Image.new("RGB", (cell, cell), ink)
    scribble(rng, tile, 4, [colour(rng), (255, 255, 255)])
    inner = Image.new("RGB", size)
    for x in range(0, w, cell):
        for y in range(0, h, cell):
            inner.paste(tile, (x, y))
    gap = int(w * rng.uniform(0, 0.14))
    edge.paste(inner.crop((gap, gap, w - gap, h - gap)), (gap, gap))
    if rng.random() < 0.5:
        edge.paste(art(rng, (w // 2, h // 2), ink), (w // 4, h // 4))
    return edge


def poster(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    """Return a busy drawing within or without a margin, sometimes with a word in a corner."""
    w, h = size
    image = plain(rng, size, fonts)
    gap = int(w * rng.uniform(0, 0.2))
    image.paste(art(rng, (w - 2 * gap, h - 2 * gap), colour(rng)), (gap, gap))
    if rng.random() < 0.4:
        face, tall, x = pick(rng, fonts), int(h * rng.uniform(0.04, 0.1)), w * 0.03
        for _ in range(int(rng.integers(4, 9))):
            glyph = _glyph(rng, face, tall)
            image.paste((0, 0, 0), (int(x), int(h * 0.02)), glyph)
            x += glyph.width * 1.2
    return image


def scaled(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Return the picture, often in low resolution, cropped, with less colour, or grey."""
    w, h = image.size
    if rng.random() < 0.3:
        few = int(rng.integers(24, 100))
        image = image.resize((few, few), Image.Resampling.BOX).resize((w, h), Image.Resampling.BICUBIC)
    if rng.random() < 0.2:
        x, y = rng.uniform(0, 0.5, 2) * (w, h)
        image = image.crop((int(x), int(y), int(x) + w // 2, int(y) + h // 2)).resize((w, h))
    if rng.random() < 0.5:  # few things are as gaudy as random colours
        grey = Image.merge("RGB", [image.convert("L")] * 3)
        image = Image.blend(grey, image, float(rng.choice([0.0, rng.uniform(0.1, 0.6)])))
    return image


NEGATIVES: tuple[Maker, ...] = (
    texture, gradient, portrait, portrait, portrait, portrait, leaves, leaves, leaves, leaves, things, things,
    thing, thing, figure, figure, figure, product, product, product, ink, ink, ink, emoji, emoji, words, words,
    back, poster, poster,
)  # fmt: skip
"""The makers of negatives, of which one is chosen evenly; what is hard to tell from a card is listed more than once."""


def pick(rng: np.random.Generator, fonts: list[list[Face]]) -> Face:
    """Return a random font: families are equally likely, and so are the fonts of each."""
    family = fonts[int(rng.integers(len(fonts)))]
    return family[int(rng.integers(len(family)))]


def _backdrop(rng: np.random.Generator, size: tuple[int, int], fonts: list[list[Face]]) -> Image.Image:
    maker = (plain, gradient, texture)[int(rng.integers(3))]
    return maker(rng, size, fonts)


def _glyph(rng: np.random.Generator, face: Face, tall: int) -> Image.Image:
    names = list(face.glyphs)
    glyph = face.glyphs[names[int(rng.integers(len(names)))]]
    return glyph.resize((max(1, round(glyph.width * tall / glyph.height)), max(1, tall)))
