"""Attacks the program, and prints what held: `python -m tests.faults [--full]`.

Without --full it takes a minute or two; with it, an hour: 200 kills, 300 failing operations, 10,000 random steps, and
ten minutes for each thing that is fuzzed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.fuzz import FUZZED, fuzz
from tests.faults.kills import attack
from tests.faults.scenario import BEFORE
from tests.faults.steps import walk

ERRORS = ("ENOSPC", "EIO", "EACCES")


def main() -> None:
    """Run the attacks and print a row for each: what, tries, held, broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of it, which takes about an hour")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    kills, errors, steps, seconds = (20, 10, 10_000, 600) if options.full else (4, 1, 300, 5)
    broke = 0
    print("| attack | tries | held | broke |\n|---|---|---|---|")

    def row(what: str, tries: int, wrong: list[str]) -> None:
        nonlocal broke
        broke += len(wrong)
        print(f"| {what} | {tries:,} | {tries - len(wrong):,} | {len(wrong)} |", flush=True)
        for line in wrong[:5]:
            print(f"{what}: {line}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="regroup-faults-") as work:
        for how, most in (("kill", kills), *((error, errors) for error in ERRORS)):
            for scenario in BEFORE:
                tries, wrong = attack(Path(work).resolve(), scenario, how, most, options.seed)
                row(f"{how}: {scenario}", tries, wrong)
    row("random export, undo, redo", steps, walk(steps, options.seed))
    for what in FUZZED:
        row(f"fuzzed {what}", *fuzz(what, seconds, options.seed))
    sys.exit(1 if broke else 0)


if __name__ == "__main__":
    main()
