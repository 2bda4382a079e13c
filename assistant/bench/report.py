"""Writes the report of a benchmark in Markdown."""

import os
import platform
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from statistics import fmean

from assistant.bench.results import Row
from assistant.bench.runner import BEST_VIEW
from assistant.bench.simulated_user import LEARNERS
from tools.errors import RegroupError
from tools.fuse.registry import DEFAULT
from tools.names import amount, visible

_LIBRARIES = ("regroup", "torch", "scikit-learn", "numpy")


def report(rows: Sequence[Row]) -> str:
    """Return the report in Markdown: its origin, the means of the methods, a table per criterion, and failures.

    Args:
        rows: The rows of `assistant.bench.results.Results`.
    """
    return "\n".join(_lines(list(rows))) + "\n"


def write_report(path: Path, rows: Sequence[Row]) -> None:
    """Write the report to a file, in place of the one that was there. Raises RegroupError."""
    try:
        path.write_text(report(rows), "utf-8")
    except OSError as error:
        raise RegroupError(
            f"cannot write {path}: {error.strerror}; name another file with --report"
        ) from error


def _lines(rows: list[Row]) -> Iterator[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    commands = " and ".join(
        f"`{visible(row)}`" for row in dict.fromkeys(row["command"] for row in rows if "command" in row)
    )
    yield "# Benchmarks"
    yield ""
    yield f"Made by {commands} on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()}; "
    yield f"{libraries}). Labels are read by the scorer alone. Unsorted images count as errors. One setting for all"
    yield "folders; mean and standard deviation over the seeds. Seconds are those of grouping, once the models have"
    yield "looked; calls and looking are those of the whole folder so far in that process; memory is the peak of the"
    yield f"process while the row was measured. `{DEFAULT}` is the default. `{BEST_VIEW}` is k-means on that single"
    yield "view which fits the labels best: no method, since it takes the labels to choose, but a bound."
    ((_, most),) = Counter(row["code"] for row in rows).most_common(1) or [("", 0)]
    if most < len(rows):
        yield ""
        yield f"{len(rows) - most} of {len(rows)} rows were measured with other code than the rest."
    asked = dict.fromkeys(map(_asked, rows))
    for who in asked:  # what other models looked at is compared with nothing
        those = [row for row in rows if _asked(row) == who]
        if len(asked) > 1:
            yield from ("", f"# Looked at by: {visible(who)}")
        yield from _means([row for row in those if row["method"] not in LEARNERS])
        yield from _answers([row for row in those if row["method"] in LEARNERS])
        for folder, criterion in dict.fromkeys((row["folder"], row["criterion"]) for row in those):
            yield from _criterion(
                [row for row in those if (row["folder"], row["criterion"]) == (folder, criterion)]
            )
        yield from _reasons([row for row in those if "reason" in row])


def _means(rows: list[Row]) -> Iterator[str]:
    """Yield the mean of each method over the criteria it could run on, beside the default's mean over the same ones."""
    if not rows:
        return
    yield from ("", "## Means over criteria", "")
    yield f"| method | criteria | NMI, k given | `{DEFAULT}` there | NMI, k found | `{DEFAULT}` there | s |"
    yield "|---|---|---|---|---|---|---|"
    ran = [row for row in rows if "nmi" in row]
    for method in dict.fromkeys(row["method"] for row in ran):
        method_rows = [row for row in ran if row["method"] == method]
        cells = [method, str(len({_case(row) for row in method_rows}))]
        for groups in ("truth", "auto"):
            cells += _beside(method_rows, ran, groups)
        yield _line([*cells, f"{fmean(row['seconds'] for row in method_rows):.1f}"])
    yield from _one_view(ran)


def _answers(rows: list[Row]) -> Iterator[str]:
    """Yield each learner's mean over the criteria on which it was measured with every number of answers."""
    ran = [row for row in rows if "nmi" in row]
    counts = sorted({row["questions"] for row in ran})
    if not counts:
        return
    yield from ("", "## Means by number of answers", "")
    yield _line(["learner", "k", "criteria", *map(str, counts)])
    yield "|---|---|---|" + "---|" * len(counts)
    for learner, groups in dict.fromkeys((_learner(row), row["groups"]) for row in ran):
        learner_rows = [row for row in ran if (_learner(row), row["groups"]) == (learner, groups)]
        questions = sorted({row["questions"] for row in learner_rows})
        nmi = {(_case(row), row["questions"]): row["nmi"] for row in learner_rows}
        complete = [
            case
            for case in dict.fromkeys(map(_case, learner_rows))
            if all((case, n) in nmi for n in questions)
        ]
        cells = [_mean([nmi[case, n] for case in complete]) if n in questions else "" for n in counts]
        yield _line([learner, _k(groups), str(len(complete)), *cells])


def _learner(row: Row) -> str:
    """Return the name of a row's method, with what is particular about its answers."""
    wrong = f", {row['wrong']:.0%} wrong" if row.get("wrong") else ""
    accepted = f", {visible(row['accepted'])} accepted before" if row.get("accepted") else ""
    return f"{row['method']}{wrong}{accepted}"


def _k(groups: str) -> str:
    return "given" if groups == "truth" else "found"


def _beside(method_rows: list[Row], ran: list[Row], groups: str) -> list[str]:
    those = [row for row in method_rows if row["groups"] == groups]
    cases = {_case(row) for row in those}
    default = [
        row["nmi"]
        for row in ran
        if row["groups"] == groups and row["method"] == DEFAULT and _case(row) in cases
    ]
    return [_mean([row["nmi"] for row in those]), _mean(default)]


def _one_view(ran: list[Row]) -> Iterator[str]:
    """Yield a sentence about the single view that is best for all criteria."""
    tried = [row for row in ran if row["method"] == BEST_VIEW and row["groups"] == "truth"]
    everywhere = set.intersection(*(set(row["views"]) for row in tried)) if tried else set()
    if not everywhere:
        return
    means = {name: fmean(row["views"][name] for row in tried) for name in everywhere}
    best = max(means, key=lambda name: (means[name], name))
    yield ""
    yield f"One view for all criteria, k given: the best is `{best}` with a mean NMI of {means[best]:.3f}."


def _criterion(rows: list[Row]) -> Iterator[str]:
    first = rows[0]
    ran = [row for row in rows if "nmi" in row]
    yield from ("", f"## {visible(first['folder'])}: {visible(first['criterion'])}", "")
    if ran:
        yield f"{amount(ran[0]['images'], 'image')}, {amount(ran[0]['k_true'], 'group')}. {_published(first)}"
        yield from _looked(ran[0])
    yield ""
    yield "| method | k | answers | NMI | AMI | ARI | ACC | Rand | groups | calls | looking s | s | peak MB |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    for row in ran:
        name = f"{row['method']} ({row['view']})" if "view" in row else _learner(row)
        yield _line(
            [
                name,
                _k(row["groups"]),
                str(row["questions"]),
                f"{row['nmi']:.3f} ± {row['nmi_sd']:.3f}",
                *(f"{row[measure]:.3f}" for measure in ("ami", "ari", "acc", "rand")),
                f"{row['k']:g}",
                *(str(row[name]) for name in ("model_calls", "look_seconds", "seconds", "peak_mb")),
            ]
        )


def _asked(row: Row) -> str:
    """Return what was asked to look at the pictures; in old rows the tier."""
    return str(row.get("asked") or row["tier"])


def _looked(row: Row) -> Iterator[str]:
    """Yield a sentence about the models that looked, where a row has them."""
    if models := row.get("models"):
        named = ", ".join(f"{work} {visible(name)}" for work, name in models.items())
        yield f"Looked at by {named}; {amount(row['described'], 'image')} described by the {row['tier']} tier."


def _published(row: Row) -> str:
    published = tomllib.loads(files("assistant.bench").joinpath("published.toml").read_text("utf-8"))
    best = published.get(row["folder"], {}).get(row["criterion"])
    if best is None:
        return "Nothing published is known."
    return f"Best published NMI without answers: {best['nmi']:.3f} ({best['source']})."


def _reasons(rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", "## What could not run here", "", "| method | why | on |", "|---|---|---|")
    for method, reason in dict.fromkeys((row["method"], row["reason"]) for row in rows):
        on = dict.fromkeys(
            f"{row['folder']} {row['criterion']}"
            for row in rows
            if (row["method"], row["reason"]) == (method, reason)
        )
        yield _line([method, visible(reason), ", ".join(visible(case) for case in on)])


def _case(row: Row) -> tuple[str, str]:
    return row["folder"], row["criterion"]


def _mean(values: list[float]) -> str:
    return f"{fmean(values):.3f}" if values else ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
