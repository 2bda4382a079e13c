"""The cards expert: rank, suit and colour of a playing card, read from the index in its corners.

It learned from drawn cards alone: `suits`, `glyphs`, `clutter`, `draw` and `scene` draw them, `train` trains the
network in `network`. Nothing of these is needed to look at pictures but `network` and the weights beside it.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cards.names import COLOURS, RANKS, SUITS
from tools.models.ports import Findings, Pixels, Slot, SlotSpec

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = Path(__file__).with_name("cards.safetensors")
NAMES = {"rank": RANKS, "suit": SUITS, "card colour": COLOURS}
VIEWS = {"rank": "cards.rank", "suit": "cards.suit", "card colour": "cards.colour"}

GLIMPSE = 0.05  # below this chance of a card a first look at the whole picture ends it
CERTAIN = 0.5  # from this chance on, after reading, it is a card; so 2 of 100 drawn other things seem to be
SHARPNESS = 2.0
"""Log chances are multiplied by it for the views, so that a group is a point and not a cloud for k-means."""


class CardExpert:
    """Looks for one playing card that fills most of the picture and reads it.

    Views, all float32; rows of NaN where no card is seen:
        cards.rank (14-d), cards.suit (5-d), cards.colour (3-d): sharpened chances of the values in `names`;
            rows sum to 1.
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
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self._loaded: tuple[Any, Tensor] | None = None

    def missing(self) -> str | None:
        """None: the weights (0.6 MB) are part of the package."""
        return None if WEIGHTS.exists() else "card weights are not here: reinstall regroup"

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """What is read on b pictures."""
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
            glance = network.glance(pictures)
            rows = torch.nonzero(torch.sigmoid(glance.card) >= GLIMPSE)[:, 0]
            if not len(rows):
                return Findings(views, slots)
            reading, _ = network.read(pictures[rows], glance.corners[rows], glance.features[rows])
            seen = torch.sigmoid(reading.card / heats[0]) >= CERTAIN
            rows = rows[seen]
            for (slot, names), heat, logits in zip(NAMES.items(), heats[1:], reading.kinds, strict=True):
                scores = logits[seen] / heat
                views[VIEWS[slot]][rows.numpy()] = (scores * SHARPNESS).softmax(1).numpy()
                for row, chances in zip(rows.tolist(), scores.softmax(1).numpy(), strict=True):
                    slots[row].append(_slot(slot, names, chances))
        return Findings(views, slots)

    def _load(self) -> "tuple[Any, Tensor]":
        if self._loaded is None:
            import torch

            from tools.models.bundled.cards.network import load

            self._loaded = load(WEIGHTS)
            # The other experts look at the same time. More threads than cores wait for each other.
            torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
        return self._loaded


def squeezed(pixels: Pixels) -> Pixels:
    """A whole picture of any shape as the network gets it: (192, 192, 3) uint8."""
    from PIL import Image

    from tools.models.bundled.cards.network import SIDE

    return np.asarray(
        Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    )


def _slot(name: str, values: tuple[str, ...], chances: NDArray[np.float32]) -> Slot:
    best = int(chances.argmax())
    return Slot(name, values[best], round(float(chances[best]), 3))
