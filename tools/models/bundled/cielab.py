"""Converts colours to CIELAB, a space in which distances correspond to the differences that people see."""

import numpy as np
from numpy.typing import NDArray

from tools.models.ports import Pixels

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
_LINEAR = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def to_lab(pixels: Pixels) -> NDArray[np.float32]:
    """Convert sRGB to CIELAB under D65 (CIE 15).

    Args:
        pixels: (..., 3) uint8.

    Returns:
        (..., 3) float32: L in 0..100, a and b in about -110..110.
    """
    return light_to_lab(to_light(pixels))


def to_light(pixels: Pixels) -> NDArray[np.float32]:
    """Convert sRGB, (..., 3) uint8, to amounts of red, green and blue light, (..., 3) float32 in [0, 1]."""
    return _LINEAR.take(pixels)


def light_to_lab(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert amounts of light, (..., 3) float32 as `to_light` gives them, to CIELAB as `to_lab` does."""
    # One product of all pixels and planes of one colour each: both are far faster than sums of three numbers a pixel.
    xyz = np.ascontiguousarray((light.reshape(-1, 3) @ _TO_XYZ.T).T)
    xyz /= _WHITE[:, None]
    f = np.cbrt(xyz)
    dark = xyz <= 0.008856
    if dark.any():
        np.copyto(f, 7.787 * xyz + 16 / 116, where=dark)
    x, y, z = f
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return np.asarray(lab.reshape(light.shape), np.float32)
