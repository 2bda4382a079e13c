"""Keeps the small grey pictures by which near-duplicates are found, so that no picture is decoded twice for it."""

import zlib
from collections.abc import Mapping

import numpy as np

from assistant.workspace.database import Database
from tools.near_duplicates.same_picture import SIDE, Small

SCHEMA = (
    "CREATE TABLE likeness (content TEXT PRIMARY KEY, small BLOB NOT NULL, sharpness REAL NOT NULL) WITHOUT ROWID",
)


class LikenessStore:
    """Keeps a small picture and its sharpness by the hash of what is in its file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, tuple[Small, float]]:
        """Return what is kept, by the hash of a file's bytes."""
        rows = self._database.read("SELECT content, small, sharpness FROM likeness")
        found: dict[str, tuple[Small, float]] = {}
        for content, small, sharpness in rows:
            grey = np.frombuffer(zlib.decompress(small), np.uint8)
            if grey.size == SIDE * SIDE:
                found[str(content)] = grey.reshape(SIDE, SIDE), float(sharpness)
        return found

    def keep(self, seen: Mapping[str, tuple[Small, float]]) -> None:
        """Keep more of them."""
        rows = [
            (content, zlib.compress(small.tobytes(), 1), sharp) for content, (small, sharp) in seen.items()
        ]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO likeness VALUES (?, ?, ?)", rows)
