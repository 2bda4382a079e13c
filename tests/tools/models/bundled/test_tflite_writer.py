"""A torch network written as a .tflite model computes the same."""

import numpy as np
import pytest
import torch
from torch.nn import Conv2d
from torch.nn.functional import conv2d, pad

from tools.models.bundled.litert import Network
from tools.models.bundled.tflite_writer import Activation, Convolution, Padding, TfliteWriter


def made(channels: int, kernel: int, step: int, deep: bool) -> Conv2d:
    torch.manual_seed(channels + kernel)
    return Conv2d(channels, channels if deep else 7, kernel, step, groups=channels if deep else 1)


def arrays(module: Conv2d) -> Convolution:
    assert module.bias is not None
    return Convolution(module.weight.detach().numpy(), module.bias.detach().numpy(), module.stride[0])


def expected(
    module: Conv2d, picture: np.ndarray, around: Padding, activation: Activation = "NONE"
) -> np.ndarray:
    low, high = {"NONE": (-np.inf, np.inf), "RELU": (0.0, np.inf), "RELU6": (0.0, 6.0)}[activation]
    with torch.inference_mode():
        x = pad(torch.from_numpy(picture).permute(2, 0, 1)[None], around)
        x = conv2d(x, module.weight, module.bias, module.stride, groups=module.groups)
        return x.clamp(low, high)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("around", [(1, 1, 1, 1), (0, 1, 0, 1), (2, 1, 0, 3), (0, 0, 0, 0)])
@pytest.mark.parametrize(
    ("kernel", "step", "deep"), [(3, 1, False), (3, 2, False), (3, 2, True), (5, 1, True)]
)
def test_a_convolution_is_torch_s(
    around: Padding, kernel: int, step: int, deep: bool, rng: np.random.Generator
) -> None:
    picture = rng.normal(0, 4, (12, 10, 3)).astype(np.float32)
    module = made(3, kernel, step, deep)
    flat = TfliteWriter((12, 10))
    kinds: tuple[Activation, ...] = ("NONE", "RELU", "RELU6")
    found = Network(flat.model([flat.convolution(0, arrays(module), around, kind) for kind in kinds])).run(
        picture
    )
    for layer, kind in zip(found, kinds, strict=True):
        np.testing.assert_allclose(layer[0], expected(module, picture, around, kind), atol=1e-4)


def test_layers_are_read_where_they_are_and_summed(rng: np.random.Generator) -> None:
    picture = rng.normal(size=(8, 8, 3)).astype(np.float32)
    module = made(3, 3, 1, True)
    flat = TfliteWriter((8, 8))
    first = flat.convolution(0, arrays(module), (1, 1, 1, 1))
    second = flat.convolution(first, arrays(module), (1, 1, 1, 1), "RELU6")
    found = Network(flat.model([flat.add(first, second), first])).run(picture)
    one = expected(module, picture, (1, 1, 1, 1))
    np.testing.assert_allclose(found[1][0], one, atol=1e-5)
    np.testing.assert_allclose(found[0][0], one + expected(module, one, (1, 1, 1, 1), "RELU6"), atol=1e-4)


def test_the_same_network_gives_the_same_bytes() -> None:
    models = []
    for _ in range(2):
        flat = TfliteWriter((8, 8))
        models.append(flat.model([flat.convolution(0, arrays(made(3, 3, 1, False)), (1, 1, 1, 1), "RELU6")]))
    assert models[0] == models[1]
