"""Adds `regroup look` and `regroup merge`: pictures are looked at before they are sorted, here or on many machines."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.options import FOLDER, JSON, settings_from
from assistant.cli.progress_bar import bar
from tools.errors import RegroupError, UsageError
from tools.names import amount, quoted, visible

if TYPE_CHECKING:
    from assistant.engine.look_at_shard import Engine
    from assistant.settings import Settings

_SHOWN = 5
"""The most files that could not be seen that are named."""


@click.command()
@FOLDER
@click.option("--shard", metavar="K/N", help='Only the part K of N, such as "3/16"; every machine another K.')
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help='Where shards are written, for regroup merge; "FOLDER-shards" beside the pictures if not given.',
)
@click.option(
    "--engine",
    type=click.Choice(["plain", "ray"]),
    default="plain",
    show_default=True,
    help="Who does the work: this process, or processes of Ray.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    help="A Ray cluster that runs already; processes of this machine if not given.",
)
@click.option(
    "--workers", type=click.IntRange(1, 4096), default=2, show_default=True, help="Processes of Ray."
)
@JSON
@click.pass_obj
def look(
    options: dict[str, Any],
    /,
    folder: Path,
    shard: str | None,
    to: Path | None,
    engine: str,
    address: str | None,
    workers: int,
    as_json: bool,
) -> None:
    """Look at all pictures in FOLDER now, or at a part of them, so that sorting begins at once later."""
    settings = settings_from(options)
    if engine == "plain" and address:
        raise UsageError("--address is for --engine ray")
    if shard is None and to is None and engine == "plain":
        output.show(_look_here(folder, settings), as_json, _here_lines)
        return
    from assistant.engine.shard import Shard

    part = Shard() if shard is None else Shard.parse(shard)
    output.show(_look_at_shard(folder, part, to, settings, engine, address, workers), as_json, _shard_lines)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@JSON
@click.pass_obj
def merge(options: dict[str, Any], /, folders: tuple[Path, ...], as_json: bool) -> None:
    """Bring what was found in shards into the workspace, so that no picture of theirs is looked at again."""
    settings = settings_from(options)
    from assistant.engine.merge_shards import merge_shards, numbers
    from assistant.workspace import Workspace

    with bar() as progress, Workspace(settings.workspace) as workspace:
        merged = merge_shards(folders, _experts(settings, slow=True), workspace.cache, progress)
    output.remark(merged.lines)
    document = {
        "shards": list(merged.shards),
        "of": merged.of,
        "pictures": merged.pictures,
        "new": merged.new,
        "missing": list(merged.missing),
        "unfinished": list(merged.unfinished),
    }
    output.show(document, as_json, _merge_lines)
    lacking = [f"missing: {numbers(merged.missing)}"] if merged.missing else []
    lacking += [f"not finished: {numbers(merged.unfinished)}"] if merged.unfinished else []
    if lacking:
        raise RegroupError(
            f"of {amount(merged.of, 'shard')}, {'; '.join(lacking)}; what was there is kept; merge the rest, too"
        )


def _look_here(folder: Path, settings: "Settings") -> output.Document:
    """Look at all pictures of a folder, and keep what is found in the workspace."""
    from assistant.cli.open_desk import open_desk

    with bar() as progress, open_desk(folder, settings, progress) as desk:
        before = desk.meter.calls
        desk.experts.look(progress)
        calls = desk.meter.calls - before
        output.remark(desk.experts.missing)
        collection = desk.collection
        return {
            "folder": str(collection.folder),
            "images": len(collection),
            "calls": calls,
            "unreadable": [{"file": str(u.path), "reason": u.reason} for u in collection.unreadable],
        }


def _look_at_shard(
    folder: Path,
    part: Any,
    to: Path | None,
    settings: "Settings",
    engine: str,
    address: str | None,
    workers: int,
) -> output.Document:
    from assistant.engine.look_at_shard import look_at_shard

    source = folder.expanduser().resolve()
    place = to or source.with_name(f"{source.name}-shards")
    with bar() as progress:
        done = look_at_shard(
            source,
            place,
            part,
            _experts(settings),
            _engine(engine, address, workers, settings),
            bool(settings.include_skipped),
            progress,
        )
    output.remark(done.missing)
    return {
        "shard": str(part),
        "folder": str(done.folder),
        "files": done.files,
        "new": done.new,
        "pictures": done.pictures,
        "unreadable": [{"file": file, "reason": reason} for file, reason in done.unreadable],
    }


def _engine(name: str, address: str | None, workers: int, settings: "Settings") -> "Engine":
    if name == "ray":
        from assistant.engine.ray_engine import ray_engine

        return ray_engine(address, workers, settings.offline)
    from assistant.engine.look_at_files import look_in_turn

    return look_in_turn


def _experts(settings: "Settings", slow: bool = False) -> Sequence[Any]:
    from tools.models.bundled import tier
    from tools.models.weight_store import WeightStore

    found = tier.experts(WeightStore(offline=settings.offline))
    return [*found, *tier.slow_experts()] if slow else found


def _here_lines(document: output.Document) -> list[str]:
    line = f"looked at {amount(document['images'], 'picture')}; go on with: regroup chat {_typed(document['folder'])}"
    return [*_unreadable_lines(document), line]


def _shard_lines(document: output.Document) -> list[str]:
    return [
        f"shard {document['shard']}: {amount(document['pictures'], 'picture')} in {amount(document['files'], 'file')}, "
        f"{document['new']:,} of the files looked at now",
        *_unreadable_lines(document),
        f"bring it into the workspace with: regroup merge {_typed(document['folder'])}",
    ]


def _typed(path: str) -> str:
    """Return a path as one types it in a shell."""
    return shlex.quote(visible(path))


def _unreadable_lines(document: output.Document) -> list[str]:
    unreadable = document["unreadable"]
    lines = [f"cannot be seen: {quoted(u['file'])} ({visible(u['reason'])})" for u in unreadable[:_SHOWN]]
    more = len(unreadable) - len(lines)
    return [*lines, f"and {more:,} more that cannot be seen"] if more > 0 else lines


def _merge_lines(document: output.Document) -> list[str]:
    shards = f"{len(document['shards']):,} of {amount(document['of'], 'shard')}"
    return [
        f"merged {shards}: {amount(document['pictures'], 'picture')}, {document['new']:,} of them new here"
    ]
