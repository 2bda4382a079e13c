"""Mosaics of grey tiles in which what the user means is there and hardly shows; and the expert that sees each tile.

Quick to draw and to look at, and tuning helps for real: the groups are three directions among louder ones.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.desk import Desk
from tools.clustering.constraints import Label
from tools.models.bundled import tier
from tools.models.ports import Findings, Pixels, SlotSpec
from tools.tune.tunable import TunableMap
from tools.tune.tune_features import CHANCE

N = 60
SIDE = 8
TILE = 4
GROUPS = ("ash", "birch", "cedar")
CRITERION = "bark"
"""What no expert sees by name."""


def draw(folder: Path, n: int = N) -> Path:
    """Draw `n` mosaics into a folder, each with its group in its file name, and return the folder."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    loud = 1.5 * np.eye(2)[rng.integers(0, 2, n)]
    quiet = np.eye(3)[np.arange(n) % 3] + rng.normal(0, 0.1, (n, 3))
    plain = np.concatenate([quiet, loud, rng.normal(0, 0.1, (n, 15))], axis=1)
    turned, _ = np.linalg.qr(rng.normal(size=(SIDE * SIDE, 20)))
    tiles = (128 + 110 * (plain @ turned.T)).clip(0, 255).astype(np.uint8).reshape(n, SIDE, SIDE)
    for i, rows in enumerate(tiles):
        name = f"{i:02}-{GROUPS[i % 3]}.png"
        Image.fromarray(rows.repeat(TILE, 0).repeat(TILE, 1)).convert("RGB").save(folder / name)
    return folder


def truth(desk: Desk, image: str) -> str:
    """The group that the user means."""
    return desk.collection.by_id(image).path.stem.split("-")[1]


def answers(desk: Desk, start: int = 0, end: int = 30) -> list[Label]:
    """What the user would say of some of the pictures."""
    return [Label(image, truth(desk, image)) for image in desk.collection.ids[start:end]]


class TileExpert:
    """Sees how bright each tile is, and has no word for anything."""

    name = "object"
    version = "tiles"
    specs: tuple[SlotSpec, ...] = (SlotSpec("tiles", ("tiles of grey",), ("object.kind",)),)

    def missing(self) -> str | None:
        """It can always run."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """(b, 64): the tiles row by row."""
        middle = [pixels[TILE // 2 :: TILE, TILE // 2 :: TILE, 0].ravel() for pixels in batch]
        return Findings({"object.kind": np.stack(middle).astype(np.float32) / 255})


def hurry(patch: pytest.MonkeyPatch) -> None:
    """This expert alone, and as few trials as tell what chance does."""
    patch.setattr(tier, "experts", lambda store: [TileExpert()])
    patch.setattr(tier, "slow_experts", list)
    patch.setattr(TunableMap, "splits", 2)
    patch.setattr(TunableMap, "deals", CHANCE - 1)
