"""Gives the pictures as the network sees them: two augmentations for training, the plain picture for the readout.

The augmentations are those of SimCLR (Chen et al. 2020, appendix A) with the paper's probabilities (section 4.6); each
depends on the seed, the epoch, the row and the branch alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.models.ports import Pixels

if TYPE_CHECKING:
    import torch

ROOM = 2_000_000_000
"""The most bytes of decoded pictures that stay in memory; others are decoded again when they are needed."""
LEAST_AREA, RATIO = 0.08, 4 / 3
"""The smallest share of a picture's area in a crop, and the largest ratio of the crop's sides."""
JITTER, HUE = 0.4, 0.1
"""The largest relative change of brightness, contrast and saturation; and the largest shift of the hue, in turns."""
JITTERED, GREY, FLIPPED, BLURRED, SOLARIZED = 0.8, 0.2, 0.5, 0.5, 0.2
"""The probabilities of jitter, grey, flip, blur and solarize."""


class Pictures:
    """Decoded pictures by row, kept in memory up to `ROOM` bytes.

    Args:
        source: Decodes pictures, as `MethodContext.pixels`.
        side: The longest side of the decoded pictures in pixels.
    """

    def __init__(self, source: Callable[[Sequence[int], int], Iterable[Pixels]], side: int) -> None:
        self._source, self._side = source, side
        self._cached: dict[int, torch.Tensor] = {}
        self._size = 0

    def get(self, rows: Sequence[int]) -> "list[torch.Tensor]":
        """Return one picture for each row, (3, height, width) uint8."""
        import torch

        missing = [row for row in rows if row not in self._cached]
        decoded = {}
        for row, pixels in zip(missing, self._source(missing, self._side) if missing else (), strict=True):
            decoded[row] = torch.from_numpy(np.array(pixels)).permute(2, 0, 1).contiguous()
            if self._size + decoded[row].numel() <= ROOM:
                self._cached[row] = decoded[row]
                self._size += decoded[row].numel()
        return [self._cached[row] if row in self._cached else decoded[row] for row in rows]


def augmented(
    pictures: "Sequence[torch.Tensor]", rows: Sequence[int], side: int, seed: int, epoch: int, branch: int
) -> "torch.Tensor":
    """Augment b pictures, (b, 3, side, side) float32 in [-1, 1], by T^a for branch 0, T^b for branch 1 (section 3.1).

    T^b differs by its solarize.
    """
    import torch

    return _scaled(
        torch.stack(
            [
                augment(picture, side, np.random.default_rng((seed, epoch, row, branch)), branch == 1)
                for picture, row in zip(pictures, rows, strict=True)
            ]
        )
    )


def plain(pictures: "Sequence[torch.Tensor]", side: int) -> "torch.Tensor":
    """Squeeze b whole pictures into squares, (b, 3, side, side) float32 in [-1, 1]."""
    import torch
    from torchvision.transforms.v2 import functional as to

    return _scaled(torch.stack([to.resize(picture, [side, side], antialias=True) for picture in pictures]))


def augment(picture: "torch.Tensor", side: int, rng: np.random.Generator, solarize: bool) -> "torch.Tensor":
    """Return a (3, side, side) uint8 of one picture: cropped, flipped, its colours changed, blurred, each by chance."""
    from torchvision.transforms.v2 import functional as to

    x = to.resized_crop(
        picture, *random_crop(picture.shape[1], picture.shape[2], rng), [side, side], antialias=True
    )
    if rng.random() < FLIPPED:
        x = to.horizontal_flip(x)
    if rng.random() < JITTERED:
        x = _jitter(x, rng)
    if rng.random() < GREY:
        x = to.rgb_to_grayscale(x, 3)
    if rng.random() < BLURRED:
        x = to.gaussian_blur(x, [side // 20 * 2 + 1] * 2, [float(rng.uniform(0.1, 2.0))] * 2)
    done: torch.Tensor = to.solarize(x, 128) if solarize and rng.random() < SOLARIZED else x
    return done


def random_crop(height: int, width: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, left, height and width of a part of 8 to 100 % of the picture, not too far from square."""
    area = height * width * rng.uniform(LEAST_AREA, 1.0)
    ratio = RATIO ** rng.uniform(-1.0, 1.0)
    h = int(np.clip(round((area / ratio) ** 0.5), 1, height))
    w = int(np.clip(round((area * ratio) ** 0.5), 1, width))
    return int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1)), h, w


def _jitter(x: "torch.Tensor", rng: np.random.Generator) -> "torch.Tensor":
    """Change brightness, contrast, saturation and hue at random, in random order."""
    from torchvision.transforms.v2 import functional as to

    factors = [float(value) for value in rng.uniform(1 - JITTER, 1 + JITTER, 3)] + [
        float(rng.uniform(-HUE, HUE))
    ]
    steps = (to.adjust_brightness, to.adjust_contrast, to.adjust_saturation, to.adjust_hue)
    for i in rng.permutation(4):
        x = steps[i](x, factors[i])
    return x


def _scaled(x: "torch.Tensor") -> "torch.Tensor":
    return x.float() / 127.5 - 1
