"""Names which colours the subject and its background have, and how many. It has no weights.

Accuracy and expected calibration error on 300 drawn things that were not used for the tables: colour .70, .05;
background colour .99, .02; number of colours .84, .06.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tools.basic_colours import NAMES
from tools.models.bundled.calibration import Row, findings
from tools.models.bundled.cielab import to_lab
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.bundled.segment import Segments
from tools.models.ports import HABIT, LOOSE, Findings, Pixels, Slot, SlotSpec
from tools.models.region_mean import CENTRE, centre

# Shades that people call by each name, as hexadecimal sRGB.
_EXAMPLES: dict[str, tuple[str, ...]] = {
    "black": ("000000", "1c1c1c", "2a2624"),
    "grey": ("808080", "5c5c5c", "a3a3a3", "c0c0c0", "70767a"),
    "white": ("ffffff", "f0f0f0", "f7f3ea", "e4e4e4"),
    "red": ("e01010", "b01818", "f03030", "8c1010", "c8283c"),
    "orange": ("ff8c00", "f07020", "ffa040", "e89020"),
    "brown": ("6b4423", "8b5a2b", "4a2c17", "9c6b3c", "7a4a3a"),
    "yellow": ("ffe000", "f0d020", "ffee80", "c8b020", "e8c840"),
    "green": ("10a020", "206020", "60c040", "90d060", "104a28", "30a080", "708030"),
    "blue": ("1040e0", "102080", "40a0f0", "80c0f0", "305880", "20c0e0"),
    "purple": ("7020a0", "a040d0", "502070", "9070c0", "8b3a8b"),
    "pink": ("ffa0b8", "ff60a0", "ffc8d0", "e87898", "f04090"),
}
_HUES = 12
"""The number of bins of the histogram of hue."""
_GREY = 8.0
"""The chroma in CIELAB below which a colour looks grey."""
_EVERY = 12.0
"""The chroma that is added to that of every pixel of the subject, so that parts without colour count as well."""
_WIDTH = 8.0
"""The distance in CIELAB over which one name fades into the next."""
_COUNTS = ("one colour", "two colours", "three colours", "many colours")
"""The values of the slot "number of colours"; the last one stands for all higher numbers."""
_VISIBLE = 0.07
"""The share of the subject from which a colour counts as one of its colours."""

WIDTHS = {
    "colour.subject": 11,
    "colour.centre": 11,
    "colour.background": 11,
    "colour.hue": 14,
    "colour.number": 5,
}
"""Maps the name of a view to its number of columns."""


@cache
def _table() -> NDArray[np.float32]:
    """Return (32768, 11) float32: how well each name fits a colour, for 5 bits of red, green and blue; rows sum to 1.

    A name is as near to a colour as the nearest of its examples. It is made once, since it takes a tenth of a second.
    """
    hexes = [(i, code) for i, name in enumerate(NAMES) for code in _EXAMPLES[name]]
    examples = to_lab(
        np.array([[int(code[j : j + 2], 16) for j in (0, 2, 4)] for _, code in hexes], np.uint8)
    )
    steps = (np.arange(32) * 8 + 4).astype(np.uint8)
    cells = to_lab(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3))
    distance = ((cells[:, None, :] - examples) ** 2).sum(-1)
    nearness = np.exp(-(distance - distance.min(-1, keepdims=True)) / (2 * _WIDTH**2))
    owner = np.array([i for i, _ in hexes])
    table = np.stack([nearness[:, owner == i].max(-1) for i in range(len(NAMES))], axis=1)
    return np.asarray(table / table.sum(-1, keepdims=True), np.float32)


class ColourExpert:
    """Names and measures the colours of the subject and of its background."""

    name = "colour"
    version = "5"
    specs = (
        SlotSpec(
            "colour",
            ("colour", "color", "main colour", "what colour it is", "shade", "hue", "tint", "paint"),
            ("colour.subject",),
            "colour",
            usual=(8, HABIT),
            lends=("colour.centre",),
        ),
        SlotSpec(
            "background colour",
            ("background colour", "backdrop", "colour behind it", "background", "wall colour"),
            ("colour.background",),
            "background colour",
            usual=(6, LOOSE),
        ),
        SlotSpec(
            "number of colours",
            (
                "how many colours",
                "number of colors",
                "one colour or several",
                "single-coloured or many-coloured",
                "multicoloured",
                "count of the colours",
            ),
            ("colour.number",),
            "number of colours",
            interest=0.5,
            usual=(3, HABIT),
        ),
    )

    def __init__(self, foregrounds: ForegroundCache | None = None) -> None:
        self._names = _table()
        self._likeliest = self._names.argmax(-1)
        self._foregrounds = foregrounds or ForegroundCache()

    def missing(self) -> str | None:
        """Return None always, because this expert has no weights."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the views and slots of b pictures of any sizes.

        Views: `colour.subject`, `colour.centre` and `colour.background` (11-d), square roots of the shares of the
        eleven names in what stands out, in its middle and around it; `colour.hue` (14-d), hues of the subject weighted
        by chroma, then mean chroma and the share of grey; `colour.number` (5-d), logarithm of the number of colours of
        the subject, then the shares of the four largest.
        """
        return findings([self.raw(pixels) for pixels in batch], WIDTHS)

    def raw(self, pixels: Pixels) -> Row:
        """Return the views of one picture, and its slots with their clearness in place of a confidence."""
        picture = self._foregrounds.of(pixels)
        small, lab, parts = picture.small, picture.lab, picture.parts
        cell = (small >> 3).astype(np.intp)
        cell = (cell[..., 0] << 10) | (cell[..., 1] << 5) | cell[..., 2]
        chroma = np.sqrt(lab[..., 1] ** 2 + lab[..., 2] ** 2)
        # A part in a strong colour names a thing ("the red car" has black tyres and grey windows), so pixels count up
        # to six times for their chroma; not more, or a grey shirt would be called after the face above it. The subject
        # is about the middle, so what stands out at the edge (a hand, the next thing) counts less.
        strength = parts.subject * (np.clip(chroma - _GREY, 0, 60) + _EVERY)
        subject, middle, background = self._shares(
            cell,
            strength * centre(parts.subject.shape, 2 * CENTRE),
            strength * centre(parts.subject.shape),
            parts.background,
        )
        number, slot = _number(self._likeliest[cell], parts)
        views = {
            "colour.subject": np.sqrt(subject),
            "colour.centre": np.sqrt(middle),
            "colour.background": np.sqrt(background),
            "colour.hue": _hue(lab, parts.subject, chroma),
            "colour.number": number,
        }
        sure = 0.5 + 0.5 * parts.contrast
        return views, [_slot("colour", subject, sure), _slot("background colour", background, sure), slot]

    def _shares(self, cell: NDArray[np.intp], *masses: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return (regions, 11) float32, the weighted shares of the names in regions; they sum to 1.

        Args:
            cell: (h, w) the row of each pixel in the table of names.
            masses: How much each pixel counts in a region, (h, w) each.
        """
        mass = np.stack(masses).reshape(len(masses), -1).astype(np.float32)
        total = np.maximum(mass.sum(1, keepdims=True), 1e-6)
        return np.asarray((mass / total) @ self._names[cell.ravel()], np.float32)


def _slot(name: str, shares: NDArray[np.float32], sure: float) -> Slot:
    best = int(shares.argmax())
    return Slot(name, NAMES[best], round(float(shares[best]) * sure, 3))


def _number(word: NDArray[np.intp], parts: Segments) -> tuple[NDArray[np.float32], Slot]:
    """Return the row of `colour.number` and its slot, whose clearness is the distance of the shares from `_VISIBLE`.

    Args:
        word: (h, w) the number of the name that fits each pixel best.
        parts: Which pixels are the subject.
    """
    # Between two colours lies a seam of others, one pixel wide: only pixels whose neighbours have the same name count.
    same = (word[:-1, :-1] == word[1:, :-1]) & (word[:-1, :-1] == word[:-1, 1:])
    inside = same & (parts.subject[:-1, :-1] > 0.5)
    shares = np.bincount(word[:-1, :-1][inside], minlength=len(NAMES)) / max(int(inside.sum()), 1)
    count = max(1, int((shares >= _VISIBLE).sum()))
    top = np.sort(shares)[::-1][:4]
    clear = float(np.clip(np.abs(shares[shares > 0] - _VISIBLE).min(initial=1.0) / _VISIBLE, 0, 1))
    view = np.array([np.log(count), *top], np.float32)
    value = _COUNTS[min(count, len(_COUNTS)) - 1]
    return view, Slot("number of colours", value, round((0.2 + 0.8 * clear) * parts.contrast, 4))


def _hue(
    lab: NDArray[np.float32], weight: NDArray[np.float32], chroma: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (14,) float32: a soft histogram of hue weighted by chroma, then mean chroma and the share without
    colour."""
    angle = np.arctan2(lab[..., 2], lab[..., 1])
    mass = weight * np.clip(chroma - _GREY, 0, 60)
    position = ((angle + 2 * np.pi) * (_HUES / (2 * np.pi))).ravel()  # from half a turn to one and a half
    low = position.astype(np.intp)
    upper = mass.ravel() * (position - low)
    turns = 2 * _HUES  # over two turns and a bin, so that none has to be brought back one by one
    bins = np.bincount(low, mass.ravel() - upper, turns) + np.bincount(low + 1, upper, turns)
    bins = bins[:_HUES] + bins[_HUES:]
    total = float(weight.sum()) or 1.0
    grey = float((weight * (chroma < _GREY)).sum()) / total
    mean = float((weight * chroma).sum()) / total / 60
    return np.concatenate([np.sqrt(bins / max(bins.sum(), 1e-6)), [mean, grey]]).astype(np.float32)
