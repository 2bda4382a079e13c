"""Opens SQLite files in WAL mode, migrated to the current schema, and safe to use from several threads."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assistant.workspace.files import keep_private
from tools.errors import RegroupError

Migrations = Sequence[Sequence[str]]
"""The statements that lead to each schema version, from 1 on, from the version before."""


class Damaged(RegroupError):
    """An error about a file that is not a SQLite database any more."""


class Database:
    """Holds one connection behind one lock, at which the threads take turns.

    `PRAGMA user_version` holds the number of migrations that were applied. Commits survive a killed process; a power
    cut may lose the last commits but never consistency, and no commit of a durable transaction.

    Args:
        path: The file, in an existing directory.
        migrations: The schema.

    Raises:
        Damaged: The file is not a database.
        tools.errors.RegroupError: The file cannot be opened or written, or is of a newer version of Regroup.
    """

    def __init__(self, path: Path, migrations: Migrations) -> None:
        self.path = path
        self._lock = threading.RLock()
        with self._translated_errors():
            self._connection = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
        try:
            keep_private(path)  # before the log beside it is made, which gets the same rights
            with self._translated_errors():
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of one query."""
        with self._lock, self._translated_errors():
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def write(self, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is committed at the end of the block, or rolled back where the block raises.

        Args:
            durable: Whether the block ends only when the transaction is on the disk, which takes some milliseconds.
        """
        with self._lock, self._translated_errors():
            if durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has already rolled back after some errors, such as a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    self._connection.execute("PRAGMA synchronous = NORMAL")

    def copy_to(self, path: Path) -> None:
        """Write a copy of the database as one new file, which is on the disk when this returns.

        Raises:
            Damaged: This database is damaged.
            tools.errors.RegroupError: The copy cannot be written.
        """
        with self._lock, self._translated_errors(), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # as one file, without a log beside it
            copy.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self._connection.close()

    def _migrate(self, migrations: Migrations) -> None:
        if self._version() == len(migrations):
            return
        with self.write() as connection:
            # Checked again inside the transaction: another process may have migrated the file meanwhile.
            version = self._version()
            if version > len(migrations):
                raise RegroupError(
                    f"{self.path} was written by a newer version of Regroup; "
                    "update Regroup, or choose another workspace with --workspace"
                )
            for statements in migrations[version:]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(migrations)}")

    def _version(self) -> int:
        return int(self.read("PRAGMA user_version")[0][0])

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Translate SQLite's errors about the file or the disk into one line for the user."""
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
            if damaged or isinstance(error, UnicodeDecodeError):  # a name of a table that is no text
                raise Damaged(
                    f"{self.path} is damaged; open the folder again, and Regroup goes back to the last good state"
                ) from error
            raise RegroupError(
                f"cannot use {self.path}: {error}; check its permissions and the free disk space, "
                "or choose another workspace with --workspace"
            ) from error
