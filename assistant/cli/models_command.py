"""Adds `regroup models`, which lists, fetches, verifies and removes the models of each tier."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import JSON, model_options, settings_from
from assistant.cli.progress_bar import bar


@click.group(invoke_without_command=True)
@model_options
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Show every model with its source and path, and what each expert sees.",
)
@click.option(
    "--licences", is_flag=True, help="Show the licence of every model, and of the data that came along."
)
@JSON
@click.pass_context
def models(context: click.Context, /, everything: bool, licences: bool, as_json: bool, **models: Any) -> None:
    """Show what each tier can do here and with which models; fetch, verify or remove models."""
    context.obj = context.obj | {name: value for name, value in models.items() if value is not None}
    if context.invoked_subcommand is None:
        from assistant.models.listing import list_licences, list_models

        if licences:
            return output.show(list_licences(settings_from(context.obj)), as_json, output.licence_lines)
        lines = output.all_model_lines if everything else output.model_lines
        output.show(list_models(settings_from(context.obj)), as_json, lines)


@models.command()
@click.argument("name")
@JSON
@click.pass_obj
def fetch(options: dict[str, Any], /, name: str, as_json: bool) -> None:
    """Fetch NAME: "face", "clip-small", "vlm-small", or any owner/name of the hub. Resumes where it was stopped."""
    from assistant.models import listing

    settings = settings_from(options)
    if not settings.offline and (line := listing.download_line(name, settings)):
        output.remark([f"fetching {line}"], prefix="")
    with bar() as progress:
        document = listing.fetch(name, settings, progress)
    output.show(document, as_json, output.fetched_lines)


@models.command()
@click.argument("name", required=False)
@JSON
@click.pass_obj
def verify(options: dict[str, Any], /, name: str | None, as_json: bool) -> int:
    """Read the files of NAME, or of every model that is here, and compare their hashes."""
    from assistant.models import listing

    with bar() as progress:
        rows = listing.verify(name, settings_from(options), progress)
    output.show({"models": rows}, as_json, output.verified_lines)
    return 1 if any(row["ok"] is False for row in rows) else 0


@models.command()
@click.argument("name")
@JSON
@click.pass_obj
def remove(options: dict[str, Any], /, name: str, as_json: bool) -> None:
    """Delete the fetched files of NAME."""
    from assistant.models import listing

    output.show(listing.remove(name, settings_from(options)), as_json, output.removed_lines)
