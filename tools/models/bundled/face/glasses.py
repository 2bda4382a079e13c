"""Tells glasses and sunglasses by dark eye sockets, and by edges where a bare face is smooth."""

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.face.head_crop import UNIT, HeadCrop
from tools.models.ports import Slot

Array = NDArray[np.float32]

DARK, LIT = 0.45, 0.6
"""The lightness relative to the lit skin below which a place is dark, and above which it is lit."""


def measure(head: HeadCrop) -> Array:
    """Return (4,) float32 measures of the eyes, each eye weighted by how much of it is visible.

    They are the socket's lightness relative to the lit skin, its dark share, how much the darkest line below the eye
    stands out, and how much anything there does: two for dark lenses and two for frames, so that neither outweighs the
    other.
    """
    light = np.clip(head.lab[..., 0] / max(float(head.skin[0]), 10.0), 0.0, 1.5)
    eyes = [_one_eye(light, head.eyes[side]) for side in (0, 1)]
    return np.asarray(head.near[0] * eyes[0] + head.near[1] * eyes[1], np.float32)


def name(measures: Array) -> Slot:
    """Return the slot "glasses" by these measures: "sunglasses", "glasses" or "no glasses"."""
    socket, dark, line, rim = (float(value) for value in measures)
    sun = 8 * (dark - 0.5) + 6 * (0.4 - socket)
    frame = 12 * (line - 0.25) + 6 * (rim - 0.35) - max(0.0, sun)
    odds = np.exp(np.clip([sun, frame, 0.0], -8, 8))
    best = int(odds.argmax())
    return Slot("glasses", ("sunglasses", "glasses", "no glasses")[best], float(odds[best] / odds.sum()))


def _one_eye(light: Array, eye: Array) -> Array:
    x, y = float(eye[0]), float(eye[1])
    # On a turned head the place of an eye is not exact: the place most like a dark lens above a cheek is used.
    places = [
        (x + UNIT * right, y + UNIT * down)
        for down in (0, -0.15, 0.15)
        for right in (0, -0.1, 0.1, -0.2, 0.2)
    ]
    best = max(places, key=lambda window: _shaded(light, *window))
    socket = _window(light, *best, (-0.25, 0.25), (-0.3, 0.35))
    under = _window(light, x, y, (-0.22, 0.22), (0.16, 0.62))
    usual = np.median(under, axis=0)
    line, rim = np.median(usual - under.min(0)), np.abs(under - usual).max(0).mean()
    return np.array([np.median(socket), (socket < DARK).mean(), line, rim], np.float32)


def _shaded(light: Array, x: float, y: float) -> float:
    """Return how much a place looks like a dark lens above a lit cheek, in [0, 1]."""
    lens = _window(light, x, y, (-0.25, 0.25), (-0.2, 0.3))
    cheek = _window(light, x, y, (-0.25, 0.25), (0.5, 0.8))
    return float((lens < DARK).mean() * (cheek > LIT).mean())


def _window(
    light: Array, x: float, y: float, across: tuple[float, float], along: tuple[float, float]
) -> Array:
    """Return a window of the head crop, never empty; its bounds are in distances of the eyes from (x, y)."""
    height, width = light.shape
    left, right = np.clip([x + UNIT * across[0], x + UNIT * across[1]], 0, width - 3).astype(int)
    top, bottom = np.clip([y + UNIT * along[0], y + UNIT * along[1]], 0, height - 3).astype(int)
    return light[top : bottom + 2, left : right + 2]
