"""The last blocks in torch say what the whole network says."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tools.models.bundled.efficientnet import SIDE, EfficientNet, network_input
from tools.models.bundled.last_blocks import TARGETS, FrozenFeatures, load_last_blocks, run
from tools.models.ports import Pixels


@pytest.fixture
def pictures(rng: np.random.Generator) -> list[Pixels]:
    small = rng.integers(0, 255, (3, 6, 6, 3), np.uint8)
    return [np.kron(picture, np.ones((40, 40, 1), np.uint8)) for picture in small]


def test_it_ends_as_the_network_does_and_looks_at_each_picture_once(pictures: list[Pixels]) -> None:
    asked: list[int] = []

    def give(rows: Sequence[int]) -> list[Pixels]:
        asked.extend(rows)
        return [pictures[row] for row in rows]

    before = torch.get_rng_state()
    begun, layers = FrozenFeatures(give, 3), load_last_blocks()
    assert torch.equal(before, torch.get_rng_state())
    assert begun[np.array([2, 0])].shape == (2, 9, 9, 208) and begun[np.array([0])].dtype == np.float16
    found = run(layers, begun[np.arange(3)])
    assert sorted(asked) == [0, 1, 2] and len(begun) == 3

    whole = EfficientNet((17, 20))
    for row, picture in enumerate(pictures):
        *blocks, top = whole.layers(network_input(picture, SIDE))
        expected = [np.concatenate([layer.mean((0, 1)), layer.max((0, 1))]) for layer in blocks]
        for part, truth in zip(found, [*expected, top.mean((0, 1))], strict=True):
            assert np.abs(part[row].numpy() - truth).max() < 0.01 * np.abs(truth).max()


def test_its_convolutions_are_torchs_own_and_fixed() -> None:
    layers = load_last_blocks()
    assert {type(layers[name]) for name in TARGETS} == {torch.nn.Conv2d}
    assert not any(parameter.requires_grad for parameter in layers.parameters())
