"""Undoes an export: copies and links go, moved files return to where they were, and what changed since is kept."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.errors import RegroupError
from tools.export.disk import file_sha256, is_beginning, sync_folder, verified_copy
from tools.export.manifest import CSV, MANIFEST, PART, Item, Record, read_manifest
from tools.names import visible


@dataclass(frozen=True, slots=True)
class Reversal:
    """The outcome of undoing an export; all paths are absolute.

    Attributes:
        removed: The number of copies and links that were removed from the target.
        restored: The number of moved files that are back where they were.
        kept: The files of the export that could not be taken back, each with the reason.
        waiting: Those of `kept` that another try takes back once the obstacle is gone; the others were changed or are
            gone themselves.
        others: The files in the target that the export did not put there, each with the reason why it is named; they
            are never touched.
    """

    removed: int
    restored: int
    kept: tuple[tuple[Path, str], ...]
    waiting: tuple[Path, ...] = ()
    others: tuple[tuple[Path, str], ...] = ()


class _MustStay(Exception):
    """Raised where a file must stay; its text is the reason."""


class _MustStayForGood(_MustStay):
    """Raised where a file must stay however often it is tried, since what was exported is no longer there."""


def undo_export(manifest: Path) -> Reversal:
    """Undo an export, also one that a crash interrupted.

    A copy is removed only if both it and its original are unchanged; a moved file returns only to a free path. Files
    that are kept are named with a reason. Folders are removed only if the export made them and they are empty. Undoing
    twice does no harm: where there is no manifest, nothing is done.

    Args:
        manifest: The manifest.json in the exported folder, or that folder.

    Raises:
        UsageError: The file is not the manifest of an export.
    """
    manifest = manifest.absolute()
    if manifest.is_dir():
        manifest = manifest / MANIFEST
    if not manifest.exists():
        return Reversal(0, 0, ())
    return take_back(read_manifest(manifest), manifest.parent)


def take_back(record: Record, target: Path) -> Reversal:
    """Undo as much of a recorded export as was done. A file that causes an error is kept and named; nothing raises."""
    removed = restored = 0
    kept: list[tuple[Path, str]] = []
    waiting: list[Path] = []
    for item in record.entries:
        destination = target / item.destination
        try:
            outcome = _return(record, item, target)
            removed += outcome == "removed"
            restored += outcome == "restored"
        except (_MustStay, RegroupError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            kept.append((destination, why or str(error)))
            if not isinstance(error, _MustStayForGood):
                waiting.append(destination)
    # Where files are kept, the manifest is still needed: it says where they belong.
    others = [] if kept else _remove_records(record, target)
    remove_folders(record, target)
    named = {path for path, _ in kept}
    others += [(path, "was not put there by the export") for path in _files(target) if path not in named]
    return Reversal(removed, restored, tuple(kept), tuple(waiting), tuple(others))


def _return(record: Record, item: Item, target: Path) -> Literal["removed", "restored", "nothing"]:
    """Take back one file. Raises _MustStay, RegroupError or OSError when it must stay."""
    source, destination = Path(item.source), target / item.destination
    if destination.parent.resolve() != target.resolve() / Path(item.destination).parent:
        raise _MustStay("its folder is a link now")
    if not os.path.lexists(destination):
        if record.mode == "move" and not os.path.lexists(source):
            raise _MustStayForGood(f"is no longer there, nor is its original {visible(item.source)}")
        return "nothing"
    if record.mode == "link":
        if not destination.is_symlink() or str(destination.readlink()) != item.source:
            raise _MustStayForGood("was changed since the export")
        destination.unlink()
        return "removed"
    if destination.is_symlink() or not destination.is_file():
        raise _MustStayForGood("was changed since the export")
    if file_sha256(destination) != item.image:
        if record.state == "running" and is_beginning(destination, source):  # a copy that a crash cut off
            destination.unlink()
            return "removed"
        raise _MustStayForGood("was changed since the export")
    if record.mode == "move" and not os.path.lexists(source):
        _restore(item, source, destination)
        return "restored"
    if not source.is_file():
        raise _MustStay(f"its original {visible(item.source)} is gone")
    if file_sha256(source) != item.image:
        raise _MustStay(f"its original {visible(item.source)} is another file now")
    destination.unlink()
    return "removed"


def _restore(item: Item, source: Path, destination: Path) -> None:
    """Put a moved file back where it was; that place is free."""
    source.parent.mkdir(parents=True, exist_ok=True)
    if item.link is not None:
        source.symlink_to(item.link)
        if not source.is_file() or file_sha256(source) != item.image:
            raise _MustStay(f"the link {visible(item.source)} is back, but points to another file now")
    else:
        verified_copy(destination, source, item.image, sync=True)
    sync_folder(source.parent)
    destination.unlink()


def _remove_records(record: Record, target: Path) -> list[tuple[Path, str]]:
    """Remove the manifest and its table. A table that the user changed stays and is returned with the reason."""
    table, remaining = target / CSV, []
    with suppress(OSError):
        if table.is_file():
            content = table.read_bytes()
            if content == record.csv() or (record.state == "running" and record.csv().startswith(content)):
                table.unlink()
            else:
                remaining.append((table, "was changed since the export"))
    for name in (PART, MANIFEST):
        with suppress(OSError):
            (target / name).unlink()
    return remaining


def remove_folders(record: Record, target: Path) -> None:
    """Remove the folders that the export made, as far as they are empty; `rmdir` removes no others."""
    folders = [target / name for name in record.folders]
    if record.made:
        above = {str(folder) for folder in target.parents}
        folders += [target, *(Path(name) for name in record.made[1:] if name in above)]
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _files(target: Path) -> Iterator[Path]:
    """Yield every file in the target and its folders except the manifest."""
    for root, folders, files in os.walk(target):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted(files + links):
            if not (root == str(target) and name in (MANIFEST, CSV, PART)):
                yield Path(root, name)
