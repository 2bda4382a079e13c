"""Reads the layouts in which a set may lie on a disk into pictures with labels."""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.reproduce.binary_records import RECORDS
from assistant.reproduce.data_set import ALL, Source
from tools.errors import RegroupError
from tools.models.ports import Pixels

_SPLITS = {"val": "test", "valid": "test"}
"""Names of the split by which a method is tested."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """Holds a picture of a set.

    Attributes:
        source: Its file, or its pixels, (height, width, 3) uint8.
        labels: Criterion to class.
        key: What tells it from the others of the set: its path, or its place in the records.
    """

    source: Path | Pixels
    labels: Mapping[str, str]
    key: str


def pictures(source: Source, folder: Path, split: str = ALL) -> list[LabelledPicture]:
    """Return the pictures of a folder, with a label for each criterion; empty where it is laid out otherwise.

    Args:
        source: The layout.
        folder: The folder of the set.
        split: The part of the set; where a folder does not tell splits apart, all of it.

    Raises:
        tools.errors.RegroupError: A table or a file of records is damaged.
    """
    found = []
    for picture in _LAYOUTS[source.layout](source, folder, split):
        labels = dict(picture.labels)
        for criterion, rule in (source.derive or {}).items():
            of = {member: name for name, members in rule.items() if name != "from" for member in members}
            if (group := picture.labels.get(rule["from"])) in of:
                labels[criterion] = of[group]
        wanted = {criterion: labels[criterion] for criterion in source.where if labels.get(criterion)}
        if len(wanted) == len(source.where):
            found.append(LabelledPicture(picture.source, wanted, picture.key))
    return found


def _table(source: Source, folder: Path, split: str) -> Iterator[LabelledPicture]:
    path = folder / source.file
    if not path.is_file():
        return
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RegroupError(f"cannot read {path}: {error}; get the set again") from error
    root = folder.resolve()
    for row in rows:
        file = (folder / (row.get("file") or "")).resolve()
        if file.is_file() and file.is_relative_to(root):
            labels = {criterion: row.get(column) or "" for criterion, column in source.where.items()}
            yield LabelledPicture(file, labels, str(row["file"]))


def _paths(source: Source, folder: Path, split: str) -> Iterator[LabelledPicture]:
    pattern = re.compile(source.pattern + r"\Z")
    for file in _files(folder):
        path = file.relative_to(folder).as_posix()
        if match := pattern.search(path):
            groups = {name: text for name, text in match.groupdict().items() if text is not None}
            of = groups.pop("split", split)
            if split in (ALL, _SPLITS.get(of, of)):
                yield LabelledPicture(file, groups, path)


def _trees(source: Source, folder: Path, split: str) -> Iterator[LabelledPicture]:
    labels: dict[str, dict[str, str]] = {}
    where: dict[str, Path] = {}
    for criterion, name in source.where.items():
        for file in _files(folder / name):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            where.setdefault(digest, file)
            labels.setdefault(digest, {})[criterion] = file.relative_to(folder / name).parts[0]
    for digest, file in where.items():
        yield LabelledPicture(file, labels[digest], digest)


def _records(source: Source, folder: Path, split: str) -> Iterator[LabelledPicture]:
    read = RECORDS[source.records]
    for number, (pixels, name) in enumerate(read(folder, split)):
        yield LabelledPicture(pixels, {"class": name}, f"{split} {number}")


_LAYOUTS: dict[str, Callable[[Source, Path, str], Iterator[LabelledPicture]]] = {
    "table": _table,
    "paths": _paths,
    "trees": _trees,
    "records": _records,
}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files under a folder, in the order of their paths; hidden ones are left out."""
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and not file.name.startswith("."):
            yield file
