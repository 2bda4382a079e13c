"""Holds an open folder for everything that was made from it, until it is closed."""

from typing import TYPE_CHECKING

from tools.errors import UsageError
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.desk import Desk


class OpenFolder:
    """Gives the desk of a folder while that is open."""

    def __init__(self, desk: "Desk") -> None:
        self._desk, self._is_open = desk, True

    @property
    def desk(self) -> "Desk":
        """Return the desk. Raise UsageError where the folder was closed."""
        if not self._is_open:
            raise UsageError(f"{quoted(str(self._desk.collection.folder))} is closed; open it again")
        return self._desk

    def close(self) -> None:
        """Close the folder. It may be called twice."""
        if self._is_open:
            self._is_open = False
            self._desk.close()
