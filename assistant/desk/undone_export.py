"""Undoes an export by its record alone, without a journal, and says in words what an export or its undo did."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tools.errors import RegroupError, UsageError
from tools.export.manifest import MANIFEST, Record, read_manifest
from tools.export.undo_export import Reversal, not_connected, take_back
from tools.names import amount, quoted, with_companions
from tools.progress import Progress, silent

_SHOWN = 3
"""The most files that are named in one line."""
_VERBS = {"copy": "copied", "link": "linked", "move": "moved"}


class PartlyUndone(RegroupError):
    """Part of an export could not be taken back. It stays in the journal, for another undo."""


def undone(
    record: Record, target: Path, text: str, without_missing: bool = False, progress: Progress = silent
) -> str:
    """Undo a recorded export. Returns in words what happened to the files.

    Args:
        record: The record.
        target: The folder of the export.
        text: What was done, for people.
        without_missing: Whether it counts as undone although files of it are nowhere to be found.
        progress: Called with each file; it cannot stop the undo.

    Raises:
        PartlyUndone: Files are not back, each named with the reason; another undo goes on.
        RegroupError: None is back; the line says what to do.
    """
    away = not_connected(record, target)
    if away and not target.exists():
        raise RegroupError(
            f"{quoted(str(target))} is not there, so nothing was undone; connect the disk at {quoted(away)}, "
            "or put the folder back, and try again"
        )
    outcome = take_back(record, target, progress)
    done = outcome.removed + outcome.restored
    none = record.mode == "move" and not done and bool(outcome.waiting or not outcome.back)
    if none and not outcome.missing and not without_missing:
        raise RegroupError(
            f"none of the files could be moved back: {_named(outcome.kept)}; fix that and undo again"
        )
    if not outcome.waiting and (not outcome.missing or without_missing):
        return _outcome(outcome)
    told = f"partly undone: {text} ({_outcome(outcome)}"
    told += "; fix that and undo again to restore the rest)" if outcome.waiting else ")"
    raise PartlyUndone(told + (f"; {_not_found(record, outcome)}" if outcome.missing else ""))


def undone_by_manifest(manifest: Path, without_missing: bool = False, progress: Progress = silent) -> str:
    """Undo an export by its manifest alone, without a workspace. Returns a line about the outcome.

    Args:
        manifest: The manifest.json of an export, wherever that or its folder is by now, or the folder.
        without_missing: Whether it counts as undone although files of it are nowhere to be found.
        progress: Called with each file; it cannot stop the undo.

    Raises:
        UsageError: There is no manifest, or it is none of an export.
        RegroupError: As `undone`.
    """
    manifest = manifest.expanduser().absolute()
    if manifest.is_dir():
        manifest /= MANIFEST
    if not manifest.exists():
        raise UsageError(f"there is no manifest {quoted(str(manifest))}; give the manifest.json of an export")
    record = read_manifest(manifest)
    text = done_text(record)
    return f"undone: {text} ({undone(record, _folder_of(manifest, record), text, without_missing, progress)})"


def _folder_of(manifest: Path, record: Record) -> Path:
    """Return the folder of an export whose manifest may have been put elsewhere by itself."""
    folders = [manifest.parent, *([Path(record.target)] if record.target else [])]
    if count := max(_held(folder, record) for folder in folders):
        return next(folder for folder in folders if _held(folder, record) == count)
    return next((folder for folder in reversed(folders) if folder.is_dir()), manifest.parent)


def _held(folder: Path, record: Record) -> int:
    """Return how many files of an export lie in a folder where it put them, by their names and sizes."""
    held = 0
    for item in record.entries:
        with suppress(OSError):
            size = (folder / item.destination).lstat().st_size
            held += record.mode == "link" or item.size in (None, size)
    for text in record.written:
        held += os.path.lexists(folder / (text.kept or text.path))
    return held


def done_text(record: Record) -> str:
    """Return what an export has done, in words."""
    where = record.target or "this folder"
    if record.form == "tags":
        return f"wrote keywords of {amount(len(record.written), 'image')} into sidecars"
    if not record.entries:
        return f"wrote {', '.join(text.path for text in record.written)} to {where}"
    verb = _VERBS.get(record.mode, "exported")
    what = with_companions(len(record.entries) - record.companions, record.companions)
    dataset = " as a dataset" if record.form == "imagefolder" else ""
    added = ", beside what was there" if record.adds else ""
    return f"{verb} {what}{dataset} to {where}{added}"


def _not_found(record: Record, reversal: Reversal) -> str:
    """Return in words which moved files are missing, and what to do."""
    count = len(reversal.missing)
    names = ", ".join(quoted(path.name) for path in reversal.missing[:_SHOWN])
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    return (
        f"{reversal.back} of {len(record.entries)} are back; {'this' if count == 1 else f'these {count}'} "
        f"{'was' if count == 1 else 'were'} not found: {names}{more}. Put them back under {quoted(record.target)} and "
        "undo again, or give them up with: regroup undo FOLDER --without-missing"
    )


def _outcome(reversal: Reversal) -> str:
    """Return in words what happened to the files of an undone export."""
    parts = []
    if reversal.removed or not reversal.restored:
        parts.append(f"{amount(reversal.removed, 'file')} removed again")
    if reversal.restored:
        parts.append(f"{reversal.restored} put back")
    if reversal.others:
        parts.append(f"{len(reversal.others)} left that the export did not put there")
    if reversal.kept:
        parts.append(f"{len(reversal.kept)} kept: {_named(reversal.kept)}")
    return ", ".join(parts)


def _named(kept: Sequence[tuple[Path, str]]) -> str:
    """Return the first few files that were kept, each with the reason; the manifest has all of them."""
    named = "; ".join(f"{quoted(str(path))}: {why}" for path, why in kept[:_SHOWN])
    more = len(kept) - _SHOWN
    return named + (f"; and {more} more" if more > 0 else "")
