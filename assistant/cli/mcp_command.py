"""Adds `regroup mcp`, which gives the agent's tools to another program."""

from pathlib import Path
from typing import Any

import click

from assistant.cli.options import model_options, settings_from


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--allow-write", is_flag=True, help="Let a plan be carried out: files written, moved or put back."
)
@click.option(
    "--allow-pictures", is_flag=True, help="Send thumbnails with the answers; a model may see them."
)
@model_options
@click.pass_obj
def mcp(
    options: dict[str, Any], /, folder: Path, allow_write: bool, allow_pictures: bool, **models: Any
) -> int:
    """Serve the tools about FOLDER to another program (Model Context Protocol, on stdin and stdout)."""
    from assistant.cli.open_desk import open_desk
    from assistant.mcp.mcp_server import serve

    with open_desk(folder, settings_from(options, **models)) as desk:
        serve(desk, allow_write, allow_pictures)
    return 0
