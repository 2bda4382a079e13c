"""Small notes beside the weights, for the processes to come: which hash a file had, which download failed when."""

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any


class Notes:
    """A JSON file of notes by key. A convenience: what cannot be read or written is as if it were not there.

    Args:
        file: Where they lie; written when there is a first note.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, key: str) -> Any:
        """The note, or None."""
        return self._read().get(key)

    def put(self, notes: dict[str, Any]) -> None:
        """Keep notes; None in place of one takes it out. Another process that writes at the same time may win."""
        before = self._read()
        after = {key: note for key, note in (before | notes).items() if note is not None}
        if after == before:
            return
        part = self._file.with_name(f"{self._file.name}.{os.getpid()}.{threading.get_ident()}")
        with contextlib.suppress(OSError):
            try:
                if after:
                    self._file.parent.mkdir(parents=True, exist_ok=True)
                    part.write_text(json.dumps(after), "utf-8")
                    part.replace(self._file)
                else:
                    self._file.unlink(missing_ok=True)
            finally:
                part.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
