"""Keeps the index of a collection's files, so that a second scan reads no bytes of files that did not change."""

import json

from assistant.workspace.database import Database
from tools.scan.collection import ScannedFile

SCHEMA = (
    # A path is bytes: a file system knows no encoding.
    """CREATE TABLE files (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) WITHOUT ROWID""",
)


class StoredIndex:
    """Keeps a `tools.scan.collection.FileIndex` that outlives the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, path: bytes, size: int, mtime_ns: int) -> ScannedFile | None:
        """Return the entry of the file at a path, or None where its size or time has changed."""
        rows = self._database.read(
            "SELECT sha256, width, height, reason, coded FROM files WHERE path = ? AND size = ? AND mtime_ns = ?",
            (path, size, _in_64_bits(mtime_ns)),
        )
        if not rows:
            return None
        sha256, width, height, reason, coded = rows[0]
        if sha256 and coded is None:  # an older version hashed the bytes alone
            return None
        return ScannedFile(sha256, width, height, json.loads(reason), coded or "")

    def put(self, path: bytes, size: int, mtime_ns: int, scanned: ScannedFile) -> None:
        """Store the entry of the file at a path in place of an older one."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    path,
                    size,
                    _in_64_bits(mtime_ns),
                    scanned.sha256,
                    scanned.width,
                    scanned.height,
                    json.dumps(scanned.reason),
                    scanned.coded,
                ),
            )

    def files(self) -> dict[bytes, tuple[str, str]]:
        """Return the files with pictures that any scan found, also those that are gone: path to hash, twice."""
        rows = self._database.read("SELECT path, sha256 FROM files WHERE sha256 <> ''")
        return {bytes(path): (sha256, sha256) for path, sha256 in rows}

    def images(self) -> set[str]:
        """Return the ids of all images that are remembered."""
        return {sha for (sha,) in self._database.read("SELECT DISTINCT sha256 FROM files WHERE sha256 <> ''")}

    def forget_unreadable(self) -> None:
        """Delete the entries of files that were unreadable or not images, so that they are opened again."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM files WHERE sha256 = ''")


def _in_64_bits(mtime_ns: int) -> int:
    """Return a time as a number that SQLite holds, which ends in the year 2262; a broken clock sets later ones."""
    return (mtime_ns + (1 << 63)) % (1 << 64) - (1 << 63)
