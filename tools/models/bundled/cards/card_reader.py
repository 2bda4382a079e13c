"""Computes what the network of `card_network` does, with LiteRT and numpy: importing torch takes half a gigabyte."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cards.card_geometry import FULL_PICTURE, LOCATE_SIDE, PATCH, REACH, SIDE
from tools.models.bundled.cards.card_names import COLOURS, RANKS, SUITS
from tools.models.bundled.litert import Network
from tools.models.bundled.tflite_writer import Convolution, TfliteWriter

Array = NDArray[np.float32]

_LOOKER = (2, 2, 1, 2, 2)
_READER = (2, 2, 1, 1, 2, 1)
"""The strides of the convolutions that locate a card, and of those that read its corners."""
_ENDS = np.cumsum([1, len(RANKS), len(SUITS), len(COLOURS)])


class Located(NamedTuple):
    """Holds the result of locating cards in b whole pictures.

    Attributes:
        card: (b,) logits that there is a card.
        corners: (b, 4, 2) x and y of its corners, in shares of the picture.
        features: (b, 64) a summary of the whole picture, which reading uses as well.
    """

    card: Array
    corners: Array
    features: Array


class Reading(NamedTuple):
    """Holds the logits that are read on b pictures.

    Attributes:
        card: (b,) that there is a card with an index.
        kinds: (b, 14), (b, 5) and (b, 3) for rank, suit and colour.
    """

    card: Array
    kinds: tuple[Array, ...]


class CardReader:
    """Locates and reads cards.

    Args:
        weights: The file that `card_network.save` wrote.

    Attributes:
        temperatures: Those of card, rank, suit and colour.
    """

    def __init__(self, weights: Path) -> None:
        from safetensors.numpy import load_file

        tensors = load_file(weights)
        self.temperatures = tensors["temperatures"]
        self._tensors: dict[str, Array] = {
            name: np.asarray(value, np.float32) for name, value in tensors.items()
        }
        small = (LOCATE_SIDE, LOCATE_SIDE)
        self._looker = Network(_convolutions(self._tensors, "looker", _LOOKER, small))
        self._reader = Network(_convolutions(self._tensors, "reader", _READER, PATCH))

    def locate(self, pictures: Array) -> Located:
        """Return whether there is a card in each of b pictures, (b, SIDE, SIDE, 3) in -1..1, and where its corners
        are."""
        b, step = len(pictures), SIDE // LOCATE_SIDE
        lines = pictures.reshape(b, LOCATE_SIDE, step, -1).sum(2)
        one_pixel = np.tile(
            np.eye(3, dtype=np.float32) / step**2, (step, 1)
        )  # from the colours of `step` pixels
        small = (lines.reshape(-1, 3 * step) @ one_pixel).reshape(b, LOCATE_SIDE, LOCATE_SIDE, 3)
        maps = np.stack([self._looker.run(picture)[0][0] for picture in small])
        flat = maps.transpose(0, 3, 1, 2).reshape(b, -1)  # channel by channel, as torch lays them out
        features = np.maximum(self._linear("summary.0", flat), 0)
        outputs = self._linear("finder", features)
        corners = outputs[:, 1:] + np.array(FULL_PICTURE, np.float32)
        return Located(outputs[:, 0], corners.reshape(b, 4, 2), features)

    def read(self, pictures: Array, corners: Array, features: Array) -> Reading:
        """Read b cards whose corners are known; the arguments are as in `locate` and `Located`."""
        attended = np.stack([self._attended(*pair) for pair in zip(pictures, corners, strict=True)])
        mixed = np.maximum(self._linear("mixer.0", np.concatenate([attended, features], 1)), 0)
        named = self._linear("naming", mixed)
        return Reading(named[:, 0], tuple(named[:, start:end] for start, end in pairwise(_ENDS)))

    def _attended(self, picture: Array, corners: Array) -> Array:
        """Return (144,) the mean features of the places that the network looks at, in all four corners of a card."""
        maps = np.stack([self._reader.run(patch)[0][0] for patch in cut(picture, corners)])
        places = maps.reshape(-1, maps.shape[-1])  # (192, 72)
        focus = places @ self._tensors["focus.weight"][:, :, 0, 0].T + self._tensors["focus.bias"]
        shares = np.exp(focus - focus.max(0))
        return np.asarray((shares / shares.sum(0)).T @ places, np.float32).reshape(-1)

    def _linear(self, name: str, rows: Array) -> Array:
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return np.asarray(rows @ weight.T + bias, np.float32)


def cut(picture: Array, corners: Array) -> Array:
    """Return the four corners of a card, (4, 64, 48, 3), cut out of (SIDE, SIDE, 3) as `card_network.cut` does."""
    return _sampled(picture, _between() @ corners.astype(np.float64)).reshape(4, *PATCH, 3)


@cache
def _between() -> NDArray[np.float64]:
    """Return (4 * 64 * 48, 4), how near each place in the four corners of a card is to each corner of the card."""
    high, wide = PATCH
    v, u = np.meshgrid(np.linspace(0, REACH[0], high), np.linspace(0, REACH[1], wide), indexing="ij")
    mirrored = 1 - REACH[1] + u
    x = np.stack([u, 1 - u, mirrored, 1 - mirrored])  # (4, 64, 48), in shares of the card
    y = np.stack([v, 1 - v, v, 1 - v])
    return np.stack([(1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y], axis=-1).reshape(-1, 4)


def _sampled(picture: Array, places: NDArray[np.float64]) -> Array:
    """Return the colours at n places, (n, 2) in shares of the picture, between its pixels; beyond it, its border's."""
    size = picture.shape[0]
    at = np.clip(places.T * size - 0.5, 0, size - 1)
    low = np.minimum(at.astype(np.intp), size - 2)
    right, down = (at - low).astype(np.float32)
    first = low[1] * size + low[0]
    planes = np.ascontiguousarray(
        picture.reshape(-1, 3).T
    )  # sums of long rows are faster than of three colours each
    top, bottom = (
        _between_two(planes.take(start, 1), planes.take(start + 1, 1), right)
        for start in (first, first + size)
    )
    return np.ascontiguousarray(_between_two(top, bottom, down).T)


def _between_two(one: Array, other: Array, part: Array) -> Array:
    other -= one
    other *= part
    other += one
    return other


def _convolutions(
    tensors: Mapping[str, Array], name: str, steps: Sequence[int], size: tuple[int, int]
) -> bytes:
    """Return convolutions one after another, each followed by a rectifier, as a .tflite model."""
    writer, layer = TfliteWriter(size), 0
    for i, step in enumerate(steps):
        weight, bias = tensors[f"{name}.{i}.0.weight"], tensors[f"{name}.{i}.0.bias"]
        around = weight.shape[2] // 2
        layer = writer.convolution(layer, Convolution(weight, bias, step), (around,) * 4, "RELU")
    return writer.model([layer])
