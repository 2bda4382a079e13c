"""Keeps the results of a benchmark, a line of JSON for each row, so that a stopped run resumes where it was.

Several processes may write to one file at the same time, each measuring other folders.
"""

import hashlib
import json
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock

from tools.errors import RegroupError

Row = dict[str, Any]
"""The measurements of one method on one criterion of one folder, as JSON holds them."""
KEY = ("folder", "criterion", "method", "questions", "groups", "seeds", "version")
"""The fields that identify a row, with what was asked to look ("asked"; in old rows "tier") and what is said of the
answers: of two rows with the same values the newer one counts."""
TRIES = 2
"""The most times that a row is begun without ending; after that it is left out, because it kills the process."""


class Results:
    """Holds the rows of a file, or of this process alone.

    Args:
        path: The file of JSON lines, created where there is none. None keeps nothing.
        seeds: The number of seeds of the rows that are measured now.
        asked: What is asked to look at the pictures: a tier, with the models that were named.

    Raises:
        tools.errors.RegroupError: The file cannot be read or written, or a line of it is no row.
    """

    def __init__(self, path: Path | None = None, seeds: int = 1, asked: str = "auto") -> None:
        self.path = path
        self._about = {"seeds": seeds, "asked": asked, "version": version("regroup")}
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._begun: dict[tuple[Any, ...], int] = {}
        for row in self._read():
            self._take(row)

    def find(self, about: Row) -> Row | None:
        """Return the earlier row with this folder, criterion, method, questions and groups; None where there is none.

        A failed row counts only while the code is the same.
        """
        row = self._rows.get(_key(about | self._about))
        return None if row and row.get("failed") and row["code"] != code() else row

    def begin(self, about: Row) -> Row | None:
        """Note that a row is being measured. Returns a row about the failure where that has killed the process."""
        if self._begun.get(_key(about | self._about), 0) >= TRIES:
            return self.add(about | failure(f"the process died while measuring it, {TRIES} times"))
        if self.path is not None:
            self._write(about | self._about | {"begun": True, "code": code()})
        return None

    def add(self, row: Row) -> Row:
        """Keep a row, together with the versions that it was measured with."""
        row = row | self._about | {"code": code(), "command": command()}
        self._write(row)
        return row

    def drop(self, about: Row) -> None:
        """Forget that a row was begun, after the user stopped it."""
        if self.path is not None:
            self._write(about | self._about | {"begun": False, "code": code()})

    def rows(self) -> list[Row]:
        """Return all rows of the file as it is now, by folder; of two rows about the same the newer."""
        for row in self._read():
            self._take(row)
        return sorted(self._rows.values(), key=lambda row: str(row["folder"]))

    def _take(self, row: Row) -> None:
        key = _key(row)
        if "begun" in row:
            if row.get("code") == code():
                self._begun[key] = self._begun.get(key, 0) + 1 if row["begun"] else 0
        else:
            self._rows[key] = row

    def _write(self, row: Row) -> None:
        self._take(row)
        if self.path is None:
            return
        try:
            with FileLock(f"{self.path}.lock"), self.path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps(row))  # on a line of its own, also after one that was cut off
        except OSError as error:
            raise RegroupError(
                f"cannot write {self.path}: {error.strerror}; name another file with --report"
            ) from error

    def _read(self) -> Iterator[Row]:
        if self.path is None or not self.path.exists():
            return
        try:
            lines = self.path.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise RegroupError(f"cannot read {self.path}: {error}; move it away to measure anew") from error
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                _key(row)
            except (ValueError, TypeError, KeyError) as error:
                if line.startswith("{"):  # the process ended while it wrote
                    continue
                raise RegroupError(
                    f"{self.path} line {number} is no row of a benchmark; move the file away to measure anew"
                ) from error
            yield row


@cache
def code() -> str:
    """Return a digest of the files of `tools`, which identifies the code that measures."""
    digest = hashlib.sha256()
    folder = Path(str(files("tools")))
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def command() -> str:
    """Return the command line of this process, without the folders of this machine."""
    arguments = ((text, Path(text)) for text in sys.argv[1:])
    return shlex.join(["regroup", *(path.name if path.is_absolute() else text for text, path in arguments)])


def failure(text: str) -> Row:
    """Return the fields of a row about a method that failed although it should have run."""
    return {"reason": f"failed: {text}", "failed": True}


def _key(row: Row) -> tuple[Any, ...]:
    asked = row["asked"] if "asked" in row else row["tier"]
    return *(row[name] for name in KEY), asked, row.get("wrong", 0), row.get("accepted", "")
