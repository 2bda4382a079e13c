"""The commands about what the user said and did: teach, tune, answers, log."""

import sys
from pathlib import Path
from typing import Any

import click

from tools.errors import RegroupError, UsageError
from tools.names import amount, visible

FOLDER = click.argument("folder", type=click.Path(path_type=Path))
BY = click.option("--by", required=True, metavar="CRITERION", help="What is grouped by.")


@click.command()
@FOLDER
@BY
@click.option(
    "--questions", type=click.IntRange(min=1), default=8, show_default=True, help="At most so many."
)
@click.option("--groups", type=click.IntRange(min=1), help="How many groups; found if not given.")
@click.pass_obj
def teach(options: dict[str, Any], folder: Path, by: str, questions: int, groups: int | None) -> None:
    """Answer a few questions about the pictures in FOLDER, a line each: it is grouped better at once.

    In a pipe the answers are the lines of stdin.
    """
    from assistant.cli.progress_bar import bar
    from assistant.desk import Desk
    from assistant.plain.lesson import lesson
    from assistant.settings import given

    with Desk.open(folder, given(options)) as desk:
        with bar() as progress:  # not while it is asked: the bar would draw over the questions
            lines = desk.place_new(progress)
            if groups is not None or not desk.has(by):
                desk.group(by, groups, progress=progress)
        click.echo("".join(f"{visible(line)}\n" for line in lines), nl=False)
        lesson(desk, desk.clustering(by).id, questions, _reply, click.echo, bar)


@click.command()
@FOLDER
@BY
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_obj
def tune(options: dict[str, Any], folder: Path, by: str, as_json: bool) -> None:
    """Learn slowly from what you said about the pictures in FOLDER, and group by it; kept only where that helps."""
    from dataclasses import asdict

    from assistant.cli import output
    from assistant.cli.progress_bar import bar
    from assistant.desk import Desk
    from assistant.settings import given

    with bar() as progress, Desk.open(folder, given(options), progress=progress) as desk:
        done = desk.tune(by, progress)
        groups = len(desk.clustering(by).clusters)
    output.show(asdict(done) | {"k": groups, "seconds": output.since_start()}, as_json, output.tuned_lines)


@click.command()
@FOLDER
@BY
@click.option(
    "--export", "target", type=click.Path(path_type=Path), help="Write the answers to this new file."
)
@click.option(
    "--import",
    "source",
    type=click.Path(path_type=Path),
    help="Take the answers of this file, and group by them.",
)
@click.pass_obj
def answers(options: dict[str, Any], folder: Path, by: str, target: Path | None, source: Path | None) -> None:
    """Write down what you said about the pictures in FOLDER as a table (CSV), or use such a table again."""
    from assistant.answers import parsed, table
    from assistant.cli.progress_bar import bar
    from assistant.desk import Desk
    from assistant.settings import given

    if (target is None) == (source is None):
        raise UsageError("say either --export FILE or --import FILE")
    with bar() as progress, Desk.open(folder, given(options), progress=progress) as desk:
        if target is not None:
            said = desk.answers(by)
            _write(target, table(said, desk.clustering(by).criterion, desk.collection))
            click.echo(f"{amount(len(said), 'answer')} in {visible(str(target))}")
            return
        assert source is not None
        read = parsed(_read(source), by, desk.collection)
        if not desk.has(by):
            desk.group(by, progress=progress)
        made = desk.take_answers(read.answers, by, progress)
        told = [
            f"{amount(len(read.answers), 'answer')} taken; {made.criterion}: {amount(len(made.clusters), 'group')}"
        ]
        told += [f"{read.gone} are about pictures that are not here"] if read.gone else []
        told += [f"{read.others} are about another criterion"] if read.others else []
        click.echo("\n".join(visible(line) for line in (*told, *desk.remarks())))


@click.command()
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_obj
def log(options: dict[str, Any], folder: Path, as_json: bool) -> None:
    """Say what was done to FOLDER so far: groupings, answers, edits, exports, and what was undone."""
    from dataclasses import asdict

    from assistant.cli import output
    from assistant.desk import Desk
    from assistant.settings import given

    with Desk.open(folder, given(options), exclusive=False) as desk:
        events = [asdict(entry) for entry in desk.history()]
    output.show({"events": events}, as_json, output.log_lines)


def _reply() -> str:
    """The next line of stdin, "" at its end. Raises UsageError where it is no text."""
    try:
        return sys.stdin.readline()
    except UnicodeDecodeError:
        raise UsageError(
            "stdin is no UTF-8; what was answered before is kept, give the others as UTF-8"
        ) from None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8"
        raise UsageError(f"cannot read {visible(str(file))}: {why}; give another file") from None


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="") as writing:
            writing.write(text)
    except FileExistsError:
        raise UsageError(f"{visible(str(file))} is there already; give a new file") from None
    except OSError as error:
        raise RegroupError(
            f"cannot write {visible(str(file))}: {error.strerror}; give another file"
        ) from None
