"""What lasts about one collection: its journal, its clusterings, what its files are, and small facts."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from assistant.workspace.database import Database
from assistant.workspace.files import written
from assistant.workspace.index import SCHEMA as INDEX_SCHEMA
from assistant.workspace.index import StoredIndex
from assistant.workspace.journal import SCHEMA as JOURNAL_SCHEMA
from assistant.workspace.journal import Event, Journal
from assistant.workspace.versions import SCHEMA as VERSIONS_SCHEMA
from assistant.workspace.versions import Versions
from tools.clustering import Clustering
from tools.errors import RegroupError

_MIGRATIONS = (
    (
        *VERSIONS_SCHEMA,
        *JOURNAL_SCHEMA,
        *INDEX_SCHEMA,
        "CREATE TABLE unreadable (image TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
)


class Shelf:
    """One collection's lasting things. Made by `Workspace.open`; may be used from several threads.

    Attributes:
        folder: The collection's folder, absolute and resolved.
        path: The shelf's own directory; others may keep files of the collection there.
        index: What each file is, so that a second scan reads no bytes (`tools.collection.FileIndex`).
        exclusive: Whether this process alone may change it. Else what the user did cannot be recorded here.
    """

    def __init__(self, folder: Path, path: Path, exclusive: bool = True) -> None:
        self.folder = folder
        self.path = path
        self.exclusive = exclusive
        # Not per thread: whichever thread closes the shelf lets go of the lock.
        self._lock = FileLock(path / "lock", timeout=0, thread_local=False)
        if exclusive:
            self._take()
        try:
            self._database = Database(path / "shelf.sqlite", _MIGRATIONS)
        except BaseException:
            self._lock.release()
            raise
        self._journal = Journal(self._database, Versions(self._database))
        self.index = StoredIndex(self._database)

    def clusterings(self) -> list[Clustering]:
        """The current clusterings, in order of creation. Their arrays are read-only."""
        return self._journal.clusterings()

    def clustering(self, id: str) -> Clustering:
        """The current clustering of an id. Raises KeyError."""
        return self._journal.clustering(id)

    def record(self, event: Event) -> Event:
        """Append an event to the journal; see `Journal.record`."""
        self._must_be_exclusive()
        return self._journal.record(event)

    def undo(self) -> Event | None:
        """Take back the last event in force and return it, or None. Exported files stay where they are."""
        self._must_be_exclusive()
        return self._journal.undo()

    def redo(self) -> Event | None:
        """Bring back what was undone last and return it, or None."""
        self._must_be_exclusive()
        return self._journal.redo()

    def next_undo(self) -> Event | None:
        """What `undo` would take back, for whoever has to do something else first (reverse an export)."""
        return self._journal.next_undo()

    def next_redo(self) -> Event | None:
        """What `redo` would bring back."""
        return self._journal.next_redo()

    def log(self) -> list[Event]:
        """Everything that happened, undo and redo included, oldest first; see `event` for the clusterings."""
        return self._journal.log()

    def since(self, number: int) -> list[Event]:
        """What happened after the event of a number, undo and redo included, oldest first."""
        return self._journal.since(number)

    def done(self, at: int | None = None) -> list[Event]:
        """The events in force now, or right after an event: those that were not undone, oldest first; see `event` for
        the clusterings."""
        return self._journal.done(at)

    def event(self, number: int) -> Event:
        """One event with the clusterings before and after it. Raises KeyError."""
        return self._journal.event(number)

    def note(self, key: str, value: Any) -> None:
        """Keep a small fact in place of the one under this key. Raises TypeError where it is not JSON."""
        self._must_be_exclusive()
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, json.dumps(value)))

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """The fact kept under a key, or `otherwise`."""
        rows = self._database.read("SELECT value FROM notes WHERE key = ?", (key,))
        return json.loads(rows[0][0]) if rows else otherwise

    def unreadable(self) -> dict[str, str]:
        """Image id to reason, for those that were found not to decode."""
        rows = self._database.read("SELECT image, reason FROM unreadable ORDER BY image")
        return {image: json.loads(reason) for image, reason in rows}

    def mark_unreadable(self, sha: str, reason: str) -> None:
        """Remember that an image does not decode."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO unreadable VALUES (?, ?)", (sha, json.dumps(reason)))

    def forget_unreadable(self) -> None:
        """Give every file that could not be read another chance, as after HEIC support was installed."""
        self.index.forget_unreadable()
        with self._database.write() as connection:
            connection.execute("DELETE FROM unreadable")

    def seen(self, images: int) -> None:
        """Remember that the collection was opened now and has so many images, for `Workspace.collections`."""
        about = {
            "folder": os.fspath(self.folder),
            "images": images,
            "opened": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        with written(self.path / "collection.json") as temporary:
            temporary.write_text(json.dumps(about, indent=1) + "\n", encoding="ascii")

    def close(self) -> None:
        """Close the files and let another terminal have the collection; may be called twice."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _take(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise RegroupError(f"{self.folder} is open in another terminal; close it there first") from None
        except (OSError, NotImplementedError) as error:
            raise RegroupError(
                f"cannot lock {self.path}: {error}; choose another workspace with --workspace"
            ) from error

    def _must_be_exclusive(self) -> None:
        if not self.exclusive:
            raise RegroupError(f"{self.folder} was opened for reading only; nothing was changed")
