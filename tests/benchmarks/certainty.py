"""Measure how often a grouping that says "90 % sure" is right: `python -m tests.benchmarks.certainty FOLDER ...`.

Folders with labels are grouped by each of their criteria, with the number of groups found and given, without an answer.
An image is right where it has the label that most of its group have. The odds are fitted to the images of all folders
but one, each criterion with the same weight, and said of that one: so no folder is told by its own labels. The bins go
to docs/benchmarks/certainty.csv; the constants of `tools.settle.certainty` are those of a fit to all folders.

With `--method NAME ...` it is measured instead what these methods say of their groups, by the constants that there are:
they were fitted to the default method alone. A row for each folder, criterion and method goes to
docs/benchmarks/certainty_of_methods.csv.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.settings import Settings
from tests.benchmarks.records import DATA, show, table
from tools.embed.criterion_views import criterion_views
from tools.embed.prepare import smooth
from tools.errors import CannotRun
from tools.group import group
from tools.number_of_groups import assess
from tools.settle.certainty import neighbourhood
from tools.views import side_by_side

BINS = 10
"""The number of bins of the certainty between 0 and 1."""
_SHRINK = 0.02
"""The weight of the squared coefficients in the fit, beside criteria that weigh one each."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One grouping: for each of its images what the odds are made from, (n, 3), and whether it is right."""

    folder: str
    criterion: str
    groups: str
    parts: Floats
    right: Floats


def cases(folder: Path, settings: Settings) -> Iterator[Case]:
    """Group a folder by each of its criteria."""
    columns = read_labels(folder)
    with Desk.open(folder, settings, exclusive=False) as desk:
        for criterion, column in columns.items():
            request = desk.grouping.request(criterion)
            paths = [str(desk.collection.by_id(image).path) for image in request.descriptions.images]
            truth = [column.get(path) or "" for path in paths]
            for groups, k in (("found", None), ("given", len({label for label in truth if label}))):
                made = group(desk.grouping.request(criterion, k=k))
                views = criterion_views(request.route, request.descriptions, seed=request.seed)
                points = side_by_side([view for view in views if view.weight > 0])
                seen = np.asarray(~np.isnan(points).any(axis=1))
                stability = assess(points[seen], [len(made.clusters)], seed=request.seed)[0].stability
                rows = np.flatnonzero(seen & (made.labels >= 0))
                smoothed = np.full_like(points, np.nan)
                smoothed[seen] = smooth(points[seen])
                shares = neighbourhood(smoothed[rows], made.labels[rows])
                right = agrees([int(made.labels[row]) for row in rows], [truth[row] for row in rows])
                labelled = right >= 0
                parts = np.stack([np.ones(len(rows)), shares, np.full(len(rows), max(0.0, stability))], 1)
                yield Case(folder.name, criterion, groups, parts[labelled], right[labelled])


def of_methods(folder: Path, methods: Sequence[str], settings: Settings) -> Iterator[dict[str, str]]:
    """Yield a row for each criterion and method: how sure its groups are said to be, and how often that is right."""
    columns = read_labels(folder)
    with Desk.open(folder, settings, exclusive=False) as desk:
        for criterion, column in columns.items():
            for method in methods:
                wanted = len(set(filter(None, column.values())))
                request = desk.grouping.request(criterion, method, wanted)
                inputs = desk.grouping.method_inputs(method, request.descriptions.images)
                try:
                    made = group(replace(request, **inputs))
                except CannotRun:
                    continue  # nothing here says a word about this criterion
                paths = [str(desk.collection.by_id(image).path) for image in made.images]
                rows = np.flatnonzero(made.labels >= 0)
                right = agrees(
                    [int(made.labels[r]) for r in rows], [column.get(paths[r]) or "" for r in rows]
                )
                said, right = made.confidence[rows][right >= 0], right[right >= 0]
                if len(said):
                    yield {
                        "folder": folder.name,
                        "criterion": criterion,
                        "method": method,
                        "images": str(len(said)),
                        "said": f"{said.mean():.4f}",
                        "right": f"{right.mean():.4f}",
                        "error": f"{calibration_error(binned(said, right)):.4f}",
                    }


def agrees(groups: Sequence[int], labels: Sequence[str]) -> Floats:
    """Return 1 for each image with the label that most of its group have, 0 for the others, -1 for images without."""
    counts: dict[int, Counter[str]] = {}
    for group_of, label in zip(groups, labels, strict=True):
        counts.setdefault(group_of, Counter())[label] += bool(label)
    usual = {group_of: count.most_common(1)[0][0] for group_of, count in counts.items()}
    return np.array(
        [float(label == usual[g]) if label else -1.0 for g, label in zip(groups, labels, strict=True)]
    )


def fit(those: Iterable[Case]) -> Floats:
    """Return the coefficients of a logistic regression on all images, every case with the same weight."""
    from scipy.optimize import minimize

    those = list(those)
    parts, right = np.concatenate([case.parts for case in those]), np.concatenate([c.right for c in those])
    weight = np.concatenate([np.full(len(case.right), 1 / len(case.right)) for case in those])

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = parts @ w
        slope = parts.T @ (weight * (1 / (1 + np.exp(-odds)) - right))
        shrink = _SHRINK * np.array([0.0, w[1], w[2]])
        return float((weight * (np.logaddexp(0, odds) - right * odds)).sum() + shrink @ w), slope + 2 * shrink

    return np.asarray(minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x)


def bins(those: Sequence[Case]) -> Iterator[dict[str, str]]:
    """Yield a row for each bin of the certainty, of every folder told by the fit to all others."""
    for groups in ("found", "given"):
        said, right = [], []
        for case in those:
            if case.groups == groups:
                odds = case.parts @ fit(other for other in those if other.folder != case.folder)
                said.append(1 / (1 + np.exp(-odds)))
                right.append(case.right)
        for row in binned(np.concatenate(said), np.concatenate(right)):
            yield {"groups": groups} | row


def binned(said: NDArray[np.floating], right: Floats) -> Iterator[dict[str, str]]:
    """Yield a row for each bin of the certainty that has images."""
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    for place in range(BINS):
        if (inside := places == place).any():
            yield {
                "from": f"{place / BINS:.1f}",
                "images": str(inside.sum()),
                "said": f"{said[inside].mean():.4f}",
                "right": f"{right[inside].mean():.4f}",
            }


def bins_of(groups: str) -> list[dict[str, str]]:
    """The bins that were measured, with the number of groups found or given."""
    return [row for row in table("certainty.csv") if row["groups"] == groups]


def calibration_error(rows: Iterable[dict[str, str]]) -> float:
    """Return the expected calibration error: the mean distance of what was said from what was right, by images."""
    those = list(rows)
    images = np.array([int(row["images"]) for row in those])
    gap = np.array([abs(float(row["said"]) - float(row["right"])) for row in those])
    return float((images * gap).sum() / images.sum())


def main() -> None:
    """Measure, print the constants, and write the bins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--workspace", type=Path, help="where what was seen is kept")
    parser.add_argument("--into", type=Path, help="the file with the results")
    parser.add_argument("--method", nargs="+", default=(), help="methods whose word is measured")
    given = parser.parse_args()
    settings = Settings(workspace=given.workspace) if given.workspace else Settings()
    if given.method:
        told = (row for folder in given.folders for row in of_methods(folder, given.method, settings))
        show(told, given.into or DATA / "certainty_of_methods.csv")
        return
    into = given.into or DATA / "certainty.csv"
    measured = [case for folder in given.folders for case in cases(folder, settings)]
    print("offset, neighbours, stability:", np.round(fit(measured), 2))
    show(bins(measured), into)
    with into.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for groups in ("found", "given"):
        those = [row for row in rows if row["groups"] == groups]
        print(f"number of groups {groups}: {calibration_error(those):.3f}")


if __name__ == "__main__":
    main()
