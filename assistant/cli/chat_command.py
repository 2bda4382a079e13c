"""Adds `regroup chat`, the conversation about a folder, in the terminal app or line by line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.options import LIKE, model_options, settings_from
from assistant.cli.output import complain
from assistant.cli.progress_bar import bar
from tools.errors import UsageError

if TYPE_CHECKING:
    from assistant.plain.prompted_chat import Form
    from assistant.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--plain", is_flag=True, help="Talk line by line, without boxes and colours; works in a pipe.")
@click.option("--no-images", is_flag=True, help="Draw no pictures in the terminal.")
@LIKE
@click.option(
    "-p",
    "--prompt",
    "sentences",
    metavar="SENTENCE",
    multiple=True,
    help="Say this, print the answer and end; several are said in order. Nothing is approved but by one that says yes.",
)
@click.option("--json", "as_json", is_flag=True, help="With -p: print one JSON document at the end.")
@click.option(
    "--stream-json", is_flag=True, help="With -p: print a line of JSON for each thing as it happens."
)
@click.option("--continue", "go_on", is_flag=True, help="With -p: go on with the last conversation.")
@click.option(
    "--resume", metavar="NUMBER", type=int, help="With -p: go on with the conversation of this number."
)
@model_options
@click.pass_obj
def chat(
    options: dict[str, Any],
    /,
    folder: Path | None,
    plain: bool,
    no_images: bool,
    like: Path | None,
    sentences: tuple[str, ...],
    as_json: bool,
    stream_json: bool,
    go_on: bool,
    resume: int | None,
    **models: Any,
) -> int:
    """Talk about the pictures in FOLDER and sort them. Without FOLDER, choose one that was opened before."""
    images = False if no_images else None
    from tools.scan.collection import readable_folder

    settings = settings_from(options, images=images, plain=plain or None, **models)
    if like is not None and folder is None:
        raise UsageError("sorting like a folder needs the one to sort: regroup chat FOLDER --like SORTED")
    first = "" if like is None else like_sentence(readable_folder(like))
    if not sentences:
        if as_json or stream_json or go_on or resume is not None:
            raise UsageError(
                '--json, --stream-json, --continue and --resume need a sentence: -p "group by emotion"'
            )
        return open_chat(folder, settings, first)
    if folder is None:
        raise UsageError('saying something needs a folder: regroup chat FOLDER -p "group by emotion"')
    if (as_json and stream_json) or (go_on and resume is not None):
        raise UsageError("choose one: --json or --stream-json, --continue or --resume")
    form: Form = "json" if as_json else "stream-json" if stream_json else "text"
    return say(folder, settings, (first, *sentences) if first else sentences, form, go_on, resume)


def like_sentence(folder: Path) -> str:
    """Return the sentence that asks to sort like a folder, which is quoted as far as its name has no quotes."""
    quote = next((mark for mark in "\"'`" if mark not in str(folder)), "")
    return f"sort these like {quote}{folder}{quote}"


def say(
    folder: Path,
    settings: "Settings",
    sentences: tuple[str, ...],
    form: "Form",
    go_on: bool,
    resume: int | None,
) -> int:
    """Say sentences about a folder and print the answers. Return the exit code.

    Raises:
        tools.errors.UsageError: The folder cannot be read, or there is no such conversation.
    """
    import asyncio

    from assistant.cli.open_desk import open_desk
    from assistant.plain.prompted_chat import chosen_thread, converse

    with bar() as progress:
        desk = open_desk(folder, settings, progress=progress)
    with desk:
        thread = chosen_thread(desk, go_on, resume)
        with bar() as progress:
            return asyncio.run(converse(desk, thread, sentences, form, click.echo, progress))


def open_chat(folder: Path | None, settings: "Settings", first: str = "") -> int:
    """Open the terminal app, or the line-by-line chat where that is set or the terminal can draw nothing.

    Args:
        folder: The collection; with None the user chooses one in the terminal app.
        settings: The user's settings.
        first: What is said first, in place of the user; "" for nothing.

    Returns:
        The exit code.

    Raises:
        tools.errors.UsageError: This is not a terminal, the folder cannot be read, or the line-by-line chat has no
            folder.
    """
    from assistant.plain.line_chat import can_draw
    from tools.scan.collection import readable_folder

    if folder is not None:
        readable_folder(folder)  # before the screen is taken over, and before any other error
    if not settings.plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "a chat needs a terminal, and this is not one; talk line by line with: regroup chat FOLDER --plain, or "
            "group at once with: regroup cluster FOLDER --by CRITERION"
        )
    if settings.plain or not can_draw(sys.stdout):
        from assistant.plain.line_chat import run as talk

        if folder is None:
            raise UsageError("talking line by line needs a folder: regroup chat FOLDER --plain")
        if not settings.plain:
            complain("this terminal cannot draw screens; talking line by line, as with --plain")
        return talk(folder, settings, first)
    from assistant.tui import run

    return run(folder, settings, first)
