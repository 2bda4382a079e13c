"""Measure methods on folders with labels. Labels are read by the scorer and the simulated user, by nothing else."""

import csv
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import Literal

from assistant.desk import Desk
from assistant.settings import Settings
from tools.constraints import Label
from tools.describe import Descriptions
from tools.embed.route import Route, route_here, views
from tools.errors import UsageError
from tools.evaluate import Scores, evaluate
from tools.fuse.registry import METHODS
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.progress import Progress, silent
from tools.teach import questions

MEASURES = ("nmi", "ami", "ari", "acc", "rand")


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure.

    Attributes:
        folders: Each with images and a labels.csv: `file`, then one column per criterion.
        by: Criteria, or empty for all columns.
        groups: Whether k is given as the true one or found.
        methods: Names of methods, or empty for all.
        questions: Numbers of answers by the simulated user.
        seeds: Number of seeds.
    """

    folders: tuple[Path, ...]
    by: tuple[str, ...] = ()
    groups: Literal["truth", "auto"] = "auto"
    methods: tuple[str, ...] = ()
    questions: tuple[int, ...] = (0,)
    seeds: int = 3


def bench(task: Task, settings: Settings, progress: Progress = silent) -> list[dict[str, object]]:
    """One row per folder, criterion, method and number of questions: each measure's mean and sd over the seeds.

    Raises:
        tools.errors.UsageError: A folder without labels, an unknown criterion or method.
    """
    rows: list[dict[str, object]] = []
    for name in task.methods:
        if name not in METHODS:
            raise UsageError(f"there is no method {name!r}; choose one of {', '.join(METHODS)}")
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
            )
            for method in task.methods or tuple(METHODS):
                for count in task.questions:
                    rows.append(_row(case, method, count, task, progress) | cost | {"peak_mb": peak_mb()})
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


def _row(case: _Case, method: str, count: int, task: Task, progress: Progress) -> dict[str, object]:
    wanted = [i for i, path in enumerate(case.paths) if path in case.truth]
    if not wanted:
        raise UsageError(
            f"{case.folder}/labels.csv names no image of that folder; write paths as seen from it"
        )
    names = [case.truth[case.paths[i]] for i in wanted] + [case.truth[path] for path in case.lost]
    k_true = len(set(names))
    texts = text_encoder()
    chosen = route_here(case.criterion, case.descriptions, texts)
    scores: list[Scores] = []
    found: list[int] = []
    start = time.perf_counter()
    for seed in range(task.seeds):
        progress(f"{case.folder} {case.criterion} {method}", seed, task.seeds)
        made = group(
            case.criterion,
            case.descriptions,
            texts,
            method=method,
            constraints=_answers(case, chosen, count, seed),
            k=k_true if task.groups == "truth" else None,
            seed=seed,
        )
        scores.append(evaluate(names, [int(made.labels[i]) for i in wanted] + [-1] * len(case.lost)))
        found.append(len(made.clusters))
    return {
        "folder": case.folder,
        "criterion": case.criterion,
        "method": method,
        "questions": count,
        "groups": task.groups,
        **_summary(scores),
        "k": round(fmean(found), 1),
        "k_true": k_true,
        "images": len(names),
        "seconds": round((time.perf_counter() - start) / task.seeds, 2),
    }


def _answers(case: _Case, chosen: Route, count: int, seed: int) -> list[Label]:
    """What the simulated user says: the true group of those images that are asked about, and of no others."""
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
