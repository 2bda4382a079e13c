"""`regroup forget`: remove all that is kept of a folder."""

import sys
from pathlib import Path
from typing import Any

import click

from assistant.cli.options import settings_from
from tools.errors import UsageError
from tools.names import amount, visible


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def forget(options: dict[str, Any], /, folder: Path, yes: bool) -> None:
    """Remove all that is kept of FOLDER: groups, answers, history, conversations. The pictures stay as they are."""
    from assistant.workspace import Workspace

    workspace = Workspace(settings_from(options).workspace)
    kept = workspace.kept_of(folder)
    if kept.exports:
        moves = amount(kept.exports, "export")
        click.echo(f"{moves} of it can no longer be undone by regroup undo {visible(str(folder))}", err=True)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("what is forgotten cannot be brought back; nothing was done, say --yes")
        click.confirm(f"Forget everything about {visible(str(folder))}?", abort=True, err=True)
    workspace.forget(folder)
    click.echo(f"forgotten: {visible(str(folder))}")
