"""Runs EfficientNet-lite2 (Tan and Le, 2019) with ImageNet's weights on LiteRT, and gives the layers of one picture.

The weights and the architecture come from packages for torch. On one core (AVX2) torch takes 48 ms for a picture with
the normalisations folded into the convolutions; XNNPACK, which LiteRT uses, takes 25 ms for the same numbers.
"""

from typing import Any

import numpy as np

from tools.models.bundled.litert import Network
from tools.models.ports import Pixels, Vectors
from tools.models.weight_store import WeightStore

WEIGHTS = "object-network"
"""The name of the weights in weights.toml."""
SIDE = 260
"""The side in pixels of the square picture that the network was trained with."""


class EfficientNet:
    """Computes layers of square pictures; two threads must not use it at once.

    Args:
        blocks: Numbers of the blocks (0..20) after which the layers are wanted, rising.
    """

    def __init__(self, blocks: tuple[int, ...]) -> None:
        self._blocks = blocks
        self._module = load()
        fold(self._module)
        self._by_side: dict[int, Network] = {}
        last = self._module._fc
        self._weight, self._bias = last.weight.detach().numpy(), last.bias.detach().numpy()

    def layers(self, picture: Vectors) -> list[Vectors]:
        """Return the layers after the wanted blocks and after the last convolution, (height, width, channels) each.

        Args:
            picture: (side, side, 3) float32 in -1..1, from `network_input`. The first picture of a new side takes half
                a second longer, because a network is built for that side.
        """
        side = picture.shape[0]
        if side not in self._by_side:
            self._by_side[side] = Network(tflite_model(self._module, side, self._blocks))
        return [layer[0] for layer in self._by_side[side].run(picture)]

    def logits(self, top: Vectors) -> Vectors:
        """Return (b, 1000) scores of ImageNet's classes from the means of the last layer, (b, 1280)."""
        return np.asarray(top @ self._weight.T + self._bias, np.float32)


class Packaged:
    """Computes the same on torch, as the package runs it, to compare `EfficientNet` with. The arguments are
    the same."""

    def __init__(self, blocks: tuple[int, ...]) -> None:
        self._module = load()
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
    return (np.asarray(small, np.float32) - 127.0) / 128.0


def load() -> Any:
    """Return the torch network as its packages give it, set to inference. Raise RegroupError for damaged weights."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet as Package

    network = Package.from_name("efficientnet-lite2")
    network.load_state_dict(torch.load(WeightStore().require(WEIGHTS), weights_only=True))
    network.eval()
    return network


def fold(network: Any) -> None:
    """Fold each batch normalisation into the convolution before it, in place: the same function in fewer steps."""
    _fold(network, ("_conv_stem", "_bn0"), ("_conv_head", "_bn1"))
    for block in network._blocks:
        _fold(block, ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))


def _fold(module: Any, *pairs: tuple[str, str]) -> None:
    from torch.nn import Identity
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for convolution, normalisation in pairs:
        if hasattr(module, convolution):  # the first block has no expansion
            folded = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, normalisation))
            setattr(module, convolution, folded)
            setattr(module, normalisation, Identity())


def tflite_model(network: Any, side: int, blocks: tuple[int, ...]) -> bytes:
    """Return a folded network for pictures of one side as a .tflite model with the outputs of `EfficientNet.layers`."""
    from tools.models.bundled.tflite_writer import TfliteWriter

    writer = TfliteWriter(side)

    def convolution(layer: int, module: Any, clip: bool) -> int:
        # The package lays out the zero padding for 260 pixels, whatever the size of the picture.
        around = getattr(module.static_padding, "padding", (0, 0, 0, 0))
        return writer.convolution(layer, module, tuple(around), clip)

    layer = convolution(0, network._conv_stem, True)
    wanted = []
    for i, block in enumerate(network._blocks):
        start = layer
        if hasattr(block, "_expand_conv"):
            layer = convolution(layer, block._expand_conv, True)
        layer = convolution(layer, block._depthwise_conv, True)
        layer = convolution(layer, block._project_conv, False)
        facts = block._block_args
        if block.id_skip and facts.stride == 1 and facts.input_filters == facts.output_filters:
            layer = writer.add(layer, start)
        if i in blocks:
            wanted.append(layer)
    return writer.model([*wanted, convolution(layer, network._conv_head, True)])
