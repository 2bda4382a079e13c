"""The measured rows that docs/benchmarks keeps, and the small sums that the page and the plots make of them."""

import csv
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from tools.fuse.sources import method_sources

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
DATA = DOCS / "benchmarks"

DEFAULT = "kmeans"
"""The method that is used where no answer was given and no model describes."""
BOUND = "best view"
"""k-means on the single view that fits the labels best: no method, since the labels choose it, but a bound."""
APART = "cards_full"
"""The folder that repeats another one in full: it has its own table and enters no mean."""
RENAMED = {"left": "orthogonalise"}
"""Methods that were measured under another name than they have now."""
COUNTS = (0, 8, 16, 32, 64)
"""Numbers of answers at which the learners are measured."""

Row = dict[str, Any]
Case = tuple[str, str]
"""A folder and one criterion of it."""


def rows(name: str) -> list[Row]:
    """The rows of a file that `regroup bench --report` wrote; of two that measured the same, the newer one.

    Lines that only say that a measurement began are left out.
    """
    newest: dict[tuple[Any, ...], Row] = {}
    for line in (DATA / name).read_text("utf-8").splitlines():
        if not line.strip() or "begun" in (row := json.loads(line)):
            continue
        row["method"] = RENAMED.get(row["method"], row["method"])
        measured = ("folder", "criterion", "method", "questions", "groups", "wrong", "accepted")
        # Rows that were taken over from older tables say why a method did not run, but not with which k.
        key = (*(row.get(part) for part in measured), None if "groups" in row else row.get("reason"))
        newest[key] = row
    return list(newest.values())


def quality() -> "Quality":
    """What was measured without answers, photographs included."""
    return Quality([*rows("quality.jsonl"), *rows("photographs.jsonl")])


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def show(measured: Iterable[dict[str, str]], into: Path | None = None) -> None:
    """Print rows as they come, as CSV, and write them to a file once all of them are there."""
    kept: list[dict[str, str]] = []
    for row in measured:
        if not kept:
            csv.writer(sys.stdout).writerow(row)
        csv.writer(sys.stdout).writerow(row.values())
        sys.stdout.flush()
        kept.append(row)
    if into is not None and kept:
        with into.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)


def folders() -> dict[str, dict[str, Any]]:
    """Folder to its title, what it is, and whether it holds photographs that the means leave out, in the order in which
    they are shown."""
    return tomllib.loads((DATA / "folders.toml").read_text("utf-8"))


def published() -> dict[Case, tuple[float, str]]:
    """The best published NMI without answers for a criterion, and where it is from."""
    (file,) = (REPOSITORY / "assistant").rglob("published.toml")
    best = tomllib.loads(file.read_text("utf-8"))
    return {
        (folder, criterion): (float(figure["nmi"]), str(figure["source"]))
        for folder, criteria in best.items()
        for criterion, figure in criteria.items()
    }


class Quality:
    """What the methods reached without a single answer."""

    def __init__(self, measured: Iterable[Row]) -> None:
        measured = list(measured)
        self.rows = [row for row in measured if "nmi" in row]
        self.refused = [row for row in measured if "reason" in row]
        self._by_name = {
            (row["folder"], row["criterion"], row["method"], row["groups"]): row for row in self.rows
        }
        order = list(folders())
        cases = dict.fromkeys((row["folder"], row["criterion"]) for row in self.rows)
        self.cases: list[Case] = sorted(cases, key=lambda case: order.index(case[0]))
        photographs = {folder for folder, about in folders().items() if about.get("photographs")}
        self.photographs = [case for case in self.cases if case[0] in photographs]
        self.main = [case for case in self.cases if case[0] not in {APART, *photographs}]

    def row(self, case: Case, method: str = DEFAULT, groups: str = "truth") -> Row | None:
        """One row, or None where the method could not run; `groups` is "truth" (k given) or "auto" (k found)."""
        return self._by_name.get((*case, method, groups))

    def nmi(self, case: Case, method: str = DEFAULT, groups: str = "truth") -> float:
        """The NMI of a row that is there."""
        return float(self._by_name[(*case, method, groups)]["nmi"])

    def methods(self, cases: Iterable[Case]) -> list[str]:
        """The methods that ran on some of the cases: the default, then the others, then the bound."""
        there = set(cases)
        names = dict.fromkeys(r["method"] for r in self.rows if (r["folder"], r["criterion"]) in there)
        return sorted(names, key=lambda name: (name != DEFAULT, name == BOUND))

    def mean(self, cases: Iterable[Case], method: str = DEFAULT, groups: str = "truth") -> float | None:
        """The mean NMI over those of the cases on which the method ran, or None where that is nowhere."""
        found = [row["nmi"] for case in cases if (row := self.row(case, method, groups))]
        return fmean(found) if found else None

    def lacking(self, method: str, cases: Iterable[Case]) -> tuple[str, ...]:
        """What the models do that a method was made for and that did not look at some of the cases."""
        origin = method_sources().get(method)
        found = [row for case in cases if (row := self.row(case, method))]
        missed = [work for row in found if origin for work in origin.lacking(row.get("models", {}))]
        return tuple(dict.fromkeys(missed))

    def best_other(self, case: Case) -> Row | None:
        """The best method beside the default among those that had the inputs that they were made for, k given; the
        bound is not a method."""
        others = [
            row
            for method in self.methods([case])
            if method not in (DEFAULT, BOUND)
            and not self.lacking(method, [case])
            and (row := self.row(case, method))
        ]
        return max(others, key=lambda row: float(row["nmi"]), default=None)


class Answers:
    """What the learners reached after a number of answers by a simulated user, the number of groups found."""

    def __init__(self, measured: Iterable[Row]) -> None:
        self.rows = [row for row in measured if "nmi" in row]
        order = list(folders())
        cases = dict.fromkeys((row["folder"], row["criterion"]) for row in self.rows)
        self.cases: list[Case] = sorted(cases, key=lambda case: order.index(case[0]))

    def nmi(self, case: Case, learner: str, count: int, **how: Any) -> float | None:
        """The NMI on one criterion; `how` may say `wrong=0.1` or `accepted="character, pose"`."""
        for row in self.rows:
            plain = {name: row[name] for name in ("wrong", "accepted") if row.get(name)}
            asked = (row["folder"], row["criterion"]), row["method"], row["questions"]
            if asked == (case, learner, count) and plain == how:
                return float(row["nmi"])
        return None

    def mean(self, learner: str, count: int, without: tuple[str, ...] = (), **how: Any) -> float | None:
        """The mean NMI over the criteria, those of the folders `without` left out."""
        cases = [case for case in self.cases if case[0] not in without]
        found = [nmi for case in cases if (nmi := self.nmi(case, learner, count, **how)) is not None]
        return fmean(found) if found else None


def digest(*names: str) -> str:
    """Says which data a plot was drawn from: a hash of the files, which the plot carries with it."""
    found = hashlib.sha256()
    for name in names:
        found.update((DATA / name).read_bytes().replace(b"\r\n", b"\n"))
    found.update(json.dumps(sorted(published().items())).encode())
    return found.hexdigest()[:16]


def figure(value: float | None, places: int = 3) -> str:
    """A share as the page writes it: ".691", "1.000", "-.015"; nothing for None."""
    if value is None:
        return ""
    text = f"{value:.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def markdown(records: Iterable[Mapping[str, object]]) -> str:
    """Records of one shape as a Markdown table; their names are its head."""
    records = list(records)
    lines = ["| " + " | ".join(records[0]) + " |", "|" + "---|" * len(records[0])]
    for record in records:
        cells = (str(cell).replace("|", "\\|") for cell in record.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
