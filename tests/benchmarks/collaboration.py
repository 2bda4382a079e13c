"""Measure SAC's parts on real pictures: `python -m tests.benchmarks.collaboration FOLDER ... --into FILE`.

Tables 4 to 6 of the paper, k given: each loss, both kinds of weights and both kinds of neighbours left out, first as
printed, then as by default; sums against means; and the heads' starts. `spread` is the range of the weights w^CN at the
end of training, from their 5th to their 95th percentile; the file that is kept has two criteria and one seed.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks.labelled import cases, mean
from tests.benchmarks.records import show
from tools.errors import CannotRun
from tools.fuse.sac import Sac

PRINTED = "weights=printed,start=random,balance=4"
PARTS = {
    "all": "",
    "without w^IN": "intra_weights=off",
    "without w^CN": "inter_weights=off",
    "without weights": "intra_weights=off,inter_weights=off",
    "without L_RC^intra": "intra=off",
    "without L_RC^inter": "inter=off",
    "without L_RC": "intra=off,inter=off",
    "without L_CL": "align=0",
    "without L_BL": "balance=0",
    "L_RC alone": "align=0,balance=0",
    "sums": "sums=on",
}
"""What is left out to the options that leave it out."""
OTHERS = {
    "printed, but starts at the pictures": "weights=printed,start=image,balance=4",
    "printed weights": "weights=printed",
    "starts at the words": "start=text",
    "starts at random": "start=random",
    "lambda_b = 4": "balance=4",
}


def settings() -> Iterator[tuple[str, str]]:
    """Yield a title and the method with its options."""
    for title, options in PARTS.items():
        yield f"printed: {title}", f"sac:{PRINTED},{options}".rstrip(",")
    for title, options in PARTS.items():
        yield f"default: {title}", f"sac:{options}".rstrip(":")
    for title, options in OTHERS.items():
        yield title, f"sac:{options}"


class WatchedWeights:
    """Keeps the last weights that SAC gave, as long as it is entered."""

    def __enter__(self) -> "WatchedWeights":
        self.last = np.zeros(1)
        self._weight = Sac.weight

        def watched(made: Sac, *sides: object) -> object:
            found = self._weight(made, *sides)  # type: ignore[arg-type]
            self.last = found.numpy()
            return found

        Sac.weight = watched  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, *error: object) -> None:
        Sac.weight = self._weight  # type: ignore[method-assign]

    @property
    def spread(self) -> str:
        """From the 5th to the 95th percentile."""
        low, high = np.percentile(self.last, [5, 95])
        return f"{low:.2f}-{high:.2f}"


def table(folders: list[Path], seeds: int) -> Iterator[dict[str, str]]:
    """A row per criterion and setting as soon as it is known: means over the seeds."""
    for case in cases(folders):
        for title, method in settings():
            try:
                with WatchedWeights() as weights:
                    ran = [case.run(method, case.k, seed) for seed in range(seeds)]
            except CannotRun:
                break
            yield {
                "folder": case.folder,
                "criterion": case.criterion,
                "setting": title,
                "nmi": mean([r.nmi for r in ran]),
                "spread": weights.spread,
                "method": method,
                "seconds": f"{sum(r.seconds for r in ran) / seeds:.1f}",
            }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--into", type=Path, help="the CSV file for the rows")
    given = parser.parse_args()
    show(table(given.folders, given.seeds), given.into)


if __name__ == "__main__":
    main()
