"""Adds `regroup cluster` and `regroup propose`, which group a folder or say what it could be grouped by."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, JSON, LIKE, SEED, model_options, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import UsageError

if TYPE_CHECKING:
    from assistant.settings import Settings


@click.command()
@FOLDER
@click.option("--by", metavar="CRITERION", help='What to group by, such as "emotion".')
@LIKE
@click.option("--groups", type=click.IntRange(min=1), help="The number of groups; estimated if not given.")
@click.option(
    "--method", help="A method by name, as listed by `regroup methods`; the default one if not given."
)
@click.option(
    "--values", metavar="A,B,...", help="The values a describer chooses from; its own words if not given."
)
@click.option("--send-to", metavar="HOST", help='Allow pictures to be sent to HOST; "none" withdraws that.')
@click.option("--ask-again", is_flag=True, help="Ask again about pictures that got no usable answer.")
@model_options
@SEED
@JSON
@click.pass_obj
def cluster(
    options: dict[str, Any],
    /,
    folder: Path,
    by: str | None,
    like: Path | None,
    groups: int | None,
    method: str | None,
    values: str | None,
    send_to: str | None,
    ask_again: bool,
    seed: int | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Group the pictures in FOLDER by a criterion, or like a folder of folders that is sorted already."""
    if (by is None) == (like is None):
        raise UsageError("say what to group by: --by CRITERION, or which folder to sort like: --like SORTED")
    if like is not None or by is None:
        if groups or method or values or send_to or ask_again:
            raise UsageError("--like takes its groups from a folder; leave out the options of a criterion")
        _sort_like(folder, settings_from(options, seed=seed, **models), like, as_json)
        return
    with bar() as progress:
        from assistant.cli.ask_consent import obtain_consent
        from assistant.cli.open_desk import open_desk
        from tools.describe.describe import Meter
        from tools.group import check

        opened = open_desk(folder, settings_from(options, seed=seed, **models), progress=progress)
    choices = [value for part in (values or "").split(",") if (value := " ".join(part.split()))]
    with opened as desk:
        check(by, len(desk.collection), method, groups)  # before anybody is asked or anything sent
        # Between two bars, which would draw over a question.
        consent_lines = obtain_consent(desk, by, choices, ask_again, send_to, method=method)
        output.remark(consent_lines)
        with bar() as progress:
            clustering = desk.grouping.group(
                by, groups, method, progress=progress, values=choices, again=ask_again
            )
        status, usage = desk.status(), desk.models.usage()
        document = output.clustering_document(
            clustering,
            desk.collection,
            Meter(status.calls),
            output.since_start(),
            desk.models.failures(by),
            usage,
        )
    if choices and not status.model:
        output.remark([_NO_DESCRIBER])
    output.remark((*status.missing, *(line for line in status.lines if line not in consent_lines)))
    output.show(document, as_json, output.clustering_lines)


_NO_DESCRIBER = (
    "no model that describes pictures is in use, so --values changed nothing; to name the groups yourself: "
    'regroup chat FOLDER -p "sort into A, B and the rest"'
)
"""What is said where values are given and nothing chooses from them."""


def _sort_like(folder: Path, settings: "Settings", like: Path | None, as_json: bool) -> None:
    """Group a folder like another one and print the groups."""
    from assistant.cli.open_desk import open_desk
    from tools.describe.describe import Meter

    with bar() as progress, open_desk(folder, settings, progress=progress) as desk:
        result = desk.sorting_like.sort_like(like, progress)
        status = desk.status()
        document = output.clustering_document(
            result.clustering, desk.collection, Meter(status.calls), output.since_start()
        )
    output.remark((*status.missing, *status.lines, *result.lines()))
    output.show(document | {"like": str(result.folder)}, as_json, output.clustering_lines)


@click.command()
@FOLDER
@model_options
@click.option("--own", multiple=True, metavar="CRITERION", help="A criterion of your own to include.")
@SEED
@JSON
@click.pass_obj
def propose(
    options: dict[str, Any],
    /,
    folder: Path,
    own: tuple[str, ...],
    seed: int | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Propose criteria by which the pictures in FOLDER could be grouped."""
    from assistant.cli.open_desk import open_desk

    settings = settings_from(options, seed=seed, **models)
    with bar() as progress, open_desk(folder, settings, progress=progress) as desk:
        from assistant.agent.thinking import opened  # once it is known that there are pictures

        thinker_lines: list[str] = []
        with opened(desk, thinker_lines.append) as thinker:
            proposals = desk.criteria.propose(progress, own, thinker)
        status, basis = desk.status(), desk.criteria.basis
        document = output.proposals_document(
            proposals, basis, status.calls, output.since_start(), desk.collection
        )
    output.remark((*status.missing, *status.lines, *thinker_lines))
    output.show(document, as_json, output.proposal_lines)
