"""Builds the network of MFAVBs-CC of plain tensors: conv stem, fusing-augmenting ViT blocks, two projectors.

Shapes are in terms of b images, P patches, T tokens per branch, width E and K groups. The first token is CLS, the
second the anchor (the frozen encoder's embedding of the image) where there is one, and the rest are patches, so that T
= P + 2, or P + 1 without an anchor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

    Parameters = Mapping[str, torch.Tensor]

FEATURES = 128
"""The number of dimensions of the space of instances, as in Contrastive Clustering (Li et al. 2021)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Sets the size of the network and of its training.

    Attributes:
        side: The side in pixels of the square that it sees, a multiple of 2 ** halvings.
        width: E, a multiple of heads.
        blocks: The number of ViT blocks.
        fusions: N, at most blocks / 2: of the first 2N blocks every second one is over both branches together. The
            others see one branch at a time, so that with N = 0 the branches never meet (Figure 6).
        heads: The number of attention heads.
        halvings: The number of convolutions of stride 2 in the stem, so that P = (side / 2 ** halvings) ** 2.
        epochs: The most epochs.
        batch: The number of images in one step.
    """

    side: int
    width: int
    blocks: int
    fusions: int
    heads: int
    halvings: int
    epochs: int
    batch: int

    @property
    def patches(self) -> int:
        """P, the number of patches."""
        return (self.side >> self.halvings) ** 2


PAPER = Setting(side=224, width=512, blocks=8, fusions=4, heads=8, halvings=4, epochs=500, batch=128)
SMALL = Setting(side=64, width=192, blocks=4, fusions=2, heads=3, halvings=4, epochs=100, batch=64)
"""The setting for machines without a GPU; `PAPER` is the paper's, of which only the shapes were tried: no GPU was
there to run it."""


class Out(NamedTuple):
    """Holds the output of the network for b images.

    Attributes:
        instances: (b, FEATURES), the images in the space of instances.
        groups: (b, K), their assignment; rows sum to 1.
    """

    instances: "torch.Tensor"
    groups: "torch.Tensor"


def parameters(setting: Setting, groups: int, seed: int) -> "dict[str, torch.Tensor]":
    """Return the parameters, float32 leaves by name, the same for the same seed.

    The stem is normalised by groups rather than batches, so that an image's output depends on no other image and there
    is no state beside the parameters.

    Args:
        setting: The size of the network.
        groups: K.
        seed: The seed of the random start.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    width, tensors = setting.width, {}

    def linear(name: str, into: int, *shape: int) -> None:
        fan = int(torch.Size(shape).numel())
        bound = (3 / fan) ** 0.5
        tensors[f"{name}.weight"] = torch.empty(into, *shape).uniform_(-bound, bound, generator=generator)
        tensors[f"{name}.bias"] = torch.zeros(into)

    def norm(name: str, size: int) -> None:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = torch.ones(size), torch.zeros(size)

    before = 3
    for i in range(setting.halvings):
        after = max(8, width >> (setting.halvings - 1 - i))
        linear(f"stem.{i}", after, before, 3, 3)
        norm(f"stem.{i}.norm", after)
        before = after
    linear("patch", width, before, 1, 1)
    tensors["cls"] = torch.empty(1, 1, width).normal_(0, 0.02, generator=generator)
    tensors["position"] = torch.empty(1, setting.patches + 1, width).normal_(0, 0.02, generator=generator)
    for i in range(1, setting.blocks + 1):
        norm(f"f{i}.before", width)
        linear(f"f{i}.attend", 3 * width, width)
        linear(f"f{i}.mix", width, width)
        norm(f"f{i}.between", width)
        linear(f"f{i}.wide", 4 * width, width)
        linear(f"f{i}.narrow", width, 4 * width)
    norm("last", width)
    for name, size in (("instance", FEATURES), ("cluster", groups)):
        linear(f"{name}.0", width, width)
        linear(f"{name}.1", size, width)
    return {name: value.requires_grad_() for name, value in tensors.items()}


def run(
    p: "Parameters",
    setting: Setting,
    a: "torch.Tensor",
    b: "torch.Tensor",
    anchor: "torch.Tensor | None",
    other: "torch.Tensor | None" = None,
) -> tuple[Out, Out]:
    """Pass both branches through the network and the projectors (Algorithm 1); see `readouts` for the arguments."""
    first, second = (_project(p, h) for h in readouts(p, setting, a, b, anchor, other))
    return first, second


def readouts(
    p: "Parameters",
    setting: Setting,
    a: "torch.Tensor",
    b: "torch.Tensor",
    anchor: "torch.Tensor | None",
    other: "torch.Tensor | None" = None,
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return what the projectors are given of both branches, h^a and h^b, (b, E) each.

    The readout is the anchor, token 1, as section 3.4 says (Algorithm 1 prints token 0); without an anchor it is CLS.

    Args:
        p: The `parameters`.
        setting: The size of the network that these parameters have.
        a: (b, 3, side, side) float32 in [-1, 1], the images in their first augmentation.
        b: The same images in their second augmentation.
        anchor: (b, E) float32, c^0 of each image; or None.
        other: (b, E) float32, c^0 of each image in the second branch; None for the same in both, as in the paper.
    """
    branch_a, branch_b = (
        tokens(p, setting, a, anchor),
        tokens(p, setting, b, anchor if other is None else other),
    )
    for i in range(1, setting.blocks + 1):
        if i % 2 == 0 and i <= 2 * setting.fusions:
            branch_a, branch_b = split(block(p, f"f{i}", setting.heads, join(branch_a, branch_b)))
        else:
            branch_a, branch_b = (
                block(p, f"f{i}", setting.heads, side) for side in (branch_a, branch_b)
            )  # shared weights
    read = 0 if anchor is None else 1
    first, second = (_normal(p, "last", side[:, read]) for side in (branch_a, branch_b))
    return first, second


def group_logits(p: "Parameters", h: "torch.Tensor") -> "torch.Tensor":
    """Return P_C of readouts before its softmax, (b, K)."""
    return _linear(p, "cluster.1", _linear(p, "cluster.0", h).relu())


def tokens(
    p: "Parameters", setting: Setting, images: "torch.Tensor", anchor: "torch.Tensor | None"
) -> "torch.Tensor":
    """Return the tokens, (b, T, E): CLS, the anchor without a position, and patches (sections 3.1 and 3.4).

    CLS and the patches have positions, which are the same in both branches, as in the paper's formulas.
    """
    import torch
    from torch.nn.functional import conv2d, group_norm, relu

    x = images
    for i in range(setting.halvings):
        x = conv2d(x, p[f"stem.{i}.weight"], p[f"stem.{i}.bias"], stride=2, padding=1)
        x = relu(group_norm(x, 1, p[f"stem.{i}.norm.weight"], p[f"stem.{i}.norm.bias"]))
    x = conv2d(x, p["patch.weight"], p["patch.bias"]).flatten(2).transpose(1, 2)
    y = torch.cat([p["cls"].expand(len(x), -1, -1), x], 1) + p["position"]
    return y if anchor is None else torch.cat([y[:, :1], anchor[:, None], y[:, 1:]], 1)


def join(a: "torch.Tensor", b: "torch.Tensor") -> "torch.Tensor":
    """Join the tokens of two branches, (b, T, E) each, to (b, 2T, E): first those of a, then those of b (Eq. 1)."""
    import torch

    return torch.cat([a, b], 1)


def split(both: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Undo `join`: two of (b, T, E) from (b, 2T, E) (Eq. 2; the text around it misprints where b lies)."""
    half = both.shape[1] // 2
    return both[:, :half], both[:, half:]


def block(p: "Parameters", name: str, heads: int, x: "torch.Tensor") -> "torch.Tensor":
    """Apply a ViT block f_i, (b, t, E) to (b, t, E), for any number of tokens t (Dosovitskiy et al. 2021, Eq. 2-3)."""
    from torch.nn.functional import gelu, scaled_dot_product_attention

    b, t, width = x.shape
    projected = _linear(p, f"{name}.attend", _normal(p, f"{name}.before", x))
    query, key, value = projected.view(b, t, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    attended = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(b, t, width)
    x = x + _linear(p, f"{name}.mix", attended)
    inner = gelu(_linear(p, f"{name}.wide", _normal(p, f"{name}.between", x)))
    return x + _linear(p, f"{name}.narrow", inner)


def _project(p: "Parameters", h: "torch.Tensor") -> Out:
    """Apply the projectors P_I and P_C, of two layers each (section 3.3), to h of (b, E)."""
    instances = _linear(p, "instance.1", _linear(p, "instance.0", h).relu())
    return Out(instances, group_logits(p, h).softmax(1))


def _linear(p: "Parameters", name: str, x: "torch.Tensor") -> "torch.Tensor":
    from torch.nn.functional import linear

    return linear(x, p[f"{name}.weight"], p[f"{name}.bias"])


def _normal(p: "Parameters", name: str, x: "torch.Tensor") -> "torch.Tensor":
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"])
