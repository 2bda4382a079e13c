"""All measurements on drawn pictures, as sections of a report: `python -m tests.benchmarks --into BENCHMARKS.md`.

`regroup bench --report BENCHMARKS.md` leaves these sections where they are, and this leaves its tables.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from assistant.bench.report import put
from tests.benchmarks import drawn, mfavbs, walk

Say = Callable[[str], None]
TITLES = {
    "drawn": "Drawn pictures: methods that read, and their ablations (mean NMI, k given)",
    "walk": "Drawn pictures: the walk, its budget, its merge, its threshold",
    "mfavbs": "Drawn pictures: MFAVBs-CC in its small setting",
}


def main() -> None:
    """Read the command line, measure, and put each section into the report as soon as it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True, help="the report")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=TITLES, default=list(TITLES))
    given = parser.parse_args()
    kept = Path(os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests"))
    tables: dict[str, Callable[[Say], None]] = {
        "drawn": lambda say: drawn.table(drawn.Bench(kept), given.seeds, say=say),
        "walk": lambda say: walk.table(walk.WalkBench(kept), given.seeds, "", say),
        "mfavbs": lambda say: mfavbs.table(kept, 400, mfavbs.SMALL.epochs, say),
    }
    for name in given.only:
        lines: list[str] = []

        def say(line: str, lines: list[str] = lines) -> None:
            lines.append(line)
            print(line, flush=True)

        tables[name](say)
        made = f"Made by `python -m tests.benchmarks --into {given.into.name} --seeds {given.seeds}`."
        put(given.into, name, "\n".join([f"## {TITLES[name]}", "", made, "", *lines]))


if __name__ == "__main__":
    main()
