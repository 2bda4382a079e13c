"""Measure sorting like a folder of folders: `python -m tests.benchmarks.like FOLDER:COLUMN ...`.

Half of the pictures of a folder with labels are sorted into folders of their class, and the other half is sorted like
them, on a desk. The column "nearest" is what a nearest neighbour among the sorted half reaches, in all views side by
side; "best" is the group that each picture is most like, also of those that are not clear; "asked" is the share that is
left unsorted and asked about. The truth is read by the scorer alone. The rows go to docs/benchmarks/like.csv.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.settings import Settings
from tests.benchmarks.records import DATA, show
from tools.clustering.clustering import UNSORTED, Clustering
from tools.embed.prepare import prepared
from tools.views import View, fill_gaps, side_by_side

SPLITS = 3
_MOST_LIKE = re.compile(r'most like "(?P<name>.+)", but only')


def rows(folder: Path, column: str, splits: int, workspace: Path) -> Iterator[dict[str, str]]:
    """Yield a row for each random split of a folder by one column of its labels."""
    truth = {name: label for name, label in read_labels(folder)[column].items() if label}
    for split in range(splits):
        with tempfile.TemporaryDirectory(prefix="regroup-like-") as place:
            yield {"folder": folder.name, "criterion": column, "split": str(split)} | measured(
                Path(place).resolve(), folder, truth, split, workspace
            )


def measured(place: Path, folder: Path, truth: dict[str, str], split: int, workspace: Path) -> dict[str, str]:
    """Sort one half into folders and the other like them. Returns the figures."""
    names = sorted(truth)
    order = np.random.default_rng(split).permutation(len(names))
    known = {names[i] for i in order[: len(names) // 2].tolist()}
    for name in names:
        file = (
            place
            / ("tree" if name in known else "new")
            / (truth[name] if name in known else "")
            / Path(name).name
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(folder / name)
    label_of = {Path(name).name: label for name, label in truth.items()}
    with Desk.open(place / "new", Settings(workspace=workspace, offline=True)) as desk:
        made = desk.sorting_like.sort_like(place / "tree").clustering
        wanted = [label_of[desk.collection.by_id(image).path.name] for image in made.images]
        nearest = _nearest(desk, made, place / "tree")
    right = np.array([name == label for name, label in zip(_best(made), wanted, strict=True)])
    asked = made.labels == UNSORTED
    bound = np.mean([name == label for name, label in zip(nearest, wanted, strict=True)])
    return {
        "groups": str(len(set(truth.values()))),
        "sorted": str(len(known)),
        "new": str(len(right)),
        "nearest": f"{bound:.3f}",
        "best": f"{right.mean():.3f}",
        "ratio": f"{right.mean() / bound:.3f}",
        "asked": f"{asked.mean():.3f}",
        "wrong among asked": f"{np.mean(~right[asked]) if asked.any() else 0:.3f}",
        "wrong among placed": f"{np.mean(~right[~asked]):.3f}",
    }


def _best(made: Clustering) -> list[str]:
    """Return the group that each picture is most like; of those that are not clear, the clustering says it."""
    best = []
    for label, why in zip(made.labels.tolist(), made.why or [""] * len(made.labels), strict=True):
        guess = _MOST_LIKE.match(why)
        best.append(made.clusters[label].name if label != UNSORTED else guess["name"] if guess else "")
    return best


def _nearest(desk: Desk, made: Clustering, tree: Path) -> list[str]:
    """Return the label of the nearest picture of the sorted half, for each of the others, in all views side by side."""
    feedback = desk.feedback.of(made.id)
    labels = {label.image: label.name for label in feedback.examples}
    seen = desk.experts.look_beside(feedback.outside)
    points = side_by_side([View(name, fill_gaps(prepared(name, seen))) for name in seen.views])
    row = {image: i for i, image in enumerate(seen.images)}
    known = [image for image in seen.images if image in labels]
    there, here = points[[row[i] for i in known]], points[[row[i] for i in made.images]]
    distance = (here**2).sum(1)[:, None] + (there**2).sum(1) - 2 * here @ there.T
    return [labels[known[i]] for i in distance.argmin(1).tolist()]


def main() -> None:
    """Read the command line, measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cases", nargs="+", help="a folder with labels.csv and one of its columns: FOLDER:COLUMN"
    )
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument("--into", type=Path, default=DATA / "like.csv")
    parser.add_argument("--workspace", type=Path, help="where what the experts see is kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regroup-like-") as place:
        workspace = given.workspace or Path(place)
        cases = [case.rpartition(":") for case in given.cases]
        show(
            (
                row
                for folder, _, column in cases
                for row in rows(Path(folder), column, given.splits, workspace)
            ),
            given.into,
        )


if __name__ == "__main__":
    main()
