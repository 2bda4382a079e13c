"""Adds `regroup export`, which writes groups as folders."""

import sys
from pathlib import Path
from typing import Any, Literal

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, settings_from
from assistant.cli.progress_bar import bar
from tools.names import visible


@click.command()
@FOLDER
@click.argument("clustering")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option("--add", is_flag=True, help="Add to what is in the folder, which stays as it is.")
@click.option(
    "--mode",
    type=click.Choice(["copy", "link", "move"]),
    default="copy",
    show_default=True,
    help="Copy the files, link to them, or move them.",
)
@click.option(
    "--only", multiple=True, metavar="GROUP", help="Write only this group; may be given several times."
)
@click.option("--plan", "plan_only", is_flag=True, help="Show the plan and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def export(
    options: dict[str, Any],
    /,
    folder: Path,
    clustering: str,
    target: Path,
    add: bool,
    mode: Literal["copy", "link", "move"],
    only: tuple[str, ...],
    plan_only: bool,
    yes: bool,
) -> None:
    """Write the groups of CLUSTERING (as grouped before, such as "emotion") as folders."""
    from assistant.cli.open_desk import open_desk

    with bar() as progress, open_desk(folder, settings_from(options), progress) as desk:
        plan = desk.exports.plan(target, clustering, mode, only, add or None)
        click.echo("\n".join(output.plan_lines(plan)))
        if plan_only:
            return
        if not yes and sys.stdin.isatty():
            click.confirm("Do this?", abort=True, err=True)
        click.echo(f"done; the manifest is {visible(str(desk.exports.carry_out(plan, progress)))}")
