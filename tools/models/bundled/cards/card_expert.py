"""Reads the rank, suit and colour of a playing card from the index in its corners.

It learned from drawn cards alone; what draws them and trains the network is in `tools.models.bundled.cards.training`.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cards.card_names import COLOURS, RANKS, SUITS
from tools.models.ports import EXACT, Findings, Pixels, Slot, SlotSpec

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = Path(__file__).with_name("cards.safetensors")
"""The network's weights, 0.6 MB, part of the package."""
NAMES = {"rank": RANKS, "suit": SUITS, "card colour": COLOURS}
"""Maps a slot's name to its values, in the order of the network's outputs."""
VIEWS = {"rank": "cards.rank", "suit": "cards.suit", "card colour": "cards.colour"}
"""Maps a slot's name to the view with the probabilities of its values."""

GLIMPSE = 0.05
"""The probability of a card below which the look at the whole picture is enough and nothing is read."""
CERTAIN = 0.5
"""The probability after reading from which it is a card; 2 of 100 drawn other things reach it."""
SHARPNESS = 2.0
"""The factor of the log probabilities in the views: it makes a group a point rather than a cloud, which k-means
likes."""


class CardExpert:
    """Looks for one playing card that fills most of the picture and reads it.

    Views, all float32; rows of NaN where no card is seen:
        cards.rank (14-d), cards.suit (5-d), cards.colour (3-d): sharpened probabilities of the values in
            `card_names`; rows sum to 1.
    """

    name = "cards"
    version = "2"
    specs = (
        SlotSpec(
            "rank",
            (
                "rank", "rank of the card", "card value", "value of the card", "number on the card", "card rank",
                "ace king queen jack", "face value of the card", "which number the playing card has",
            ),
            ("cards.rank",),
            "rank of the card",
            special=True,
            usual=(13, EXACT),
        ),
        SlotSpec(
            "suit",
            (
                "suit", "suit of the card", "card suit", "hearts or spades", "clubs diamonds hearts spades",
                "suit of the playing card", "symbol on the card",
            ),
            ("cards.suit",),
            "suit of the card",
            special=True,
            usual=(4, EXACT),
        ),
        SlotSpec(
            "card colour",
            (
                "card colour", "colour of the card", "color of the card", "red or black", "red and black cards",
                "colour", "color", "colour of the suit",
            ),
            ("cards.colour",),
            "colour of the card",
            special=True,
            usual=(2, EXACT),
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self._loaded: tuple[Any, Tensor] | None = None

    def missing(self) -> str | None:
        """Return None, because the weights are part of the package; a line where their file is missing."""
        return None if WEIGHTS.exists() else "card weights are not here: reinstall regroup"

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the views and slots of b pictures of any sizes; no slots for a picture without a card."""
        import torch

        views = {
            VIEWS[slot]: np.full((len(batch), len(names)), np.nan, np.float32)
            for slot, names in NAMES.items()
        }
        slots: list[list[Slot]] = [[] for _ in batch]
        if not batch:
            return Findings(views, slots)
        network, heats = self._load()
        with torch.inference_mode():
            pictures = torch.from_numpy(np.stack([squeezed(pixels) for pixels in batch]))
            pictures = (pictures.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(
                memory_format=torch.channels_last
            )
            located = network.locate(pictures)
            rows = torch.nonzero(torch.sigmoid(located.card) >= GLIMPSE)[:, 0]
            if not len(rows):
                return Findings(views, slots)
            reading, _ = network.read(pictures[rows], located.corners[rows], located.features[rows])
            seen = torch.sigmoid(reading.card / heats[0]) >= CERTAIN
            rows = rows[seen]
            for (slot, names), heat, logits in zip(NAMES.items(), heats[1:], reading.kinds, strict=True):
                scores = logits[seen] / heat
                views[VIEWS[slot]][rows.numpy()] = (scores * SHARPNESS).softmax(1).numpy()
                for row, probabilities in zip(rows.tolist(), scores.softmax(1).numpy(), strict=True):
                    slots[row].append(_slot(slot, names, probabilities))
        return Findings(views, slots)

    def _load(self) -> "tuple[Any, Tensor]":
        if self._loaded is None:
            import torch

            from tools.models.bundled.cards.card_network import load

            self._loaded = load(WEIGHTS)
            # The other experts run at the same time, and more threads than cores wait for each other.
            torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
        return self._loaded


def squeezed(pixels: Pixels) -> Pixels:
    """Return a picture of any shape as the network reads it: squeezed to (SIDE, SIDE, 3) uint8."""
    from PIL import Image

    from tools.models.bundled.cards.card_network import SIDE

    return np.asarray(
        Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    )


def _slot(name: str, values: tuple[str, ...], probabilities: NDArray[np.float32]) -> Slot:
    best = int(probabilities.argmax())
    return Slot(name, values[best], round(float(probabilities[best]), 3))
