"""Measure tuning on a labelled folder: `python -m tests.benchmarks.tuning FOLDER --by rank --answers 32`.

FOLDER holds `labels.csv` with a column `file` and one for each criterion. The labels play the user, who is asked about
a few images; all other labels are read only after tuning, for the last figure.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.workspace import Workspace
from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions, look
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.ports import Vectors
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded
from tools.tune.pairs import Pairs, from_constraints
from tools.tune.tunable import embedded, features, tunable
from tools.tune.tune_features import Attempt, attempt, roc_auc

JUDGED = 1000
"""Images at most whose pairs are counted in the last figure."""


def seen(collection: Collection, workspace: Path) -> Descriptions:
    """What the object expert says of each image; kept in the workspace."""
    with Workspace(workspace) as kept:
        found = look(collection.ids, lambda ids: decoded(collection, ids), [ObjectExpert()], kept.cache)
        for view in found.views:
            found.view(view)
    return found


def others(truth: Sequence[str], rows: NDArray[np.intp], seed: int) -> Pairs:
    """All pairs of images that were not asked about, or of `JUDGED` of them."""
    some = np.random.default_rng(seed).permutation(rows)[:JUDGED]
    a, b = some[np.stack(np.triu_indices(len(some), 1))]
    same = np.asarray(truth)[a] == np.asarray(truth)[b]
    return Pairs(np.stack([a, b], axis=1), same, np.ones(len(a), np.float32))


def measure(
    images: Sequence[str], truth: Sequence[str], start: Vectors, answers: int, seed: int
) -> tuple[Attempt, float, float, float, float]:
    """How tuning went; seconds and processor seconds; the area on all other images, before and after."""
    asked = np.random.default_rng(seed).choice(len(images), answers, replace=False)
    pairs = from_constraints(images, [Label(images[i], truth[i]) for i in asked.tolist()])
    clock, processor = time.perf_counter(), time.process_time()
    done = attempt(images, start, pairs, seed=seed)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    rest = np.setdiff1d(np.arange(len(images)), asked)
    unseen = others(truth, rest, seed)
    rows = np.unique(unseen.rows)
    places = Pairs(np.searchsorted(rows, unseen.rows), unseen.same, unseen.weight)
    before = roc_auc(embedded(tunable(start), rows), places)
    after = roc_auc(done.tuned.vectors[rows], places) if done.tuned else before
    return done, clock, processor, before, after


def main() -> None:
    """Read the command line and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--by", nargs="+", required=True, help="columns of labels.csv")
    parser.add_argument("--answers", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--workspace", type=Path, help="keeps what was seen of the images")
    given = parser.parse_args()
    with (given.folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        labels = {row["file"]: row for row in csv.DictReader(file)}
    collection = scan(given.folder)
    paths = {image: str(collection.by_id(image).path) for image in collection.ids}
    images = [image for image in collection.ids if paths[image] in labels]

    with tempfile.TemporaryDirectory() as folder:
        found = seen(collection, given.workspace or Path(folder))
    where = {image: row for row, image in enumerate(found.images)}
    images = [image for image in images if image in where]
    start = features(found)[[where[image] for image in images]]
    print(f"{given.folder.name}: {len(images)} images, {given.answers} answers\n")
    print("| by | seed | seconds | CPU seconds | held-out before | after | others before | after | |")
    print(f"|---|{'---:|' * 7}---|")
    for by in given.by:
        truth = [labels[paths[image]][by] for image in images]
        for seed in range(given.seeds):
            done, clock, processor, before, after = measure(images, truth, start, given.answers, seed)
            held = f"{done.fit.before:.3f} | {done.fit.after:.3f} | {before:.3f} | {after:.3f}"
            kept = "kept" if done.tuned else "rolled back"
            print(f"| {by} | {seed} | {clock:.1f} | {processor:.1f} | {held} | {kept} |", flush=True)


if __name__ == "__main__":
    main()
