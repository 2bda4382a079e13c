"""Adds `regroup completion`, which prints what makes a shell complete commands and options."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_REGROUP_COMPLETE"
"""The environment variable by which a shell asks the command for completions, as click names it."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, /, shell: str) -> None:
    """Print what completes commands, options and files in SHELL, to be kept where that shell looks."""
    made = get_completion_class(shell)
    assert made is not None  # click brings all three
    click.echo(made(context.find_root().command, {}, "regroup", VARIABLE).source())
