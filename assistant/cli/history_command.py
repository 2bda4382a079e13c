"""Adds `regroup log` and `regroup undo`, which show the history of a folder and undo its last step."""

from pathlib import Path
from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, JSON, settings_from
from tools.names import visible


@click.command()
@FOLDER
@JSON
@click.pass_obj
def log(options: dict[str, Any], /, folder: Path, as_json: bool) -> None:
    """List what was done to FOLDER: groupings, answers, edits, exports, and what was undone."""
    from dataclasses import asdict

    from assistant.desk import Desk

    with Desk.open(folder, settings_from(options), exclusive=False) as desk:
        events = [asdict(entry) for entry in desk.history.entries()]
    output.show({"events": events}, as_json, output.log_lines)


@click.command()
@FOLDER
@click.pass_obj
def undo(options: dict[str, Any], /, folder: Path) -> None:
    """Undo the last step done to FOLDER: an edit, a grouping or an export."""
    from assistant.desk import Desk

    with Desk.open(folder, settings_from(options)) as desk:
        click.echo(visible(desk.history.undo()))
