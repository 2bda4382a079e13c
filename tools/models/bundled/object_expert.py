"""Names what kind of thing is in the picture, by EfficientNet-lite2's ImageNet labels and inner layers.

The layers of the network see different things: late ones what kind of thing it is, middle ones which individual it is,
early ones style and texture. Measured with k-means on one view: people (cmuface) .99 from block 11 and .97 from the
top; drawn characters (comicgen) .98 from block 17 and .82 from block 11; style of emoji .72 from block 4 and .42 from
the top; shapes of toys (coil100_9) 1.0 from block 20.
"""

from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock

import numpy as np

from tools.errors import RegroupError
from tools.models.bundled.calibration import calibrated
from tools.models.bundled.conse import MEANING, conse
from tools.models.bundled.efficientnet import SIDE, WEIGHTS, EfficientNet, Packaged, network_input
from tools.models.bundled.imagenet_labels import coarser, confidences, imagenet_names, patterns
from tools.models.bundled.label_words import scene_words, thing_words
from tools.models.ports import EXACT, HABIT, LOOSE, Findings, Pixels, Slot, SlotSpec, Vectors
from tools.models.region_mean import region_mean
from tools.models.weight_store import WeightStore

_TAPS = {
    "object.style": (4, "std"),
    "object.fine": (7, "max"),
    "object.self": (11, "max"),
    "object.part": (14, "max"),
    "object.piece": (17, "max"),
    "object.kind": (20, "max"),
}
"""Maps a view to the block it is read after, and to the statistic of its channels that stands beside their mean."""
BLOCKS = tuple(sorted({block for block, _ in _TAPS.values()}))
"""The blocks whose layers `views_of` needs, rising."""
_SECOND: dict[str, Callable[[Vectors], Vectors]] = {
    "max": lambda layer: layer.max((0, 1)),
    "std": lambda layer: layer.std((0, 1), ddof=1),
}
_REGIONS = {
    "object.part.all": (14, "all"),
    "object.kind.all": (20, "all"),
    "object.kind.centre": (20, "centre"),
    "object.top.centre": (None, "centre"),
}
"""View name to the block it is read after, None for the last layer, and the region over which the mean is taken."""
_BORDER_BLOCKS = (14, 20)
"""The blocks whose means over the border are one view, `object.border`. Side by side as columns of one view, the layer
counts more that has more channels, which knows more things; as two views they counted the same."""
_LAYOUT_BLOCK = 7
"""The block whose layer shows where in the frame things are."""
_LAYERS = ("object.piece", "object.kind", "object.top")
_SUBJECT = ("object.kind.centre", "object.top.centre")
_AROUND = ("object.border",)
_WHOLE = ("object.part.all", "object.kind.all", "object.top")
"""The views that show what is in the picture, its subject, what surrounds that, and the picture as a whole."""
_HUB_SUBJECT, _HUB_AROUND = "encoder.centre", "encoder.border"
"""The views of an encoder of the hub that show the same, where there is one (`tools.models.hub.encoder_expert`)."""
_SMALL = 96
"""The longest side in pixels up to which a picture is also looked at in the sides of `_SMALL_SIDES`."""
_SMALL_SIDES = (128, 192)
"""The further sides in pixels of the network's input for small pictures, which are nothing but blur at its usual side.
The findings of all sides are averaged (cifar10mc: type .61 from the top at 260 alone, .71 from the three)."""
_WORD_TABLES = {"type": "type", "animal": "animal", "environment": "habitat", "setting": "setting"}
"""Maps the name of a slot to the table of coarser words in imagenet_labels.toml that fills it."""
_WORD_VIEWS = {"type": "object.type", "environment": "object.habitat", "setting": "object.setting"}
"""Maps the name of a slot to the view that holds the probabilities of its words."""
_AVERAGED = ("environment",)
"""The slots whose view of words is averaged over pictures that are alike (`SlotSpec.context`)."""
_APPLIES = 0.5
"""The least probability that the picture shows anything to which the words of a table apply, for one to be said."""
_FAINT = 1e-7
"""The mean probability of a class below which a word counts as not seen at all."""


class ObjectExpert:
    """Names what is in the picture and gives views from inside the network.

    Views, float32 without missing rows:
        object.style (96-d), object.fine (176), object.self (240), object.part (240), object.piece (416),
            object.kind (704): mean and a second statistic of the channels after blocks 4, 7, 11, 14, 17 and 20.
        object.part.all (120), object.kind.all (352), object.kind.centre (352), object.top.centre (1280), object.border
            (472): means of the channels after blocks 14 and 20 and of the last layer over the whole picture, its
            centre or its border (`region_mean`).
        object.top (1280): mean of the last layer. object.layout (1408): a 4 x 4 grid of block 7.
        object.type (15), object.setting (2): square roots of the probabilities of coarser words
            (imagenet_labels.toml). object.habitat (3): those probabilities themselves, as they are averaged over
            pictures that are alike, and a mean of probabilities is a probability.
        object.meaning (256): ConSE's vector, see `tools.models.bundled.conse`.

    Args:
        network: Which implementation runs the network; both give the same numbers.
    """

    name = "object"
    version = "6"
    specs = (
        SlotSpec(
            "object",
            ("object", "what it is", "product", "subject", "what is in the picture", "item", "variety", "class"),
            _LAYERS,
            "object",
            labels="object",
            patterns=patterns(),
            group_words=thing_words,
            usual=(8, LOOSE),
        ),
        SlotSpec(
            "kind",
            (
                "kind", "species", "animal breed", "category", "sort", "form", "dish or food", "kind of thing",
                "what sort of thing it is", "shape",
            ),
            ("object.kind", *_SUBJECT),
            "kind of thing",
            beside=(_HUB_SUBJECT,),
            apart_from=(("colour", 2),),  # finer colours would take the kinds with them
            labels="object",
            unfamiliar=_LAYERS,
            group_words=thing_words,
            usual=(5, LOOSE),
        ),
        SlotSpec(
            "type",
            (
                "type", "animals or vehicles", "broad category", "animal, plant or thing", "living or made by people",
                "general type", "type of thing",
            ),
            ("object.kind", "object.top"),
            "type of thing",
            context=("object.kind", "object.top"),
            labels="object",
            unfamiliar=_LAYERS,
            usual=(3, HABIT),
        ),
        SlotSpec(
            "animal",
            ("animal", "which animal", "kind of animal", "cats and dogs", "birds or mammals", "pets", "wildlife"),
            ("object.kind", "object.top"),
            "animal",
            labels="object",
            usual=(4, LOOSE),
        ),
        SlotSpec(
            "who",
            ("who", "who or what", "main subject", "who is in the picture", "people or animals", "child or adult"),
            ("object.type", *_SUBJECT),
            "who",
            beside=(_HUB_SUBJECT,),
            unfamiliar=("object.self", "object.part", "object.piece", "object.kind"),
            requires="beings",
            named_by=("animal",),
            usual=(3, HABIT),
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
            labels="object",
            unfamiliar=_WHOLE,
            usual=(3, EXACT),
        ),
        SlotSpec(
            "setting",
            (
                "indoors or outdoors", "inside or outside", "indoor or outdoor", "setting",
                "in the house or in the open",
            ),
            _AROUND,
            "setting",
            beside=(_HUB_AROUND,),
            labels="object",
            unfamiliar=_WHOLE,
            scenic=_WHOLE,
            requires="photographs",
            usual=(2, EXACT),
        ),
        SlotSpec(
            "surroundings",
            (
                "where", "where it was taken", "where they are", "place", "location", "surroundings", "scene",
                "scenery", "kind of place",
            ),
            _AROUND,
            "surroundings",
            beside=(_HUB_AROUND,),
            unfamiliar=_WHOLE,
            scenic=_WHOLE,
            requires="photographs",
            group_words=scene_words,
            usual=(5, LOOSE),
        ),
        SlotSpec(
            "presentation",
            ("shown", "how it is shown", "in use or alone", "worn or alone", "product shot or in use", "presentation"),
            _AROUND,
            "how it is shown",
            beside=(_HUB_AROUND,),
            unfamiliar=_WHOLE,
            scenic=_WHOLE,
            requires="photographs",
            usual=(2, EXACT),
        ),
        SlotSpec(
            "appearance",
            ("appearance", "coat", "fur", "plumage", "what it looks like", "how it looks", "markings"),
            _SUBJECT,
            "appearance",
            beside=("colour.centre", _HUB_SUBJECT),
            named_by=("colour",),
            usual=(5, LOOSE),
        ),
        SlotSpec(
            "individual",
            (
                "identity", "person", "who it is", "character", "same individual", "whose face", "which one it is",
                "name of the person", "same product", "model",
            ),
            ("object.self", "object.part", "object.piece", "object.kind"),
            "individual",
            usual=(8, LOOSE),
        ),
        SlotSpec(
            "style",
            ("style", "drawing style", "artist", "texture", "look and feel", "rendering", "medium"),
            ("object.style", "object.fine"),
            "style",
            usual=(4, LOOSE),
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
        self._store = WeightStore()
        self._network: EfficientNet | Packaged | None = None
        self._loading = Lock()

    def missing(self) -> str | None:
        """Return None, because the weights are an ordinary dependency; a line where their file is damaged."""
        try:
            self._store.require(WEIGHTS)
        except RegroupError as error:
            return str(error)
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the views and slots of b pictures of any sizes. Raise RegroupError where the weights are damaged."""
        views, logits = self._at(batch, SIDE)
        small = [i for i, pixels in enumerate(batch) if max(pixels.shape[:2]) <= _SMALL]
        if small:
            more = [self._at([batch[i] for i in small], side) for side in _SMALL_SIDES]
            logits[small] = _mean([logits[small], *(other for _, other in more)])
            for name, rows in views.items():
                rows[small] = _mean([rows[small], *(others[name] for others, _ in more)])
        probabilities = _softmax(logits)
        words = {slot: _words(probabilities, table) for slot, table in _WORD_TABLES.items()}
        for slot, view in _WORD_VIEWS.items():
            views[view] = words[slot][1] if slot in _AVERAGED else np.sqrt(words[slot][1])
        views[MEANING] = conse(probabilities)
        return Findings(views, [words_said(row, i, words) for i, row in enumerate(probabilities)])

    def _at(self, batch: Sequence[Pixels], side: int) -> tuple[dict[str, Vectors], Vectors]:
        """Return views and logits at one side, picture by picture, as the activations of several do not fit a CPU's
        caches."""
        with self._loading:
            if self._network is None:
                self._network = self._kind(BLOCKS)
            network = self._network
        rows = [views_of(network.layers(network_input(pixels, side))) for pixels in batch]
        views = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        return views, network.logits(views["object.top"])


def words_said(
    probabilities: Vectors, row: int, words: dict[str, tuple[tuple[str, ...], Vectors]]
) -> list[Slot]:
    """Return the slots of one picture; "animal" is left out where it shows none, and so is every word that does not
    apply to what it probably shows."""
    best = int(probabilities.argmax())
    slots = {"object": Slot("object", imagenet_names()[best], round(float(probabilities[best]), 3))}
    for slot, (names, shares) in words.items():
        member = coarser(_WORD_TABLES[slot])[1]
        if float(probabilities @ member.sum(1)) < _APPLIES:
            continue  # a shoe has no habitat
        word = int(shares[row].argmax())
        slots[slot] = calibrated(Slot(slot, names[word], round(float(shares[row, word]), 3)), confidences())
    if "type" not in slots or slots["type"].value != "animal":
        slots.pop("animal", None)
    kind = slots.get("animal", slots.get("type"))
    return [*slots.values(), *([Slot("kind", kind.value, kind.confidence)] if kind else [])]


def _words(probabilities: Vectors, table: str) -> tuple[tuple[str, ...], Vectors]:
    """Return the words of a table of imagenet_labels.toml and their probabilities, (b, w) with rows that sum to 1.

    A word that stands for many classes gathers a little from each, so a word counts by the mean of its classes.
    """
    names, member = coarser(table)
    means = probabilities @ (member / member.sum(0)) + _FAINT
    return names, np.asarray(means / means.sum(1, keepdims=True), np.float32)


def _mean(arrays: Sequence[Vectors]) -> Vectors:
    return np.asarray(np.mean(np.stack(arrays), axis=0), np.float32)


def _softmax(logits: Vectors) -> Vectors:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)


def views_of(layers: Sequence[Vectors]) -> dict[str, Vectors]:
    """Return the views of one picture from the layers after `BLOCKS` and the last layer, (height, width, channels)
    each."""
    *inner, top = layers
    at = dict(zip(BLOCKS, inner, strict=True))
    means = {block: region_mean(layer, "all") for block, layer in at.items()}
    views = {name: np.concatenate([means[b], _SECOND[how](at[b])]) for name, (b, how) in _TAPS.items()}
    for name, (block, region) in _REGIONS.items():
        if block is not None and region == "all":
            views[name] = means[block]
        else:
            views[name] = region_mean(top if block is None else at[block], region)
    views["object.border"] = np.concatenate([region_mean(at[block], "border") for block in _BORDER_BLOCKS])
    views["object.layout"] = grid_means(at[_LAYOUT_BLOCK], 4)
    views["object.top"] = region_mean(top, "all")
    return views


def grid_means(layer: Vectors, cells: int) -> Vectors:
    """Return the means of cells x cells parts of a layer in one row, channel by channel.

    Args:
        layer: (height, width, channels). Where a side is no multiple of `cells`, the parts overlap.
        cells: Parts along each side.
    """
    height, width, channels = layer.shape
    bands = (_parts(height, cells) @ layer.reshape(height, -1)).reshape(cells, width, channels)
    return np.asarray((_parts(width, cells) @ bands).transpose(2, 0, 1).reshape(-1), np.float32)


@cache
def _parts(size: int, cells: int) -> Vectors:
    """Return (cells, size) how much each place of a side counts in the mean of each part; it is shared and must not be
    written to."""
    shares = np.zeros((cells, size), np.float32)
    for i in range(cells):
        start, end = i * size // cells, -(-(i + 1) * size // cells)
        shares[i, start:end] = 1 / (end - start)
    return shares
