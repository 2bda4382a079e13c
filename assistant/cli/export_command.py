"""Adds `regroup export`, which writes groups as folders, keywords or files."""

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
@click.argument("clusterings", nargs=-1)
@click.option("--to", "target", type=click.Path(path_type=Path), help="A new or empty folder; none for tags.")
@click.option("--add", is_flag=True, help="Add to what is in the folder, which stays as it is.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["folders", "tags", "csv", "jsonl", "coco", "imagefolder"]),
    default="folders",
    show_default=True,
    help="Folders, keywords in XMP sidecars, a table, JSON Lines, COCO's JSON, a dataset of Hugging Face.",
)
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
@click.option(
    "--order",
    type=click.Choice(["likeness", "time", "name", "certainty"]),
    help="Write the place in this order of the whole list before each name: 0001-NAME.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Show the plan and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def export(
    options: dict[str, Any],
    /,
    folder: Path,
    clusterings: tuple[str, ...],
    target: Path | None,
    add: bool,
    form: Literal["folders", "tags", "csv", "jsonl", "coco", "imagefolder"],
    mode: Literal["copy", "link", "move"],
    only: tuple[str, ...],
    order: Literal["likeness", "time", "name", "certainty"] | None,
    plan_only: bool,
    yes: bool,
) -> None:
    """Write the groups of CLUSTERINGS (as grouped before, such as "emotion"; the current one if left out) as folders,
    keywords or files. Of several, links and copies lie in the folders of each."""
    if target is None and form != "tags":
        raise click.UsageError("--to is missing: a new or empty folder for what is written.")
    from assistant.cli.open_desk import open_desk

    with bar() as progress, open_desk(folder, settings_from(options), progress) as desk:
        first = clusterings[0] if clusterings else None
        place = desk.arranging.whole(order, first, progress) if order else None
        plan = desk.exports.plan(
            target, first, mode, only, form, clusterings[1:], progress, add=add or None, order=place
        )
        click.echo("\n".join(output.plan_lines(plan)))
        if plan_only:
            return
        if not yes and sys.stdin.isatty():
            click.confirm("Do this?", abort=True, err=True)
        manifest = desk.exports.carry_out(plan, progress)
        click.echo(
            "done; undo takes it back"
            if target is None
            else f"done; the manifest is {visible(str(manifest))}"
        )
