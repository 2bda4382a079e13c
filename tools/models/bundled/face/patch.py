"""Cuts a turned and scaled piece out of a picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def patch(
    image: Image.Image,
    middle: NDArray[np.floating],
    right: NDArray[np.floating],
    down: NDArray[np.floating],
    size: tuple[int, int],
) -> Image.Image:
    """Return a parallelogram of a picture, resampled; black beyond the picture's edge.

    Args:
        image: A picture of any mode.
        middle: (2,) the centre of the piece, in pixels of the picture.
        right: (2,) from the centre to the middle of the piece's right edge.
        down: (2,) from the centre to the middle of its lower edge.
        size: Width and height of the result.
    """
    across, along = 2 * right / size[0], 2 * down / size[1]
    start = middle - right - down
    steps = np.array([across[0], along[0], start[0], across[1], along[1], start[1]], np.float64)
    shrink = int(max(np.hypot(*across), np.hypot(*along)))
    if shrink > 1:  # sampling the full picture bilinearly would skip pixels
        image, steps = image.reduce(shrink), steps / shrink
    return image.transform(size, Image.Transform.AFFINE, tuple(steps.tolist()), Image.Resampling.BILINEAR)
