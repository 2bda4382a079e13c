"""Measures what the papers printed, on the sets that are here, and sets theirs beside ours."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.bench.results import Results, Row
from assistant.bench.runner import MEASURES, Consent, Task, run_bench
from assistant.models.consent import NoNotes
from assistant.models.tiers import find_tiers
from assistant.reproduce.data_set import DataSet, find_data_set
from assistant.reproduce.paper import Paper, Printed, Table
from assistant.reproduce.prepared_folder import find_set, measured_name, prepare
from assistant.settings import Settings
from assistant.workspace import Workspace
from tools.errors import CannotRun, UsageError
from tools.fuse.registry import DEFAULT, find_method
from tools.progress import Progress, silent

FOLDER = "reproduce"
"""The folder of the workspace in which the sets are laid out."""
RUNS = 10
"""The number of runs where the user names none."""
LEVEL = 0.05
"""A difference with a smaller probability under chance alone is called one."""
MARGIN = 0.01
"""The least difference in NMI that counts, whatever the deviations are."""
NOT_MEASURED, OTHER_INPUTS = "not measured", "other inputs"
REPRODUCED, ABOVE, MISSED, NOTHING_PRINTED = "reproduced", "above", "missed", "nothing printed"
NOT_RUN = "the set is here, and this was not run"
_SHOWN = ("seeds", "images", "k", "k_true", "models", "tier", "described", "options", "model_calls", "judge_calls",
          "look_seconds", "seconds", "peak_mb", "code", "version")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Says what is to be reproduced, and how.

    Attributes:
        papers: The papers.
        numbers: The numbers of their tables; empty for all.
        data: The folder with the sets.
        runs: The number of runs, each with another seed.
        minutes: The longest training time of one run; a method that would take longer is not run.
        consent: Called before a describer is asked; None sends nothing that was not allowed before.
        tables: The tables of these numbers, each with its paper. Raises UsageError where a paper has no such table.
    """

    papers: tuple[Paper, ...]
    data: Path
    numbers: tuple[str, ...] = ()
    runs: int = RUNS
    minutes: float = float("inf")
    consent: Consent | None = None
    tables: tuple[tuple[Paper, Table], ...] = field(init=False)

    def __post_init__(self) -> None:
        found = tuple((paper, table) for paper in self.papers for table in paper.chosen(self.numbers))
        object.__setattr__(self, "tables", found)


def models_here(settings: Settings) -> dict[str, str]:
    """Return what models beyond the bundled ones do to their names with revisions, as far as they are here and may be
    used without asking. Nothing is loaded."""
    found: dict[str, str] = {}
    for tier in reversed(find_tiers(settings, NoNotes()).tiers):
        found |= tier.pinned
    return found


def reproduce(wanted: Wanted, settings: Settings, results: Results, progress: Progress = silent) -> list[Row]:
    """Measure the methods of the tables on the sets that are here, and return a line for each line of the tables.

    Rows that `results` has already are not measured again.

    Raises:
        tools.errors.CannotRun: None of the sets is here.
        tools.errors.RegroupError: A set is damaged, or cannot be laid out in the workspace.
    """
    place = Workspace(settings.workspace).root / FOLDER
    reasons: dict[str, str] = {}
    measured: list[Row] = []
    for name, criteria in _methods(wanted.tables).items():
        try:
            folder = prepare(find_set(*find_data_set(name), wanted.data), place, progress)
        except CannotRun as error:
            reasons[name] = str(error)
            continue
        for criterion, names in criteria.items():
            task = Task(
                (folder,),
                (criterion,),
                "truth",
                tuple(names),
                seeds=wanted.runs,
                minutes=wanted.minutes,
                consent=wanted.consent,
            )
            measured += run_bench(task, settings, progress, results)
    if not measured:
        why = next(iter(reasons.values()), "no table has a method that is here")
        raise CannotRun(f"nothing can be measured: {why}")
    return compare(wanted.tables, measured, reasons)


def compare(
    tables: Iterable[tuple[Paper, Table]], measured: Sequence[Row], reasons: Mapping[str, str] | None = None
) -> list[Row]:
    """Return, for each line of the tables, the paper's figures beside ours.

    Args:
        tables: The tables.
        measured: Rows of a benchmark on laid-out sets; of rows about the same the one with most runs counts, then the
            newest.
        reasons: Set, as the tables name it, to why it was not measured.

    Returns:
        Rows with paper, table, set, criterion, arm, method, printed, ours (None where it was not measured), default
        (the mean NMI of the default method on the same inputs), test (of our arm against our baseline) and verdict with
        its reason. One for each of what was asked to look at the pictures.
    """
    by_name: dict[tuple[str, str, str, str], Row] = {}
    for row in measured:
        key = (row["folder"], row["criterion"], row["method"], row["asked"])
        if key not in by_name or row["seeds"] >= by_name[key]["seeds"]:
            by_name[key] = row
    asked = dict.fromkeys(key[3] for key in by_name)
    lines: list[Row] = []
    for paper, table in tables:
        for printed in table.printed:
            data_set, split = find_data_set(printed.data_set)
            found = [
                (folder, who)
                for who in asked
                if (folder := _measured_folder(data_set, split, printed.criterion, who, by_name))
            ]
            for folder, who in found or [("", "")]:

                def row_of(
                    method: str, folder: str = folder, who: str = who, about: Printed = printed
                ) -> Row | None:
                    return by_name.get((folder, about.criterion, method, who))

                why = (reasons or {}).get(printed.data_set) or f"the set is not here; get it: {data_set.get}"
                lines += [
                    _line(paper, table, printed, method, row_of, folder, why)
                    for method in table.arms.get(printed.arm, (None,))
                ]
    return lines


def _methods(tables: Iterable[tuple[Paper, Table]]) -> dict[str, dict[str, dict[str, None]]]:
    """Return set to criterion to the methods of the tables and the default one."""
    methods: dict[str, dict[str, dict[str, None]]] = {}
    for _, table in tables:
        for line in table.printed:
            for method in table.arms.get(line.arm, ()):
                if not _refused(method):
                    of = methods.setdefault(line.data_set, {}).setdefault(line.criterion, {DEFAULT: None})
                    of[method] = None
    return methods


def _refused(method: str) -> str:
    """Return why a method cannot be meant, such as an option that this version does not have; "" where it can."""
    try:
        find_method(method)
    except UsageError as error:
        return str(error)
    return ""


def _measured_folder(
    data_set: DataSet,
    split: str,
    criterion: str,
    asked: str,
    by_name: Mapping[tuple[str, str, str, str], Row],
) -> str:
    """Return the name under which a set was measured: the paper's as a whole if that was, or else a part of it."""
    parts = [
        measured_name(data_set, split, count)
        for source in data_set.sources
        if source.why
        for count in source.images.get(split, ())
    ]
    there = {key[0] for key in by_name if key[1] == criterion and key[3] == asked}
    return next((name for name in [measured_name(data_set, split), *parts] if name in there), "")


def _line(
    paper: Paper,
    table: Table,
    printed: Printed,
    method: str | None,
    row_of: Callable[[str], Row | None],
    folder: str,
    why: str,
) -> Row:
    row = row_of(method) if method and folder else None
    line: Row = {
        "paper": paper.name,
        "table": table.number,
        "set": printed.data_set,
        "criterion": printed.criterion,
        "arm": printed.arm,
        "method": method,
        "printed": dict(printed.figures),
        "ours": None,
        "default": None,
        "test": None,
    }
    if method is None:
        reason = table.without.get(printed.arm, "there is no such method here")
        return line | {"verdict": NOT_MEASURED, "reason": reason}
    if row is None or "nmi" not in row:
        reason = row["reason"] if row else _refused(method) or (NOT_RUN if folder else why)
        return line | {"verdict": NOT_MEASURED, "reason": reason}
    data_set, split = find_data_set(printed.data_set)
    (against, *_) = table.arms.get(table.baseline, ("",))
    baseline = row_of(against) if table.baseline != printed.arm else None
    usual = row_of(DEFAULT)
    other = [*_partial(data_set, split, folder), *paper.differences(row["models"])]
    line |= {
        "ours": {name: row[name] for measure in MEASURES for name in (measure, f"{measure}_sd")}
        | {name: row[name] for name in _SHOWN if name in row},
        "default": usual["nmi"] if usual and "nmi" in usual else None,
        "test": _test(row, baseline, table.baseline),
    }
    if other:
        return line | {"verdict": OTHER_INPUTS, "reason": "; ".join(other)}
    return line | {"verdict": _verdict(printed, row), "reason": ""}


def _partial(data_set: DataSet, split: str, folder: str) -> list[str]:
    """Return what a measured folder is where it is not the paper's set as a whole."""
    return [
        source.why
        for source in data_set.sources
        if source.why
        and folder in [measured_name(data_set, split, count) for count in source.images.get(split, ())]
    ][:1]


def _verdict(printed: Printed, row: Row) -> str:
    """Compare NMI within two deviations, theirs or ours, or `MARGIN` where that is more."""
    if "nmi" not in printed.figures:
        return NOTHING_PRINTED
    margin = max(MARGIN, 2 * printed.figures.get("nmi_sd", 0.0), 2 * row["nmi_sd"])
    difference = row["nmi"] - printed.figures["nmi"]
    return REPRODUCED if round(abs(difference) - margin, 6) <= 0 else ABOVE if difference > 0 else MISSED


def _test(row: Row, baseline: Row | None, arm: str) -> Row | None:
    """Return Welch's t-test between the NMI of our runs and of our baseline's; None where one was not measured, has one
    run, or neither differs from run to run."""
    if baseline is None or "nmi" not in baseline:
        return None
    from scipy.stats import ttest_ind

    ours, theirs = row["runs"]["nmi"], baseline["runs"]["nmi"]
    if min(len(ours), len(theirs)) < 2 or len(set(ours)) == len(set(theirs)) == 1:
        return None
    p = float(ttest_ind(ours, theirs, equal_var=False).pvalue)
    better = "the same" if p >= LEVEL else "better" if row["nmi"] > baseline["nmi"] else "worse"
    return {"against": arm, "p": round(p, 6), "is": better}
