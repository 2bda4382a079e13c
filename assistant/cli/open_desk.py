"""Opens a folder for a command, and says on stderr what the user should know of its files."""

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli import output
from assistant.cli.progress_bar import between_bars
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.settings import Settings


def open_desk(folder: Path, settings: "Settings", progress: Progress = silent) -> "Desk":
    """Open a folder as `Desk.open` does, and tell what happened to its files since the last time and what was skipped.

    Raises:
        tools.errors.UsageError: The folder does not exist or has no image.
        tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
    """
    from assistant.desk import Desk

    desk = Desk.open(folder, settings, progress=progress)
    try:
        grouped = bool(desk.clusterings.all())
        with between_bars():
            output.remark([*(desk.since_last.lines() if grouped else ()), *desk.skipped])
    except BaseException:
        desk.close()
        raise
    return desk
