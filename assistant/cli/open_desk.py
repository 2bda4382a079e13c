"""Opens a folder for a command, and says on stderr what the user should know of its files."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import output
from assistant.cli.progress_bar import between_bars
from tools.errors import UsageError
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.settings import Settings


def open_desk(
    folder: Path,
    settings: "Settings",
    progress: Progress = silent,
    exclusive: bool = True,
    gone: bool = False,
) -> "Desk":
    """Open a folder as `Desk.open` does, and tell what happened to its files since the last time and what was skipped.

    Where the folder looks like a known one that is gone, the user is asked at the terminal whether to go on with that.

    Raises:
        tools.errors.UsageError: The folder does not exist or has no image.
        tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
    """
    from assistant.desk import Desk

    _recognise(folder, settings)
    desk = Desk.open(folder, settings, progress=progress, exclusive=exclusive, gone=gone)
    try:
        # The log and undo are about what was done: that an export moved all images is told by themselves.
        changed = replace(desk.since_last, away="") if gone else desk.since_last
        lines = changed.lines() if desk.clusterings.all() else ()
        with between_bars():
            output.remark([*desk.shelf.notices, *lines, *desk.skipped])
    except BaseException:
        desk.close()
        raise
    return desk


def _recognise(folder: Path, settings: "Settings") -> None:
    """Ask whether a folder is a known one that was renamed or mounted elsewhere, or say how to tell so."""
    from assistant.workspace import Workspace
    from assistant.workspace.moved_folder import decline, relocate, resembling

    with Workspace(settings.workspace) as workspace:
        try:
            likeness = resembling(workspace, folder)
        except UsageError:  # it is gone, or opening it says what is wrong
            return
        if likeness is None:
            return
        with between_bars():
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                output.remark([likeness.remark])
            elif click.confirm(likeness.question, err=True):
                relocate(workspace, likeness.known.folder, folder)
            else:
                decline(workspace, likeness)
