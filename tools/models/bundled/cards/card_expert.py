"""Reads the rank, suit and colour of a playing card from the index in its corners.

It learned from drawn cards alone; what draws them and trains the network is in `tools.models.bundled.cards.training`.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cards.card_geometry import SIDE
from tools.models.bundled.cards.card_names import COLOURS, RANKS, SUITS
from tools.models.ports import EXACT, Findings, Pixels, Slot, SlotSpec

if TYPE_CHECKING:
    from tools.models.bundled.cards.card_reader import CardReader

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
        self._reader: CardReader | None = None
        self._loading = Lock()

    def missing(self) -> str | None:
        """Return None, because the weights are part of the package; a line where their file is missing."""
        return None if WEIGHTS.exists() else "card weights are not here: reinstall regroup"

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the views and slots of b pictures of any sizes; no slots for a picture without a card."""
        views = {
            VIEWS[slot]: np.full((len(batch), len(names)), np.nan, np.float32)
            for slot, names in NAMES.items()
        }
        slots: list[list[Slot]] = [[] for _ in batch]
        if not batch:
            return Findings(views, slots)
        reader = self._load()
        heats = reader.temperatures
        pictures = np.stack([squeezed(pixels) for pixels in batch]).astype(np.float32) / 127.5 - 1
        located = reader.locate(pictures)
        rows = np.flatnonzero(_chance(located.card) >= GLIMPSE)
        if not len(rows):
            return Findings(views, slots)
        reading = reader.read(pictures[rows], located.corners[rows], located.features[rows])
        seen = _chance(reading.card / heats[0]) >= CERTAIN
        rows = rows[seen]
        for (slot, names), heat, logits in zip(NAMES.items(), heats[1:], reading.kinds, strict=True):
            scores = logits[seen] / heat
            views[VIEWS[slot]][rows] = _shares(scores * SHARPNESS)
            for row, probabilities in zip(rows.tolist(), _shares(scores), strict=True):
                slots[row].append(_slot(slot, names, probabilities))
        return Findings(views, slots)

    def _load(self) -> "CardReader":
        from tools.models.bundled.cards.card_reader import CardReader

        with self._loading:
            if self._reader is None:
                self._reader = CardReader(WEIGHTS)
            return self._reader


def squeezed(pixels: Pixels) -> Pixels:
    """Return a picture of any shape as the network reads it: squeezed to (SIDE, SIDE, 3) uint8."""
    from PIL import Image

    return np.asarray(
        Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    )


def _chance(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    odds = np.exp(scores - scores.max(1, keepdims=True, initial=-np.inf))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)


def _slot(name: str, values: tuple[str, ...], probabilities: NDArray[np.float32]) -> Slot:
    best = int(probabilities.argmax())
    return Slot(name, values[best], round(float(probabilities[best]), 3))
