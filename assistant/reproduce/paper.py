"""Reads the papers as they are declared in papers/NAME.toml: what each printed, and by which methods it is measured.

A line of values is a set, a criterion, an arm (a column or a line of the paper's table) and the figures of `measures`,
shares all of them; those at the end may be missing. `arms` says which method of ours, with which options, an arm is, or
which several: ours first, then as printed. `without` says why there is none.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tools.errors import UsageError
from tools.fuse.registry import METHODS, method_name
from tools.names import quoted

EVERY = "all"
"""What stands for every paper."""


@dataclass(frozen=True, slots=True)
class Printed:
    """Holds a line of a table.

    Attributes:
        data_set: The set, with its split, as in "cifar10:test".
        criterion: The criterion, as the labels call it.
        arm: The paper's name of what was measured.
        figures: Measure to share; "nmi_sd" is the deviation of "nmi".
    """

    data_set: str
    criterion: str
    arm: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    """Holds a table of a paper.

    Attributes:
        number: As the paper numbers it: "2", "Figure 2", "abstract".
        title: What it is about.
        arms: Arm to the methods of ours that it is measured by, with their options.
        without: Arm to why there is no such method.
        printed: Its lines.
        baseline: The arm that the others are tested against; "" for none.
    """

    number: str
    title: str
    arms: Mapping[str, tuple[str, ...]]
    without: Mapping[str, str]
    printed: tuple[Printed, ...]
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """Holds what is declared of a paper.

    Attributes:
        name: The name of its method.
        title: Its title.
        authors: Its authors.
        venue: Where and when it appeared.
        protocol: How it measured.
        models: What a model does ("describer", "encoder", "judge") to the paper's model.
        same: The same to parts of the names of models that are the paper's.
        tables: Its tables that are measured here.
        left_out: Its other tables, and why.
        notes: What has to be known about its figures.
    """

    name: str
    title: str
    authors: str
    venue: str
    protocol: str
    models: Mapping[str, str]
    same: Mapping[str, Sequence[str]]
    tables: tuple[Table, ...]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]

    def chosen(self, numbers: Sequence[str] = ()) -> tuple[Table, ...]:
        """Return the tables of these numbers; all for none. Raise UsageError for others."""
        known = {table.number.casefold(): table for table in self.tables}
        wanted = [number.casefold().removeprefix("table ").strip() for number in numbers]
        for number in wanted:
            if number not in known:
                listed = ", ".join(table.number for table in self.tables)
                raise UsageError(f"{self.name} has no table {quoted(number)} here; there are: {listed}")
        return tuple(known[number] for number in dict.fromkeys(wanted)) or self.tables

    def differences(self, models: Mapping[str, str]) -> tuple[str, ...]:
        """Return a line for each model of the paper that is not among these.

        Args:
            models: What a model does to its name, with its revision.
        """
        lines = []
        for work, theirs in self.models.items():
            ours = models.get(work)
            if ours is None:
                lines.append(f"no {work} (the paper: {theirs})")
            elif not any(part.casefold() in ours.casefold() for part in self.same.get(work, ())):
                lines.append(f"another {work}, {ours} (the paper: {theirs})")
        return tuple(lines)


@cache
def papers() -> Mapping[str, Paper]:
    """Return every paper by the name of its method, in the order in which methods are listed."""
    folder = files("assistant.reproduce").joinpath("papers")
    names = [name for name in METHODS if folder.joinpath(f"{name}.toml").is_file()]
    return {
        name: _read(name, tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))) for name in names
    }


def find_papers(name: str) -> tuple[Paper, ...]:
    """Return the paper of a method, however its name is written, or every paper for "all". Raise UsageError."""
    if name.casefold() == EVERY:
        return tuple(papers().values())
    if (paper := papers().get(method_name(name) or "")) is None:
        listed = ", ".join(papers())
        raise UsageError(f"there is no paper {quoted(name)}; choose one of {listed}, or {EVERY}")
    return (paper,)


def _read(name: str, about: Mapping[str, Any]) -> Paper:
    tables = []
    for table in about["tables"]:
        lines = tuple(
            Printed(data_set, criterion, arm, dict(zip(table["measures"], figures, strict=False)))
            for data_set, criterion, arm, *figures in table["values"]
        )
        arms = {
            arm: (methods,) if isinstance(methods, str) else tuple(methods)
            for arm, methods in table.get("arms", {}).items()
        }
        without, baseline = table.get("without", {}), table.get("baseline", "")
        tables.append(Table(table["number"], table["title"], arms, without, lines, baseline))
    return Paper(
        name,
        title=about["title"],
        authors=about["authors"],
        venue=about["venue"],
        protocol=about["protocol"],
        models=about["models"],
        same=about["same"],
        tables=tuple(tables),
        left_out=about["left_out"],
        notes=tuple(about["notes"]),
    )
