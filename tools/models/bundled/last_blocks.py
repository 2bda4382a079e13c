"""Runs the last blocks of EfficientNet-lite2 in torch, for tuning; what comes before them is computed once per picture.

After block 16 a picture is 9 x 9 x 208 numbers, 34 kB as float16. From there to the end torch takes a third of the time
of the whole network, and no picture has to be decoded again.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.efficientnet import SIDE, EfficientNet, fold, load, network_input
from tools.models.ports import Pixels

if TYPE_CHECKING:
    import torch

FIRST = 17
"""The number of the first block that is tuned, of 0..20."""
TARGETS = (*(f"{part}{block}" for block in range(FIRST, 21) for part in ("expand", "project")), "head")
"""The names of the 1 x 1 convolutions that are tuned; they hold nearly all of the weights."""

Half = NDArray[np.float16]


class FrozenFeatures:
    """Gives the output of the blocks before `FIRST` for n pictures: (rows, 9, 9, 208) float16 by `features[rows]`.

    Each picture is computed when it is first asked for, and then kept.

    Args:
        pixels: Gives the pictures of the rows that it is asked for.
        count: How many pictures there are.
    """

    ndim = 4

    def __init__(self, pixels: Callable[[Sequence[int]], Sequence[Pixels]], count: int) -> None:
        self._pixels = pixels
        self._count = count
        self._halves: dict[int, Half] = {}
        self._network: EfficientNet | None = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: NDArray[np.intp]) -> Half:
        new = [row for row in dict.fromkeys(rows.tolist()) if row not in self._halves]
        if new and self._network is None:
            self._network = EfficientNet((FIRST - 1,))
        for row, picture in zip(new, self._pixels(new) if new else (), strict=True):
            assert self._network is not None
            self._halves[row] = self._network.layers(network_input(picture, SIDE))[0].astype(np.float16)
        return np.stack([self._halves[row] for row in rows.tolist()])


def load_last_blocks() -> "torch.nn.ModuleDict":
    """Return blocks `FIRST`..20 and the last convolution, with the normalisations folded in and every weight frozen."""
    from torch.nn import ModuleDict
    from torch.random import fork_rng

    # Weights are drawn at random before those of the file replace them; others' random numbers must not change by that.
    with fork_rng(devices=[]):
        network = load()
        fold(network)
        layers = {"head": _plain(network._conv_head)}
        for number, block in list(enumerate(network._blocks))[FIRST:]:
            for name in ("expand", "depthwise", "project"):
                layers[f"{name}{number}"] = _plain(getattr(block, f"_{name}_conv"))
    return ModuleDict(layers).requires_grad_(False).eval()


def run(layers: "torch.nn.ModuleDict", features: Half) -> "list[torch.Tensor]":
    """Return the mean and maximum after the first and the last of the blocks, and the mean of the last layer.

    Args:
        layers: From `load_last_blocks`, with or without an adapter.
        features: (b, 9, 9, 208) float16, from `FrozenFeatures`.

    Returns:
        (b, 416), (b, 704) and (b, 1280) float32, with gradients where they are on.
    """
    import torch
    from torch.nn.functional import relu6

    x = torch.from_numpy(features.astype(np.float32)).permute(0, 3, 1, 2)
    ends = []
    for block in range(FIRST, 21):
        inner = relu6(layers[f"depthwise{block}"](relu6(layers[f"expand{block}"](x))))
        projected = layers[f"project{block}"](inner)
        x = projected + x if projected.shape == x.shape else projected
        ends.append(x)
    pooled = [torch.cat([end.mean((2, 3)), end.amax((2, 3))], dim=1) for end in (ends[0], ends[-1])]
    return [*pooled, relu6(layers["head"](x)).mean((2, 3))]


def _plain(module: Any) -> "torch.nn.Conv2d":
    """Return the package's convolution in torch's own class: adapters build the same class, which the package's
    forbids."""
    from torch.nn import Conv2d

    left, _, top, _ = getattr(module.static_padding, "padding", (0, 0, 0, 0))
    kernel, channels = module.kernel_size, (module.in_channels, module.out_channels)
    copy = Conv2d(*channels, kernel, padding=(top, left), groups=module.groups)
    copy.load_state_dict(module.state_dict())
    return copy
