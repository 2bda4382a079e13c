"""Notices at open that a database is damaged, keeps backups of it, and goes back to the last good one.

Damaged is also what is empty or gone although it was used, what has lost its last steps, and what holds other tables.
"""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.workspace.database import Database, Migrations
from assistant.workspace.files import keep_private, made_private, remove
from tools.errors import RegroupError

KEPT = 3
"""The most backups that are kept."""
_THOROUGH = 64 * 2**20
"""The bytes of a file up to which indices are compared with their tables, which takes a while."""
_BESIDE = ("-wal", "-shm", "-journal")
"""The endings of SQLite's files beside a database."""

_NOT_THE_FILE = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_PERM", "SQLITE_CANTOPEN", "SQLITE_IOERR")
"""SQLite's errors that are about the disk, its rights or another process."""

Check = Callable[[Database], int]
"""Reads all that matters from a database and returns the number of its last step. It raises anything where that is
damaged."""


@dataclass(slots=True)
class Opened:
    """Holds a database that is sound.

    Attributes:
        database: The database.
        last: The number of its last step.
        notice: What was wrong, and what was done about it, in a line; "" where nothing was wrong.
        borrowed: The folder that is to be removed after use, where this is a copy to read from.
    """

    database: Database
    last: int
    notice: str = ""
    borrowed: Path | None = None

    def close(self) -> None:
        """Close the database; may be called twice."""
        self.database.close()
        if self.borrowed is not None:
            shutil.rmtree(self.borrowed, ignore_errors=True)


class Recovery:
    """Opens a database and keeps its backups.

    Args:
        path: The file.
        migrations: The schema.
        check: Reads what matters.
    """

    def __init__(self, path: Path, migrations: Migrations, check: Check) -> None:
        self._path, self._migrations, self._check = path, migrations, check
        self._folder = path.parent / "backups"

    def open(self, exclusive: bool, used: bool) -> Opened:
        """Open the database, or else the newest backup that is sound, or else a new one.

        Args:
            exclusive: Whether a backup may take the place of the file. If not, it is only read.
            used: Whether there has to be something in it.

        Raises:
            tools.errors.RegroupError: It cannot be used for a reason that is not damage.
        """
        problem, last = self._problem(self._path, used or self.has_backup)
        backup, last_backup = self._newest_sound(problem, last)
        if not problem and backup is not None:
            problem = f"its last {last_backup - last} steps are missing"
        if not problem:
            return Opened(Database(self._path, self._migrations), last)
        if not exclusive:
            return self._copy(problem, backup, last_backup)
        aside = self._moved_aside()
        if backup is not None:
            self._put_back(backup)
        kept = f"; the damaged file is kept as {aside}" if aside else ""
        return Opened(
            Database(self._path, self._migrations), last_backup, f"{self._told(problem, backup)}{kept}"
        )

    @property
    def has_backup(self) -> bool:
        """Return whether there is any backup."""
        return bool(self._backups())

    def back_up(self, database: Database) -> None:
        """Keep a backup of an open database, and no more than `KEPT`. Without room on the disk none is kept."""
        backups = self._backups()
        number = int(backups[0].stem.rpartition("-")[2]) + 1 if backups else 1
        place = self._folder / f"{self._path.stem}-{number:06}.sqlite"
        temporary = place.with_suffix(".tmp")
        try:
            made_private(self._folder)
            remove(temporary)
            database.copy_to(temporary)
            keep_private(temporary)
            temporary.replace(place)
        except (OSError, RegroupError):
            remove(temporary)
            return
        for old in self._backups()[KEPT:]:
            remove(old)

    def _backups(self) -> list[Path]:
        """Return the backups, the newest first."""
        return sorted(self._folder.glob(f"{self._path.stem}-*.sqlite"), reverse=True)

    def _newest_sound(self, problem: str, last: int) -> tuple[Path | None, int]:
        """Return the newest backup to go back to, with the number of its last step.

        Where there is no problem, only one with later steps counts.
        """
        for backup in self._backups():
            if not problem and _last_step(backup) <= last:
                continue
            with tempfile.TemporaryDirectory(prefix="regroup-") as folder:
                copy = Path(shutil.copy(backup, folder))
                wrong, its_last = self._problem(copy, True)
            if not wrong:
                return backup, its_last
        return None, 0

    def _problem(self, path: Path, used: bool) -> tuple[str, int]:
        """Return what is wrong with a file, "" where nothing is, and the number of its last step.

        Raises:
            tools.errors.RegroupError: It cannot be used for a reason that is not damage.
        """
        try:
            status = path.lstat()
        except FileNotFoundError:
            return ("it was gone" if used else ""), 0
        except OSError as error:
            raise RegroupError(
                f"cannot use {path}: {error.strerror or error}; check its permissions"
            ) from error
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            return "it was no file", 0
        if size == 0:
            return ("it was empty" if used else ""), 0
        if wrong := self._wrong_file(path, size):
            return wrong, 0
        try:
            with closing(Database(path, self._migrations)) as database:
                return "", self._check(database)
        except Exception as error:  # whatever a damaged row leads to
            return f"it was damaged ({' '.join(str(error).split())[:80] or type(error).__name__})", 0

    def _wrong_file(self, path: Path, size: int) -> str:
        """Return what is wrong with the file as such, with its tables and with its version."""
        try:
            with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                pragma = "integrity_check(1)" if size < _THOROUGH else "quick_check(1)"
                found = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
                if found != "ok":
                    return f"it was damaged ({' '.join(str(found).split())[:80]})"
                if version > len(self._migrations):
                    backups = [_number(backup, "PRAGMA user_version") for backup in self._backups()]
                    if all(number > len(self._migrations) for number in backups):
                        Database(path, self._migrations)  # raises: it is of a newer Regroup
                    return "its version was damaged"
                there = _columns(connection)
                connection.execute("BEGIN IMMEDIATE")  # a damaged header may say that it cannot be written
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute("ROLLBACK")
        except (
            sqlite3.DatabaseError,
            UnicodeDecodeError,
        ) as error:  # the names of damaged tables are no text
            name = getattr(error, "sqlite_errorname", "")
            read_only = name.startswith("SQLITE_READONLY") and not os.access(path, os.W_OK)
            if read_only or name.startswith(_NOT_THE_FILE):
                raise RegroupError(
                    f"cannot use {path}: {error}; check its permissions and the free disk space"
                ) from error
            return f"it was damaged ({error})"
        wanted = _expected(self._migrations[:version])
        if there and not version:
            return "its version was damaged"
        missing = sorted(table for table, columns in wanted.items() if there.get(table) != columns)
        return f"its table {missing[0]} was damaged or is gone" if missing else ""

    def _moved_aside(self) -> Path | None:
        """Move the damaged file and those beside it out of the way, and return where it is; None where it was gone."""
        at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        number = 0
        while (aside := self._path.with_name(f"{self._path.name}.damaged-{at}-{number}")).exists():
            number += 1
        moved = None
        for ending in ("", *_BESIDE):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + ending).replace(
                    aside.with_name(aside.name + ending) if ending else aside
                )
                moved = moved or (aside if not ending else None)
        return moved

    def _put_back(self, backup: Path) -> None:
        temporary = self._path.with_suffix(".tmp")
        try:
            shutil.copyfile(backup, temporary)
            keep_private(temporary)
            temporary.replace(self._path)
        except OSError as error:
            remove(temporary)
            raise RegroupError(
                f"cannot write {self._path}: {error.strerror or error}; free some disk space"
            ) from error

    def _copy(self, problem: str, backup: Path | None, last: int) -> Opened:
        folder = Path(tempfile.mkdtemp(prefix="regroup-"))
        copy = folder / self._path.name
        if backup is not None:
            shutil.copyfile(backup, copy)
        return Opened(Database(copy, self._migrations), last, self._told(problem, backup), folder)

    def _told(self, problem: str, backup: Path | None) -> str:
        if backup is None:
            return (
                f"{self._path}: {problem}, and there is no backup of it; the history begins anew, "
                "and exports can still be undone"
            )
        at = datetime.fromtimestamp(backup.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        return f"{self._path}: {problem}; this is the last good state, of {at}"


def _columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the tables of a database, each with the names of its columns."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        table: [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        for table in tables
        if not table.startswith("sqlite_") and '"' not in table
    }


def _expected(migrations: Migrations) -> dict[str, list[str]]:
    """Return the tables that a schema makes, each with the names of its columns."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statements in migrations:
            for statement in statements:
                connection.execute(statement)
        return _columns(connection)


def _last_step(path: Path) -> int:
    return _number(path, "SELECT coalesce(max(number), 0) FROM events")


def _number(path: Path, query: str) -> int:
    """Return a number from a backup, without touching it; 0 where it cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return int(connection.execute(query).fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        return 0
