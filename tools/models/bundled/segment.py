"""Divides a picture into its subject and its background: the subject differs from the colours along the border.

No weights and no iterations: the pixels of the border are a sample of the background, every pixel gets its distance to
the nearest border colour, and Otsu's threshold divides the distances (Otsu, 1979). Where the border tells little (busy
photographs, a subject that fills the frame), the centre gradually counts more.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIDE = 96
"""The longest side in pixels of the copies of pictures that are segmented."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Says how much each pixel of a small picture belongs to its subject and to its background.

    Attributes:
        subject: (h, w) float32 in [0, 1].
        background: (h, w) float32 in [0, 1].
        contrast: How clearly the two differ, in [0, 1].
    """

    subject: NDArray[np.float32]
    background: NDArray[np.float32]
    contrast: float


def segment(lab: NDArray[np.float32]) -> Segments:
    """Divide a small CIELAB picture, (h, w, 3) float32, into subject and background."""
    from scipy import ndimage

    h, w, _ = lab.shape
    edge = max(1, min(h, w) // 24)
    border = np.zeros((h, w), bool)
    border[:edge] = border[-edge:] = True
    border[:, :edge] = border[:, -edge:] = True
    distance = ndimage.gaussian_filter(nearest_distance(lab, _palette(lab[border])), 0.8)
    cut, contrast = _otsu(distance)
    mask = without_holes(opened(distance > cut))
    centre = _centre(h, w)
    share = float(mask.mean())
    # A mask that covers almost nothing (a few specks) or almost everything tells nothing: then the centre is the better
    # guess.
    trust = contrast * float(np.clip(min(share / 0.02, (1 - share) / 0.05), 0, 1))
    subject = trust * mask + (1 - trust) * centre
    background = trust * ~mask + (1 - trust) * (1 - centre)
    return Segments(subject.astype(np.float32), background.astype(np.float32), trust)


def nearest_distance(lab: NDArray[np.float32], palette: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (h, w) float32, the distance of each pixel to the nearest colour of the palette."""
    planes = np.ascontiguousarray(lab.transpose(2, 0, 1))
    nearest = np.full(lab.shape[:2], np.inf, np.float32)
    for colour in palette:
        away = (planes - colour[:, None, None]) ** 2
        np.minimum(nearest, away[0] + away[1] + away[2], out=nearest)
    return np.asarray(np.sqrt(nearest), np.float32)


def opened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask without the pixels that lie in no cross of five pixels of it."""
    around = np.pad(mask, 1)
    around[1:-1, 1:-1] &= around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return np.asarray(
        around[1:-1, 1:-1] | around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]
    )


def without_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask together with everything from which no path outside of it leads to the border."""
    from scipy import ndimage

    labels, count = ndimage.label(~mask)
    outside = np.zeros(count + 1, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        outside[edge] = True
    outside[0] = False  # the mask itself
    return np.asarray(~outside[labels])


@lru_cache(16)
def _centre(h: int, w: int) -> NDArray[np.float64]:
    """Return (h, w) how much each pixel belongs to the centre, in [0, 1]; it is shared and must not be written to."""
    y, x = np.mgrid[0:h, 0:w]
    return np.asarray(
        np.exp(-(((y - (h - 1) / 2) / (0.35 * h)) ** 2 + ((x - (w - 1) / 2) / (0.35 * w)) ** 2))
    )


def _palette(samples: NDArray[np.float32], most: int = 4, apart: float = 14.0) -> NDArray[np.float32]:
    """Return at most `most` colours that stand for the samples, each the median of a part that no other colour covers.

    Args:
        samples: (n, 3) CIELAB.
        most: Upper bound of the number of colours.
        apart: Distance in CIELAB within which a colour covers a sample.
    """
    colours: list[NDArray[np.float32]] = []
    left = samples
    least = 0.08 * len(samples)
    while len(colours) < most and len(left) >= max(least, 1):
        seed = left[((left - medians(left)) ** 2).sum(1).argmin()]
        near = ((left - seed) ** 2).sum(1) < apart**2
        colours.append(medians(left[near]))
        left = left[~near]
    return np.stack(colours).astype(np.float32)


def medians(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the median of each column. numpy's own takes twice as long along the first axis."""
    half = len(rows) // 2
    columns = np.partition(np.ascontiguousarray(rows.T), (max(half - 1, 0), half), axis=1)
    return columns[:, half] if len(rows) % 2 else (columns[:, half - 1] + columns[:, half]) / np.float32(2)


def _otsu(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return the threshold between two modes, and the between-class share of the variance in [0, 1] (Otsu, 1979)."""
    counts, edges = np.histogram(values, bins=64)
    centres = (edges[:-1] + edges[1:]) / 2
    weight = np.cumsum(counts) / counts.sum()
    mean = np.cumsum(counts * centres) / counts.sum()
    total = mean[-1]
    between = (total * weight - mean) ** 2 / np.maximum(weight * (1 - weight), 1e-9)
    best = int(between[:-1].argmax())
    variance = float(values.var())
    if variance < 1.0:
        return float(edges[-1]), 0.0
    # Where the two modes differ less than is just noticeable, they are noise.
    visible = np.clip((float(values.max()) - 6.0) / 14.0, 0, 1)
    return float(edges[best + 1]), float(np.clip(between[best] / variance, 0, 1) * visible)
