"""Pieces of pictures are what Pillow's affine transform makes of the whole picture."""

import numpy as np
import pytest
from PIL import Image

from tools.models.bundled.face.patch import patch
from tools.models.ports import Pixels

SIZE = (48, 32)


def by_pillow(
    pixels: Pixels, middle: np.ndarray, right: np.ndarray, down: np.ndarray, size: tuple[int, int]
) -> Pixels:
    """The same from the whole picture, in one transform."""
    across, along, start = 2 * right / size[0], 2 * down / size[1], middle - right - down
    shrink = max(1, int(max(np.hypot(*across), np.hypot(*along))))
    steps = np.array([across[0], along[0], start[0], across[1], along[1], start[1]]) / shrink
    whole = Image.fromarray(pixels).reduce(shrink)
    return np.asarray(whole.transform(size, Image.Transform.AFFINE, tuple(steps), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("angle", [0.0, 0.4, 3.0])
@pytest.mark.parametrize("shape", [(97, 130, 3), (301, 64, 3), (5, 7, 3), (1, 1, 3), (90, 90)])
def test_a_piece_is_the_same_as_from_the_whole_picture(
    shape: tuple[int, ...], angle: float, rng: np.random.Generator
) -> None:
    pixels = rng.integers(0, 256, shape).astype(np.uint8)
    for side in (4.0, 40.0, 0.8 * 112, 150.0, 500.0):
        middle = rng.uniform(-0.2, 1.2, 2) * (shape[1], shape[0])
        right = np.array([np.cos(angle), np.sin(angle)]) * side / 2
        down = np.array([-right[1], right[0]])
        found = patch(pixels, middle, right, down, SIZE)
        expected = by_pillow(pixels, middle, right, down, SIZE)
        apart = np.abs(found.astype(int) - expected)
        assert found.shape == (SIZE[1], SIZE[0], *shape[2:]) and found.dtype == np.uint8
        assert apart.max() <= (1 if angle else 0) and (apart > 0).mean() < 1e-3


def test_beyond_the_picture_it_is_black() -> None:
    white = np.full((20, 20, 3), 255, np.uint8)
    right, down = np.array([20.0, 0.0]), np.array([0.0, 20.0])
    half = patch(white, np.array([20.0, 10.0]), right, down, (40, 40))
    assert (half[10:30, :20] == 255).all() and not half[:, 20:].any() and not half[:10].any()
    assert not patch(white, np.array([500.0, 10.0]), right, down, (40, 40)).any()


def test_a_plain_picture_stays_as_it_is() -> None:
    grey = np.full((200, 300, 3), 77, np.uint8)
    middle, right, down = np.array([151.3, 99.1]), np.array([61.7, 0.0]), np.array([0.0, 61.7])
    assert (patch(grey, middle, right, down, SIZE) == 77).all()
