"""Keeps what files say of their pictures, so that a second look opens no file that did not change."""

from collections.abc import Mapping

from assistant.workspace.database import Database
from tools.metadata.metadata import Metadata

SCHEMA = (
    # The state is of the file and of all that lies beside it: sizes and times.
    "CREATE TABLE metadata (path BLOB PRIMARY KEY, state TEXT NOT NULL, known TEXT NOT NULL) WITHOUT ROWID",
)


class MetadataStore:
    """Keeps what is known of each picture of a collection, by the path of its file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[bytes, tuple[str, str]]:
        """Return what is kept: path to the state in which the file was, and its metadata as JSON."""
        rows = self._database.read("SELECT path, state, known FROM metadata")
        return {bytes(path): (state, known) for path, state, known in rows}

    def keep(self, known: Mapping[bytes, tuple[str, Metadata]]) -> None:
        """Keep what is known of files, in place of what was kept for their paths."""
        if known:
            rows = [(path, state, metadata.to_json()) for path, (state, metadata) in known.items()]
            with self._database.write() as connection:
                connection.executemany("INSERT OR REPLACE INTO metadata VALUES (?, ?, ?)", rows)
