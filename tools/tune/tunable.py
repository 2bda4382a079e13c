"""Gives the tunable part of the bundled features: a linear map over several views."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions
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


def features(descriptions: Descriptions, names: Sequence[str] = FEATURES) -> Vectors:
    """Return the views that a linear map starts from side by side, (n, d) float32, NaN where nothing was measured.

    Raises:
        tools.errors.UsageError: None of the views is here.
    """
    views = [View(name, prepared(name, descriptions)) for name in names if name in descriptions.views]
    if not views:
        raise UsageError(f"Nothing can be tuned: this collection has none of the views {', '.join(names)}")
    return side_by_side(views)


def tunable(rows: Vectors) -> "TunableMap":
    """Return the linear map for the features of n images, (n, d) float32.

    Raises:
        tools.errors.UsageError: There are fewer than two images, or the shape is another one.
    """
    if len(rows) < 2 or rows.ndim != 2:
        raise UsageError("Nothing can be tuned: give the features of at least two images, as (n, d) numbers")
    return TunableMap(rows)


def embedded(network: "TunableMap", rows: Rows, progress: Progress = silent) -> Vectors:
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
    features. LoRA can tune it (`tools.models.hub.lora.Tunable`).

    Attributes:
        base: The network and the hash of the numbers that it starts from.
        adapter: The digest of its adapter, "" without one.
        targets: The names of the layers that are tuned.
        rate: The learning rate.
        splits: The number of trials, each with other images held out.
        deals: The number of random permutations of the answers that show what chance does.
        batch: The number of images at once where nothing is learned.
        count: The number of images, n.
    """

    targets: tuple[str, ...] = ("map",)
    rate = 0.01
    splits = 8
    deals = 29
    batch = 4096

    def __init__(self, data: Vectors) -> None:
        import torch
        from torch.nn import Linear, ModuleDict
        from torch.nn.utils import skip_init

        self.count = len(data)
        self._data = np.asarray(data, np.float32)
        width = self._data.shape[1]
        linear: Linear = skip_init(Linear, width, width, bias=False)  # type: ignore[no-untyped-call]
        linear.weight.data.copy_(torch.eye(width))
        self.tower = ModuleDict({"map": linear}).requires_grad_(False)
        self.base = f"views-{digest(self._data)}"
        self.adapter = ""

    def embed(self, rows: Rows) -> "torch.Tensor":
        """Return the features of b images, (b, d) float32, L2-normalised, with gradients where they are enabled."""
        import torch
        from torch.nn.functional import normalize

        mapped: torch.Tensor = self.tower["map"](torch.from_numpy(self._data[rows]))
        return normalize(mapped, dim=1)
