"""Gives the tunable parts of the bundled features: a linear map over several views, and the last convolutions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.prepare import prepared
from tools.errors import UsageError
from tools.models.ports import Vectors
from tools.progress import Progress, silent
from tools.training import digest
from tools.views import View, side_by_side

if TYPE_CHECKING:
    import torch

Rows = NDArray[np.intp]

FEATURES = ("object.self", "object.part", "object.piece", "object.kind")
"""The views that a linear map starts from, taken after blocks 11, 14, 17 and 20 of the network."""
SAMPLE = 96
"""The most images from which the mean and the deviation of the last blocks' outputs are estimated."""


class Activations(Protocol):
    """Gives the numbers of n images that tuning starts from: an array, or `FrozenFeatures` of
    `tools.models.bundled.last_blocks`."""

    @property
    def ndim(self) -> int: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows) -> Any: ...


class Tunable(Protocol):
    """Runs a small network over cached numbers that LoRA can tune (`tools.models.hub.lora.Tunable`).

    Attributes:
        base: The network and the hash of the numbers that it starts from.
        adapter: The digest of its adapter, "" without one.
        targets: The names of the layers that are tuned.
        rate: The learning rate.
        splits: The number of trials, each with other images held out; fewer where one takes long.
        deals: The number of random permutations of the answers that show what chance does.
        batch: The number of images at once where nothing is learned.
        count: The number of images, n.
    """

    base: str
    adapter: str
    targets: tuple[str, ...]
    rate: float
    splits: int
    deals: int
    batch: int
    count: int

    @property
    def tower(self) -> "torch.nn.Module": ...

    def embed(self, rows: Rows) -> "torch.Tensor":
        """Return the features of b images, (b, d) float32, L2-normalised, with gradients where they are enabled."""
        ...


def features(descriptions: Descriptions, names: Sequence[str] = FEATURES) -> Vectors:
    """Return the views that a linear map starts from side by side, (n, d) float32, NaN where nothing was measured.

    Raises:
        tools.errors.UsageError: None of the views is here.
    """
    views = [View(name, prepared(name, descriptions)) for name in names if name in descriptions.views]
    if not views:
        raise UsageError(f"Nothing can be tuned: this collection has none of the views {', '.join(names)}")
    return side_by_side(views)


def tunable(activations: Activations) -> Tunable:
    """Return the network for the activations: a linear map for (n, d), the last convolutions for (n, h, w, c).

    Raises:
        tools.errors.UsageError: There are fewer than two images, or the shape is another one.
    """
    if len(activations) < 2 or activations.ndim not in (2, 4):
        raise UsageError(
            "Nothing can be tuned: give at least two images, as (n, d) or as (n, h, w, c) numbers"
        )
    return TunableMap(activations) if activations.ndim == 2 else TunableBlocks(activations)


def embedded(network: Tunable, rows: Rows, progress: Progress = silent) -> Vectors:
    """Return the current features of r images, (r, d) float32, L2-normalised."""
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), network.batch):
            parts.append(network.embed(rows[start : start + network.batch]).numpy())
            progress("tuned features", min(start + network.batch, len(rows)), len(rows))
    return np.concatenate(parts)


class TunableMap:
    """Maps features linearly, at first by the identity; its low-rank update, W = I + B A, mixes the columns of (n, d)
    features."""

    targets: tuple[str, ...] = ("map",)
    rate = 0.01
    splits = 8
    deals = 29
    batch = 4096

    def __init__(self, data: Activations) -> None:
        import torch
        from torch.nn import Linear, ModuleDict
        from torch.nn.utils import skip_init

        self.count = len(data)
        self._data = np.asarray(data[np.arange(len(data))], np.float32)
        width = self._data.shape[1]
        linear: Linear = skip_init(Linear, width, width, bias=False)  # type: ignore[no-untyped-call]
        linear.weight.data.copy_(torch.eye(width))
        self.tower = ModuleDict({"map": linear}).requires_grad_(False)
        self.base = f"views-{digest(self._data)}"
        self.adapter = ""

    def embed(self, rows: Rows) -> "torch.Tensor":
        """Return features as `Tunable.embed` says."""
        import torch
        from torch.nn.functional import normalize

        mapped: torch.Tensor = self.tower["map"](torch.from_numpy(self._data[rows]))
        return normalize(mapped, dim=1)


class TunableBlocks:
    """Runs the last blocks of EfficientNet-lite2; each of their outputs is standardised and counts as much as the
    others."""

    rate = 3e-3
    splits = 3
    deals = 14
    batch = 16

    def __init__(self, begun: Activations) -> None:
        import torch

        from tools.models.bundled import last_blocks

        self.count = len(begun)
        self._begun = begun
        self._run = last_blocks.run
        self.targets: tuple[str, ...] = last_blocks.TARGETS
        self.tower = last_blocks.load_last_blocks()
        self.adapter = ""
        sample = np.sort(np.random.default_rng(0).permutation(len(begun))[:SAMPLE])
        with torch.no_grad():
            parts = np.array_split(sample, -(-len(sample) // self.batch))
            outputs = [self._run(self.tower, begun[part]) for part in parts]
            ends = [torch.cat(end) for end in zip(*outputs, strict=True)]
            self._usual = [(end.mean(0), end.std(0, correction=0) + 1e-3) for end in ends]
        self.base = (
            f"tail{last_blocks.FIRST}-{digest(*(part.numpy() for pair in self._usual for part in pair))}"
        )

    def embed(self, rows: Rows) -> "torch.Tensor":
        """Return features as `Tunable.embed` says."""
        import torch
        from torch.nn.functional import normalize

        ends = self._run(self.tower, self._begun[rows])
        parts = [
            normalize((end - mean) / deviation, dim=1)
            for end, (mean, deviation) in zip(ends, self._usual, strict=True)
        ]
        return normalize(torch.cat(parts, dim=1), dim=1)
