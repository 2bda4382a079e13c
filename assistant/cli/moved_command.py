"""Adds `regroup moved`, which goes on with what is kept of a folder where that is now."""

from pathlib import Path
from typing import Any

import click

from assistant.cli.options import FOLDER, settings_from
from tools.names import visible


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@FOLDER
@click.pass_obj
def moved(options: dict[str, Any], /, old: Path, folder: Path) -> None:
    """Go on in FOLDER with the groups, answers and history of OLD, which was renamed or mounted elsewhere."""
    from assistant.workspace import Workspace, moved_folder

    moved_folder.relocate(Workspace(settings_from(options).workspace), old, folder)
    click.echo(f"what was kept of {visible(str(old))} is now kept of {visible(str(folder))}")
