"""Adds `regroup demo`, a drawn sample collection to try Regroup on."""

import sys
from pathlib import Path
from typing import Any

import click

from assistant.cli.chat_command import open_chat
from assistant.cli.options import SEED, settings_from
from assistant.cli.progress_bar import bar
from tools.names import visible

NO_TERMINAL = "the chat needs a terminal; there: regroup chat {}; without one: regroup demo --script"
"""What is said after the pictures were drawn, with their folder."""


@click.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=Path("regroup-demo"), show_default=True
)
@click.option("--script", is_flag=True, help="Play a conversation and print it; no terminal needed.")
@SEED
@click.pass_obj
def demo(options: dict[str, Any], /, folder: Path, script: bool, seed: int | None) -> int:
    """Draw a sample collection and try Regroup on it."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with bar() as progress:
        from assistant.demo import play

        pictures = play.prepare(folder, progress)
    settings = settings_from({"workspace": folder / "workspace"} | options, seed=seed)
    if not script and not terminal:
        click.echo(f"the pictures are in {visible(str(pictures))}")
        click.echo(NO_TERMINAL.format(visible(str(pictures))))
        return 0
    if script:
        with bar(lines=True) as progress:
            return play.script(pictures, folder, settings, progress)
    return open_chat(pictures, settings)
