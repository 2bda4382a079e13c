"""Writes a report into a new folder: all of it, or nothing."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.report.collect import collect
from tools.errors import RegroupError, UsageError
from tools.export.plan import checked_target
from tools.extras import how_to_add
from tools.names import visible
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.desk import Desk

MOST_BYTES = 36_000_000
"""About how many bytes a report has at most; the small pictures are made as large as that allows."""
_PER_PICTURE = 420
"""About the bytes that a picture takes in the page of a criterion, with its plots."""
_FIXED = 2_500_000
"""About the bytes of what every report has, which is mostly the script of the plots."""
INDEX = "index.html"
"""The page to open."""


def write_report(
    desk: "Desk", to: Path | None = None, places: bool = True, progress: Progress = silent
) -> Path:
    """Write a report on all groupings of a collection.

    Args:
        desk: The open collection.
        to: A new or empty folder; None for "NAME-report" beside the collection's folder.
        places: Whether it holds what files say of time, place and camera.
        progress: Called during the work; it may raise to stop, and then nothing is left.

    Returns:
        The path of the page to open.

    Raises:
        UsageError: Nothing is grouped yet, the folder cannot be used, or the libraries of the report are missing.
        RegroupError: The report cannot be written.
    """
    folder = desk.collection.folder
    target = checked_target(folder, to or folder.with_name(f"{folder.name}-report"))
    check_libraries()
    report = collect(desk, places, progress)
    from assistant.report.report_pages import write_pages
    from assistant.report.small_pictures import write_small_pictures

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".regroup-report-", dir=target.parent))
    except OSError as error:
        raise _unwritten(target, error) from error
    try:
        least = len(report.pictures) * 800
        most = MOST_BYTES - _FIXED - len(report.sheets) * len(report.pictures) * _PER_PICTURE
        thumbnails = desk.workspace.thumbnails
        there = write_small_pictures(
            building, report.pictures, report.files, thumbnails, max(most, least), progress
        )
        write_pages(building, report, there, progress)
        with suppress(OSError):
            target.rmdir()  # where it is there and empty
        building.rename(target)
    except OSError as error:
        raise _unwritten(target, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target / INDEX


def report_line(page: Path) -> str:
    """Return the line that says where a report is."""
    return f"The report is written; open {visible(str(page))} in a browser."


def check_libraries() -> None:
    """Raise UsageError where the libraries of the report are not installed."""
    try:
        import bokeh  # noqa: F401
        import jinja2  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a report needs an extra that is not installed ({error.name}); run: {how_to_add('report')}"
        ) from None


def _unwritten(target: Path, error: OSError) -> RegroupError:
    return RegroupError(
        f"the report cannot be written to {visible(str(target))}: {error.strerror or error}; "
        "free some space there, or give another folder with --out"
    )
