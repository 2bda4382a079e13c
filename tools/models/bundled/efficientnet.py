"""Runs EfficientNet-lite2 (Tan and Le, 2019) with ImageNet's weights on LiteRT, and gives the layers of one picture.

The weights come from a package for torch, the architecture from the paper's table. On one core (AVX2) torch takes 48 ms
for a picture with the normalisations folded into the convolutions; XNNPACK, which LiteRT uses, takes 25 ms for the same
numbers, and torch need not be imported, which would take half a gigabyte of memory.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.litert import Network
from tools.models.bundled.tflite_writer import Convolution, Padding, same_padding
from tools.models.bundled.torch_file import read_tensors
from tools.models.ports import Pixels, Vectors
from tools.models.weight_store import WeightStore

WEIGHTS = "object-network"
"""The name of the weights in weights.toml."""
SIDE = 260
"""The side in pixels of the square picture that the network was trained with."""
_STAGES = ((1, 1), (3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1))
"""The number of blocks of each stage, and the stride of its first one (Table 1 of the paper; of lite2)."""
_EPSILON = 0.001
"""What keeps the normalisations from dividing by zero."""

Tensors = Mapping[str, NDArray[np.float32]]


class EfficientNet:
    """Computes layers of square pictures. Several threads may use it at once.

    Args:
        blocks: Numbers of the blocks (0..20) after which the layers are wanted, rising.

    Raises:
        tools.errors.RegroupError: The weights are damaged.
    """

    def __init__(self, blocks: tuple[int, ...]) -> None:
        self._blocks = blocks
        self._tensors = load()
        self._by_side: dict[int, Network] = {}
        self._building = Lock()

    def layers(self, picture: Vectors) -> list[Vectors]:
        """Return the layers after the wanted blocks and after the last convolution, (height, width, channels) each.

        Args:
            picture: (side, side, 3) float32 in -1..1, from `network_input`. The first picture of a new side takes half
                a second longer, because a network is built for that side.
        """
        side = picture.shape[0]
        with self._building:
            if side not in self._by_side:
                self._by_side[side] = Network(tflite_model(self._tensors, side, self._blocks))
        return [layer[0] for layer in self._by_side[side].run(picture)]

    def logits(self, top: Vectors) -> Vectors:
        """Return (b, 1000) scores of ImageNet's classes from the means of the last layer, (b, 1280)."""
        return np.asarray(top @ self._tensors["_fc.weight"].T + self._tensors["_fc.bias"], np.float32)


class Packaged:
    """Computes the same on torch, as the package runs it, to compare `EfficientNet` with. The arguments are
    the same."""

    def __init__(self, blocks: tuple[int, ...]) -> None:
        self._module = _packaged()
        self._layers: list[Any] = []
        ends = [self._module._blocks[block] for block in blocks]
        for end in [*ends, self._module._avg_pooling]:
            end.register_forward_hook(self._keep)

    def _keep(self, part: Any, inputs: tuple[Any, ...], output: Any) -> None:
        self._layers.append(inputs[0] if part is self._module._avg_pooling else output)

    def layers(self, picture: Vectors) -> list[Vectors]:
        """Return the layers, as `EfficientNet.layers`."""
        import torch

        self._layers.clear()
        with torch.inference_mode():
            self._module(torch.from_numpy(picture).permute(2, 0, 1)[None])
        return [layer[0].permute(1, 2, 0).numpy() for layer in self._layers]

    def logits(self, top: Vectors) -> Vectors:
        """Return the scores, as `EfficientNet.logits`."""
        import torch

        with torch.inference_mode():
            return np.asarray(self._module._fc(torch.from_numpy(top)).numpy(), np.float32)


def network_input(pixels: Pixels, side: int) -> Vectors:
    """Return (side, side, 3) float32 in -1..1, as the network was trained: the whole picture, squeezed to a square."""
    from PIL import Image

    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    picture = np.array(small, np.float32)
    picture -= 127
    picture /= 128
    return picture


def load() -> Tensors:
    """Return the weights by the names that the package gives them. Raise RegroupError where they are damaged."""
    return read_tensors(WeightStore().require(WEIGHTS))


def _packaged() -> Any:
    """Return the torch network as its packages give it, set to inference."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet as Package

    network = Package.from_name("efficientnet-lite2")
    network.load_state_dict(torch.load(WeightStore().require(WEIGHTS), weights_only=True))
    network.eval()
    return network


def folded(tensors: Tensors, convolution: str, normalisation: str, step: int) -> Convolution:
    """Return a convolution with the normalisation after it folded into its weights: the same function in one step."""
    mean, variance = (tensors[f"{normalisation}.running_{what}"] for what in ("mean", "var"))
    scale = tensors[f"{normalisation}.weight"] / np.sqrt(variance + np.float32(_EPSILON))
    weight = tensors[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = tensors[f"{normalisation}.bias"] - mean * scale
    return Convolution(np.asarray(weight, np.float32), np.asarray(bias, np.float32), step)


def tflite_model(tensors: Tensors, side: int, blocks: tuple[int, ...]) -> bytes:
    """Return the network for pictures of one side as a .tflite model with the outputs of `EfficientNet.layers`.

    Args:
        tensors: The weights, from `load`.
        side: The side in pixels of the pictures.
        blocks: The blocks after which the layers are wanted.
    """
    from tools.models.bundled.tflite_writer import TfliteWriter

    writer = TfliteWriter((side, side))
    size = SIDE  # the zero padding is laid out for 260 pixels, whatever the size of the picture

    def convolution(layer: int, name: str, normalisation: str, step: int, clip: bool) -> int:
        nonlocal size
        made = folded(tensors, name, normalisation, step)
        along = same_padding(size, made.weight.shape[2], step)
        size = -(-size // step)
        padding: Padding = (*along, *along)
        return writer.convolution(layer, made, padding, "RELU6" if clip else "NONE")

    layer = convolution(0, "_conv_stem", "_bn0", 2, True)
    wanted = []
    strides = [
        stride if first else 1 for count, stride in _STAGES for first in [True] + [False] * (count - 1)
    ]
    for i, stride in enumerate(strides):
        start, name = layer, f"_blocks.{i}"
        if f"{name}._expand_conv.weight" in tensors:  # the first block has no expansion
            layer = convolution(layer, f"{name}._expand_conv", f"{name}._bn0", 1, True)
        layer = convolution(layer, f"{name}._depthwise_conv", f"{name}._bn1", stride, True)
        layer = convolution(layer, f"{name}._project_conv", f"{name}._bn2", 1, False)
        if writer.shape(start) == writer.shape(layer):
            layer = writer.add(layer, start)
        if i in blocks:
            wanted.append(layer)
    return writer.model([*wanted, convolution(layer, "_conv_head", "_bn1", 1, True)])
