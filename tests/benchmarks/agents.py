"""Measure the walk on folders of real pictures: `python -m tests.benchmarks.agents FOLDER ... --into FILE`.

A simulated judge knows the labels and is right with a stated probability; asked the same again it answers the same. The
rows vary its accuracy, the budget of its calls, tau, and the merge, one at a time, around accuracy .9 and the defaults.
Two rows of each criterion are for comparison: k-means, and the tags that the words are matched with, k given.
"""

import argparse
import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.labelled import Case, Ran, cases, mean
from tests.benchmarks.records import show
from tools.fuse.method_context import method_context
from tools.fuse.tags import matched, tags

ACCURACIES = (0.7, 0.8, 0.9, 1.0)
BUDGETS = ("0", "0.05", "0.1", "0.3", "1", "none")
TAUS = ("none", "0.5", "0.6", "0.7", "0.8", "0.9")
USUAL = 0.9
"""The accuracy of the judge where something else is varied."""


class SimulatedJudge:
    """Knows the labels, is right with a stated probability, and counts its calls.

    Args:
        labels: The label of each image.
        accuracy: The probability of a right answer.
        seed: Of the choice of wrong answers.
    """

    name = "simulated"

    def __init__(self, labels: Sequence[str], accuracy: float, seed: int) -> None:
        self.labels, self.accuracy, self.seed = labels, accuracy, seed
        self.calls = 0
        self._lock = threading.Lock()

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Say .95 where the image's label is that of most exemplars and .05 otherwise, or the other way round."""
        with self._lock:
            self.calls += 1
        kinds = [self.labels[other] for other in exemplars]
        yes = bool(kinds) and self.labels[row] == max(sorted(set(kinds)), key=kinds.count)
        asked = f"{self.seed} {row} {list(exemplars)} {criterion}".encode()
        chance = int.from_bytes(hashlib.sha256(asked).digest()[:4]) / 2**32
        return 0.95 if yes == (chance < self.accuracy) else 0.05


def settings() -> Iterator[tuple[str, str, float | None, bool]]:
    """Yield what is varied, the method with its options, the accuracy of the judge, and whether k is given."""
    for given in (True, False):
        yield "accuracy", "walk", None, given
        for accuracy in ACCURACIES:
            yield "accuracy", "walk", accuracy, given
    for budget in BUDGETS:
        yield "budget", f"walk:budget={budget}", USUAL, False
    for tau in TAUS:
        yield "tau", f"walk:tau={tau}", USUAL, False
    for accuracy in (USUAL, None):
        yield "merge", "walk:merge=off", accuracy, False
    yield "settle", "walk:settle=off", None, True


def row(
    case: Case, varied: str, method: str, judge: str, k: str, ran: list[Ran], calls: float
) -> dict[str, str]:
    """One row of the file."""
    return {
        "folder": case.folder,
        "criterion": case.criterion,
        "images": str(len(case.labels)),
        "k_true": str(case.k),
        "varied": varied,
        "method": method,
        "judge": judge,
        "k": k,
        "nmi": mean([r.nmi for r in ran]),
        "groups": f"{sum(r.groups for r in ran) / len(ran):.1f}",
        "calls_per_image": f"{calls / len(ran) / len(case.labels):.3f}",
        "seconds": f"{sum(r.seconds for r in ran) / len(ran):.1f}",
    }


def matched_tags(case: Case) -> Ran:
    """The tags that the words of the images are matched with, as many as there are groups."""
    request = case.request("walk", case.k, 0)
    context = method_context(case.criterion, request.words, case.descriptions, request.texts)
    names = tags(context.values, case.k)
    labels = matched(context, names).tolist() if names else [0] * len(case.labels)
    return Ran(case.nmi(labels), len(set(labels) - {-1}), 0.0)


def table(folders: list[Path], seeds: int, only: str = "") -> Iterator[dict[str, str]]:
    """A row per criterion and setting as soon as it is known: means over the seeds."""
    for case in cases(folders):
        yield row(case, "", "matched tags", "", "given", [matched_tags(case)], 0)
        usual = [case.run("kmeans", case.k, seed) for seed in range(seeds)]
        yield row(case, "", "kmeans", "", "given", usual, 0)
        for varied, method, accuracy, given in settings():
            if only and varied != only:
                continue
            ran, calls = [], 0
            for seed in range(seeds):
                judge = None if accuracy is None else SimulatedJudge(case.labels, accuracy, seed)
                ran.append(case.run(method, case.k if given else None, seed, judge))
                calls += judge.calls if judge else 0
            told = "" if accuracy is None else f"{accuracy:g}"
            yield row(case, varied, method, told, "given" if given else "found", ran, calls)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="what is varied: accuracy, budget, tau, merge, settle")
    parser.add_argument("--into", type=Path, help="the CSV file for the rows")
    given = parser.parse_args()
    show(table(given.folders, given.seeds, given.only), given.into)


if __name__ == "__main__":
    main()
