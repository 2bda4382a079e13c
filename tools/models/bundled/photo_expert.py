"""Tells what kind of picture it is and how it was taken. It has no weights.

Light and contrast are read from the lightness of a small copy; sharpness, and whether it is a photograph or a drawing,
from the differences between neighbouring pixels at full size; the format from width and height.

Accuracy and expected calibration error on 300 made-up pictures of each kind that were not used for the tables:
brightness .89, .04; contrast .79, .07; sharpness .93, .02; photograph or drawing .94, .02; tone .96, .02.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.calibration import Row, findings
from tools.models.bundled.cielab import light_to_lab, to_light
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.ports import EXACT, HABIT, Findings, Pixels, Slot, SlotSpec

WIDTHS = {
    "photo.sky": 24,
    "photo.bands": 18,
    "photo.lamp": 3,
    "photo.light": 5,
    "photo.contrast": 2,
    "photo.sharp": 2,
    "photo.kind": 5,
    "photo.tone": 3,
    "photo.format": 1,
}
"""Maps the name of a view to its number of columns."""

_SHADES = ((0, 100), (-40, 40), (-50, 50))
"""The ranges of lightness, red-green and yellow-blue whose eighths are counted."""
_BANDS = 6
"""The number of horizontal bands, from the sky to the ground, whose mean colours are compared."""
_USUAL = (25.0, 10.0, 15.0)
"""How far lightness, red-green and yellow-blue usually vary between photographs."""
_POWER = 6
"""The power of the mean that stands for the light; Finlayson and Trezzi found it the best on their pictures."""
_POWERS = to_light(np.arange(256, dtype=np.uint8)).astype(np.float64) ** _POWER
"""That power of the light of each value of a pixel."""
_FINE = 512
"""The longest side in pixels of the middle part of the picture in which neighbouring pixels are compared."""
_LINES = 128
"""The number of rows and columns, evenly spaced, among which the strongest edges are searched."""
_FAR = 6
"""The number of pixels over which an edge is measured: a sharp one is as high over one pixel as over these."""
_TILE = (8, 16)
"""The rows and columns of a tile; its rows are every other row of the picture."""


class PhotoExpert:
    """Names and measures light, contrast, sharpness, kind of picture, tone and format."""

    name = "photo"
    version = "4"
    specs = (
        SlotSpec(
            "daylight",
            (
                "light", "day or night", "time of day", "daylight", "day, sunset or night", "morning or evening",
                "lighting", "sky", "sunny or cloudy",
            ),
            ("photo.sky", "photo.bands", "photo.lamp"),
            "light",
            interest=0.8,
            requires="outdoors",
            usual=(3, HABIT),
        ),
        SlotSpec(
            "brightness",
            (
                "how bright they are", "dark or bright", "exposure",
                "too dark or too bright", "low key or high key", "underexposed or overexposed", "darkness",
            ),
            ("photo.light",),
            "brightness",
            interest=0.5,
            usual=(3, HABIT),
        ),
        SlotSpec(
            "contrast",
            ("contrast", "high or low contrast", "strong or weak contrast", "flat or punchy", "washed out", "faded"),
            ("photo.contrast",),
            "contrast",
            interest=0.5,
            usual=(3, HABIT),
        ),
        SlotSpec(
            "sharpness",
            (
                "sharpness", "blurry or sharp", "blur", "in focus or out of focus", "focus", "shaky",
                "which are blurred", "crisp", "photo quality",
            ),
            ("photo.sharp",),
            "sharpness",
            interest=0.5,
            usual=(2, EXACT),
        ),
        SlotSpec(
            "kind of picture",
            (
                "kind of picture", "drawing or photo", "photograph or illustration", "cartoon or real photo",
                "clip art", "type of image", "screenshots and photos", "graphics", "painted or photographed",
            ),
            ("photo.kind",),
            "drawing or photograph",
            interest=0.8,
            usual=(2, EXACT),
        ),
        SlotSpec(
            "tone",
            (
                "black and white or colour", "black-and-white", "monochrome", "greyscale or coloured", "sepia",
                "saturation", "vivid or pale colours", "colourful or grey",
            ),
            ("photo.tone",),
            "black-and-white or colour",
            interest=0.6,
            usual=(2, EXACT),
        ),
        SlotSpec(
            "format",
            (
                "portrait or landscape format", "landscape or portrait", "picture format", "aspect ratio",
                "orientation of the picture", "upright or sideways pictures", "square pictures", "image dimensions",
            ),
            ("photo.format",),
            "portrait or landscape format",
            interest=0.5,
            usual=(3, EXACT),
        ),
    )  # fmt: skip

    def __init__(self, foregrounds: ForegroundCache | None = None) -> None:
        self._foregrounds = foregrounds or ForegroundCache()

    def missing(self) -> str | None:
        """Return None always, because this expert has no weights."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the slots "brightness", "contrast", "sharpness", "kind of picture", "tone" and "format".

        The first four are left out for a picture of a single colour. Views:
            photo.sky (24-d): square roots of the shares of the pixels of the upper half in eighths of lightness,
                red-green and yellow-blue. photo.bands (18-d): the mean colours of six bands from top to bottom, over
                how far they usually vary. photo.lamp (3-d): the colour of the light in CIELAB, in the same measure.
                They tell the light of a day: the sky is above, and a sunset is dim and yellow.
            photo.light (5-d): lightness over 100 at the 2nd, 25th, 50th, 75th and 98th percentile.
            photo.contrast (2-d): the spread of the lightness.
            photo.sharp (2-d): how steep the edges are along and across; a row of NaN without edges.
            photo.kind (5-d): square roots of the share of flat tiles, and of the shares of the other pixels that do
                not, hardly, somewhat and clearly differ from the next one.
            photo.tone (3-d): mean and high chroma, and how little the colours depend on the lightness.
            photo.format (1-d): logarithm of width over height.
        """
        return findings([self.raw(pixels) for pixels in batch], WIDTHS)

    def raw(self, pixels: Pixels) -> Row:
        """Return the views of one picture, and its slots with their clearness in place of a confidence."""
        picture = self._foregrounds.of(pixels)
        light = percentiles(picture.lab[..., 0], (2, 25, 50, 75, 98)) / 100
        spread = float(picture.lab[..., 0].std()) / 100
        tone = _tone(picture.lab)
        grey = _grey(pixels)
        steps = _steps(grey)
        views = {
            "photo.sky": _sky(picture.lab),
            "photo.bands": _bands(picture.lab),
            "photo.lamp": _lamp(picture.small),
            "photo.light": light,
            "photo.contrast": np.array([spread, light[4] - light[0]]),
            "photo.tone": tone,
            "photo.format": np.log([pixels.shape[1] / pixels.shape[0]]),
            "photo.kind": np.sqrt(steps),
        }
        slots = [_tone_slot(tone), _format(pixels.shape[1] / pixels.shape[0])]
        if light[4] - light[0] > 0.01:
            slots += [_light(light), _contrast(spread), _kind(steps)]
        edges = _edges(grey)
        if edges is not None:
            views["photo.sharp"] = edges
            slots.append(_sharpness(edges))
        return {name: row.astype(np.float32) for name, row in views.items()}, slots


def _sky(lab: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (24,) square roots of the shares of the pixels of the upper half in eighths of each axis of CIELAB."""
    upper = lab[: len(lab) // 2].reshape(-1, 3)
    counts = [eighths(upper[:, i].astype(np.float64), *span) for i, span in enumerate(_SHADES)]
    return np.sqrt(np.concatenate(counts) / len(upper))


def eighths(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
    """Return (8,) how many values lie in each eighth of a range, whose upper end belongs to the last."""
    within = values[(values >= low) & (values <= high)]
    return np.bincount(np.minimum((within - low) / ((high - low) / 8), 7).astype(np.intp), minlength=8)


def _bands(lab: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (18,) the mean colours of the bands, from top to bottom, over how far they usually vary."""
    high, wide, _ = lab.shape
    starts = np.array([part[0] for part in np.array_split(np.arange(high), _BANDS)])
    sums = (
        np.add.reduceat(lab.reshape(high, -1), starts, axis=0, dtype=np.float64)
        .reshape(_BANDS, wide, 3)
        .sum(1)
    )
    return np.asarray(sums / (np.diff(starts, append=high) * wide)[:, None] / _USUAL).reshape(-1)


def _lamp(pixels: Pixels) -> NDArray[np.float64]:
    """Return (3,) the colour of the light over how far colours usually vary: the mean of a high power of what the
    pixels reflect, in which the brightest count most (shades of grey; Finlayson and Trezzi, 2004)."""
    counts = [np.bincount(pixels[..., i].ravel(), minlength=256) for i in range(3)]
    light = np.asarray(np.power(counts @ _POWERS / (pixels.size / 3), 1 / _POWER), np.float32)
    return np.asarray(light_to_lab(light), np.float64) / np.array(_USUAL, np.float64)


def _grey(pixels: Pixels) -> NDArray[np.int16]:
    """Return the middle of the picture in its own resolution, at most `_FINE` pixels each way, in grey."""
    from PIL import Image

    height, width = pixels.shape[:2]
    top, left = max(0, height - _FINE) // 2, max(0, width - _FINE) // 2
    middle = np.ascontiguousarray(pixels[top : top + _FINE, left : left + _FINE])
    return np.asarray(Image.fromarray(middle).convert("L"), np.int16)


def _edges(grey: NDArray[np.int16]) -> NDArray[np.float64] | None:
    """Return (2,) steepness of the strongest edges in [0, 1.5], that of the sharper direction first; None without
    edges.

    It is the change of lightness from one pixel to the next over the change across `_FAR` pixels there; 1 for a step.
    """
    steepness = []
    for turned in (grey, grey.T):
        lines = np.ascontiguousarray(turned[:: max(1, len(turned) // _LINES)])
        if lines.shape[1] <= 2 * _FAR:
            return None
        far = np.abs(lines[:, _FAR:] - lines[:, :-_FAR])
        strong = far >= max(16, int(percentiles(far[:, ::3], (97,))[0]))
        if strong.sum() < 8:
            continue
        near = np.abs(np.diff(lines, axis=1))
        steepest = near[:, : far.shape[1]].copy()
        for shift in range(1, _FAR):
            np.maximum(steepest, near[:, shift : shift + far.shape[1]], out=steepest)
        steepness.append(float(np.median(steepest[strong] / far[strong])))
    if not steepness:
        return None
    return np.array([min(max(steepness), 1.5), min(min(steepness), 1.5)])


def _steps(grey: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return (5,) the share of flat tiles, and in other tiles the shares of pixels whose next differs by 0, 1-2, 3-12,
    more.

    Flat tiles are counted apart because a white ground is just as flat behind a photographed thing.
    """
    near = np.abs(np.diff(grey[::2], axis=1)).astype(np.uint8)
    if not near.size:
        return np.array([1.0, 0, 0, 0, 0])
    high, wide = max(1, near.shape[0] // _TILE[0]), max(1, near.shape[1] // _TILE[1])
    tiles = near[: high * _TILE[0], : wide * _TILE[1]].reshape(high, -1, wide, min(_TILE[1], near.shape[1]))
    busy = tiles.max((1, 3)) > 0
    counts = np.bincount(tiles.transpose(0, 2, 1, 3)[busy].ravel(), minlength=256).astype(np.float64)
    parts = np.array([counts[0], counts[1:3].sum(), counts[3:13].sum(), counts[13:].sum()])
    return np.concatenate([[1 - busy.mean()], parts / max(parts.sum(), 1.0)])


def _tone(lab: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (3,) mean chroma and its 98th percentile over 60, and how little the colours depend on the lightness, over
    10.

    In a toned print the colours are a function of the lightness.
    """
    chroma = np.sqrt(lab[..., 1] ** 2 + lab[..., 2] ** 2)
    step = np.clip(lab[..., 0] / 5, 0, 19).astype(np.intp).ravel()
    counts = np.maximum(np.bincount(step, minlength=20), 1)
    residual = 0.0
    for channel in (lab[..., 1].ravel().astype(np.float64), lab[..., 2].ravel().astype(np.float64)):
        sums = np.bincount(step, channel, 20)  # the variance around the means is that around 0 without these
        residual += max(float(channel @ channel - sums @ (sums / counts)) / len(step), 0.0)
    return np.array([float(chroma.mean()) / 60, percentiles(chroma, (98,))[0] / 60, residual**0.5 / 10])


def percentiles(values: NDArray[Any], wanted: Sequence[float]) -> NDArray[np.float64]:
    """Return percentiles of all values, as `np.percentile`, in a fifth of the time: sorting all is faster than that."""
    ordered = np.sort(values, axis=None)
    places = np.array(wanted) / 100 * (len(ordered) - 1)
    low = places.astype(np.intp)
    first, second = ordered[low].astype(np.float64), ordered[np.minimum(low + 1, len(ordered) - 1)]
    return np.asarray(first + (second - first) * (places - low))


def _tone_slot(tone: NDArray[np.float64]) -> Slot:
    mean, high, rest = tone.tolist()
    if high < 0.08:
        return Slot("tone", "black and white", round(1 - high / 0.16, 4))
    # A print is toned all over and not strongly, which a yellow thing on white is not.
    if rest < 0.3 and high < 0.9 and mean > 0.25 * high:
        return Slot(
            "tone", "toned", round(0.3 + 0.7 * min(1 - rest / 0.3, (mean / high - 0.25) / 0.25, 1.0), 4)
        )
    return Slot("tone", "colour", round(0.3 + 0.7 * float(np.clip(rest - 0.3, 0, 1)), 4))


def _format(ratio: float) -> Slot:
    named = "landscape" if ratio > 1.05 else "portrait" if ratio < 1 / 1.05 else "square"
    return Slot("format", named, 1.0)


def _light(light: NDArray[np.float64]) -> Slot:
    low, quarter, _, most, high = light.tolist()
    mean = float(light.mean())
    # Low key: three quarters are nearly black beside something lit. High key: nearly white beside something dark.
    if most < 0.24 and high > 0.5:
        return Slot("brightness", "low key", round(min((0.24 - most) / 0.12, (high - 0.5) / 0.2, 1.0), 4))
    if quarter > 0.86 and low < 0.75:
        return Slot("brightness", "high key", round(min((quarter - 0.86) / 0.05, (0.75 - low) / 0.2, 1.0), 4))
    if mean < 0.36:
        return Slot("brightness", "dark", round(min((0.36 - mean) / 0.15, 1.0), 4))
    if mean > 0.68:
        return Slot("brightness", "bright", round(min((mean - 0.68) / 0.12, 1.0), 4))
    return Slot("brightness", "medium", round(min(mean - 0.36, 0.68 - mean) / 0.16, 4))


def _contrast(spread: float) -> Slot:
    if spread < 0.12:
        return Slot("contrast", "low", round(min((0.12 - spread) / 0.06, 1.0), 4))
    if spread > 0.28:
        return Slot("contrast", "high", round(min((spread - 0.28) / 0.08, 1.0), 4))
    return Slot("contrast", "medium", round(min(spread - 0.12, 0.28 - spread) / 0.08, 4))


def _sharpness(edges: NDArray[np.float64]) -> Slot:
    steep = float(edges[0])
    limit = 0.36
    if steep >= limit:
        return Slot("sharpness", "sharp", round(min((steep - limit) / 0.3, 1.0), 4))
    return Slot("sharpness", "blurred", round(min((limit - steep) / 0.15, 1.0), 4))


def _kind(steps: NDArray[np.float64]) -> Slot:
    """Return the slot "kind of picture": a drawing has flat areas and edges, a photograph changes a little
    everywhere."""
    _, still, faint, changing, _ = steps.tolist()
    score = float(np.log((still + 0.02) / (changing + 0.5 * faint + 0.02)))
    named = "drawing" if score > 0.5 else "photograph"
    return Slot("kind of picture", named, round(min(abs(score - 0.5) / 3, 1.0), 4))
