"""Reads the sets of the papers as they are declared in sets.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tools.errors import UsageError
from tools.names import quoted

ALL = "all"
"""The split that is the whole set."""
SPLIT = ":"
"""What stands between the name of a set and that of a split, as in "cifar10:test"."""


@dataclass(frozen=True, slots=True)
class Source:
    """Declares one form in which a set is understood.

    Attributes:
        folders: The names that its folder may have.
        layout: "table", "paths", "trees" or "records".
        images: Split to the accepted numbers of pictures.
        where: Criterion to its column of a table, or to its folder of classes.
        file: The table.
        pattern: For the end of a path, with a group for each criterion.
        records: The kind of binary files.
        derive: Criterion to a group of its own ("from") and, for each class, what of that group belongs to it.
        why: What it is where it is not the paper's set as a whole; "" where it is.
    """

    folders: tuple[str, ...]
    layout: str
    images: Mapping[str, tuple[int, ...]]
    where: Mapping[str, str]
    file: str = "labels.csv"
    pattern: str = ""
    records: str = ""
    derive: Mapping[str, Mapping[str, Any]] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Declares a set of the papers.

    Attributes:
        name: Its short name, such as "coil".
        title: Its name for people.
        criteria: Criterion to the number of its classes.
        get: Where it is to be had.
        sources: The forms in which it is understood, the better ones first.
        note: What has to be known about its figures.
    """

    name: str
    title: str
    criteria: Mapping[str, int]
    get: str
    sources: tuple[Source, ...]
    note: str = ""

    def expected(self, split: str = ALL) -> tuple[int, ...]:
        """Return the numbers of pictures that the paper's set may have in a split; empty where it has no such split."""
        whole = [source.images.get(split, ()) for source in self.sources if not source.why]
        return tuple(dict.fromkeys(count for counts in whole for count in counts))


@cache
def data_sets() -> Mapping[str, DataSet]:
    """Return every set by name."""
    text = files("assistant.reproduce").joinpath("sets.toml").read_text("utf-8")
    return {name: _read(name, about) for name, about in tomllib.loads(text).items()}


def find_data_set(name: str) -> tuple[DataSet, str]:
    """Return the set and the split that are meant by "coil" or "cifar10:test". Raise UsageError for others."""
    bare, _, split = name.partition(SPLIT)
    known = data_sets()
    if bare not in known:
        raise UsageError(f"there is no set {quoted(bare)}; choose one of {', '.join(known)}")
    split = split or ALL
    if not known[bare].expected(split):
        raise UsageError(f"{bare} has no split {quoted(split)}")
    return known[bare], split


def _read(name: str, about: Mapping[str, Any]) -> DataSet:
    criteria = about["criteria"]
    sources = []
    for source in about["sources"]:
        given = {key: source[key] for key in ("file", "pattern", "records", "derive", "why") if key in source}
        images = {split: tuple(counts) for split, counts in source["images"].items()}
        where = source.get("where", {criterion: criterion for criterion in criteria})
        sources.append(Source(tuple(source["folders"]), source["layout"], images, where, **given))
    return DataSet(name, about["title"], criteria, about["get"], tuple(sources), about.get("note", ""))
