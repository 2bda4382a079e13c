"""`regroup reproduce`: measure what the papers printed, on their sets."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.options import JSON, existing_folders, model_options, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import UsageError

if TYPE_CHECKING:
    from assistant.desk import Desk


def _folder(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    return value if value is None else existing_folders(context, parameter, value)


@click.command()
@click.argument("paper", required=False)
@click.argument("table", required=False)
@click.option(
    "--table", "numbers", multiple=True, metavar="TABLE", help="A table by its number; all if not given."
)
@click.option(
    "--data", type=click.Path(path_type=Path), callback=_folder, help="The folder with the papers' sets."
)
@click.option(
    "--runs", type=click.IntRange(min=1), default=10, show_default=True, help="Runs, each with another seed."
)
@click.option(
    "--minutes", type=click.FloatRange(min=0), help="The longest training of one run; no limit if not given."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Keep what was measured in this file of JSON lines: the same command resumes where it was stopped.",
)
@click.option("--send-to", metavar="HOST", help="Allow pictures to be sent to HOST while this is measured.")
@model_options
@JSON
@click.pass_obj
def reproduce(
    options: dict[str, Any],
    /,
    paper: str | None,
    table: str | None,
    numbers: tuple[str, ...],
    data: Path | None,
    runs: int,
    minutes: float | None,
    out: Path | None,
    send_to: str | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Measure the tables of PAPER on its sets, beside the printed figures; without a PAPER, list what there is.

    PAPER is the name of a method, or "all"; TABLE is a number that the paper gives.
    """
    from assistant.reproduce.listing_document import listing_document, listing_lines
    from assistant.reproduce.paper import find_papers

    settings = settings_from(options, **models)
    if paper is None:
        output.show(listing_document(settings, data), as_json, listing_lines)
        return
    tables = (*numbers, table) if table else numbers
    papers = find_papers(paper)
    for found in papers:
        found.chosen(tables)
    if data is None:
        raise UsageError("name the folder with the papers' sets: --data DIR; regroup reproduce lists them")
    with bar() as progress:
        from assistant.bench.results import Results
        from assistant.bench.runner import asked
        from assistant.cli.ask_consent import obtain_consent
        from assistant.reproduce.reproduction import Wanted, models_here
        from assistant.reproduce.reproduction import reproduce as measure
        from assistant.reproduce.reproduction_lines import reproduction_lines

        def consent(desk: "Desk", criterion: str) -> None:
            output.remark(obtain_consent(desk, criterion, (), False, send_to, ask=False))

        limit = float("inf") if minutes is None else minutes
        wanted = Wanted(papers, data, tables, runs, limit, consent)
        here = models_here(settings)
        output.remark(
            f"{found.name}: {'; '.join(lacking)}: what is here looks instead, and no verdict is given"
            for found in papers
            if (lacking := found.differences(here))
        )
        rows = measure(wanted, settings, Results(out, runs, asked(settings)), progress)
    output.show({"rows": rows, "models": here}, as_json, reproduction_lines)
