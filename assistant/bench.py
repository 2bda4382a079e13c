"""Measure methods on folders with labels. Labels are read by the scorer and the simulated user, by nothing else."""

import csv
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import Literal

from assistant.desk import Desk
from assistant.settings import Settings
from tools.constraints import Label
from tools.describe import Descriptions
from tools.embed.route import route_here, views
from tools.errors import CannotRun, UsageError
from tools.evaluate import Scores, evaluate
from tools.fuse.registry import METHODS
from tools.fuse.registry import method as find_method
from tools.fuse.single import PREFIX
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.models.ports import Encoder
from tools.progress import Progress, silent
from tools.teach import questions

BEST_VIEW = "best view"
"""k-means on each single view, the one that fits the labels best taken: no method, but a bound for them."""

MEASURES = ("nmi", "ami", "ari", "acc", "rand")


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure.

    Attributes:
        folders: Each with images and a labels.csv: `file`, then one column per criterion.
        by: Criteria, or empty for all columns.
        groups: Whether k is given as the true one, found, or first the one and then the other.
        methods: Names of methods, `BEST_VIEW`, or empty for all.
        questions: Numbers of answers by the simulated user.
        seeds: Number of seeds.
    """

    folders: tuple[Path, ...]
    by: tuple[str, ...] = ()
    groups: Literal["truth", "auto", "both"] = "auto"
    methods: tuple[str, ...] = ()
    questions: tuple[int, ...] = (0,)
    seeds: int = 3


def bench(task: Task, settings: Settings, progress: Progress = silent) -> list[dict[str, object]]:
    """One row per folder, criterion, method and number of questions: each measure's mean and sd over the seeds.

    A method that cannot run has a row without measures and with a `reason`.

    Raises:
        tools.errors.UsageError: A folder without labels, an unknown criterion or method.
    """
    rows: list[dict[str, object]] = []
    for name in task.methods:
        if name != BEST_VIEW:
            find_method(name)
    for folder in task.folders:
        rows += _folder(folder, task, settings, progress)
    return rows


def _folder(folder: Path, task: Task, settings: Settings, progress: Progress) -> list[dict[str, object]]:
    labels = read_labels(folder)
    unknown = [criterion for criterion in task.by if criterion not in labels]
    if unknown:
        raise UsageError(f"{folder}/labels.csv has no column {unknown[0]!r}; there are: {', '.join(labels)}")
    with Desk.open(folder, settings, progress=progress, exclusive=False) as desk:
        rows: list[dict[str, object]] = []
        for criterion in task.by or tuple(labels):
            descriptions = desk.look_for(criterion, progress)
            paths = [str(desk.collection.by_id(image).path) for image in descriptions.images]
            lost = [str(item.path) for item in desk.collection.unreadable]
            cost = {"model_calls": desk.meter.calls, "look_seconds": round(desk.meter.seconds, 2)}
            truth = {path: label for path, label in labels[criterion].items() if label}
            case = _Case(
                folder.resolve().name,
                criterion,
                descriptions,
                paths,
                [path for path in lost if path in truth],
                truth,
                desk.reads,
            )
            if not case.wanted:
                raise UsageError(
                    f"{folder}/labels.csv names no image of that folder; write paths as seen from it"
                )
            for given in ("truth", "auto") if task.groups == "both" else (task.groups,):
                for method in task.methods or (*METHODS, BEST_VIEW):
                    for count in task.questions:
                        row = _row(case, method, count, given == "truth", task.seeds, progress)
                        rows.append(row | cost | {"peak_mb": peak_mb()})
    return rows


@dataclass(frozen=True, slots=True)
class _Case:
    """One criterion of one folder. `paths` are those of `descriptions.images`; `lost` is labelled but unreadable."""

    folder: str
    criterion: str
    descriptions: Descriptions
    paths: list[str]
    lost: list[str]
    truth: dict[str, str]
    reads: Callable[[str], Encoder | None]

    @property
    def wanted(self) -> list[int]:
        """The images that have a label."""
        return [i for i, path in enumerate(self.paths) if path in self.truth]

    @property
    def names(self) -> list[str]:
        """The labels of these, then those of the lost ones."""
        return [self.truth[self.paths[i]] for i in self.wanted] + [self.truth[path] for path in self.lost]

    @property
    def k(self) -> int:
        """The true number of groups."""
        return len(set(self.names))


def _row(
    case: _Case, method: str, count: int, given: bool, seeds: int, progress: Progress
) -> dict[str, object]:
    start = time.perf_counter()
    about = {
        "folder": case.folder,
        "criterion": case.criterion,
        "method": method,
        "questions": count,
        "groups": "truth" if given else "auto",
    }

    def row(name: str) -> dict[str, object]:
        runs = []
        for seed in range(seeds):
            progress(f"{case.folder} {case.criterion} {name}", seed, seeds)
            runs.append(_run(case, name, count, given, seed))
        return {
            **_summary([scores for scores, _ in runs]),
            "k": round(fmean(k for _, k in runs), 1),
            "k_true": case.k,
            "images": len(case.names),
            "seconds": round((time.perf_counter() - start) / seeds, 2),
        }

    try:
        if method != BEST_VIEW:
            return about | row(method)
        views = {name: row(f"{PREFIX}{name}") for name in case.descriptions.views}
        best = max(views, key=lambda name: float(str(views[name]["nmi"])))
        nmi = {name: values["nmi"] for name, values in views.items()}
        return about | views[best] | {"view": best, "views": nmi}
    except CannotRun as error:
        return about | {"reason": str(error)}


def _run(case: _Case, method: str, count: int, given: bool, seed: int) -> tuple[Scores, int]:
    """One seed: the scores, and how many groups were made."""
    texts = text_encoder()
    made = group(
        case.criterion,
        case.descriptions,
        texts,
        method=method,
        constraints=_answers(case, count, seed),
        k=case.k if given else None,
        seed=seed,
        encoder=case.reads(method),
    )
    return evaluate(case.names, [int(made.labels[i]) for i in case.wanted] + [-1] * len(case.lost)), len(
        made.clusters
    )


def _answers(case: _Case, count: int, seed: int) -> list[Label]:
    """What the simulated user says: the true group of those images that are asked about, and of no others."""
    if not count:
        return []
    chosen = route_here(case.criterion, case.descriptions, text_encoder())
    images = case.descriptions.images
    said = {image: case.truth.get(path) for image, path in zip(images, case.paths, strict=True)}
    asked = questions(views(chosen, case.descriptions, every=False), images, count, seed=seed)
    return [Label(image, name) for image in asked if (name := said[image])]


def read_labels(folder: Path) -> dict[str, dict[str, str]]:
    """Column name to file to label, from labels.csv in the folder or else FOLDER.csv beside it.

    Raises:
        tools.errors.UsageError: There is none, or it has no `file` column.
    """
    path = folder / "labels.csv"
    if not path.exists() and (beside := _beside(folder)).exists():
        path = beside
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines)
            columns = [column for column in table.fieldnames or () if column != "file"]
            if not columns or "file" not in (table.fieldnames or ()):
                raise UsageError(f"{path} needs a column `file` and one column per criterion")
            rows = list(table)
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}; bench wants folders with a labels.csv inside, or FOLDER.csv beside"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is no CSV in UTF-8: {error}; save it as such") from error
    return {column: {row["file"]: row[column] or "" for row in rows} for column in columns}


def _beside(folder: Path) -> Path:
    folder = folder.resolve()
    return folder.parent / f"{folder.name}.csv"


def peak_mb() -> int:
    """Largest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))


def _summary(scores: Sequence[Scores]) -> dict[str, float]:
    columns = [asdict(score) for score in scores]
    summary = {}
    for measure in MEASURES:
        values = [column[measure] for column in columns]
        summary[measure] = round(fmean(values), 4)
        summary[f"{measure}_sd"] = round(pstdev(values), 4)
    return summary
