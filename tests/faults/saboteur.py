"""Breaks a process at one of its operations on files: kills it, or lets the operation fail as a bad disk would.

Python raises an audit event before each operation on a file; those below the attacked folders are counted. SQLite's own
writes raise none: between them the process is killed at the operations around them.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OPERATIONS = frozenset(
    ("open", "os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.chmod",
     "os.chown", "os.truncate", "os.listdir", "os.scandir", "sqlite3.connect", "shutil.copyfile", "shutil.move")
)  # fmt: skip
WRITING = OPERATIONS - {"os.listdir", "os.scandir"}
"""The operations at which a disk may be full, or a folder not be writable."""


class Saboteur:
    """Counts the operations of this process below some folders, and breaks it at one of them.

    Attributes:
        seen: The number of operations so far.
    """

    def __init__(self, folders: Sequence[Path], how: str, at: int) -> None:
        """`how` is "kill" or an error such as "ENOSPC"; `at` is the operation, counted from 1; 0 for none."""
        self.seen = 0
        self._folders = [str(folder) for folder in folders]
        self._how, self._at = how, at
        self._lock = threading.Lock()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in (OPERATIONS if self._how == "kill" else WRITING) or not self._meant(event, arguments):
            return
        with self._lock:
            self.seen += 1
            struck = self.seen == self._at
        if struck and self._how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if struck:
            number = getattr(errno, self._how)
            raise OSError(number, os.strerror(number), str(arguments[0]))

    def _meant(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if self._how != "kill" and event == "open" and not _writes(arguments):
            return False
        paths = [os.fsdecode(path) for path in arguments[:2] if isinstance(path, str | bytes | os.PathLike)]
        return any(path.startswith(folder) for path in paths for folder in self._folders)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Return whether the arguments of "open" are those of writing."""
    _, mode, flags = arguments
    return (isinstance(mode, str) and any(letter in mode for letter in "wax+")) or bool(
        isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    )
