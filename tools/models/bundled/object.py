"""The object expert: EfficientNet-lite2 trained on ImageNet, its labels and its inner layers.

The layers of a network see different things: late ones what kind of thing it is, middle ones which individual it
is, early ones style and texture. Measured with k-means on one view: people (cmuface) .99 from block 11 and .97 from
the top; drawn characters (comicgen) .98 from block 17 and .82 from block 11; style of emoji .72 from block 4 and .42
from the top; shapes of toys (coil100_9) 1.0 from block 20.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tools.errors import RegroupError
from tools.models.bundled.calibrate import calibrated
from tools.models.bundled.conse import conse
from tools.models.bundled.efficientnet import WEIGHTS, EfficientNet, Packaged
from tools.models.bundled.labels import coarser, confidences, imagenet_names
from tools.models.ports import Findings, Pixels, Slot, SlotSpec, Vectors
from tools.models.store import Store

SIDE = 260
_TAPS = {
    "object.style": (4, "std"),
    "object.fine": (7, "max"),
    "object.self": (11, "max"),
    "object.part": (14, "max"),
    "object.piece": (17, "max"),
    "object.kind": (20, "max"),
}
_BLOCKS = tuple(sorted({block for block, _ in _TAPS.values()}))
_SECOND: dict[str, Callable[[Vectors], Vectors]] = {
    "max": lambda layer: layer.max((0, 1)),
    "std": lambda layer: layer.std((0, 1), ddof=1),
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

    Args:
        network: What runs the network; both give the same numbers.
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

    def __init__(self, network: type[EfficientNet] | type[Packaged] = EfficientNet) -> None:
        self._kind = network
        self._store = Store()
        self._network: EfficientNet | Packaged | None = None

    def missing(self) -> str | None:
        """None, as the weights are an ordinary dependency; a line where their file is damaged."""
        try:
            self._store.require(WEIGHTS)
        except RegroupError as error:
            return str(error)
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Views and slots of b pictures of any sizes. Raises RegroupError where the weights are damaged."""
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
        """One picture at a time: on a CPU the activations of several do not fit its caches."""
        if self._network is None:
            self._network = self._kind(_BLOCKS)
        found = [views_of(self._network.layers(_input(pixels, side))) for pixels in batch]
        views = {name: np.stack([seen[name] for seen in found]) for name in found[0]}
        return views, self._network.logits(views["object.top"])


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


def views_of(layers: Sequence[Vectors]) -> dict[str, Vectors]:
    """The views of one picture from the layers after `_BLOCKS` and the last, (height, width, channels) each."""
    *inner, top = layers
    at = dict(zip(_BLOCKS, inner, strict=True))
    views = {
        name: np.concatenate([at[b].mean((0, 1)), _SECOND[how](at[b])]) for name, (b, how) in _TAPS.items()
    }
    views["object.layout"] = _grid(at[_LAYOUT], 4)
    views["object.top"] = top.mean((0, 1))
    return views


def _grid(layer: Vectors, cells: int) -> Vectors:
    """Means of cells x cells parts that overlap where the side is no multiple, channel by channel, in one row."""
    edges = [
        [(i * size // cells, -(-(i + 1) * size // cells)) for i in range(cells)] for size in layer.shape[:2]
    ]
    parts = [
        layer[top:bottom, left:right].mean((0, 1)) for top, bottom in edges[0] for left, right in edges[1]
    ]
    return np.asarray(np.stack(parts, axis=1).reshape(-1), np.float32)
