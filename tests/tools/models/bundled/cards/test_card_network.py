"""The network apart from what it learned."""

from pathlib import Path

import pytest
import torch

from tools.models.bundled.cards.card_geometry import PATCH, SIDE
from tools.models.bundled.cards.card_network import Network, cut, folded, load, save


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    network = Network()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_()  # type: ignore[union-attr]
            part.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return network.eval()


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)) * 2 - 1


def whole(count: int) -> torch.Tensor:
    return torch.tensor([[0.0, 0.0], [1, 0], [1, 1], [0, 1]]).repeat(count, 1, 1)


def test_it_is_small(network: Network) -> None:
    assert sum(p.numel() for p in network.parameters()) <= 300_000


def test_opposite_corners_of_a_point_symmetric_picture_look_the_same() -> None:
    shown = pictures(1)
    shown = shown + shown.flip(2, 3)
    first, second, third, fourth = cut(shown, whole(1))
    assert first.shape == (3, *PATCH)
    torch.testing.assert_close(first, second, atol=1e-3, rtol=0)
    torch.testing.assert_close(third, fourth, atol=1e-3, rtol=0)
    assert not torch.allclose(first, third)


def test_a_corner_is_taken_from_where_the_card_is() -> None:
    shown = torch.full((1, 3, SIDE, SIDE), -1.0)
    shown[:, :, 96:, 96:] = 1.0
    patches = cut(shown, whole(1) * 0.5 + 0.5)
    assert patches[:, :, 4:-4, 4:-4].min() > 0.99


def test_folding_and_writing_change_little(network: Network, tmp_path: Path) -> None:
    shown = pictures(3)
    with torch.inference_mode():
        before = network.read(shown, whole(3), network.locate(shown).features)[0]
    import copy

    save(folded(copy.deepcopy(network)), (1.0, 2.0, 3.0, 4.0), tmp_path / "w.safetensors")
    loaded, heats = load(tmp_path / "w.safetensors")
    with torch.inference_mode():
        after = loaded.read(shown, whole(3), loaded.locate(shown).features)[0]
    assert heats.tolist() == [1, 2, 3, 4]
    for a, b in zip(before.kinds, after.kinds, strict=True):
        torch.testing.assert_close(a, b, atol=0.02, rtol=0.02)
