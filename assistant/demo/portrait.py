"""Draws one head and shoulders: shaded skin, brows, eyes with iris, lips, hair, shirt and, perhaps, glasses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from assistant.demo.canvas import Canvas, Colour, mix, moved, ring, smooth

WIDTH, HEIGHT = 320, 400
OVER = 3  # drawn at three times the size, for smooth edges

EMOTIONS = ("happy", "sad", "angry", "surprised")
HAIR: dict[str, Colour] = {
    "black": (30, 27, 30),
    "brown": (98, 60, 34),
    "blond": (226, 190, 118),
    "red": (184, 72, 30),
}
BACKGROUNDS: dict[str, Colour] = {
    "blue": (72, 124, 200),
    "green": (84, 158, 96),
    "yellow": (236, 204, 70),
    "grey": (146, 146, 150),
}
SHIRTS = ("plain", "striped", "dotted", "checked")
GLASSES = ("no glasses", "glasses")

SKINS: tuple[Colour, ...] = ((246, 212, 188), (233, 190, 158), (214, 164, 126), (180, 126, 90), (142, 96, 70))
CLOTHS: tuple[Colour, ...] = (
    (40, 62, 120),
    (150, 40, 56),
    (30, 120, 118),
    (236, 232, 224),
    (96, 62, 130),
    (216, 120, 50),
)
IRISES: tuple[Colour, ...] = ((84, 58, 36), (70, 110, 150), (80, 120, 80), (110, 90, 60))
FRAMES: tuple[Colour, ...] = ((24, 22, 24), (70, 34, 20), (28, 34, 70), (96, 16, 28))
CUTS = ("short", "parted", "bob", "long", "curly", "bun")


@dataclass(frozen=True, slots=True)
class Face:
    """Gives the movements of the face in one expression, in units of the finished picture.

    Attributes:
        brow: The height of the brows' inner, middle and outer ends above rest.
        close: The distance by which the inner ends come together.
        lid: The opening of the eyes, 1 at rest.
        wide: Half the width of the mouth.
        lift: The distance by which the corners of the mouth rise.
        gap: The opening of the mouth.
        slant: The rise of the upper lids towards the temples.
    """

    brow: tuple[float, float, float]
    close: float
    lid: float
    wide: float
    lift: float
    gap: float
    slant: float


FACES = {
    "happy": Face((0, 2, 0), 0, 0.8, 30, 11, 10, 1),
    "sad": Face((6, -3, -9), 3, 0.5, 18, -10, 0, -5),
    "angry": Face((-12, -9, 0), 6, 0.5, 25, -6, 10, 4),
    "surprised": Face((11, 15, 9), -1, 1.45, 16, 0, 27, 0),
}


@dataclass(frozen=True, slots=True)
class Sitter:
    """Gives the five properties of a portrait by which a collection can be sorted, with values of this
    module's tables."""

    emotion: str
    hair: str
    background: str
    shirt: str
    glasses: str


def draw_portrait(sitter: Sitter, rng: np.random.Generator) -> Image.Image:
    """Draw one RGB portrait of WIDTH x HEIGHT pixels. Everything not in `sitter` is random."""
    canvas = Canvas(_backdrop(BACKGROUNDS[sitter.background], rng), OVER)
    canvas.at = (WIDTH / 2 + rng.uniform(-12, 12), 186 + rng.uniform(-8, 10))
    canvas.zoom = rng.uniform(0.94, 1.1)
    pen = _Painter(canvas, sitter, rng)
    pen.draw()
    small = canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    grain = rng.normal(0, rng.uniform(1.5, 4), (HEIGHT, WIDTH, 1)) + rng.normal(0, 1.2, (HEIGHT, WIDTH, 3))
    light = rng.uniform(0.94, 1.05)
    return Image.fromarray(np.clip(np.asarray(small) * light + grain, 0, 255).astype(np.uint8))


def _backdrop(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Draw a softly lit wall: a gradient in a random direction and a cloud of light behind the head."""
    y, x = np.mgrid[0 : HEIGHT * OVER : 4, 0 : WIDTH * OVER : 4] / (WIDTH * OVER) - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    slope = 0.16 * (np.cos(angle) * x + np.sin(angle) * y)
    cloud = 0.16 * np.exp(-((x - rng.uniform(-0.2, 0.2)) ** 2 + (y - rng.uniform(-0.2, 0.2)) ** 2) / 0.12)
    base = np.array(colour) * rng.uniform(0.92, 1.04) + rng.normal(0, 5, 3)
    pixels = np.clip(base * (0.92 + slope + cloud)[..., None], 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((WIDTH * OVER, HEIGHT * OVER), Image.Resampling.BICUBIC)


class _Painter:
    """Draws one sitter, back to front. (0, 0) is the middle of the face, y grows downwards."""

    def __init__(self, canvas: Canvas, sitter: Sitter, rng: np.random.Generator) -> None:
        self.c, self.sitter, self.rng = canvas, sitter, rng
        self.tilt = rng.uniform(-0.09, 0.09)
        self.side = rng.uniform(-5, 5)  # the face's features move this far when the head turns
        self.skin = _near(SKINS[rng.integers(len(SKINS))], rng, 5)
        self.dark = mix(self.skin, (70, 26, 20), 0.45)
        self.light = mix(self.skin, (255, 246, 232), 0.5)
        self.lock = _near(HAIR[sitter.hair], rng, 5)
        self.cut = str(rng.choice(CUTS))
        self.width, self.jaw = rng.uniform(57, 64), rng.uniform(0.66, 0.82)
        self.face = FACES[sitter.emotion]
        self.force = rng.uniform(0.92, 1.1)
        self.drop = 0.5 * max(0.0, self.face.gap * self.force - 10)  # an open mouth lowers the jaw
        self.lamp = float(rng.choice((-1, 1)))  # the side that the light comes from

    def draw(self) -> None:
        self.c.turn = self.tilt
        self._hair_behind()
        self.c.turn = self.tilt / 3
        self._neck_and_shirt()
        self.c.turn = self.tilt
        self._ears()
        self._head()
        for side in (-1, 1):
            self._eye(side)
            self._brow(side)
        self._nose()
        self._mouth()
        self._hair_before()
        if self.sitter.glasses == "glasses":
            self._glasses()

    def _neck_and_shirt(self) -> None:
        c = self.c
        neck = c.place(smooth([(-27, 50), (27, 50), (30, 105), (44, 130), (0, 160), (-44, 130), (-30, 105)]))
        c.paint([neck], self.skin, 0.8)
        shadow = c.place(smooth([(-27, 60), (27, 60), (30, 96), (0, 106), (-30, 96)]))
        c.paint([shadow], self.dark, 5, 0.55, within=c.mask([neck], 0.4))
        body = [
            (-34, 116),
            (0, 140),
            (34, 116),
            (84, 132),
            (118, 160),
            (140, 290),
            (-140, 290),
            (-118, 160),
            (-84, 132),
        ]
        outline = c.place(smooth(body))
        mask = c.mask([outline], 0.6)
        cloth = _near(CLOTHS[self.rng.integers(len(CLOTHS))], self.rng, 6)
        c.image.paste(_fabric(self.sitter.shirt, cloth, c, self.rng), (0, 0), mask)
        fold = mix(cloth, (0, 0, 0), 0.6)
        for x in (-92, 92):  # sleeves
            c.paint([c.place([(x, 190), (x * 0.93, 300)])], fold, 2.0, 0.5, 5 * OVER, mask)
        c.paint([c.place(ring(0, 112, 50, 22))], fold, 6, 0.45, within=mask)
        far = c.place(
            [(-150 * self.lamp, 110), (-60 * self.lamp, 150), (-70 * self.lamp, 300), (-150 * self.lamp, 300)]
        )
        c.paint([far], fold, 14, 0.4, within=mask)
        c.line(
            smooth([(-35, 117), (-18, 134), (0, 140), (18, 134), (35, 117)], False),
            mix(cloth, (0, 0, 0), 0.35),
            4,
        )

    def _outline(self, grow: float = 0.0) -> NDArray[np.float64]:
        w, jaw = self.width + grow, self.jaw
        right = [
            (w * 0.55, -80 - grow),
            (w * 0.93, -48),
            (w, -8),
            (w * 0.95, 28),
            (w * jaw, 60 + grow / 2 + self.drop * 0.6),
        ]
        chin = [(x, 82 + grow + self.drop) for x in (w * 0.3, -w * 0.3)]
        return smooth([(0, -90 - grow), *right, *chin, *[(-x, y) for x, y in reversed(right)]])

    def _ears(self) -> None:
        for side in (-1, 1):
            x = side * (self.width + 1) - self.side * 0.4
            self.c.ellipse(x, 6, 9, 17, mix(self.skin, self.dark, 0.2), 0.6)
            self.c.ellipse(x + side, 7, 4.5, 10, self.dark, 2, 0.5)

    def _head(self) -> None:
        c = self.c
        outline = c.place(self._outline())
        mask = c.mask([outline], 0.4)
        c.paint([outline], self.skin, 0.4)

        def shade(points: NDArray[np.float64], colour: Colour, soft: float, strength: float) -> None:
            c.paint([c.place(points)], colour, soft, strength, within=mask)

        away, w = -self.lamp, self.width
        rim = [
            (away * w * 1.3, -90),
            (away * w * 0.8, -40),
            (away * w * 0.82, 20),
            (away * w * 0.5, 90),
            (away * w * 1.3, 90),
        ]
        shade(np.array(rim), self.dark, 13, 0.6)
        shade(np.array([(-w, 70), (0, 76), (w, 70), (w, 100), (-w, 100)]), self.dark, 7, 0.4)
        shade(ring(self.lamp * 18, -52, 30, 18), self.light, 12, 0.65)
        for side in (-1, 1):
            shade(ring(side * 34 + self.side, 26, 15, 11), mix(self.skin, (226, 92, 84), 0.5), 9, 0.4)
            shade(ring(side * 27 + self.side, -12, 19, 10), self.dark, 6, 0.28)
        shade(ring(self.lamp * 34 + self.side, 16, 12, 8), self.light, 7, 0.5)

    def _eye(self, side: int) -> None:
        c, x, y = self.c, side * 27 + self.side, -10.0
        lid = self.face.lid**self.force
        high, low = 8.2 * lid, 5.4 * (0.5 + 0.5 * lid)
        inner, outer = x - side * 14.5, x + side * 15
        slant = self.face.slant * self.force / 2
        upper = [
            (inner, y + 2 + slant / 2),
            (x - side * 6, y - high * 0.85 + slant),
            (x + side * 4, y - high - slant / 2),
            (outer, y - 1 - slant),
        ]
        lower = [(x + side * 6, y + low * 0.9), (x - side * 5, y + low)]
        almond = smooth([*upper, *lower])
        mask = c.mask([c.place(almond)], 0.3)
        c.fill(almond, (246, 243, 238), 0.4)
        iris = IRISES[int(abs(self.tilt) * 1e4) % len(IRISES)]
        gaze, look = x + self.side * 0.25, y + (2.5 if self.sitter.emotion == "sad" else -0.5)
        c.paint([c.place(ring(gaze, look, 7.2, 7.2))], mix(iris, (0, 0, 0), 0.45), 0.4, within=mask)
        c.paint([c.place(ring(gaze, look, 5.8, 5.8))], iris, 0.8, within=mask)
        c.paint([c.place(ring(gaze, look, 3.1, 3.1))], (14, 10, 10), 0.3, within=mask)
        c.paint([c.place(ring(gaze + 2.2, look - 2.5, 1.5, 1.5))], (255, 255, 255), 0.2, within=mask)
        c.paint([c.place(moved(upper, 0, 2))], mix(self.dark, (0, 0, 0), 0.5), 1.2, 0.35, 4 * OVER, mask)
        c.line(smooth(upper, False), mix(self.dark, (20, 10, 8), 0.8), 2.2, 0.2)
        c.line(smooth([upper[0], *lower[::-1], upper[-1]], False), self.dark, 1.1, 0.4, 0.7)
        c.line(smooth(moved(upper, 0, -4.5), False), self.dark, 1.2, 0.7, 0.55)

    def _brow(self, side: int) -> None:
        inner, middle, outer = (value * self.force for value in self.face.brow)
        start = 11.5 - self.face.close * self.force
        x, y = self.side, -31
        top = [(start, y - inner - 2.5), (27, y - middle - 7), (41, y - outer - 3)]
        under = [
            (48, y - outer + 2),
            (38, y - outer + 1.5),
            (26, y - middle - 1),
            (start + 0.5, y - inner + 4),
        ]
        points = smooth([(side * px + x, py) for px, py in top + under])
        colour = mix(self.lock, (40, 24, 18), 0.45)
        self.c.fill(points, colour, 0.9, 0.95)
        if self.sitter.emotion == "angry":
            for dx in (-3, 3):
                self.c.line([(x + dx, y - 4), (x + dx * 0.9, y + 7)], self.dark, 1.3, 0.6, 0.4)

    def _nose(self) -> None:
        c, x = self.c, self.side * 1.3
        away = -self.lamp
        c.fill(
            smooth([(x + away * 3, -12), (x + away * 9, 20), (x + away * 11, 28), (x, 30)]),
            self.dark,
            3.2,
            0.42,
        )
        c.line([(x + self.lamp * 1.5, -6), (x + self.lamp * 1.5, 20)], self.light, 5, 2.4, 0.55)
        c.ellipse(x, 24, 8, 6.5, self.light, 3, 0.4)
        for side in (-1, 1):
            c.ellipse(x + side * 5.4, 30.5, 3, 1.7, mix(self.dark, (40, 12, 10), 0.5), 0.7, 0.85)
            c.line(
                smooth([(x + side * 10, 22), (x + side * 12, 28), (x + side * 8, 32)], False),
                self.dark,
                1.4,
                0.7,
                0.7,
            )

    def _mouth(self) -> None:
        c, f, x, y = self.c, self.face, self.side, 53.0 + self.drop * 0.4
        wide, lift, gap = f.wide * (0.92 + 0.08 * self.force), f.lift * self.force, f.gap * self.force
        lip = mix(self.skin, (176, 52, 62), 0.55)
        left, right, half = (-wide, -lift), (wide, -lift), gap / 2
        bow = [(-wide * 0.45, -half - 4), (0, -half - 3), (wide * 0.45, -half - 4)]
        pout = [(wide * 0.5, half + 5.5), (0, half + 8), (-wide * 0.5, half + 5.5)]
        c.fill(moved(smooth([left, *bow, right, *pout]), x, y), lip, 0.5)
        shine = moved([(-wide * 0.4, half + 5), (0, half + 6), (wide * 0.4, half + 5)], x, y)
        c.line(smooth(shine, False), mix(lip, (255, 225, 220), 0.6), 2.2, 1.3, 0.5)
        if gap > 3:
            self._open_mouth(x, y, wide, lift, gap)
        else:
            seam = moved([left, (-wide * 0.4, 0.5), (0, 1.5), (wide * 0.4, 0.5), right], x, y)
            c.line(smooth(seam, False), mix(lip, (50, 10, 14), 0.7), 1.8, 0.3)
        chin = moved([(-9, half + 12), (0, half + 14), (9, half + 12)], x, y)
        c.line(smooth(chin, False), self.dark, 2.5, 2, 0.4)
        if lift > 5:
            for side in (-1, 1):
                fold = [(x + side * 15, 30), (x + side * (wide + 5), 38), (x + side * (wide + 6), 47)]
                c.line(smooth(fold, False), self.dark, 1.6, 1.2, 0.5)

    def _open_mouth(self, x: float, y: float, wide: float, lift: float, gap: float) -> None:
        c, half, corner, white = self.c, gap / 2, -lift * 0.92, (250, 247, 240)
        top = [(-wide * 0.88, corner), (-wide * 0.4, -half), (0, -half + 0.6), (wide * 0.4, -half)]
        low = [(wide * 0.88, corner), (wide * 0.45, half), (0, half + 1.5), (-wide * 0.45, half)]
        hole = c.place(moved(smooth(top + low), x, y))
        mask = c.mask([hole], 0.3)
        c.paint([hole], (66, 18, 22), 0.3)
        tongue = c.place(ring(x, y + half + 2, wide * 0.5, gap * 0.22))
        c.paint([tongue], (196, 92, 92), 1.4, 0.9, within=mask)
        if self.sitter.emotion == "happy":
            row = [(-wide, corner - 6), (wide, corner - 6), (wide * 0.8, gap * 0.12), (0, gap * 0.3)]
            c.paint([c.place(moved([*row, (-wide * 0.8, gap * 0.12)], x, y))], white, 0.5, within=mask)
        if self.sitter.emotion == "angry":  # teeth set on edge
            c.paint([hole], white, 0.5, 0.95, within=mask)
            lines = [[(x + dx, y - gap), (x + dx, y + gap)] for dx in np.arange(-wide, wide, 5.5)]
            lines.append([(x - wide, y + 0.5), (x + wide, y + 0.5)])
            for line in lines:
                c.paint([c.place(line)], (120, 100, 96), 0.3, 0.7, 0.9 * OVER, mask)

    def _hair_behind(self) -> None:
        w = self.width
        shade = mix(self.lock, (58, 30, 12), 0.3)
        if self.cut == "long":
            half = [(w * 0.7, -108), (w + 17, -60), (w + 20, 10), (w + 26, 80), (w + 22, 150), (w - 8, 158)]
        elif self.cut == "bob":
            half = [(w * 0.7, -106), (w + 16, -60), (w + 22, 0), (w + 24, 56), (w + 4, 74)]
        elif self.cut == "curly":
            for t in np.linspace(0, 2 * np.pi, 26):
                x, y = (w + 10) * np.cos(t), -46 + 62 * np.sin(t)
                self.c.ellipse(x, y, self.rng.uniform(17, 23), self.rng.uniform(17, 23), shade, 0.8)
            half = [(w * 0.7, -108), (w + 12, -60), (w + 10, 0)]
        else:
            if self.cut == "bun":
                self.c.ellipse(-self.side * 2, -116, 25, 22, self.lock, 0.8)
                self.c.ellipse(-self.side * 2, -104, 22, 6, mix(self.lock, (0, 0, 0), 0.5), 3, 0.6)
            half = [(w * 0.7, -106), (w + 9, -60), (w + 6, -8)]
        self.c.fill(smooth([(0, -112), *half, *[(-x, y) for x, y in reversed(half)]]), shade, 0.8)

    def _hair_before(self) -> None:
        c, w, side = self.c, self.width, self.lamp
        top = [
            (-w - 5, -4),
            (-w - 9, -42),
            (-w * 0.82, -92),
            (-w * 0.3, -113),
            (w * 0.3, -113),
            (w * 0.82, -92),
        ]
        top += [(w + 9, -42), (w + 5, -4)]
        part = side * w * 0.35
        if self.cut in ("parted", "bob"):
            fringe = [(w * 0.9, -34), (w * 0.62, -56), (part, -84), (-w * 0.62, -56), (-w * 0.9, -34)]
        elif self.cut == "long":
            fringe = [(w * 0.93, -20), (w * 0.72, -58), (0, -86), (-w * 0.72, -58), (-w * 0.93, -20)]
        elif self.cut == "curly":
            fringe = [
                (w * 0.9, -36),
                (w * 0.6, -58),
                (w * 0.2, -60),
                (-w * 0.2, -64),
                (-w * 0.6, -58),
                (-w * 0.9, -36),
            ]
        elif self.cut == "bun":
            fringe = [(w * 0.9, -40), (w * 0.6, -70), (0, -80), (-w * 0.6, -70), (-w * 0.9, -40)]
        else:
            fringe = [(w * 0.9, -38), (w * 0.66, -62), (w * 0.1, -66), (-w * 0.5, -62), (-w * 0.9, -38)]
        outline = c.place(smooth([*top, *fringe]))
        c.paint(
            [c.place(moved(smooth(fringe, False), 0, 4))],
            self.dark,
            3,
            0.5,
            5 * OVER,
            c.mask([c.place(self._outline())]),
        )
        mask = c.mask([outline], 0.5)
        c.paint([outline], self.lock, 0.6)
        if self.cut == "curly":
            for x, y in self.rng.uniform((-w, -112), (w, -66), (40, 2)):
                tone = mix(self.lock, (255, 240, 210) if self.rng.random() < 0.4 else (0, 0, 0), 0.16)
                c.paint([c.place(ring(x, y, 8, 8, 12)[:9])], tone, 0.8, 0.7, 2.4 * OVER, mask)
            for t in np.linspace(np.pi * 1.02, np.pi * 1.98, 13):
                c.ellipse((w + 3) * np.cos(t), -44 + 62 * np.sin(t), 14, 14, self.lock, 0.8)
        crown = np.array((part * 0.8, -112.0))
        for _ in range(46):  # strands, from the parting outwards
            end = np.array((self.rng.uniform(-w - 8, w + 8), self.rng.uniform(-74, -10)))
            bend = (crown + end) / 2 + (np.sign(end[0]) * 16, -18)
            tone = mix(
                self.lock,
                (255, 236, 205) if self.rng.random() < 0.45 else (0, 0, 0),
                self.rng.uniform(0.05, 0.2),
            )
            c.paint(
                [c.place(smooth([tuple(crown), tuple(bend), tuple(end)], False))],
                tone,
                0.6,
                0.7,
                1.5 * OVER,
                mask,
            )
        c.paint(
            [c.place(ring(side * w * 0.42, -92, 26, 7))],
            mix(self.lock, (255, 240, 220), 0.4),
            7,
            0.45,
            within=mask,
        )
        c.paint([c.place(ring(-side * w, -70, 20, 50))], mix(self.lock, (0, 0, 0), 0.5), 12, 0.5, within=mask)

    def _glasses(self) -> None:
        c, x0, y = self.c, self.side * 1.2, -8.0
        frame = FRAMES[self.rng.integers(len(FRAMES))]
        power = float(self.rng.choice((2.0, 3.2)))  # round or rather square
        t = np.linspace(0, 2 * np.pi, 49)
        shape = np.stack(
            [
                np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power) * 20.5,
                np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power) * 17,
            ],
            1,
        )
        for side in (-1, 1):
            lens = moved(shape, side * 27.5 + x0, y + 2)
            c.fill(lens, (226, 238, 246), 0.5, 0.13)
            c.line(
                [(side * 27.5 + x0 - 8, y - 8), (side * 27.5 + x0 - 13, y + 3)],
                (255, 255, 255),
                2.2,
                0.8,
                0.55,
            )
            c.line(moved(lens, 0, 2), self.dark, 2, 1.6, 0.4)
            c.line(lens, frame, 2.8, 0.2)
            c.line([(side * 48 + x0, y - 3), (side * (self.width + 1), y - 5)], frame, 2.6, 0.2)
        c.line(smooth([(x0 - 7.5, y - 1), (x0, y - 4.5), (x0 + 7.5, y - 1)], False), frame, 2.8, 0.2)


def _fabric(pattern: str, cloth: Colour, canvas: Canvas, rng: np.random.Generator) -> Image.Image:
    """Draw a piece of cloth over the whole canvas."""
    image = Image.new("RGB", canvas.image.size, cloth)
    second = mix(cloth, (250, 248, 240) if sum(cloth) < 480 else (60, 66, 96), float(rng.uniform(0.6, 0.85)))
    sheet = Canvas(image, canvas.over, canvas.turn + rng.uniform(-0.06, 0.06), canvas.zoom, canvas.at)
    step = float(rng.uniform(15, 20))
    places = np.arange(-200, 320, step)
    if pattern == "striped":
        for y in places:
            sheet.fill([(-260, y), (260, y), (260, y + step * 0.42), (-260, y + step * 0.42)], second, 0.2)
    elif pattern == "dotted":
        for row, y in enumerate(places):
            for x in places:
                sheet.ellipse(x + row % 2 * step / 2, y, step * 0.23, step * 0.23, second, 0.2)
    elif pattern == "checked":
        for v in places:
            sheet.fill(
                [(-260, v), (260, v), (260, v + step * 0.5), (-260, v + step * 0.5)], second, 0.2, 0.55
            )
            sheet.fill(
                [(v, -200), (v + step * 0.5, -200), (v + step * 0.5, 320), (v, 320)], second, 0.2, 0.55
            )
    soft = image.filter(ImageFilter.GaussianBlur(OVER * 0.3))
    weave = Image.fromarray(rng.integers(236, 256, (HEIGHT, WIDTH), np.uint8)).resize(image.size)
    return ImageChops.multiply(soft, Image.merge("RGB", [weave] * 3))


def _near(colour: Colour, rng: np.random.Generator, spread: float) -> Colour:
    red, green, blue = (
        int(np.clip(v, 0, 255)) for v in np.array(colour) + rng.normal(0, spread) + rng.normal(0, 2, 3)
    )
    return red, green, blue
