"""Keeps the data of one collection: its journal, its clusterings, the index of its files, and small notes."""

import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from assistant.workspace.database import Database
from assistant.workspace.export_records import ExportRecords
from assistant.workspace.files import keep_private, written
from assistant.workspace.index import SCHEMA as INDEX_SCHEMA
from assistant.workspace.index import StoredIndex
from assistant.workspace.journal import SCHEMA as JOURNAL_SCHEMA
from assistant.workspace.journal import Event, Journal
from assistant.workspace.known_pictures import NUMBERS_SCHEMA, StoredPictures
from assistant.workspace.known_pictures import SCHEMA as PICTURES_SCHEMA
from assistant.workspace.likeness_store import SCHEMA as LIKENESS_SCHEMA
from assistant.workspace.likeness_store import LikenessStore
from assistant.workspace.metadata_store import SCHEMA as METADATA_SCHEMA
from assistant.workspace.metadata_store import MetadataStore
from assistant.workspace.recovery import Recovery
from assistant.workspace.versions import SCHEMA as VERSIONS_SCHEMA
from assistant.workspace.versions import Versions
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import RegroupError

_MIGRATIONS = (
    (
        *VERSIONS_SCHEMA,
        *JOURNAL_SCHEMA,
        *INDEX_SCHEMA,
        "CREATE TABLE unreadable (image TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    PICTURES_SCHEMA,
    (*METADATA_SCHEMA, *LIKENESS_SCHEMA),
    NUMBERS_SCHEMA,
)


BACKUP_SECONDS = 60.0
"""The least seconds between two backups while a collection is open; there is always one when it is closed."""
_BLOB_BYTES = 32 * 2**20
"""The most bytes of clusterings that are checked when a collection is opened."""


class Shelf:
    """Stores the data of one collection. It is made by `Workspace.open`, and may be used from several threads.

    Attributes:
        folder: The collection's folder, absolute and resolved.
        path: The shelf's directory, in which other parts may keep files of the collection.
        index: The index of the files, so that a second scan reads no bytes (`tools.scan.collection.FileIndex`).
        pictures: The pictures that the collection ever had (`tools.scan.identity.KnownPictures`).
        metadata: What the files say of their pictures.
        likeness: The small pictures by which near-duplicates are found.
        exports: The records of exports that are under way or in force.
        exclusive: Whether this process, and no other, may change it; if not, nothing can be recorded here.
        notices: A line about damage that was found, and what was done about it.
    """

    def __init__(self, folder: Path, path: Path, exclusive: bool = True) -> None:
        self.folder = folder
        self.path = path
        self.exclusive = exclusive
        # Not per thread: any thread may close the shelf and release the lock.
        self._lock = FileLock(path / "lock", timeout=0, mode=0o600, thread_local=False)
        if exclusive:
            self._take()
        try:
            self._recovery = Recovery(path / "shelf.sqlite", _MIGRATIONS, _last_step)
            self._opened = self._recovery.open(exclusive, used=_was_used(path))
        except BaseException:
            self._lock.release()
            raise
        self._database = self._opened.database
        self.notices = tuple(filter(None, [self._opened.notice]))
        self._backed_up = time.monotonic()
        # A workspace of an older version has steps and no backup.
        self._changed = bool(self.notices) or (self._opened.last > 0 and not self._recovery.has_backup)
        self._versions = Versions(self._database)
        self._journal = Journal(self._database, self._versions)
        self.index = StoredIndex(self._database)
        self.pictures = StoredPictures(self._database)
        self.metadata = MetadataStore(self._database)
        self.likeness = LikenessStore(self._database)
        self.exports = ExportRecords(path / "exports")
        for file in path.iterdir():
            keep_private(file)

    def clusterings(self) -> list[Clustering]:
        """Return the current clusterings, in order of creation. Their arrays are read-only."""
        return self._journal.clusterings()

    def clustering(self, id: str) -> Clustering:
        """Return the current clustering of an id. Raises KeyError for an unknown id."""
        return self._journal.clustering(id)

    def groups_after(self, version: int) -> list[tuple[int, tuple[str, ...], tuple[Cluster, ...]]]:
        """Return number, sources and clusters of every version of any clustering after the one of a number, those that
        were changed or undone since included."""
        return self._versions.groups_after(version)

    def record(self, event: Event) -> Event:
        """Append an event to the journal; see `Journal.record`."""
        self._must_be_exclusive()
        with self._changing():
            return self._journal.record(event)

    def undo(self) -> Event | None:
        """Undo the last step in force and return it, or None. Exported files stay where they are."""
        self._must_be_exclusive()
        with self._changing():
            return self._journal.undo()

    def redo(self) -> Event | None:
        """Redo the step that was undone last and return it, or None."""
        self._must_be_exclusive()
        with self._changing():
            return self._journal.redo()

    def next_undo(self) -> Event | None:
        """Return the event that `undo` would undo, as an export has to be reversed first; None where there is none."""
        return self._journal.next_undo()

    def next_redo(self) -> Event | None:
        """Return the event that `redo` would redo; None where there is none."""
        return self._journal.next_redo()

    def log(self) -> list[Event]:
        """Return all events, undo and redo included, oldest first; see `event` for their clusterings."""
        return self._journal.log()

    def since(self, number: int) -> list[Event]:
        """Return the events after the one of a number, undo and redo included, oldest first."""
        return self._journal.since(number)

    def done(self, at: int | None = None) -> list[Event]:
        """Return the events in force now, or right after the event of a number, oldest first; see `event` for their
        clusterings."""
        return self._journal.done(at)

    def event(self, number: int) -> Event:
        """Return one event with the clusterings before and after it. Raises KeyError for an unknown number."""
        return self._journal.event(number)

    def note(self, key: str, value: Any) -> None:
        """Store a small value under a key, in place of an older one. Raises TypeError where it is not JSON."""
        self._must_be_exclusive()
        with self._changing(), self._database.write(durable=True) as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, json.dumps(value)))

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """Return the value stored under a key, or `otherwise`."""
        rows = self._database.read("SELECT value FROM notes WHERE key = ?", (key,))
        return json.loads(rows[0][0]) if rows else otherwise

    def unreadable(self) -> dict[str, str]:
        """Return the ids of images that did not decode, each with the reason."""
        rows = self._database.read("SELECT image, reason FROM unreadable ORDER BY image")
        return {image: json.loads(reason) for image, reason in rows}

    def mark_unreadable(self, sha: str, reason: str) -> None:
        """Note that an image does not decode, and why."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO unreadable VALUES (?, ?)", (sha, json.dumps(reason)))

    def mark_readable(self, images: Iterable[str]) -> None:
        """Forget that these images did not decode, as after their files were rewritten."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM unreadable WHERE image = ?", [(image,) for image in images])

    def forget_unreadable(self) -> None:
        """Forget which files could not be read, so that they are tried again, as after HEIC support was installed."""
        self.index.forget_unreadable()
        with self._database.write() as connection:
            connection.execute("DELETE FROM unreadable")

    def seen(self, images: int) -> None:
        """Note the time and the number of images of the open collection, for `Workspace.collections`."""
        about = {
            "folder": os.fspath(self.folder),
            "images": images,
            "opened": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        with written(self.path / "collection.json", sync=True) as temporary:
            temporary.write_text(json.dumps(about, indent=1) + "\n", encoding="ascii")

    def close(self) -> None:
        """Close the files and release the collection for other terminals; may be called twice."""
        if self.exclusive and self._changed:
            self._changed = False
            self._recovery.back_up(self._database)
        self._opened.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep a backup after a change, unless the last one is recent: then one follows at the end."""
        yield
        self._changed = True
        if time.monotonic() - self._backed_up > BACKUP_SECONDS:
            self._recovery.back_up(self._database)
            self._backed_up, self._changed = time.monotonic(), False

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


def _was_used(path: Path) -> bool:
    """Return whether a collection with images was opened here before, by the note of `Shelf.seen`."""
    try:
        return int(json.loads((path / "collection.json").read_text(encoding="ascii"))["images"]) > 0
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return False


def _last_step(database: Database) -> int:
    """Read what the user did from a shelf, and return the number of the last event. Raise anything where that fails."""
    journal = Journal(database, Versions(database))
    journal.clusterings()
    journal.next_undo()
    journal.next_redo()
    journal.done()
    for (value,) in database.read("SELECT value FROM notes"):
        json.loads(value)
    for (reason,) in database.read("SELECT reason FROM unreadable UNION SELECT reason FROM files"):
        json.loads(reason)
    left = _BLOB_BYTES
    for name, data in database.read("SELECT hash, data FROM blobs LIMIT 2000"):
        left -= len(data)
        if left < 0:
            break
        if hashlib.sha256(zlib.decompress(data)).digest() != name:
            raise RegroupError("a clustering is not what was stored")
    log = journal.log()
    if not all(isinstance(event.kind, str) and isinstance(event.at, str) for event in log):
        raise RegroupError("an event is not what was stored")
    return max((event.number for event in log), default=0)
