"""The curves of `tests.benchmarks.per_answer`: means, areas, the fixed best peer, wins and losses.

`python -m tests.benchmarks.curves FILE.csv ... --into docs/benchmarks/unasked.csv` prints them and keeps the means.
"""

import argparse
import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from tests.benchmarks.records import APART, Case, figure, folders, markdown, show

REGROUP = "regroup"
YES_NO, RANDOM = "regroup yes/no", "regroup random"
SMALL = "emoji_faces"
"""The folder of whose pictures a tenth is fewer than eight."""
TOLD = 0.01
"""A difference in AMI below this is neither won nor lost."""


class Curves:
    """What each learner reached, the mean over the seeds, by criterion and number of answers.

    A criterion on which not every learner was measured counts for none.

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
        there = {(learner, case) for learner, case, _ in self._mean}
        self.cases = [
            case
            for case in dict.fromkeys(case for _, case, _ in self._mean)
            if all((learner, case) in there for learner in self.learners)
        ]
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


SHOWN = (8, 16, 32)
"""The numbers of answers at which Regroup is compared with the best peer."""
TITLES = {
    REGROUP: "**Regroup**",
    RANDOM: "Regroup learns, random questions",
    YES_NO: "**Regroup**, its labels got by yes and no",
    "random": "random",
    "typiclust": "TypiClust",
    "maxherding": "MaxHerding",
    "cobras": "COBRAS",
    "nearest": "nearest neighbour",
    "spreading": "label spreading",
    "logistic": "logistic regression",
    "routed": "routed views",
    "general": "general views",
}


def title(learner: str) -> str:
    """A learner in words."""
    return TITLES.get(learner) or ", ".join(TITLES.get(part, part) for part in learner.split())


def condensed(rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """One row for all seeds of a learner, a criterion and a number of answers, as docs/benchmarks keeps them."""
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[part] for part in ABOUT), []).append(row)
    for key, those in groups.items():
        means = {
            measure: f"{fmean(values):.4f}"
            if (values := [float(row[measure]) for row in those if row[measure]])
            else ""
            for measure in MEASURES
        }
        yield dict(zip(ABOUT, key, strict=True)) | {"seeds": str(len(those))} | means


ABOUT = ("folder", "criterion", "learner", "answers")
MEASURES = ("ami", "ari", "nmi_all", "ece", "sure")


def table(curves: Curves, learners: Sequence[str]) -> Iterator[dict[str, str]]:
    """The mean AMI of each learner by number of answers, and the area under it, the best first."""
    for name in sorted(learners, key=lambda name: -curves.area(name, SHOWN[0])):
        means = {str(count): figure(curves.mean(name, count)) for count in curves.counts if count}
        yield (
            {"": title(name)}
            | means
            | {f"area {SHOWN[0]} to {SHOWN[-1]}": figure(curves.area(name, SHOWN[0]))}
        )


def against(curves: Curves, peers: Sequence[str], ours: str = REGROUP) -> Iterator[dict[str, str]]:
    """Regroup beside the one peer that is best on the mean at that number of answers."""
    for count in SHOWN:
        best = curves.best(peers, count)
        won, lost = curves.won_and_lost(best, count, ours)
        yield {
            "answers": str(count),
            "Regroup": figure(curves.mean(ours, count)),
            "best fixed peer": f"{figure(curves.mean(best, count))} {title(best)}",
            "won": str(won),
            "lost": str(lost),
            "neither": str(len(curves.cases) - won - lost),
        }


def of_page(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What docs/benchmarks/page.md takes from the rows."""
    curves = Curves(rows)
    other = {measure: Curves(rows, measure) for measure in MEASURES}
    needed = {}
    for count in (8, 16):
        reached = curves.mean(RANDOM, count) or 0.0
        needed[f"unasked_needed_{count}"] = figure(curves.needed(REGROUP, reached), 1)
    reached = {f"unasked_{count}": figure(curves.mean(REGROUP, count), 2) for count in SHOWN}
    peer = {
        f"unasked_peer_{count}": figure(curves.mean(curves.best(curves.peers, count), count), 2)
        for count in SHOWN
    }
    return (
        needed
        | reached
        | peer
        | {
            "unasked_criteria": str(len(curves.cases)),
            "unasked_folders": str(len({folder for folder, _ in curves.cases})),
            "unasked_rows": str(len(rows)),
            "unasked_left_out": left_out(curves),
            "unasked_seeds": listed_seeds(rows),
            "unasked_labels": markdown(table(curves, [REGROUP, RANDOM, *curves.peers])),
            "unasked_yes_no": markdown(table(curves, [YES_NO, *curves.yes_no_peers])),
            "unasked_against": markdown(against(curves, curves.peers)),
            "unasked_against_yes_no": markdown(against(curves, curves.yes_no_peers, YES_NO)),
            **{
                f"unasked_{measure}_{count}": figure(other[measure].mean(REGROUP, count), 2)
                for measure in ("ari", "nmi_all", "ece", "sure")
                for count in (0, *SHOWN)
            },
        }
    )


def left_out(curves: Curves) -> str:
    """Which folders of the page have no criterion among the curves, and why."""
    there = {folder for folder, _ in curves.cases}
    missing = [f"`{folder}`" for folder in folders() if folder not in there and folder not in (SMALL, APART)]
    return f"`{SMALL}` is too small for a tenth; not measured: {', '.join(missing)}"


def listed_seeds(rows: Iterable[Mapping[str, str]]) -> str:
    """How many seeds the rows are means of, such as "5" or "3 to 5"."""
    seeds = sorted({int(row["seeds"]) for row in rows})
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"


def read(paths: Iterable[Path]) -> list[dict[str, str]]:
    """The rows of some files."""
    rows: list[dict[str, str]] = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, help="the file for the means over the seeds")
    given = parser.parse_args()
    means = list(condensed(read(given.files)))
    if given.into:
        show(means, given.into)
    for name, value in of_page(means).items():
        print(f"{name}:", f"\n{value}" if "|" in value else value)


if __name__ == "__main__":
    main()
