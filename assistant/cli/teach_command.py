"""`regroup teach`, `tune` and `answers`: what the user says about pictures, and learning from it."""

import sys
from pathlib import Path
from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, JSON, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import RegroupError, UsageError
from tools.names import amount, visible

BY = click.option("--by", required=True, metavar="CRITERION", help="What is grouped by.")


@click.command()
@FOLDER
@BY
@click.option(
    "--questions", type=click.IntRange(min=1), default=8, show_default=True, help="Questions at most."
)
@click.option("--groups", type=click.IntRange(min=1), help="How many groups; found if not given.")
@click.pass_obj
def teach(options: dict[str, Any], /, folder: Path, by: str, questions: int, groups: int | None) -> None:
    """Answer a few questions about the pictures in FOLDER, a line each: it is grouped better at once.

    In a pipe the answers are the lines of stdin.
    """
    from assistant.desk import Desk
    from assistant.plain.lesson import lesson

    with Desk.open(folder, settings_from(options)) as desk:
        with bar() as progress:  # not while it is asked: the bar would draw over the questions
            lines = desk.new_images.place(progress)
            if groups is not None or not desk.clusterings.has(by):
                desk.grouping.group(by, groups, progress=progress)
        click.echo("".join(f"{visible(line)}\n" for line in lines), nl=False)
        lesson(desk, desk.clusterings.get(by).id, questions, _next_line, click.echo, bar)


@click.command()
@FOLDER
@BY
@JSON
@click.pass_obj
def tune(options: dict[str, Any], /, folder: Path, by: str, as_json: bool) -> None:
    """Learn slowly from what you said about the pictures in FOLDER, and group by it; kept only where that helps."""
    from dataclasses import asdict

    from assistant.desk import Desk

    with bar() as progress, Desk.open(folder, settings_from(options), progress=progress) as desk:
        result = desk.tuning.tune(by, progress)
        groups = len(desk.clusterings.get(by).clusters)
    document = asdict(result) | {"k": groups, "seconds": output.since_start()}
    output.show(document, as_json, output.tuned_lines)


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
def answers(
    options: dict[str, Any], /, folder: Path, by: str, target: Path | None, source: Path | None
) -> None:
    """Write down what you said about the pictures in FOLDER as a table (CSV), or use such a table again."""
    if (target is None) == (source is None):
        raise UsageError("say either --export FILE or --import FILE")
    from assistant.desk import Desk
    from assistant.desk.answer_table import parsed, table

    with bar() as progress, Desk.open(folder, settings_from(options), progress=progress) as desk:
        if target is not None:
            given = desk.questions.answers(by)
            _write(target, table(given, desk.clusterings.get(by).criterion, desk.collection))
            click.echo(f"{amount(len(given), 'answer')} in {visible(str(target))}")
            return
        assert source is not None
        read = parsed(_read(source), by, desk.collection)
        if not desk.clusterings.has(by):
            desk.grouping.group(by, progress=progress)
        made = desk.questions.take_answers(read.answers, by, progress)
        groups = amount(len(made.clusters), "group")
        lines = [f"{amount(len(read.answers), 'answer')} taken; {made.criterion}: {groups}"]
        lines += [f"{read.gone} are about pictures that are not here"] if read.gone else []
        lines += [f"{read.others} are about another criterion"] if read.others else []
        click.echo("\n".join(visible(line) for line in (*lines, *desk.changes.remarks())))


def _next_line() -> str:
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
