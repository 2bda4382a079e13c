"""Adds `regroup bench`, which measures methods on labelled folders."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from assistant.cli import output
from assistant.cli.options import JSON, existing_folders, model_options, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import UsageError
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.desk import Desk


@click.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path), callback=existing_folders
)
@click.option("--by", multiple=True, metavar="CRITERION", help="Columns of labels.csv; all if not given.")
@click.option("--groups", type=click.Choice(["truth", "auto", "both"]), default="auto", show_default=True)
@click.option("--method", "methods", multiple=True, help="Methods by name; all if not given.")
@click.option("--questions", default="0", show_default=True, help="Numbers of answers, such as 0,16,64.")
@click.option("--wrong", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that are wrong.")
@click.option(
    "--accepted", default="", metavar="CRITERIA", help="Criteria to teach and accept first: pose,identity."
)
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--speed",
    is_flag=True,
    help="Measure how fast the experts look at pictures, compared with a naive loop; needs no labels.",
)
@click.option(
    "--report",
    "to",
    type=click.Path(path_type=Path),
    help="Also write tables in Markdown to this file. Rows are kept in a .jsonl file beside it as they come: the "
    "same command resumes where it was stopped, and several may measure different folders at the same time.",
)
@click.option("--send-to", metavar="HOST", help="Allow pictures to be sent to HOST while this is measured.")
@model_options
@JSON
@click.pass_obj
def bench(
    options: dict[str, Any],
    /,
    folders: tuple[Path, ...],
    by: tuple[str, ...],
    groups: Literal["truth", "auto", "both"],
    methods: tuple[str, ...],
    questions: str,
    wrong: float,
    accepted: str,
    seeds: int,
    speed: bool,
    to: Path | None,
    send_to: str | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Measure methods on FOLDERS, each with pictures and a labels.csv (file, then a column per criterion)."""
    if speed:
        with bar() as progress:
            from assistant.bench.speed import measure_speed

            rates = [measure_speed(folder, settings_from(options), progress) for folder in folders]
        output.show({"rows": rates}, as_json, output.speed_lines)
        return
    counts = _numbers(questions)
    settings = settings_from(options, **models)
    with bar() as progress:
        from assistant.bench.results import Results
        from assistant.bench.runner import Task, asked, run_bench
        from assistant.cli.ask_consent import obtain_consent

        def consent(desk: "Desk", criterion: str) -> None:
            output.remark(obtain_consent(desk, criterion, (), False, send_to, ask=False))

        accepted_first = tuple(name.strip() for name in accepted.split(",") if name.strip())
        task = Task(
            folders, by, groups, methods, counts, seeds, wrong=wrong, accepted=accepted_first, consent=consent
        )
        results = Results(to.with_suffix(".jsonl") if to else None, seeds, asked(settings))
        rows = run_bench(task, settings, progress, results)
    if to is not None:
        from assistant.bench.report import write_report

        write_report(to, results.rows())
    output.show({"rows": rows}, as_json, output.bench_lines)


def _numbers(questions: str) -> tuple[int, ...]:
    """Read the numbers in a text such as "0,16,64". Raises UsageError for any other text."""
    try:
        counts = tuple(int(part) for part in questions.split(","))
    except ValueError:
        raise UsageError(
            f"--questions {quoted(questions)} is not a list of numbers; write it like 0,16,64"
        ) from None
    if min(counts) < 0:
        raise UsageError(f"--questions {quoted(questions)} has a negative number; write it like 0,16,64")
    return counts
