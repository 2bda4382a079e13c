"""Tells whether the experts still find the same in real pictures after a change, and what each takes of the processor.

Run: python -m tests.benchmarks.same_findings keep FILE FOLDER ... [--pictures 200] [--experts face cards]
     python -m tests.benchmarks.same_findings compare BEFORE AFTER

`keep` has each expert look at pictures that are spread evenly over each folder, `STEP` at a time as in a grouping, and
writes what it found to FILE. `compare` tells for each folder and expert the least cosine between the rows of a view
before and after, how many rows of all views are not equal in direction (a cosine below .999, or seen in one of the two
alone), the share of pictures of which the same words are said, and processor milliseconds a picture before and after,
measured in one thread. Faster ways to compute the same differ by rounding only: .999 and 99.5 % are what an expert has
to hold to keep its version.
"""

import argparse
import pickle
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tools.decode.decode import decode, is_image_name
from tools.describe.describe import STEP
from tools.models.bundled import tier
from tools.models.ports import Expert, Findings, Pixels, Vectors, joined
from tools.models.weight_store import WeightStore
from tools.scan.file_list import list_files

SAME = 0.999
"""The cosine from which two rows of a view are the same but for rounding."""

Kept = dict[str, dict[str, Any]]


def spread(folder: Path, count: int) -> list[Pixels]:
    """Pictures of a folder at the size at which experts see them, spread evenly over its files."""
    files = [file for file in list_files(folder) if is_image_name(file.path.name)]
    return [decode(folder / file.path, 640) for file in files[:: max(1, len(files) // count)][:count]]


def looked(experts: Sequence[Expert], pictures: Sequence[Pixels]) -> dict[str, tuple[Findings, float]]:
    """What each expert finds in pictures, and the processor seconds that it took after its networks were loaded.

    The experts look at the same few pictures one after another, so that what they share is counted to the first."""
    parts: dict[str, list[Findings]] = {expert.name: [] for expert in experts}
    seconds = dict.fromkeys(parts, 0.0)
    with threadpool_limits(1, "blas"):
        for expert in experts:
            expert.look(pictures[:2])
        for row in range(0, len(pictures), STEP):
            for expert in experts:
                start = time.thread_time()
                parts[expert.name].append(expert.look(pictures[row : row + STEP]))
                seconds[expert.name] += time.thread_time() - start
    return {name: (joined(found), seconds[name]) for name, found in parts.items()}


def keep(file: Path, folders: Sequence[Path], count: int, names: Sequence[str]) -> None:
    """Write what the experts find in each folder."""
    experts = [
        expert
        for expert in tier.experts(WeightStore())
        if expert.missing() is None and (not names or expert.name in names)
    ]
    kept: Kept = {}
    for folder in folders:
        pictures = spread(folder, count)
        for name, (found, seconds) in looked(experts, pictures).items():
            kept[f"{folder.name} {name}"] = {
                "views": found.views,
                "words": [{slot.name: slot.value for slot in slots} for slots in found.slots],
                "milliseconds": 1e3 * seconds / len(pictures),
            }
    file.write_bytes(pickle.dumps(kept))


def cosines(before: Vectors, after: Vectors) -> Vectors:
    """The cosine of each row with its namesake: 1 where both are equal or both saw nothing, 0 where one of them did."""
    seen = np.isfinite(before).all(1), np.isfinite(after).all(1)
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosine = np.einsum("ij,ij->i", before, after, dtype=np.float64) / np.maximum(norms, 1e-12)
    cosine[(before == after).all(1) | ~(seen[0] | seen[1])] = 1.0
    cosine[seen[0] != seen[1]] = 0.0
    return np.asarray(cosine)


def compare(before: Kept, after: Kept) -> None:
    """Print a line for each folder and expert that both hold."""
    print(f"{'':26}{'cosine':>9}{'other rows':>12}{'same words':>12}{'ms before':>11}{'after':>8}")
    for name in [name for name in before if name in after]:
        then, now = before[name], after[name]
        rows = np.concatenate([cosines(then["views"][view], now["views"][view]) for view in then["views"]])
        words = np.mean([one == other for one, other in zip(then["words"], now["words"], strict=True)])
        print(
            f"{name:26}{rows.min():9.5f}{int((rows < SAME).sum()):7} of {len(rows):<5}{words:8.1%}"
            f"{then['milliseconds']:12.2f}{now['milliseconds']:8.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keeping = commands.add_parser("keep")
    keeping.add_argument("file", type=Path)
    keeping.add_argument("folders", type=Path, nargs="+")
    keeping.add_argument("--pictures", type=int, default=200)
    keeping.add_argument("--experts", nargs="*", default=[])
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    given = parser.parse_args()
    if given.command == "keep":
        keep(given.file, [folder.resolve() for folder in given.folders], given.pictures, given.experts)
    else:
        compare(pickle.loads(given.before.read_bytes()), pickle.loads(given.after.read_bytes()))


if __name__ == "__main__":
    main()
