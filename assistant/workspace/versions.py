"""Stores the versions of clusterings, each completely; parts that repeat between versions are stored once."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence

import numpy as np

from assistant.workspace.database import Database
from tools.clustering.clustering import Cluster, Clustering

SCHEMA = (
    # The compressed bytes of a list of images, of labels or of confidences, by the hash of what is inside.
    "CREATE TABLE blobs (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE versions (
        id INTEGER PRIMARY KEY,
        about TEXT NOT NULL,
        images BLOB NOT NULL REFERENCES blobs,
        labels BLOB NOT NULL REFERENCES blobs,
        confidence BLOB NOT NULL REFERENCES blobs
    )""",
)

_PLAIN = ("id", "criterion", "method", "chosen", "tier", "sure", "next_number")


class Versions:
    """Reads and writes versions of clusterings. A version that only renames a cluster costs a few bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._images: dict[bytes, tuple[str, ...]] = {}

    def add(self, connection: sqlite3.Connection, clustering: Clustering) -> int:
        """Store one version inside the caller's transaction, and return its number."""
        about = {name: getattr(clustering, name) for name in _PLAIN}
        about["clusters"] = [
            [c.id, c.name, c.locked, c.parts] if c.locked or c.parts else [c.id, c.name]
            for c in clustering.clusters
        ]
        about["sources"] = list(clustering.sources)
        about["notes"] = list(clustering.notes)
        if clustering.why:
            about["why"] = _keep(connection, json.dumps(clustering.why).encode()).hex()
        cursor = connection.execute(
            "INSERT INTO versions (about, images, labels, confidence) VALUES (?, ?, ?, ?)",
            (
                json.dumps(about),
                _keep(connection, json.dumps(clustering.images).encode()),
                _keep(connection, clustering.labels.astype("<i4").tobytes()),
                _keep(connection, clustering.confidence.astype("<f4").tobytes()),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def get(self, version: int) -> Clustering:
        """Return one version as it was stored, with read-only arrays. Raises KeyError for an unknown number."""
        rows = self._database.read(
            """SELECT v.about, v.images, l.data, c.data FROM versions v
               JOIN blobs l ON l.hash = v.labels JOIN blobs c ON c.hash = v.confidence WHERE v.id = ?""",
            (version,),
        )
        if not rows:
            raise KeyError(version)
        about, images, labels, confidence = rows[0]
        fields = json.loads(about)
        return Clustering(
            images=self._image_list(images),
            clusters=tuple(_cluster(*row) for row in fields.pop("clusters")),
            labels=np.frombuffer(zlib.decompress(labels), "<i4"),
            confidence=np.frombuffer(zlib.decompress(confidence), "<f4"),
            sources=tuple(fields.pop("sources")),
            notes=tuple(fields.pop("notes", ())),
            why=self._texts(bytes.fromhex(fields.pop("why", ""))),
            **fields,
        )

    def groups_after(self, version: int) -> list[tuple[int, tuple[str, ...], tuple[Cluster, ...]]]:
        """Return number, sources and clusters of every version after the one of a number, oldest first."""
        rows = self._database.read("SELECT id, about FROM versions WHERE id > ? ORDER BY id", (version,))
        found = ((number, json.loads(about)) for number, about in rows)
        return [
            (number, tuple(about["sources"]), tuple(_cluster(*row) for row in about["clusters"]))
            for number, about in found
        ]

    def _image_list(self, hash: bytes) -> tuple[str, ...]:
        # The same few lists come back in every version: one tuple in memory for each.
        if hash not in self._images:
            self._images[hash] = self._texts(hash)
        return self._images[hash]

    def _texts(self, hash: bytes) -> tuple[str, ...]:
        if not hash:
            return ()
        (data,) = self._database.read("SELECT data FROM blobs WHERE hash = ?", (hash,))[0]
        return tuple(json.loads(zlib.decompress(data)))


def _cluster(id: str, name: str, locked: bool = False, parts: Sequence[str] = ()) -> Cluster:
    return Cluster(id, name, locked, tuple(parts))


def _keep(connection: sqlite3.Connection, data: bytes) -> bytes:
    hash = hashlib.sha256(data).digest()
    if not connection.execute("SELECT 1 FROM blobs WHERE hash = ?", (hash,)).fetchone():
        connection.execute("INSERT INTO blobs VALUES (?, ?)", (hash, zlib.compress(data, 1)))
    return hash
