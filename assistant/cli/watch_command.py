"""Adds `regroup watch`: pictures are placed as they come into a folder, until the command is stopped."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import UsageError
from tools.extras import how_to_add
from tools.names import amount, quoted, visible

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.desk.arrivals import Arrived, StandingApproval
    from assistant.settings import Settings
    from tools.clustering.clustering import Clustering

_TICK_MS = 250
"""The milliseconds between two looks at files that are being written; ctrl+c is heard several times as often."""


@click.command()
@FOLDER
@click.option(
    "--like",
    required=True,
    metavar="GROUPING-or-SORTED",
    help="A grouping of FOLDER that was made before, or a folder of folders to sort like.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also add each picture to the folder of its group under DIR; you are asked once, for this run alone.",
)
@click.option(
    "--mode",
    type=click.Choice(["copy", "link", "move"]),
    default="copy",
    show_default=True,
    help="How pictures get into DIR.",
)
@click.option("--yes", is_flag=True, help="Agree to what --into does, for as long as the command runs.")
@click.pass_obj
def watch(
    options: dict[str, Any],
    /,
    folder: Path,
    like: str,
    into: Path | None,
    mode: Literal["copy", "link", "move"],
    yes: bool,
) -> None:
    """Place pictures as they come into FOLDER, until ctrl+c."""
    try:
        import watchfiles
    except ImportError:
        raise UsageError(
            f"watching a folder needs an extra that is not installed; run: {how_to_add('watch')}"
        ) from None
    from assistant.desk.arrivals import StandingApproval

    settings = settings_from(options)
    root = folder.expanduser().resolve()
    with _opened(root, settings) as desk:
        made = _grouping(desk, like)
        approval = None
        if into is not None:
            approval = StandingApproval(into.expanduser().resolve(), mode)
            _agree(approval, root, made, yes)
        click.echo(f"watching {quoted(str(root))} for {quoted(made.criterion)}; ctrl+c ends it")
        files = watchfiles.watch(
            root,
            watch_filter=lambda change, path: not _is_hidden(root, Path(path)),
            debounce=_TICK_MS,
            step=50,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        _follow(desk, made.id, approval, files)


def _follow(desk: "Desk", clustering: str, approval: "StandingApproval | None", changes: Any) -> None:
    """Take in pictures whenever what changed is complete, and say what became of each."""
    from tools.scan.settled_files import SettledFiles

    settled = SettledFiles()
    settled.changed([desk.collection.folder])  # what came while it was opened
    for change in changes:
        settled.changed(Path(path) for _, path in change)
        if settled.take():
            with bar() as progress:
                arrived = desk.arrivals.take(clustering, approval, progress)
            for line in arrived_lines(arrived):
                click.echo(line)


def arrived_lines(arrived: "Arrived") -> Iterator[str]:
    """Yield a line for each picture that arrived: its group, its new place, or why it has none."""
    into = dict(arrived.added)
    for path, name in arrived.placed:
        place = f", added as {quoted(into[path].as_posix())}" if path in into else ""
        yield f"{quoted(path.as_posix())}: {quoted(name)}{place}"
    for path, why in arrived.unclear:
        yield f"{quoted(path.as_posix())}: not clear{f', {visible(why)}' if why else ''}"
    for path, why in arrived.unreadable:
        yield f"{quoted(path.as_posix())}: cannot be read ({visible(why)})"
    if arrived.stayed:
        yield f"nothing was added: {visible(arrived.stayed)}"


def _opened(root: Path, settings: "Settings") -> "Desk":
    """Open the folder; where no picture is in it yet, wait for the first one."""
    import watchfiles

    from assistant.cli.open_desk import open_desk
    from tools.scan.collection import glance
    from tools.scan.settled_files import SettledFiles

    if not glance(root, 1):
        click.echo(f"no picture is in {quoted(str(root))} yet; waiting for one, ctrl+c ends it")
        settled = SettledFiles()
        for change in watchfiles.watch(
            root,
            debounce=_TICK_MS,
            step=50,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            settled.changed(Path(path) for _, path in change)
            if settled.take() and glance(root, 1):
                break
    with bar() as progress:
        return open_desk(root, settings, progress=progress)


def _grouping(desk: "Desk", like: str) -> "Clustering":
    """Return the grouping that is meant: one that was made before, or one that is made now like a folder."""
    known = desk.clusterings.find(like)
    if known is None and not Path(like).expanduser().is_dir():
        raise UsageError(f"there is no grouping and no folder {quoted(like)}; make one with: regroup cluster")
    if known is not None:
        with bar() as progress:
            lines = desk.new_images.place(progress)
        output.remark(lines)
        return desk.clusterings.choose(known.id)
    with bar() as progress:
        result = desk.sorting_like.sort_like(Path(like), progress)
    unclear = len(result.clustering.unsorted())
    here = f"{amount(len(result.clustering.images), 'picture')} here already, {unclear:,} of them not clear"
    output.remark([*result.lines(), here])
    return result.clustering


def _agree(approval: "StandingApproval", folder: Path, made: "Clustering", yes: bool) -> None:
    """Say what is allowed from now on, and have it approved. Raise UsageError where nobody can be asked."""
    words = approval.words(folder, len(made.clusters))
    output.remark([words])
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here whether files may be added; agree with --yes, or leave out --into"
        )
    click.confirm("Do you agree?", abort=True, err=True)


def _is_hidden(root: Path, path: Path) -> bool:
    """Return whether a file or a folder above it is hidden, as parts of copies are."""
    try:
        inside = path.relative_to(root)
    except ValueError:
        return False
    return any(part.startswith(".") for part in inside.parts)
