"""Defines the network of the cards expert: it locates the corners of the card, then reads the index in them.

It is trained here, on torch; `card_reader` beside it computes the same without.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tools.models.bundled.cards.card_geometry import FULL_PICTURE, LOCATE_SIDE, PATCH, REACH, SIDE
from tools.models.bundled.cards.card_names import COLOURS, RANKS, SUITS

KINDS = (len(RANKS), len(SUITS), len(COLOURS))
"""The numbers of logits for rank, suit and colour."""


class Located(NamedTuple):
    """Holds the result of locating cards in b whole pictures.

    Attributes:
        card: (b,) logits that there is a card.
        corners: (b, 4, 2) x and y of its corners, in shares of the picture.
        features: (b, 64) a summary of the whole picture, which reading uses as well.
    """

    card: Tensor
    corners: Tensor
    features: Tensor


class Reading(NamedTuple):
    """Holds the logits that are read on b pictures.

    Attributes:
        card: (b,) that there is a card with an index.
        kinds: (b, 14), (b, 5) and (b, 3) for rank, suit and colour.
    """

    card: Tensor
    kinds: tuple[Tensor, Tensor, Tensor]


class Block(nn.Sequential):
    """Applies a convolution, its normalisation, and a rectifier."""

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, side, stride, side // 2),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Network(nn.Module):
    """Locates and reads cards with 297,000 parameters. Pictures are (b, 3, SIDE, SIDE) float32 in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.looker = nn.Sequential(
            Block(3, 16, 5, 2), Block(16, 32, 3, 2), Block(32, 40), Block(40, 48, 3, 2), Block(48, 64, 3, 2)
        )
        self.summary = nn.Sequential(nn.Linear(64 * 16, 64), nn.ReLU())
        self.finder = nn.Linear(64, 9)
        self.reader = nn.Sequential(
            Block(3, 16, 5, 2),
            Block(16, 32, 3, 2),
            Block(32, 64),
            Block(64, 64),
            Block(64, 72, 3, 2),
            Block(72, 72),
        )
        self.focus = nn.Conv2d(72, 2, 1)
        self.mixer = nn.Sequential(nn.Linear(144 + 64, 64), nn.ReLU())
        self.naming = nn.Linear(64, sum(KINDS) + 1)
        self.read_only = nn.Linear(144, sum(KINDS))
        nn.init.normal_(self.finder.weight, std=0.01)

    def _maps(self, part: nn.Module, pictures: Tensor) -> Tensor:
        """Return the output of convolutions. In training they compute in bfloat16: half the time for the same
        result."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            maps: Tensor = part(pictures)
        return maps.float()

    def locate(self, pictures: Tensor) -> Located:
        """Return whether there is a card in each of b pictures, and where its corners are."""
        small = nn.functional.avg_pool2d(pictures, SIDE // LOCATE_SIDE)
        features = self.summary(self._maps(self.looker, small).flatten(1))
        outputs = self.finder(features)
        full_picture = torch.tensor(FULL_PICTURE, device=outputs.device)
        return Located(outputs[:, 0], (outputs[:, 1:] + full_picture).view(-1, 4, 2), features)

    def read(self, pictures: Tensor, corners: Tensor, features: Tensor) -> tuple[Reading, Tensor]:
        """Read b cards whose corners are known.

        Args:
            pictures: (b, 3, SIDE, SIDE).
            corners: (b, 4, 2), as in `Located`.
            features: (b, 64), as in `Located`.

        Returns:
            What is read, and (b, 22) logits from the corners alone, which training uses.
        """
        b = len(pictures)
        patches = cut(pictures, corners)
        maps = self._maps(self.reader, patches)  # (4b, 72, 8, 6)
        places = maps.view(b, 4, 72, -1).transpose(1, 2).flatten(2)  # (b, 72, 192)
        weights = self.focus(maps).view(b, 4, 2, -1).transpose(1, 2).flatten(2).softmax(-1)  # (b, 2, 192)
        attended = (weights @ places.transpose(1, 2)).flatten(1)  # (b, 144)
        named = self.naming(self.mixer(torch.cat([attended, features], 1)))
        rank, suit, colour = named[:, 1:].split(KINDS, 1)
        return Reading(named[:, 0], (rank, suit, colour)), self.read_only(attended)


def cut(pictures: Tensor, corners: Tensor) -> Tensor:
    """Return the four corners of b cards, cut out: (4b, 3, 64, 48).

    They come in the order top left, bottom right, top right, bottom left. Those at the bottom are turned by 180
    degrees, so that an index reads the same in all of them; in the last two the card's corner is at the top right.
    """
    high, wide = PATCH
    down = torch.linspace(0, REACH[0], high, device=pictures.device)
    right = torch.linspace(0, REACH[1], wide, device=pictures.device)
    v, u = torch.meshgrid(down, right, indexing="ij")
    mirrored = 1 - REACH[1] + u
    card = torch.stack(
        [torch.stack(p, -1) for p in ((u, v), (1 - u, 1 - v), (mirrored, v), (1 - mirrored, 1 - v))]
    )
    x, y = card[..., :1], card[..., 1:]  # (4, 64, 48, 1)
    a, b, c, d = (corners[:, i, None, None, None, :] for i in range(4))
    places = (1 - x) * (1 - y) * a + x * (1 - y) * b + x * y * c + (1 - x) * y * d  # (b, 4, 64, 48, 2)
    grid = (places * 2 - 1).flatten(1, 2)
    patches = nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return patches.view(len(pictures), 3, 4, high, wide).transpose(1, 2).flatten(0, 1)


def folded(network: Network) -> Network:
    """Fold the normalisations into the convolutions, in place: faster, the same result, and no longer trainable."""
    network.eval()
    for part in network.modules():
        if isinstance(part, Block) and isinstance(part[1], nn.BatchNorm2d):
            convolution: nn.Conv2d = part[0]  # type: ignore[assignment]
            part[0] = nn.utils.fusion.fuse_conv_bn_eval(convolution, part[1])
            part[1] = nn.Identity()
    return network


def save(network: Network, temperatures: tuple[float, float, float, float], path: Path) -> None:
    """Write a folded network in half precision, with the temperatures of card, rank, suit and colour."""
    from safetensors.torch import save_file

    tensors = {
        name: value.half().contiguous()
        for name, value in network.state_dict().items()
        if "read_only" not in name
    }
    tensors["temperatures"] = torch.tensor(temperatures, dtype=torch.float32)
    save_file(tensors, path)


def load(path: Path) -> tuple[Network, Tensor]:
    """Return the network, ready to look, and its four temperatures."""
    from safetensors.torch import load_file

    tensors = load_file(path)
    temperatures = tensors.pop("temperatures")
    network = folded(Network())
    network.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    return network.eval(), temperatures
