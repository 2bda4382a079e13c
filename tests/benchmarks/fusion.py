"""Measure fusion beside what it is made from: `python -m tests.benchmarks.fusion --data DIR [--seeds 3]`.

For every criterion of four folders: the matched tags alone (MLLM_MC, Eq. 5), k-means on the image input of the methods
alone, and the methods. A fusion that is worse than either has lost something. The rows are kept in
docs/benchmarks/fusion.jsonl, and those that are there are not measured again, unless with --afresh.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assistant.cli import main as regroup
from tests.benchmarks.records import DATA, rows
from tools.clustering.constraints import Constraint
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.registry import METHODS
from tools.fuse.tags import matched, tags
from tools.progress import Progress, silent
from tools.views import View, side_by_side

FOLDERS = ("fruit360_crossed", "coil100_9", "cmuface", "cards")
FUSED = ("mllm_mc", "gated", "sac", "walk")
MARGIN = 0.02
"""The NMI by which a fusion may be below what it is made from."""
ROWS = DATA / "fusion.jsonl"


class _Part(Method):
    """One side of a fusion, which no method of the package is."""

    about = "a part of a fusion, for comparison"
    multimodal = True


class MatchedTags(_Part):
    """Each image is in the group of the tag that it is matched with."""

    name = "tags"
    encodes_pictures = True

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """One column for each tag; rows of zeros for images without words."""
        assert context is not None and k is not None
        tag = matched(context, tags(context.values, k))
        return (tag[:, None] == np.arange(k)[None]).astype(np.float32)


class EncodedImages(_Part):
    """K-means on the image input of methods that encode pictures: mllm_mc, gated."""

    name = "encoded"
    encodes_pictures = True

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """K-means on the views of the pixels that have a weight."""
        assert k is not None
        points = side_by_side([view for view in views if view.kind == "image" and view.weight > 0])
        return constrained_kmeans(points, images, constraints, k, seed, context)


class RoutedImages(EncodedImages):
    """K-means on the image input of methods that take the routed views: sac."""

    name = "routed"
    encodes_pictures: ClassVar[bool] = False


PARTS: tuple[type[Method], ...] = (MatchedTags, EncodedImages, RoutedImages)
INPUT = {"mllm_mc": "encoded", "gated": "encoded", "sac": "routed", "walk": "kmeans"}
"""The image input of each method; agents walk on the views that the criterion was routed to, whatever these are."""


def measure(data: Path, seeds: int) -> None:
    """Measure what is not in the rows yet."""
    METHODS.update({part.name: part for part in PARTS})
    methods = [f"--method={name}" for name in (*FUSED, "kmeans", *(part.name for part in PARTS))]
    report = ROWS.with_suffix(".md")
    folders = [str(data / folder) for folder in FOLDERS]
    failed = regroup(
        [
            "bench",
            *folders,
            "--groups",
            "truth",
            "--seeds",
            str(seeds),
            "--tier",
            "bundled",
            *methods,
            "--report",
            str(report),
        ]
    )
    report.unlink(missing_ok=True)
    ROWS.with_name(f"{ROWS.name}.lock").unlink(missing_ok=True)
    if failed:
        sys.exit(failed)


def lines() -> list[str]:
    """A line for each criterion, with what is below its parts by more than `MARGIN`."""
    found = {(row["folder"], row["criterion"], row["method"]): row.get("nmi") for row in rows(ROWS.name)}
    told = ["| folder | criterion | tags | encoded | routed | kmeans | " + " | ".join(FUSED) + " | below |"]
    told.append("|---" * (7 + len(FUSED)) + "|")
    for folder, criterion in dict.fromkeys(key[:2] for key in found):
        at = {
            method: found.get((folder, criterion, method))
            for method in (*FUSED, "kmeans", *(p.name for p in PARTS))
        }
        below = []
        for method in FUSED:
            if at[method] is None:
                continue
            for part in ("tags", INPUT[method]):
                if at[part] is not None and at[method] < at[part] - MARGIN:
                    below.append(f"{method} < {part}")
        cells = [at["tags"], at["encoded"], at["routed"], at["kmeans"], *(at[method] for method in FUSED)]
        shown = ["-" if cell is None else f"{cell:.3f}".removeprefix("0") for cell in cells]
        told.append(f"| {folder} | {criterion} | {' | '.join(shown)} | {', '.join(below)} |")
    return told


def main() -> None:
    """Measure where a folder is given, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with the benchmarks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--afresh", action="store_true", help="forget the rows that are there")
    given = parser.parse_args()
    if given.afresh:
        ROWS.unlink(missing_ok=True)
    if given.data is not None:
        measure(given.data, given.seeds)
    print("\n".join(lines()))


if __name__ == "__main__":
    main()
