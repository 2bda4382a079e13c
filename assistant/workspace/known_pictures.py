"""Remembers the pictures that a collection ever had, so that one that was rewritten is known again."""

from collections.abc import Mapping, Sequence

from assistant.workspace.database import Database
from assistant.workspace.thumbnails import Thumbnails

SCHEMA = (
    "ALTER TABLE files ADD COLUMN coded TEXT",  # NULL where an older version wrote the row
    # The id of a picture by the hashes of its bytes and of its coded picture, now or earlier.
    "CREATE TABLE pictures (hash TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE looks (id TEXT PRIMARY KEY, look BLOB NOT NULL) WITHOUT ROWID",
    # What the last scan found; empty before the first one.
    "CREATE TABLE present (path BLOB PRIMARY KEY, id TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID",
)

NUMBERS_SCHEMA = (
    # By what number a picture is called, from when it was seen first, also while it is away.
    "CREATE TABLE numbers (id TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
)


class StoredPictures:
    """Keeps a `tools.scan.identity.KnownPictures` beyond the process.

    Attributes:
        thumbnails: Where the thumbnails are, which stand in for small pictures that were not kept; None without them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.thumbnails: Thumbnails | None = None

    def ids(self) -> dict[str, str]:
        """Return the id of the picture by each hash that was ever seen (`tools.scan.identity.identify`)."""
        return dict(self._database.read("SELECT hash, id FROM pictures"))

    def keep(self, ids: Mapping[str, str]) -> None:
        """Remember more hashes with their ids."""
        if ids:
            with self._database.write() as connection:
                connection.executemany("INSERT OR REPLACE INTO pictures VALUES (?, ?)", list(ids.items()))

    def numbers(self, ids: Sequence[str], keep: bool = True) -> dict[str, int]:
        """Return the number of each picture: the one that it had, or the next for one that was never numbered.

        Args:
            ids: The ids, in the order in which new ones are numbered.
            keep: Whether the new numbers are kept; not where this process may not change anything.
        """
        rows = self._database.read("SELECT id, number FROM numbers ORDER BY number, id")
        by_number = {number: str(id) for id, number in reversed(rows) if type(number) is int and number > 0}
        known = {id: number for number, id in by_number.items()}  # no two have one, whatever is in the file
        last = max(known.values(), default=0)
        new = {id: last + place for place, id in enumerate((id for id in ids if id not in known), 1)}
        if new and keep:
            with self._database.write() as connection:
                connection.executemany("INSERT OR REPLACE INTO numbers VALUES (?, ?)", list(new.items()))
        return {id: new.get(id) or known[id] for id in ids}

    def former(self, path: bytes) -> str:
        """Return the hash of the bytes at a path at the last scan, whether they changed since or not; "" for none."""
        rows = self._database.read("SELECT sha256 FROM files WHERE path = ?", (path,))
        return str(rows[0][0]) if rows else ""

    def look(self, id: str) -> bytes | None:
        """Return the small picture of an id; None where none was kept."""
        rows = self._database.read("SELECT look FROM looks WHERE id = ?", (id,))
        if rows:
            return bytes(rows[0][0])
        thumbnail = self.thumbnails.path(id) if self.thumbnails else None
        if thumbnail is None:
            return None
        from tools.decode.decode import Undecodable, decode
        from tools.scan.identity import look_of

        try:
            return look_of(decode(thumbnail))
        except Undecodable:
            return None

    def keep_looks(self, looks: Mapping[str, bytes]) -> None:
        """Keep the small pictures of ids, the first one of each."""
        if looks:
            with self._database.write() as connection:
                connection.executemany("INSERT OR IGNORE INTO looks VALUES (?, ?)", list(looks.items()))

    def present(self) -> dict[bytes, tuple[str, str]]:
        """Return the files with pictures that were there when the collection was opened last: path to id and hash."""
        rows = self._database.read("SELECT path, id, sha256 FROM present")
        return {bytes(path): (id, sha256) for path, id, sha256 in rows}

    def keep_present(self, files: Mapping[bytes, tuple[str, str]]) -> None:
        """Remember which files with pictures are there, in place of those that were there before."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM present")
            connection.executemany(
                "INSERT INTO present VALUES (?, ?, ?)", [(path, *facts) for path, facts in files.items()]
            )
