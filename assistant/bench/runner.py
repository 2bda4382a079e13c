"""Measure methods on folders with labels. Labels are read by the scorer and the simulated user, by nothing else."""

import csv
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, pstdev
from typing import Literal

from assistant.bench.results import Results, Row, failure
from assistant.bench.simulated_user import LEARNERS, Simulated, accepted_first
from assistant.desk import Desk
from assistant.settings import Settings
from tools.clustering import Clustering
from tools.describe import Descriptions
from tools.errors import Cancelled, CannotRun, UsageError
from tools.evaluate import Scores, evaluate
from tools.fuse.registry import METHODS
from tools.fuse.registry import method as find_method
from tools.fuse.single import PREFIX
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.progress import Progress, silent

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
        methods: Names of methods, `BEST_VIEW`, of `LEARNERS`, or empty for all; where questions are asked, for the
            learners.
        questions: Numbers of answers by the simulated user.
        wrong: Share of the answers that are wrong.
        accepted: Criteria whose clusterings are taught and accepted before the others.
        seeds: Number of seeds.
        minutes: A method that would train longer than this is not run.
    """

    folders: tuple[Path, ...]
    by: tuple[str, ...] = ()
    groups: Literal["truth", "auto", "both"] = "auto"
    methods: tuple[str, ...] = ()
    questions: tuple[int, ...] = (0,)
    seeds: int = 3
    minutes: float = 2.0
    wrong: float = 0.0
    accepted: tuple[str, ...] = ()

    @property
    def all_methods(self) -> tuple[str, ...]:
        """What is measured."""
        if self.methods or any(self.questions):
            return self.methods or LEARNERS
        return (*(name for name in METHODS if name not in LEARNERS), BEST_VIEW)  # `taught` needs answers


def bench(
    task: Task, settings: Settings, progress: Progress = silent, results: Results | None = None
) -> list[Row]:
    """One row per folder, criterion, method and number of questions: each measure's mean and sd over the seeds.

    A method that cannot run has a row without measures and with a `reason`; so has one that fails, and the others are
    measured all the same. Rows that `results` has already are not measured again.

    Raises:
        tools.errors.UsageError: A folder without labels, an unknown criterion or method.
    """
    results = results or Results(None, task.seeds, settings.tier)
    rows: list[Row] = []
    for name in task.methods:
        if name not in (BEST_VIEW, *LEARNERS):
            find_method(name)
    for folder in task.folders:
        rows += _folder(folder, task, settings, progress, results)
    return rows


def _folder(folder: Path, task: Task, settings: Settings, progress: Progress, results: Results) -> list[Row]:
    labels = read_labels(folder)
    unknown = [criterion for criterion in (*task.by, *task.accepted) if criterion not in labels]
    if unknown:
        raise UsageError(f"{folder}/labels.csv has no column {unknown[0]!r}; there are: {', '.join(labels)}")
    name = folder.resolve().name
    wanted = task.by or tuple(criterion for criterion in labels if criterion not in task.accepted)
    asked = {criterion: _asked(name, criterion, task) for criterion in wanted}
    if rows := _known([about for those in asked.values() for about in those], results):
        return rows
    with Desk.open(folder, settings, progress=progress, exclusive=False) as desk:
        for criterion, those in asked.items():
            if known := _known(those, results):
                rows += known
                continue
            case = _case(desk, criterion, labels, task, progress)
            if not case.wanted:
                raise UsageError(
                    f"{folder}/labels.csv names no image of that folder; write paths as seen from it"
                )
            cost = {"model_calls": desk.meter.calls, "look_seconds": round(desk.meter.seconds, 2)}
            rows += [_kept(case, about, cost, task, progress, results) for about in those]
    return rows


def _asked(folder: str, criterion: str, task: Task) -> list[Row]:
    """What the rows of one criterion are called."""
    how = ({"wrong": task.wrong} if task.wrong else {}) | (
        {"accepted": ", ".join(task.accepted)} if task.accepted else {}
    )
    return [
        {"folder": folder, "criterion": criterion, "method": method, "questions": count, "groups": groups}
        | how
        for groups in (("truth", "auto") if task.groups == "both" else (task.groups,))
        for method in task.all_methods
        for count in task.questions
    ]


def _known(asked: list[Row], results: Results) -> list[Row]:
    """The rows of these names, or none where one of them is missing."""
    found = [results.known(about) for about in asked]
    return [row for row in found if row is not None] if None not in found else []


def _case(
    desk: Desk, criterion: str, columns: dict[str, dict[str, str]], task: Task, progress: Progress
) -> "_Case":
    descriptions = desk.look_for(criterion, progress)
    truth = {path: label for path, label in columns[criterion].items() if label}
    lost = [str(item.path) for item in desk.collection.unreadable]
    paths = [str(desk.collection.by_id(image).path) for image in descriptions.images]
    known = {
        name: {
            i: label
            for i, path in zip(descriptions.images, paths, strict=True)
            if (label := column.get(path))
        }
        for name, column in columns.items()
    }
    others = [name for name in task.accepted if name != criterion]
    return _Case(
        criterion,
        descriptions,
        paths,
        [path for path in lost if path in truth],
        truth,
        desk,
        known[criterion],
        task.wrong,
        accepted_first(others, known, descriptions, text_encoder()),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """One criterion of one folder. `paths` are those of `descriptions.images`; `lost` is labelled but unreadable;
    `known` is what the simulated users know of the images, by id."""

    criterion: str
    descriptions: Descriptions
    paths: list[str]
    lost: list[str]
    truth: dict[str, str]
    desk: Desk
    known: dict[str, str]
    wrong: float = 0.0
    accepted: tuple[Clustering, ...] = ()
    users: dict[tuple[int | None, int], Simulated] = field(default_factory=dict)

    def user(self, given: bool, seed: int) -> Simulated:
        """Who answers; the same one for every number of questions."""
        k = self.k if given else None
        if (k, seed) not in self.users:
            self.users[k, seed] = Simulated(
                self.criterion,
                self.descriptions,
                text_encoder(),
                self.known,
                k,
                seed,
                self.wrong,
                self.accepted,
                self.desk.closer_look,
            )
        return self.users[k, seed]

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


def _kept(case: _Case, about: Row, cost: Row, task: Task, progress: Progress, results: Results) -> Row:
    """One row, from the results where it is there."""
    if row := results.known(about) or results.begin(about):
        return row
    forget_peak()
    try:
        measured = _row(case, about, task, progress)
    except (Cancelled, KeyboardInterrupt):
        results.drop(about)
        raise
    except CannotRun as error:
        measured = {"reason": str(error)}
    except Exception as error:  # a fault in one method must not cost the rows of the others
        measured = failure(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    return results.add(about | measured | cost | {"peak_mb": peak_mb()})


def _row(case: _Case, about: Row, task: Task, progress: Progress) -> Row:
    start = time.perf_counter()

    def row(name: str) -> Row:
        runs = []
        for seed in range(task.seeds):
            progress(f"{about['folder']} {case.criterion} {name}", seed, task.seeds)
            runs.append(_run(case, name, about["questions"], about["groups"] == "truth", seed, task.minutes))
        return {
            **_summary([scores for scores, _ in runs]),
            "k": round(fmean(k for _, k in runs), 1),
            "k_true": case.k,
            "images": len(case.names),
            "seconds": round((time.perf_counter() - start) / task.seeds, 2),
        }

    if about["method"] != BEST_VIEW:
        return row(about["method"])
    views = {name: row(f"{PREFIX}{name}") for name in case.descriptions.views}
    best = max(views, key=lambda name: float(views[name]["nmi"]))
    return views[best] | {"view": best, "views": {name: values["nmi"] for name, values in views.items()}}


def _run(case: _Case, method: str, count: int, given: bool, seed: int, minutes: float) -> tuple[Scores, int]:
    """One seed: the scores, and how many groups were made."""
    user = case.user(given, seed)
    if method in LEARNERS:
        labels = user.labels(method, count)
    else:
        labels = group(
            case.criterion,
            case.descriptions,
            user.texts,
            method=method,
            constraints=user.answers(count),
            k=case.k if given else None,
            seed=seed,
            minutes=minutes,
            accepted=case.accepted,
            **case.desk.helps(method, case.descriptions.images),
        ).labels
    found = [int(labels[i]) for i in case.wanted] + [-1] * len(case.lost)
    return evaluate(case.names, found), len(set(labels[labels >= 0].tolist()))


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


def forget_peak() -> None:
    """Let `peak_mb` count from here on, where the system can: Linux."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_mb() -> int:
    """Largest resident memory of this process since `forget_peak`, in MB; elsewhere than on Linux, ever."""
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
