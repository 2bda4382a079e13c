"""Holds an export that was carried out, so that it can be undone."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from regroup.open_folder import OpenFolder
from tools.errors import UsageError
from tools.names import amount

if TYPE_CHECKING:
    from tools.export.plan import Plan

Files = Literal["copy", "link", "move"]
"""What becomes of the files: a copy, a symbolic link to the original, or the file itself."""


class Export:
    """Is an export that was carried out.

    Attributes:
        plan: What was done, file by file.
    """

    def __init__(self, opened: OpenFolder, plan: "Plan") -> None:
        self._opened, self.plan = opened, plan
        self._number = self._steps()[-1]

    @property
    def folder(self) -> Path:
        """Return the folder that holds the groups' folders."""
        return self.plan.target

    @property
    def files(self) -> tuple[Path, ...]:
        """Return every file that was written, absolute."""
        return tuple(self.plan.target / entry.destination for entry in self.plan.entries)

    def undo(self) -> str:
        """Undo it: written files are removed, moved files go back. Return in words what happened.

        Raises:
            UsageError: It was undone already, or other steps came after it, which have to be undone first.
            RegroupError: Files that were moved could not all be put back; each is named, and undo can be called again.
        """
        steps = self._steps()
        if self._number not in steps:
            raise UsageError("this export was undone already; nothing is left of it to take back")
        if steps[-1] != self._number:
            raise UsageError(
                "this export is not the last step; Collection.undo() takes back one step after another"
            )
        return self._opened.desk.history.undo()

    def _steps(self) -> list[int]:
        """Return the numbers of the steps that are in force, the last one last."""
        entries = self._opened.desk.history.entries()
        return [entry.number for entry in entries if entry.in_force and entry.kind != "snapshot"]

    def __repr__(self) -> str:
        return f"<Export of {amount(len(self.plan.entries), 'file')} to {str(self.folder)!r}>"
