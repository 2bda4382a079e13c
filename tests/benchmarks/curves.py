"""The curves of `tests.benchmarks.per_answer`: means, areas, the fixed best peer, wins and losses.

`python -m tests.benchmarks.curves FILE.csv` prints them.
"""

import csv
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

Case = tuple[str, str]
REGROUP = "regroup"
YES_NO, RANDOM = "regroup yes/no", "regroup random"
TOLD = 0.01
"""A difference in AMI below this is neither won nor lost."""


class Curves:
    """What each learner reached, the mean over the seeds, by criterion and number of answers.

    Args:
        rows: The rows of the file, all values as text.
        measure: A column, such as "ami".
    """

    def __init__(self, rows: Iterable[Mapping[str, str]], measure: str = "ami") -> None:
        found: dict[tuple[str, Case, int], list[float]] = {}
        for row in rows:
            if row.get(measure):
                key = row["learner"], (row["folder"], row["criterion"]), int(row["answers"])
                found.setdefault(key, []).append(float(row[measure]))
        self._mean = {key: fmean(values) for key, values in found.items()}
        self.learners = list(dict.fromkeys(learner for learner, _, _ in self._mean))
        self.cases = list(dict.fromkeys(case for _, case, _ in self._mean))
        self.counts = sorted({count for _, _, count in self._mean})

    @property
    def peers(self) -> list[str]:
        """The learners by labels that are not Regroup's."""
        return [name for name in self.learners if not name.startswith((REGROUP, "cobras"))]

    @property
    def yes_no_peers(self) -> list[str]:
        """The learners by yes/no answers that are not Regroup's."""
        return [name for name in self.learners if name.startswith("cobras")]

    def at(self, learner: str, case: Case, count: int) -> float | None:
        """One point of a curve on one criterion."""
        return self._mean.get((learner, case, count))

    def mean(self, learner: str, count: int) -> float | None:
        """One point of the mean curve over all criteria."""
        values = [value for case in self.cases if (value := self.at(learner, case, count)) is not None]
        return fmean(values) if values else None

    def area(self, learner: str, start: int) -> float:
        """The area under the mean curve from `start` answers on, divided by its width."""
        points = [(c, m) for c in self.counts if c >= start and (m := self.mean(learner, c)) is not None]
        steps = itertools.pairwise(points)
        total = sum((b - a) * (low + high) / 2 for (a, low), (b, high) in steps)
        return total / (points[-1][0] - points[0][0])

    def best(self, names: Sequence[str], count: int) -> str:
        """The one learner of these that is best on the mean over all criteria."""
        return max(names, key=lambda name: self.mean(name, count) or 0.0)

    def won_and_lost(self, other: str, count: int, ours: str = REGROUP) -> tuple[int, int]:
        """On how many criteria ours is ahead of another learner, and on how many behind."""
        gaps = [
            a - b
            for case in self.cases
            if (a := self.at(ours, case, count)) is not None
            and (b := self.at(other, case, count)) is not None
        ]
        return sum(gap > TOLD for gap in gaps), sum(gap < -TOLD for gap in gaps)

    def needed(self, learner: str, reached: float) -> float | None:
        """The number of answers after which a mean curve reaches a value, read off between its points."""
        points = [(c, m) for c in self.counts if (m := self.mean(learner, c)) is not None]
        for (a, low), (b, high) in itertools.pairwise(points):
            if low < reached <= high:
                return a + (b - a) * (reached - low) / (high - low)
        return float(points[0][0]) if points[0][1] >= reached else None


def lines(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The report, line by line."""
    curves = Curves(rows)
    counts = curves.counts
    yield f"mean AMI of unasked pictures, {len(curves.cases)} criteria; area from 8 on"
    for name in sorted(curves.learners, key=lambda name: -curves.area(name, 8)):
        cells = " ".join(f"{m:5.3f}" if (m := curves.mean(name, c)) is not None else "     " for c in counts)
        yield f"{name:34} {cells}  {curves.area(name, 8):.3f}"
    for ours, peers in ((REGROUP, curves.peers), (YES_NO, curves.yes_no_peers)):
        for count in (8, 16, 32):
            if peers and curves.mean(ours, count) is not None:
                best = curves.best(peers, count)
                won, lost = curves.won_and_lost(best, count, ours)
                reached = f"{curves.mean(ours, count):.3f}; {best} {curves.mean(best, count):.3f}"
                yield f"{ours} at {count}: {reached}; won {won}, lost {lost}"
    for count in (8, 16, 32):
        if (reached := curves.mean(RANDOM, count)) is not None:
            yield f"random's {reached:.3f} at {count} takes Regroup {curves.needed(REGROUP, reached) or 0:.1f} answers"
    for measure in ("ari", "nmi_all", "ece", "sure"):
        other = Curves(rows, measure)
        values = " ".join(f"{m:5.3f}" for c in counts if (m := other.mean(REGROUP, c)) is not None)
        yield f"{REGROUP} {measure}: {values}"


if __name__ == "__main__":
    read: list[dict[str, str]] = []
    for name in sys.argv[1:]:
        with Path(name).open(newline="", encoding="utf-8") as file:
            read += csv.DictReader(file)
    print("\n".join(lines(read)))
