"""The network of the cards expert without torch gives what it gives with it."""

import numpy as np
import pytest
import torch

from tests.tools.models.bundled.cards.drawn import CARDS, others, pixels
from tools.models.bundled.cards.card_expert import WEIGHTS, squeezed
from tools.models.bundled.cards.card_network import cut as cut_by_torch
from tools.models.bundled.cards.card_network import load
from tools.models.bundled.cards.card_reader import CardReader, cut


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    shown = [*(pixels(rank, suit) for rank, suit in CARDS[::9]), *others()[:3]]
    return np.stack([squeezed(picture) for picture in shown]) / np.float32(127.5) - 1


def as_torch(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


@pytest.mark.parametrize("shift", [0.0, -0.2, 0.4])
def test_corners_are_cut_out_as_torch_does_it(pictures: np.ndarray, shift: float) -> None:
    corners = np.array([[0.1, 0.05], [0.8, 0.2], [0.9, 1.1], [-0.1, 0.9]], np.float32) + shift
    expected = cut_by_torch(as_torch(pictures[:1]), torch.from_numpy(corners[None]))
    found = cut(pictures[0], corners).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(found, expected.numpy(), atol=2e-4)


def test_cards_are_located_and_read_as_by_torch(pictures: np.ndarray) -> None:
    network, heats = load(WEIGHTS)
    reader = CardReader(WEIGHTS)
    with torch.inference_mode():
        located = network.locate(as_torch(pictures))
        reading, _ = network.read(as_torch(pictures), located.corners, located.features)
    ours = reader.locate(pictures)
    read = reader.read(pictures, ours.corners, ours.features)
    np.testing.assert_allclose(reader.temperatures, heats.numpy())
    for found, expected in [*zip(ours, located, strict=True), (read.card, reading.card)]:
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-3)
    for found, expected in zip(read.kinds, reading.kinds, strict=True):
        np.testing.assert_allclose(found, expected.numpy(), atol=5e-3)
