"""A torch network written as a .tflite model computes the same."""

import numpy as np
import pytest
import torch
from torch.nn import Conv2d
from torch.nn.functional import conv2d, pad

from tools.models.bundled.litert import Network
from tools.models.bundled.tflite_writer import Padding, TfliteWriter


def made(channels: int, kernel: int, step: int, deep: bool) -> Conv2d:
    torch.manual_seed(channels + kernel)
    return Conv2d(channels, channels if deep else 7, kernel, step, groups=channels if deep else 1)


def expected(module: Conv2d, picture: np.ndarray, around: Padding, clip: bool) -> np.ndarray:
    with torch.inference_mode():
        x = pad(torch.from_numpy(picture).permute(2, 0, 1)[None], around)
        x = conv2d(x, module.weight, module.bias, module.stride, groups=module.groups)
        return (x.clamp(0, 6) if clip else x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("around", [(1, 1, 1, 1), (0, 1, 0, 1), (2, 1, 0, 3), (0, 0, 0, 0)])
@pytest.mark.parametrize(
    ("kernel", "step", "deep"), [(3, 1, False), (3, 2, False), (3, 2, True), (5, 1, True)]
)
def test_a_convolution_is_torch_s(
    around: Padding, kernel: int, step: int, deep: bool, rng: np.random.Generator
) -> None:
    picture = rng.normal(0, 4, (12, 12, 3)).astype(np.float32)
    module = made(3, kernel, step, deep)
    flat = TfliteWriter(12)
    both = [flat.convolution(0, module, around, clip) for clip in (True, False)]
    found = Network(flat.model(both)).run(picture)
    for layer, clip in zip(found, (True, False), strict=True):
        np.testing.assert_allclose(layer[0], expected(module, picture, around, clip), atol=1e-4)


def test_layers_are_read_where_they_are_and_summed(rng: np.random.Generator) -> None:
    picture = rng.normal(size=(8, 8, 3)).astype(np.float32)
    module = made(3, 3, 1, True)
    flat = TfliteWriter(8)
    first = flat.convolution(0, module, (1, 1, 1, 1), False)
    second = flat.convolution(first, module, (1, 1, 1, 1), True)
    found = Network(flat.model([flat.add(first, second), first])).run(picture)
    one = expected(module, picture, (1, 1, 1, 1), False)
    np.testing.assert_allclose(found[1][0], one, atol=1e-5)
    np.testing.assert_allclose(found[0][0], one + expected(module, one, (1, 1, 1, 1), True), atol=1e-4)


def test_the_same_network_gives_the_same_bytes() -> None:
    models = []
    for _ in range(2):
        flat = TfliteWriter(8)
        models.append(flat.model([flat.convolution(0, made(3, 3, 1, False), (1, 1, 1, 1), True)]))
    assert models[0] == models[1]
