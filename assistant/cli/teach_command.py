"""Adds `regroup teach`, `tune` and `answers`: the user answers about pictures, and Regroup learns from it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, JSON, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import RegroupError, UsageError
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.desk.tuned_features import Target, Teacher

BY = click.option("--by", required=True, metavar="CRITERION", help="The criterion of the groups.")


@click.command()
@FOLDER
@BY
@click.option(
    "--questions", type=click.IntRange(min=1), default=8, show_default=True, help="The most questions to ask."
)
@click.option("--groups", type=click.IntRange(min=1), help="The number of groups; estimated if not given.")
@click.pass_obj
def teach(options: dict[str, Any], /, folder: Path, by: str, questions: int, groups: int | None) -> None:
    """Answer a few questions about the pictures in FOLDER, one per line: every answer improves the groups at once.

    In a pipe the answers are the lines of stdin.
    """
    from assistant.cli.open_desk import open_desk
    from assistant.plain.lesson import lesson

    with open_desk(folder, settings_from(options)) as desk:
        with bar() as progress:  # only now: the bar would draw over the questions
            lines = desk.new_images.place(progress)
            if groups is not None or not desk.clusterings.has(by):
                desk.grouping.group(by, groups, progress=progress)
        click.echo("".join(f"{visible(line)}\n" for line in lines), nl=False)
        lesson(desk, desk.clusterings.get(by).id, questions, _next_line, click.echo, bar)


@click.command()
@FOLDER
@BY
@click.option(
    "--target",
    type=click.Choice(["map", "encoder", "mllm"]),
    default="map",
    help="Tune a map over the features, the image encoder, or the multimodal model, which takes minutes.",
)
@click.option(
    "--teacher",
    type=click.Choice(["answers", "words", "judge"]),
    default="answers",
    help="Learn from your answers alone, also from the words that models see, or also from a model that judges pairs.",
)
@JSON
@click.pass_obj
def tune(options: dict[str, Any], /, folder: Path, by: str, target: str, teacher: str, as_json: bool) -> None:
    """Tune the features to your answers about FOLDER and group again; the result is kept only where that helps."""
    from dataclasses import asdict

    from assistant.cli.open_desk import open_desk

    with bar() as progress, open_desk(folder, settings_from(options), progress) as desk:
        result = desk.tuning.tune(by, progress, cast("Target", target), cast("Teacher", teacher))
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
    help="Take over the answers in this file and group by them.",
)
@click.pass_obj
def answers(
    options: dict[str, Any], /, folder: Path, by: str, target: Path | None, source: Path | None
) -> None:
    """Write your answers about the pictures in FOLDER to a table (CSV), or take over such a table."""
    if (target is None) == (source is None):
        raise UsageError("say either --export FILE or --import FILE")
    from assistant.cli.open_desk import open_desk
    from assistant.desk.answer_table import parsed, table

    with bar() as progress, open_desk(folder, settings_from(options), progress) as desk:
        if target is not None:
            constraints = desk.questions.answers(by)
            _write(target, table(constraints, desk.clusterings.get(by).criterion, desk.collection))
            click.echo(f"{amount(len(constraints), 'answer')} in {visible(str(target))}")
            return
        assert source is not None
        read = parsed(_read(source), by, desk.collection)
        if not desk.clusterings.has(by):
            desk.grouping.group(by, progress=progress)
        clustering = desk.questions.take_answers(read.answers, by, progress)
        groups = amount(len(clustering.clusters), "group")
        lines = [f"{amount(len(read.answers), 'answer')} taken; {clustering.criterion}: {groups}"]
        lines += [f"{read.gone} are about pictures that are not here"] if read.gone else []
        lines += [f"{read.others} are about another criterion"] if read.others else []
        click.echo("\n".join(visible(line) for line in (*lines, *desk.changes.remarks())))


def _next_line() -> str:
    """Return the next line of stdin, "" at its end. Raises UsageError where it is not UTF-8."""
    try:
        return sys.stdin.readline()
    except UnicodeDecodeError:
        raise UsageError(
            "stdin is not UTF-8; your earlier answers are kept, give the others as UTF-8"
        ) from None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"cannot read {visible(str(file))}: {why}; give another file") from None


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="") as writing:
            writing.write(text)
    except FileExistsError:
        raise UsageError(f"{visible(str(file))} already exists; name a new file") from None
    except OSError as error:
        raise RegroupError(
            f"cannot write {visible(str(file))}: {error.strerror}; give another file"
        ) from None
