"""Measures and names the colour of the hair: what surrounds the upper face and is neither skin nor background."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.bundled.cielab import to_lab
from tools.models.bundled.face.head_crop import UNIT, HeadCrop
from tools.models.ports import Pixels, Slot

OUTLINE = (127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356)
"""The points of the upper half of the face's outline, from the left temple over the forehead to the right temple."""
STEPS = np.arange(0.05, 0.6, 0.05) * UNIT
"""The distances outside the outline, in pixels of the head crop, at which samples are taken."""
ALIKE = 14.0
"""The distance in CIELAB below which a sample counts as skin or background."""
GREY = 4.0
"""The chroma of the skin below which a picture counts as one without colour."""

# Typical colours in photographs, and the clear ones that people draw.
COLOURS = {
    "black": ((8, 0, 0), (16, 2, 1), (22, 1, -2)),
    "brown": ((25, 8, 10), (32, 12, 18), (40, 14, 24), (22, 6, 6)),
    "blond": ((60, 6, 28), (70, 6, 36), (78, 4, 40), (55, 9, 30)),
    "red": ((38, 32, 34), (45, 38, 42), (33, 28, 24), (52, 36, 44)),
    "grey": ((50, 0, 1), (62, 0, 2), (40, 0, 0)),
    "white": ((88, 0, 3), (80, 0, 2)),
    "other": ((45, 0, -35), (50, -35, 20), (50, 50, -25), (65, 40, -5), (35, 40, -45)),
}
"""Maps the name of a hair colour to examples of it in CIELAB."""


def background(pixels: Pixels) -> NDArray[np.float32]:
    """Return (2, 3) float32, CIELAB of the picture's upper left and upper right edge, which usually show the
    background."""
    small = np.asarray(Image.fromarray(pixels).resize((24, 24), Image.Resampling.BOX))
    lab = to_lab(small)
    return np.stack(
        [np.median(lab[:9, side].reshape(-1, 3), axis=0) for side in (slice(0, 2), slice(22, 24))]
    )


def measure(head: HeadCrop, behind: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Measure the hair of a head.

    Returns:
        (5,) float32: L, a and b of the median, and L of the darker and the lighter quartile; and the share of the
        samples that are hair, in [0, 1].
    """
    outline = head.points[list(OUTLINE)]
    heart = head.points[168]
    away = outline - heart
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    points = (outline[:, None] + away[:, None] * STEPS[None, :, None]).reshape(-1, 2)
    near = np.tile(STEPS < 0.3 * UNIT, len(outline))
    colours, visible = head.at(points), head.within(points)
    skin = _distances(colours, head.skin) < ALIKE
    other = np.min([_distances(colours, side) for side in behind], axis=0) < ALIKE
    hair = visible & ~skin & ~other
    share = float(hair.sum() / max(int(visible.sum()), 1))
    if hair.sum() < 12:  # hair like the background, or none: what is next to the face is used
        hair = visible & near if (visible & near).any() else near
    low, middle, high = np.percentile(colours[hair], (25, 50, 75), axis=0)
    return np.array([*middle, low[0], high[0]], np.float32), share


def name(measures: NDArray[np.float32], share: float, skin: NDArray[np.float32]) -> Slot | None:
    """Return the slot "hair colour" of what `measure` found; None in a picture without colour and where no hair is
    visible."""
    if share < 0.05 or float(np.hypot(skin[1], skin[2])) < GREY:
        return None
    nearest = {
        word: min(_distances(np.array(c), measures[:3]) for c in examples)
        for word, examples in COLOURS.items()
    }
    weights = {word: np.exp(-float(distance) / 8) for word, distance in nearest.items()}
    word = max(weights, key=lambda w: weights[w])
    return Slot("hair colour", word, weights[word] / sum(weights.values()) * min(1.0, 0.5 + 2 * share))


def _distances(colours: NDArray[np.floating], reference: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return distances in CIELAB; lightness counts half, since light and shadow change it most."""
    return np.asarray(np.linalg.norm((colours - reference) * (0.5, 1, 1), axis=-1))
