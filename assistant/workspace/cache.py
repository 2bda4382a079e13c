"""Caches the experts' findings, by content hash and expert: shared by all collections, safe to delete."""

import json
import re
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.workspace.database import Damaged, Database
from assistant.workspace.files import remove, slug, written
from tools.models.ports import Findings, Slot, Vectors

_MIGRATIONS = (
    (
        # A chunk is one batch of one expert; an array is one view of it, in a .npy file of its own.
        "CREATE TABLE chunks (id INTEGER PRIMARY KEY, expert TEXT NOT NULL)",
        """CREATE TABLE arrays (
            chunk INTEGER NOT NULL REFERENCES chunks,
            view TEXT NOT NULL,
            file TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (chunk, view)
        ) WITHOUT ROWID""",
        """CREATE TABLE found (
            expert TEXT NOT NULL,
            image TEXT NOT NULL,
            chunk INTEGER NOT NULL REFERENCES chunks,
            row INTEGER NOT NULL,
            slots TEXT NOT NULL,
            PRIMARY KEY (expert, image)
        ) WITHOUT ROWID""",
        "CREATE INDEX found_by_chunk ON found (chunk)",
    ),
)

# One parameter for any number of images: SQLite's own list of values, so that no query runs per image.
_IN_IMAGES = "image IN (SELECT value FROM json_each(?))"

# np.load parses the header as Python, which fails now and then in Python 3.11 where two threads do it at once
# (a SystemError; python/cpython#106905).
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n",
    re.DOTALL,
)


class FindingsCache:
    """Keeps findings in `.npy` files and an index of them in SQLite; fulfils `tools.describe.describe.Cache`.

    Files are complete before the rows that name them are committed, so a process killed at any moment leaves nothing
    half written. A missing or truncated file counts as "not kept", and so does a damaged database: the images are
    looked at again.

    Args:
        folder: The folder of the cache, created if necessary.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "findings.sqlite"
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._database = Database(self._path, _MIGRATIONS)
        except Damaged:
            self._database = self._afresh()

    def missing(self, expert: str, images: Sequence[str]) -> list[str]:
        """Return those of `images` without findings under this expert's key, in their order."""
        rows = self._read(
            f"SELECT image, chunk FROM found WHERE expert = ? AND {_IN_IMAGES}",
            (expert, _as_json(images)),
        )
        broken = self._broken(expert, {chunk for _, chunk in rows})
        self._forget(broken)
        kept = {image for image, chunk in rows if chunk not in broken}
        return [image for image in images if image not in kept]

    def put(self, expert: str, images: Sequence[str], findings: Findings) -> None:
        """Keep the findings of one batch: all of them or, on a failure, none.

        Raises:
            ValueError: A view or the slots are not about exactly these images.
            tools.errors.RegroupError: The disk is full or the cache cannot be written.
        """
        slots = findings.slots or [[] for _ in images]
        if len(slots) != len(images) or any(len(view) != len(images) for view in findings.views.values()):
            raise ValueError(f"findings of {expert} are not about {len(images)} images")
        if not images:
            return
        files: dict[str, Path] = {}
        try:
            for name, view in findings.views.items():
                files[name] = self.folder / slug(expert, "expert") / f"{uuid.uuid4().hex}.npy"
                with written(files[name]) as temporary, temporary.open("wb") as file:
                    np.save(file, np.ascontiguousarray(view, "<f4"), allow_pickle=False)
            rows = [(image, row, _text(slots[row])) for row, image in enumerate(images)]
            database = self._database
            try:
                self._add(database, expert, files, rows)
            except Damaged:
                self._add(self._replaced(database), expert, files, rows)
        except BaseException:
            for path in files.values():
                remove(path)
            raise

    def view(self, expert: str, name: str, images: Sequence[str]) -> Vectors:
        """Return a view as (n, d) float32, with a row of NaN for each image without findings.

        Where no image has findings, d is unknown and is 1.
        """
        rows = self._read(
            f"""SELECT f.image, f.row, a.chunk, a.file FROM found f JOIN arrays a ON a.chunk = f.chunk
                WHERE f.expert = ? AND a.view = ? AND f.{_IN_IMAGES}""",
            (expert, name, _as_json(images)),
        )
        where = {image: (row, chunk) for image, row, chunk, _ in rows}
        wanted: dict[int, list[tuple[int, int]]] = {}
        for i, image in enumerate(images):
            if image in where:
                row, chunk = where[image]
                wanted.setdefault(chunk, []).append((i, row))
        files = {chunk: file for _, _, chunk, file in rows}
        out: Vectors | None = None
        broken = set()
        # The newest first: should an expert have changed its width, the width of now is the one that counts.
        for chunk in sorted(wanted, reverse=True):
            array = self._load(files[chunk])
            targets, sources = np.array(wanted[chunk]).T
            if (
                array is None
                or sources.max() >= len(array)
                or (out is not None and array.shape[1] != out.shape[1])
            ):
                broken.add(chunk)
                continue
            if out is None:
                out = np.full((len(images), array.shape[1]), np.nan, np.float32)
            out[targets] = array[sources]
        self._forget(broken)
        return np.full((len(images), 1), np.nan, np.float32) if out is None else out

    def slots(self, expert: str, images: Sequence[str]) -> list[list[Slot]]:
        """Return the slots of each image, an empty list for an image without findings."""
        rows = self._read(
            f"SELECT image, slots FROM found WHERE expert = ? AND {_IN_IMAGES}",
            (expert, _as_json(images)),
        )
        slots_by_image = dict(rows)
        return [[Slot(*slot) for slot in json.loads(slots_by_image.get(image, "[]"))] for image in images]

    def close(self) -> None:
        """Close the database; may be called twice."""
        self._database.close()

    def _add(
        self, database: Database, expert: str, files: dict[str, Path], rows: list[tuple[str, int, str]]
    ) -> None:
        with database.write() as connection:
            chunk = connection.execute("INSERT INTO chunks (expert) VALUES (?)", (expert,)).lastrowid
            connection.executemany(
                "INSERT INTO arrays VALUES (?, ?, ?, ?)",
                [
                    (chunk, view, path.relative_to(self.folder).as_posix(), path.stat().st_size)
                    for view, path in files.items()
                ],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO found VALUES (?, ?, ?, ?, ?)",
                [(expert, image, chunk, row, slots_json) for image, row, slots_json in rows],
            )

    def _broken(self, expert: str, chunks: set[int]) -> set[int]:
        """Return those of the chunks with a file that is gone or has another length than it was written with."""
        rows = self._read(
            "SELECT chunk, file, bytes FROM arrays WHERE chunk IN (SELECT id FROM chunks WHERE expert = ?)",
            (expert,),
        )
        return {chunk for chunk, file, size in rows if chunk in chunks and self._size(file) != size}

    def _size(self, file: str) -> int:
        try:
            return (self.folder / file).stat().st_size
        except OSError:
            return -1

    def _load(self, file: str) -> NDArray[np.float32] | None:
        # Read, not memory-mapped: a batch is small, and a file cut off while mapped would kill the process.
        try:
            data = (self.folder / file).read_bytes()
        except OSError:
            return None
        head = _HEADER.match(data)
        if head is None:
            return None
        shape = int(head[1]), int(head[2])
        complete = len(data) - head.end() == 4 * shape[0] * shape[1]
        return np.ndarray(shape, "<f4", data, head.end()) if complete else None

    def _forget(self, chunks: set[int]) -> None:
        if not chunks:
            return
        gone = [(chunk,) for chunk in chunks]
        with self._database.write() as connection:
            for table, column in (("found", "chunk"), ("arrays", "chunk"), ("chunks", "id")):
                connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)

    def _read(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        database = self._database
        try:
            return database.read(sql, parameters)
        except Damaged:
            self._replaced(database)
            return []

    def _replaced(self, damaged: Database) -> Database:
        """Return the database to continue with. Of several threads that met the damage, the first creates it."""
        with self._lock:
            if self._database is damaged:
                # First of all: SQLite removes its log by name when it closes, and the new one has that name.
                damaged.close()
                self._database = self._afresh()
            return self._database

    def _afresh(self) -> Database:
        """Move a damaged database away and create a new one: everything in it can be recomputed."""
        self._path.replace(self._path.with_suffix(".damaged"))
        for end in ("-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        return Database(self._path, _MIGRATIONS)


def _as_json(images: Sequence[str]) -> str:
    return json.dumps(list(images))


def _text(slots: Sequence[Slot]) -> str:
    return json.dumps([[slot.name, slot.value, float(slot.confidence)] for slot in slots])
