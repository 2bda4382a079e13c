"""Measures methods on folders with labels. Only the scorer and the simulated user read the labels."""

import csv
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Literal

from assistant.bench.results import Results, Row, failure
from assistant.bench.simulated_user import LEARNERS, SimulatedUser, accepted_first
from assistant.desk import Desk
from assistant.settings import Settings
from tools.clustering.clustering import Clustering
from tools.clustering.evaluate import Scores, evaluate
from tools.describe.judging import PictureJudge
from tools.errors import Cancelled, CannotRun, UsageError
from tools.fuse.kmeans import VIEW_PREFIX
from tools.fuse.method_options import options_in_force
from tools.fuse.registry import METHODS, find_method
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.names import quoted
from tools.progress import Progress, silent
from tools.request import Request

BEST_VIEW = "best view"
"""The name of a bound, not a method: k-means on the single view that fits the labels best."""

MEASURES = ("nmi", "ami", "ari", "acc", "rand", "ji")
"""The fields of `tools.clustering.evaluate.Scores` that a row holds, each as mean and, with "_sd", standard
deviation, and under "runs" one by one."""
Consent = Callable[[Desk, str], None]
"""Has the user decide, before a criterion is measured, whether pictures may be sent to a host."""


@dataclass(frozen=True, slots=True)
class Task:
    """Says what is measured.

    Attributes:
        folders: The folders, each with images and a labels.csv: `file`, then one column per criterion.
        by: The criteria; empty for all columns.
        groups: "truth" to give the true k, "auto" to estimate it, "both" for one after the other.
        methods: The names of methods or learners, or `BEST_VIEW`; empty for all methods, or, where questions are
            asked, for all learners.
        questions: The numbers of answers by the simulated user.
        wrong: The share of answers that are wrong.
        accepted: The criteria whose clusterings are taught and accepted before the others.
        seeds: The number of seeds.
        minutes: The longest training time; a method that would take longer is not run.
        consent: Called before a describer is asked; None sends nothing that was not allowed before.
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
    consent: Consent | None = None

    @property
    def all_methods(self) -> tuple[str, ...]:
        """Name the methods that are measured."""
        if self.methods or any(self.questions):
            return self.methods or LEARNERS
        return (*(name for name in METHODS if name not in LEARNERS), BEST_VIEW)  # `taught` needs answers


def run_bench(
    task: Task, settings: Settings, progress: Progress = silent, results: Results | None = None
) -> list[Row]:
    """Measure one row per folder, criterion, method and number of questions: each measure's mean and sd over the seeds.

    A method that cannot run has a row without measures and with a `reason`; so has one that fails, and the others are
    measured all the same. Rows that `results` has already are not measured again.

    Raises:
        tools.errors.UsageError: A folder has no labels, or a criterion or method is unknown.
    """
    results = results or Results(None, task.seeds, asked(settings))
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
        raise UsageError(
            f"{folder}/labels.csv has no column {quoted(unknown[0])}; there are: {', '.join(labels)}"
        )
    name = folder.resolve().name
    wanted = task.by or tuple(criterion for criterion in labels if criterion not in task.accepted)
    planned = {criterion: _planned_rows(name, criterion, task) for criterion in wanted}
    if rows := _measured_before([about for those in planned.values() for about in those], results):
        return rows
    with Desk.open(folder, settings, progress=progress, exclusive=False) as desk:
        for criterion, those in planned.items():
            if before := _measured_before(those, results):
                rows += before
                continue
            if task.consent is not None:
                task.consent(desk, criterion)
            case = _case(desk, criterion, labels, task, progress)
            if not case.wanted:
                raise UsageError(
                    f"{folder}/labels.csv names no image of that folder; write paths relative to it"
                )
            looking = _looking(desk, criterion)
            rows += [_kept(case, about, looking, task, progress, results) for about in those]
    return rows


def asked(settings: Settings) -> str:
    """Return what was asked to look at the pictures: the tier of the settings, with the models that they name."""
    named = {"describer": settings.describer, "encoder": settings.encoder, "judge": settings.judge}
    models = (f"{work}={Path(name).name}" for work, name in named.items() if name)
    return " ".join([settings.tier, *models])


def _looking(desk: Desk, criterion: str) -> Row:
    """Return what looked at the pictures, and what that took in this process so far."""
    experts = [expert for expert in desk.experts.awake if expert.missing() is None]
    return {
        "tier": desk.models.asked_for(criterion),
        "models": desk.models.pinned() | {expert.name: expert.version for expert in experts},
        "described": desk.models.answered(criterion),
        "model_calls": desk.meter.calls + desk.models.calls,
        "look_seconds": round(desk.meter.seconds, 2),
    }


def _planned_rows(folder: str, criterion: str, task: Task) -> list[Row]:
    """Return the rows to measure for one criterion, without measurements: the arguments of `Results.find`."""
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


def _measured_before(planned: list[Row], results: Results) -> list[Row]:
    """Return the earlier rows for the planned ones; none where one of them was not measured yet."""
    rows = [results.find(about) for about in planned]
    return [row for row in rows if row is not None] if None not in rows else []


def _case(
    desk: Desk, criterion: str, columns: dict[str, dict[str, str]], task: Task, progress: Progress
) -> "_Case":
    request = desk.grouping.request(criterion, progress=progress)
    descriptions = request.descriptions
    truth = {path: label for path, label in columns[criterion].items() if label}
    lost = [str(item.path) for item in desk.collection.unreadable]
    paths = [str(desk.collection.by_id(image).path) for image in descriptions.images]
    truths = {
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
        request,
        paths,
        [path for path in lost if path in truth],
        truth,
        desk,
        truths[criterion],
        task.wrong,
        accepted_first(others, truths, descriptions, text_encoder()),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """Holds one criterion of one folder.

    `request` is that of a grouping afresh, `paths` are the paths of its images, `lost` the labels of unreadable images,
    and `answerable` maps the id of each image that a simulated user can be asked about to its true group.
    """

    criterion: str
    request: Request
    paths: list[str]
    lost: list[str]
    truth: dict[str, str]
    desk: Desk
    answerable: dict[str, str]
    wrong: float = 0.0
    accepted: tuple[Clustering, ...] = ()
    users: dict[tuple[int | None, int], SimulatedUser] = field(default_factory=dict)

    def user(self, k_given: bool, seed: int) -> SimulatedUser:
        """Return the simulated user, the same one for every number of questions."""
        k = self.k if k_given else None
        if (k, seed) not in self.users:
            self.users[k, seed] = SimulatedUser(
                self.criterion,
                self.request.descriptions,
                text_encoder(),
                self.answerable,
                k,
                seed,
                self.wrong,
                self.accepted,
                self.desk.regions.find,
            )
        return self.users[k, seed]

    @property
    def wanted(self) -> list[int]:
        """Return the rows of the images that have a label."""
        return [i for i, path in enumerate(self.paths) if path in self.truth]

    @property
    def names(self) -> list[str]:
        """Return the labels of these images, then those of the lost ones."""
        return [self.truth[self.paths[i]] for i in self.wanted] + [self.truth[path] for path in self.lost]

    @property
    def k(self) -> int:
        """Return the true number of groups."""
        return len(set(self.names))


def _kept(case: _Case, about: Row, looking: Row, task: Task, progress: Progress, results: Results) -> Row:
    """Return one row, from the results where it was measured before."""
    if row := results.find(about) or results.begin(about):
        return row
    forget_peak()
    try:
        measured = _row(case, about, task, progress)
    except (Cancelled, KeyboardInterrupt):
        results.drop(about)
        raise
    except CannotRun as error:
        measured = {"reason": str(error)}
    except Exception as error:  # an error in one method must not cost the rows of the others
        measured = failure(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    return results.add(about | measured | looking | {"peak_mb": peak_mb()})


def _row(case: _Case, about: Row, task: Task, progress: Progress) -> Row:
    start = time.perf_counter()

    def row(name: str) -> Row:
        runs, calls = [], 0
        for seed in range(task.seeds):
            progress(f"{about['folder']} {case.criterion} {name}", seed, task.seeds)
            run = _run(case, name, about["questions"], about["groups"] == "truth", seed, task.minutes)
            runs.append(run[:2])
            calls += run[2]
        return {
            **_summary([scores for scores, _ in runs]),
            "k": round(fmean(k for _, k in runs), 1),
            "k_true": case.k,
            "images": len(case.names),
            "judge_calls": calls,
            "options": {} if name in LEARNERS else options_in_force(find_method(name)),
            "seconds": round((time.perf_counter() - start) / task.seeds, 2),
        }

    if about["method"] != BEST_VIEW:
        return row(about["method"])
    views = {name: row(f"{VIEW_PREFIX}{name}") for name in case.request.descriptions.views}
    best = max(views, key=lambda name: float(views[name]["nmi"]))
    return views[best] | {"view": best, "views": {name: values["nmi"] for name, values in views.items()}}


def _run(
    case: _Case, method: str, count: int, k_given: bool, seed: int, minutes: float
) -> tuple[Scores, int, int]:
    """Run a method with one seed; return its scores, the number of its groups, and the questions that a judge got."""
    user, calls = case.user(k_given, seed), 0
    if method in LEARNERS:
        labels = user.labels(method, count)
    else:
        request = replace(
            case.request,
            method=method,
            constraints=user.answers(count),
            k=case.k if k_given else case.request.k,
            seed=seed,
            minutes=minutes,
            accepted=case.accepted,
            **case.desk.grouping.method_inputs(method, case.request.descriptions.images),
        )
        labels = group(request).labels
        calls = request.judge.asked if isinstance(request.judge, PictureJudge) else 0
    predicted = [int(labels[i]) for i in case.wanted] + [-1] * len(case.lost)
    return evaluate(case.names, predicted), len(set(labels[labels >= 0].tolist())), calls


def read_labels(folder: Path) -> dict[str, dict[str, str]]:
    """Read the labels, column to file to label, from labels.csv in the folder or else FOLDER.csv beside it.

    Raises:
        tools.errors.UsageError: There is no such file, or it has no `file` column.
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
        raise UsageError(f"{path} is not a CSV file in UTF-8: {error}; save it as one") from error
    return {column: {row["file"]: row[column] or "" for row in rows} for column in columns}


def _beside(folder: Path) -> Path:
    folder = folder.resolve()
    return folder.parent / f"{folder.name}.csv"


def forget_peak() -> None:
    """Restart the count of `peak_mb` on Linux; elsewhere it does nothing."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_mb() -> int:
    """Return the peak resident memory of this process in MB, since `forget_peak` on Linux, else since its start."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))


def _summary(scores: Sequence[Scores]) -> Row:
    columns = [asdict(score) for score in scores]
    summary: Row = {"runs": {}}
    for measure in MEASURES:
        values = [column[measure] for column in columns]
        summary[measure] = round(fmean(values), 4)
        summary[f"{measure}_sd"] = round(pstdev(values), 4)
        summary["runs"][measure] = [round(value, 4) for value in values]
    return summary
