"""The drawings that the network learns from, and a little learning."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tools.models.bundled.cards.drawn import fonts
from tools.models.bundled.cards.card_geometry import SIDE
from tools.models.bundled.cards.card_network import Network
from tools.models.bundled.cards.training.glyphs import faces
from tools.models.bundled.cards.training.scene import Sample, sample
from tools.models.bundled.cards.training.suits import PIP, STYLES, SUITS, pip
from tools.models.bundled.cards.training.train import Drawn, calibrate, judge, train


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    rng = np.random.default_rng(3)
    return [sample(rng, fonts()) for _ in range(80)]


def test_a_seed_gives_one_drawing() -> None:
    first, again = (sample(np.random.default_rng(8), fonts()) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    other = sample(np.random.default_rng(9), fonts())
    assert (first.pixels != other.pixels).any()


def test_drawings_have_one_size_and_known_labels(samples: list[Sample]) -> None:
    for s in samples:
        assert s.pixels.shape == (SIDE, SIDE, 3) and s.pixels.dtype == np.uint8
        assert (s.rank < 0) == (s.suit < 0)
        assert (s.rank == 13) == (s.suit == 4)
        assert s.corners.shape == (4, 2) and np.abs(s.corners - 0.5).max() < 0.8
    assert 0 < sum(s.rank < 0 for s in samples) < 40


@pytest.mark.parametrize("suit", SUITS)
def test_suits_differ_and_fill_their_height(suit: str) -> None:
    for style in STYLES:
        mask = np.asarray(pip(suit, style, np.random.default_rng(0)))
        assert mask.shape == (PIP, PIP)
        assert mask[:4].any() and mask[-4:].any()
        if suit != "diamonds":
            continue
        np.testing.assert_array_less(mask[:, :2].mean(), 60)


def test_a_folder_without_fonts(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert faces(tmp_path, held_out=False) == faces(tmp_path, held_out=True) == []


def test_training_goes_down_stops_and_goes_on(samples: list[Sample], tmp_path: Path) -> None:
    drawn = Drawn(
        torch.from_numpy(np.stack([s.pixels for s in samples])),
        torch.tensor([(s.rank, s.suit, min(s.suit, 2)) for s in samples]),
        torch.from_numpy(np.stack([s.corners for s in samples])),
    )
    torch.manual_seed(0)
    network = Network()
    train(network, drawn, 2, 0, tmp_path / "state.pt", 2e-3)
    resumed = Network()
    train(resumed, drawn, 2, 0, tmp_path / "state.pt", 2e-3)
    for a, b in zip(network.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)
    card, kinds = judge(network, drawn)
    assert card.shape == (80,) and [k.shape[1] for k in kinds] == [14, 5, 3]


def test_the_temperature_of_overconfident_logits_is_high() -> None:
    truth = torch.arange(200) % 4
    shown = torch.where(torch.arange(200) % 3 == 0, (truth + 1) % 4, truth)  # a third is wrong
    assert calibrate(torch.nn.functional.one_hot(shown, 4) * 8.0, truth) > 2
    assert calibrate(torch.nn.functional.one_hot(truth, 4) * 3.0, truth) == 0.5
