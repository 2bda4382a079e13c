"""Adds `regroup report`, which writes the groups of a folder as web pages."""

from pathlib import Path
from typing import Any

import click

from assistant.cli.options import FOLDER, settings_from
from assistant.cli.progress_bar import bar


@click.command()
@FOLDER
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help='A new or empty folder; "FOLDER-report" beside the pictures if not given.',
)
@click.option("--open", "then_open", is_flag=True, help="Open the report in the browser.")
@click.option("--no-places", is_flag=True, help="Leave out when, where and with what pictures were taken.")
@click.pass_obj
def report(
    options: dict[str, Any], /, folder: Path, out: Path | None, then_open: bool, no_places: bool
) -> None:
    """Write all groupings of FOLDER as web pages that need no network."""
    from assistant.cli.open_desk import open_desk
    from assistant.report.write_report import report_line, write_report

    with bar() as progress, open_desk(folder, settings_from(options), progress) as desk:
        page = write_report(desk, out, not no_places, progress)
    click.echo(report_line(page))
    if then_open:
        click.launch(page.as_uri())
