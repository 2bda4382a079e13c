"""Adds `regroup log` and `regroup undo`: the history of a folder, and undoing its last step.

Both need what the workspace keeps of the folder, and not the folder itself: a move may have emptied it.
"""

from pathlib import Path
from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import JSON, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import UsageError
from tools.names import visible

_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.command()
@_FOLDER
@JSON
@click.pass_obj
def log(options: dict[str, Any], /, folder: Path, as_json: bool) -> None:
    """List what was done to FOLDER: groupings, answers, edits, exports, and what was undone."""
    from dataclasses import asdict

    from assistant.cli.open_desk import open_desk

    with open_desk(folder, settings_from(options), exclusive=False, gone=True) as desk:
        events = [asdict(entry) for entry in desk.history.entries()]
    output.show({"events": events}, as_json, output.log_lines)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Undo the export of this manifest.json.",
)
@click.option(
    "--without-missing",
    is_flag=True,
    help="Call an export undone although files of it are nowhere to be found.",
)
@click.pass_obj
def undo(
    options: dict[str, Any], /, folder: Path | None, manifest: Path | None, without_missing: bool
) -> None:
    """Undo the last step done to FOLDER: an edit, a grouping or an export.

    An export can also be undone by the manifest.json that lies in the exported folder, wherever that is by now.
    """
    if (folder is None) == (manifest is None):
        raise UsageError(
            "give the folder whose last step is undone, or the manifest of an export: --manifest FILE"
        )
    if manifest is not None:
        from assistant.desk.undone_export import undone_by_manifest

        with bar() as progress:
            line = undone_by_manifest(manifest, without_missing, progress)
        click.echo(visible(line))
        return
    from assistant.cli.open_desk import open_desk

    assert folder is not None
    with open_desk(folder, settings_from(options), gone=True) as desk:
        with bar() as progress:
            line = desk.history.undo(without_missing, progress)
        click.echo(visible(line))
