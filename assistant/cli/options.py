"""Arguments and options that several commands share, and the settings that they come to."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assistant.settings import Settings


def existing_folders(context: click.Context, parameter: click.Parameter, given: Any) -> Any:
    """Return the folder or folders that were given, for click's `callback`.

    They are checked here so that a wrong one is refused before anything heavy is imported.

    Raises:
        tools.errors.UsageError: One of them is not there, is no folder, or cannot be read.
    """
    from tools.collection import readable_folder

    for folder in given if isinstance(given, tuple) else (given,):
        readable_folder(folder)
    return given


FOLDER = click.argument("folder", type=click.Path(path_type=Path), callback=existing_folders)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31), default=None, help="Seed of every random choice."
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which models look at the pictures; they are the settings of the same names."""
    for option in reversed(
        (
            click.option("--tier", type=click.Choice(["auto", "bundled", "hub", "hosted"]),
                         help="Models that look at the pictures; auto: the best that are here."),
            click.option("--describer", metavar="MODEL",
                         help='Model that describes: "openai:NAME", "vlm-small", "owner/name", a folder, ...'),
            click.option("--base-url", metavar="URL", help="Where a hosted describer's server is."),
            click.option("--concurrency", type=click.IntRange(1, 64), help="Requests to it at a time."),
            click.option("--side", type=click.IntRange(32, 4096), help="Longest side of a picture that it sees."),
            click.option("--encoder", metavar="MODEL", help='Encoder of the hub, such as "clip-small".'),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def settings_from(options: dict[str, Any], **more: Any) -> "Settings":
    """The settings that the options of a command come to: flags over environment over regroup.toml over defaults.

    Args:
        options: Those of `regroup` itself, as click keeps them in its context.
        more: Those of the command; None stands for one that was not given.

    Raises:
        tools.errors.UsageError: A setting has a value that it cannot have.
    """
    from assistant.settings import load_settings

    return load_settings(options | {name: value for name, value in more.items() if value is not None})
