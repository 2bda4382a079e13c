"""Times each stage of a folder but the networks and the grouping, at several sizes, and fits exponents.

Run: python -m tests.benchmarks.stages [--images 1000 3000 10000]

The pictures are small and drawn; a stand-in that measures nothing takes the place of the experts, with as many numbers
a picture as theirs. `regroup bench --speed` measures the experts, `python -m tests.benchmarks.scale` the grouping. The
sizes run one after another in one process. Seconds are those of computing in this process, without the two that decode,
so that a busy machine says nearly the same as an idle one. What is fitted is log(seconds) over log(images).
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from assistant.engine.look_at_files import look_in_turn
from assistant.engine.look_at_shard import look_at_shard
from assistant.engine.merge_shards import merge_shards
from assistant.engine.shard import Shard
from assistant.workspace import Workspace
from tools.describe.describe import key, look
from tools.models.ports import Findings, Pixels, Slot, SlotSpec
from tools.scan.collection import scan
from tools.scan.file_list import list_files
from tools.scan.prefetch import decoded

COLUMNS = 7_597
"""The numbers of float32 that the bundled experts keep of a picture, all views together."""
VIEWS = 43
"""The views among which they are shared out."""


class StandIn:
    """Finds the same in every picture, at once."""

    name, version = "standin", "1"
    specs = (SlotSpec("mood", ("mood",), tuple(f"standin.{i}" for i in range(VIEWS))),)

    def missing(self) -> str | None:
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        rows = np.ones((len(batch), COLUMNS // VIEWS), np.float32)
        views = dict.fromkeys(self.specs[0].views, rows)
        return Findings(dict(views), [[Slot("mood", "calm", 0.5)] for _ in batch])


def draw(folder: Path, n: int) -> None:
    """Draws n pictures of 32 x 32 pixels, a hundred in each folder."""
    rng = np.random.default_rng(n)
    for i in range(n):
        place = folder / f"{i // 100:05}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(place / f"{i:07}.jpg")


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(n: int, top: Path) -> dict[str, float]:
    """Seconds of computing of each stage at one size, and bytes a picture."""
    folder, expert, row = top / "pictures", StandIn(), dict[str, float](images=n)
    draw(folder, n)

    def timed(stage: str, work: Callable[[], object]) -> object:
        begun = time.process_time()
        made = work()
        row[stage] = round(time.process_time() - begun, 3)
        return made

    timed("list", lambda: list_files(folder))
    with Workspace(top / "workspace") as workspace:
        with workspace.open(folder) as shelf:
            collection = scan(folder, shelf.index, pictures=shelf.pictures)
            timed("scan again", lambda: scan(folder, shelf.index, pictures=shelf.pictures))
        timed("scan", lambda: scan(folder))
        timed("decode", lambda: sum(1 for _ in decoded(collection, collection.ids)))
        timed(
            "look and keep",
            lambda: look(collection.ids, lambda ids: decoded(collection, ids), [expert], workspace.cache),
        )
        timed("read a view", lambda: workspace.cache.view(key(expert), "standin.0", collection.ids))
        row["bytes kept a picture"] = round(size(top / "workspace" / "cache") / n)
    timed("shard", lambda: look_at_shard(folder, top / "out", Shard(), [expert], look_in_turn))
    row["bytes of a shard a picture"] = round(size(top / "out") / n)
    with Workspace(top / "merged") as workspace:
        timed("merge", lambda: merge_shards([top / "out"], [expert], workspace.cache))
        timed(
            "read a view after a merge",
            lambda: workspace.cache.view(key(expert), "standin.0", collection.ids),
        )
        row["files after a merge"] = len(list((top / "merged").rglob("*.npy")))
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return row


def exponents(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The slope of log(seconds) over log(images) of each stage."""
    sizes = np.log([row["images"] for row in rows])
    stages = [name for name in rows[0] if name != "images" and "a picture" not in name and name != "peak_mb"]
    slopes = {
        name: np.polyfit(sizes, np.log([max(row[name], 1e-3) for row in rows]), 1)[0] for name in stages
    }
    return {name: round(float(slope), 2) for name, slope in slopes.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 3000, 10_000])
    rows = []
    for n in parser.parse_args().images:
        with tempfile.TemporaryDirectory() as top:
            rows.append(measure(n, Path(top)))
        json.dump(rows[-1], sys.stdout)
        print(flush=True)
    if len(rows) > 1:
        json.dump({"exponents": exponents(rows)}, sys.stdout)
        print()


if __name__ == "__main__":
    main()
