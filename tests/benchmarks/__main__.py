"""Measure on drawn pictures, and write the rows to docs/benchmarks: `python -m tests.benchmarks`.

`python -m tests.benchmarks.page` makes the page from them.
"""

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

from tests.benchmarks import drawn, mfavbs, multi_sub, walk
from tests.benchmarks.records import DATA, show

TABLES: dict[str, Callable[[Path, int], Iterable[dict[str, str]]]] = {
    "drawn": lambda kept, seeds: drawn.table(drawn.Bench(kept), seeds),
    "walk": lambda kept, seeds: walk.table(walk.WalkBench(kept), seeds),
    "mfavbs": lambda kept, seeds: mfavbs.table(kept, seeds=seeds),
    "multi_sub": lambda kept, seeds: multi_sub.table(drawn.Bench(kept), seeds),
}
"""File in docs/benchmarks to what measures its rows, given the folder of the tests' models and a number of seeds."""


def main() -> None:
    """Read the command line, measure, and write each file as soon as all of its rows are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=DATA, help="the folder for the files")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    given = parser.parse_args()
    kept = Path(os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests"))
    for name in given.only:
        show(TABLES[name](kept, given.seeds), given.into / f"{name}.csv")


if __name__ == "__main__":
    main()
