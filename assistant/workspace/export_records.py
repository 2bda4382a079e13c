"""Keeps the records of a collection's exports: a second copy of each manifest, enough for undo without the first."""

import os
from contextlib import suppress
from pathlib import Path

from assistant.workspace.files import keep_private, made_private, remove
from tools.errors import RegroupError, UsageError
from tools.export.disk import sync_folder, write_new
from tools.export.manifest import Record, read_manifest


class ExportRecords:
    """Keeps one file for each export that is under way or in force; it is removed once the export is undone.

    A record is on the disk before the first file is touched, whatever becomes of the journal or of the target.

    Args:
        folder: The folder of the records, made with the first one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, record: Record) -> None:
        """Keep a record under its id, in place of an older state of it.

        Raises:
            tools.errors.RegroupError: The disk is full or the workspace cannot be written.
        """
        place = self._place(record.id)
        temporary = place.with_suffix(f".{os.getpid()}.tmp")
        try:
            made_private(self.folder)
            remove(temporary)
            write_new(temporary, record.as_json())
            keep_private(temporary)
            temporary.replace(place)
            sync_folder(self.folder)
        except OSError as error:
            remove(temporary)
            raise RegroupError(
                f"cannot write {place}: {error.strerror or error}; free some disk space, "
                "or choose another workspace with --workspace"
            ) from error

    def get(self, id: str) -> Record | None:
        """Return the record of an id; None where there is none, or where its file is damaged."""
        try:
            return read_manifest(self._place(id))
        except UsageError:
            return None

    def all(self) -> list[Record]:
        """Return all records, the oldest first, without damaged ones."""
        files = sorted(self.folder.glob("*.json"), key=_time)
        records = [self.get(file.stem) for file in files]
        return [record for record in records if record is not None]

    def remove(self, id: str) -> None:
        """Remove the record of an id, if there is one."""
        remove(self._place(id))

    def free_folder(self) -> Path:
        """Return the path of a folder beside the records that is free, for an export that needs none of its own."""
        number = 1
        while os.path.lexists(folder := self.folder / f"kept-{number}"):
            number += 1
        return folder

    def _place(self, id: str) -> Path:
        return self.folder / f"{id}.json"


def _time(file: Path) -> tuple[int, str]:
    """Return the time of a file and its name, by which records are in order."""
    with suppress(OSError):
        return file.stat().st_mtime_ns, file.name
    return 0, file.name
