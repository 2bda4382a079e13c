"""Makes the pages of a report from its data, by templates that escape whatever they are given."""

import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.report import plots
from assistant.report.small_pictures import small_picture
from assistant.text.formatting import sureness
from tools.names import amount
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from bokeh.models import Model
    from jinja2 import Environment

    from assistant.report.report_data import Report, Sheet

SCRIPTS = "script"
"""The name of the folder of scripts in the report."""
_OURS = ("report.css", "report.js")


def write_pages(
    folder: Path, report: "Report", pictured: frozenset[int], progress: Progress = silent
) -> None:
    """Write every page of a report, with its style and its scripts.

    Args:
        folder: That of the report; the small pictures are in it.
        report: What is shown.
        pictured: The rows of the pictures that have a small one.
        progress: Called for each page.

    Raises:
        OSError: The disk is full.
    """
    environment = _environment()
    environment.globals |= {
        "report": report,
        "pictured": pictured,
        "small_picture": small_picture,
        "amount": amount,
        "sureness": sureness,
        "made": report.made.strftime("%d %B %Y, %H:%M").lstrip("0"),
    }
    (folder / SCRIPTS).mkdir()
    plotted = False
    for number, sheet in enumerate(report.sheets):
        progress("writing the pages", number, len(report.sheets))
        drawn = _drawn(sheet, report)
        divs: Mapping[str, Any] = {}
        if drawn:
            script, divs = _components(drawn)
            (folder / SCRIPTS / f"{number + 1}.js").write_text(script, "utf-8")
            plotted = True
        page = environment.get_template("criterion.html.j2").render(
            sheet=sheet, number=number + 1, plots=divs, colours=plots.colours(len(sheet.groups)),
            unsorted_colour=plots.UNSORTED_COLOUR, others=_others(sheet, report),
        )  # fmt: skip
        (folder / sheet.file).write_text(page, "utf-8")
    index = environment.get_template("index.html.j2").render(
        colours={sheet.file: plots.colours(len(sheet.groups)) for sheet in report.sheets}
    )
    (folder / "index.html").write_text(index, "utf-8")
    for name in _OURS:
        (folder / SCRIPTS / name).write_text(_template_text(name), "utf-8")
    if plotted:
        shutil.copyfile(_bokeh_script(), folder / SCRIPTS / "bokeh.min.js")


def _others(sheet: "Sheet", report: "Report") -> list[dict[str, Any]]:
    """Return the groups of the criteria that may give the marks of the map their shape, in the order of the tables."""
    sheets = {each.file: each for each in report.sheets}
    found = [sheets[table.file] for table in sheet.tables]
    return [
        {"names": [group.name for group in each.groups], "labels": each.labels.tolist()} for each in found
    ]


def _drawn(sheet: "Sheet", report: "Report") -> "dict[str, Model]":
    """Return the plots of a criterion by their name."""
    made = {
        "map": plots.map_plot(sheet, report),
        "timeline": plots.timeline_plot(sheet, report),
        "places": plots.places_plot(sheet, report),
        "answers": plots.answers_plot(sheet.answered) if sheet.answered else None,
    }
    return {name: plot for name, plot in made.items() if plot is not None}


def _components(drawn: "dict[str, Model]") -> tuple[str, Mapping[str, Any]]:
    """Return the script of some plots, and by their name what stands for them in the page."""
    from bokeh.embed import components
    from markupsafe import Markup

    script, divs = components(drawn, wrap_script=False)
    return script, {name: Markup(div) for name, div in divs.items()}  # made by Bokeh; it holds ids alone


def _bokeh_script() -> Path:
    """Return Bokeh's own script, which its package brings."""
    from bokeh.settings import settings

    return Path(settings.bokehjs_path()) / "js" / "bokeh.min.js"


def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template_text(name: str) -> str:
    return (resources.files("assistant.report") / "templates" / name).read_text("utf-8")
