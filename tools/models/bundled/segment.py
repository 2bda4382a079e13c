"""Divides a picture into its subject and its background: the subject differs from the colours along the border.

No weights and no iterations: the pixels of the border are a sample of the background, every pixel gets its distance to
the nearest border colour, and Otsu's threshold divides the distances (Otsu, 1979). Where the border tells little (busy
photographs, a subject that fills the frame), the centre gradually counts more.
"""

from dataclasses import dataclass

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
    palette = _palette(lab[border])
    distance = np.sqrt(((lab[:, :, None, :] - palette) ** 2).sum(-1)).min(-1)
    distance = ndimage.gaussian_filter(distance, 0.8)
    cut, contrast = _otsu(distance)
    mask = distance > cut
    mask = ndimage.binary_fill_holes(ndimage.binary_opening(mask, iterations=1))
    y, x = np.mgrid[0:h, 0:w]
    centre = np.exp(-(((y - (h - 1) / 2) / (0.35 * h)) ** 2 + ((x - (w - 1) / 2) / (0.35 * w)) ** 2))
    share = float(mask.mean())
    # A mask that covers almost nothing (a few specks) or almost everything tells nothing: then the centre is the better
    # guess.
    trust = contrast * float(np.clip(min(share / 0.02, (1 - share) / 0.05), 0, 1))
    subject = trust * mask + (1 - trust) * centre
    background = trust * ~mask + (1 - trust) * (1 - centre)
    return Segments(subject.astype(np.float32), background.astype(np.float32), trust)


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
        seed = np.median(left, axis=0)
        seed = left[((left - seed) ** 2).sum(1).argmin()]
        near = ((left - seed) ** 2).sum(1) < apart**2
        colours.append(np.median(left[near], axis=0))
        left = left[~near]
    return np.stack(colours).astype(np.float32)


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
