"""Defines arguments and options that several commands share, and makes the settings from them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assistant.settings import Settings


def existing_folders(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Check one or several folders as click's `callback`, and return them unchanged.

    The check comes this early so that a wrong folder is refused before anything heavy is imported.

    Raises:
        tools.errors.UsageError: A folder does not exist, is not a folder, or cannot be read.
    """
    from tools.scan.collection import readable_folder

    for folder in value if isinstance(value, tuple) else (value,):
        readable_folder(folder)
    return value


FOLDER = click.argument("folder", type=click.Path(path_type=Path), callback=existing_folders)
LIKE = click.option(
    "--like",
    type=click.Path(path_type=Path),
    metavar="SORTED",
    help="A folder of folders: they are the groups, and their pictures the answers.",
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else."
)
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31), default=None, help="Seed of every random choice."
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about the models that look at the pictures; they set the settings of the same names."""
    for option in reversed(
        (
            click.option("--tier", type=click.Choice(["auto", "bundled", "hub", "hosted"]),
                         help="Models that look at the pictures; auto: the best that are already here."),
            click.option("--describer", metavar="MODEL",
                         help='Model that describes: "openai:NAME", "vlm-small", "owner/name", a folder, ...'),
            click.option("--base-url", metavar="URL", help="Where a hosted describer's server is."),
            click.option("--concurrency", type=click.IntRange(1, 64), help="Requests to it at a time."),
            click.option("--side", type=click.IntRange(32, 4096), help="Longest side of a picture that it sees."),
            click.option("--encoder", metavar="MODEL", help='Encoder of the hub, such as "clip-small".'),
            click.option("--judge", metavar="MODEL",
                         help='Model that walkers ask, of the hub or hosted, or "none"; the describer if not given.'),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def settings_from(options: dict[str, Any], **more: Any) -> "Settings":
    """Return the settings of a command: flags over environment over regroup.toml over defaults.

    Args:
        options: The options of `regroup` itself, as click keeps them in its context.
        more: The options of the command; None stands for an option that was not given.

    Raises:
        tools.errors.UsageError: A setting has a value that it cannot have.
    """
    from assistant.settings import load_settings

    return load_settings(options | {name: value for name, value in more.items() if value is not None})
