"""Carries out a plan: copies, links or moves every file, or takes everything back that was done so far."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tools.errors import Cancelled, RegroupError
from tools.export.disk import (
    Attributes,
    coded_hash,
    file_sha256,
    open_regular,
    sync_file,
    sync_folder,
    verified_copy,
)
from tools.export.manifest import Item, Record, table_of
from tools.export.move_file import second_name
from tools.export.plan import Entry, Plan, check_still_free, nearest_existing
from tools.export.undo_export import disk_of, remove_folders, take_back
from tools.export.write_file import BEFORE, keep_before, recorded, write_text
from tools.names import amount, visible
from tools.progress import Progress, silent


def carry_out(
    plan: Plan,
    progress: Progress = silent,
    keep: Callable[[Record], None] = lambda record: None,
    id: str = "",
) -> Path:
    """Do what the plan says, or nothing: after any failure everything that was done so far is taken back.

    Every copy is read back and its hash compared. Moving means to give everything its second name, have that on the
    disk, and only then remove the first names of files that have not changed meanwhile. Times, permissions, owners and
    hard links are kept.

    Args:
        plan: The plan as the user approved it.
        progress: Called with the stages "copy", "write to disk", "link" and "move", and with those of
            `take_back` where it fails; may raise `Cancelled`.
        keep: Called with the record before the first file is touched and when all is done, to keep it in a second
            place, from which the export can be undone where its manifest is gone.
        id: The name of the export in the journal.

    Returns:
        The path of manifest.json in the target; manifest.csv beside it is the same for people.

    Raises:
        UsageError: The target is no longer free.
        RegroupError: The disk is full, a file has changed or vanished, links are impossible, ...
        Cancelled: The user stopped the export.
    """
    check_still_free(plan)
    manifest = plan.target / plan.manifest
    try:
        record = replace(_record(plan, progress), id=id)
        keep(record)
    except OSError as error:
        raise RegroupError(_what_failed(error, plan)) from error
    try:
        plan.target.mkdir(parents=True, exist_ok=True)
        record.write(manifest)
    except OSError as error:
        remove_folders(record, plan.target)
        raise RegroupError(_what_failed(error, plan)) from error
    try:
        _fill(plan, record, progress)
        record = replace(record, state="done")
        keep(record)
        record.write(manifest)
    except BaseException as error:
        not_taken_back = take_back(record, plan.target, progress).kept
        if not isinstance(error, OSError | RegroupError) or (
            isinstance(error, Cancelled) and not not_taken_back
        ):
            raise
        outcome = "Everything was taken back."
        if not_taken_back:
            outcome = f"{amount(len(not_taken_back), 'file')} could not be taken back; see {visible(str(manifest))}."
        raise RegroupError(f"{_what_failed(error, plan)} {outcome}") from error
    return manifest


def _fill(plan: Plan, record: Record, progress: Progress) -> None:
    """Make the folders and their contents; where files are moved, remove the originals at the very end."""
    for name, _ in plan.folders:
        if name not in plan.into:
            (plan.target / name).mkdir(parents=True)
    total = len(plan.entries)
    originals: list[os.stat_result] = []
    for done, (entry, item) in enumerate(zip(plan.entries, record.entries, strict=True)):
        progress("link" if plan.mode == "link" else "copy", done, total)
        destination = plan.target / entry.destination
        if plan.mode == "link":
            open_regular(entry.source).close()  # refuses what has taken its place and is no file
            destination.symlink_to(entry.source)
        elif plan.mode == "move":
            originals.append(second_name(entry.source, destination, item.image))
        else:
            verified_copy(entry.source, destination, item.image, sync=False)
    if plan.mode == "copy":  # at the end: by then most of the bytes are there, and waiting takes little
        for done, entry in enumerate(plan.entries):
            progress("write to disk", done, total)
            sync_file(plan.target / entry.destination)
    _write_texts(plan, record, progress)
    record.write_csv(plan.target / table_of(plan.manifest))
    for folder in [plan.target / name for name in (*record.folders, *record.into)] + [plan.target]:
        sync_folder(folder)
    for above in map(Path, record.made):
        sync_folder(above.parent)
    if plan.mode == "move":
        for done, (entry, before) in enumerate(zip(plan.entries, originals, strict=True)):
            progress("move", done, total)
            if _stamp(entry.source.stat()) != _stamp(before):
                raise RegroupError(f"{visible(str(entry.source))} was changed during the export; try again.")
            entry.source.unlink()
        for emptied in {entry.source.parent for entry in plan.entries}:
            sync_folder(emptied)
    progress(plan.mode, total, total)


def _write_texts(plan: Plan, record: Record, progress: Progress) -> None:
    """Write the files that the export makes itself, all of whose places are kept before the first one changes."""
    if any(written.kept for written in record.written):
        (plan.target / BEFORE).mkdir()
    total = len(plan.texts)
    for done, written in enumerate(record.written):
        if written.kept:
            progress("copy", done, total)
            with _named(plan.target / BEFORE):
                keep_before(written, plan.target)
    for folder in (plan.target / BEFORE, plan.target, plan.target.parent):
        sync_folder(folder)
    for done, (text, written) in enumerate(zip(plan.texts, record.written, strict=True)):
        progress("write", done, total)
        with _named((plan.target / text.path).parent):
            write_text(text, written, plan.target)
    for folder in {(plan.target / text.path).parent for text in plan.texts}:
        sync_folder(folder)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Say of an error that names no file, as that of a full disk, in which folder it was."""
    try:
        yield
    except OSError as error:
        if not error.filename:
            error.filename = str(folder)
        raise


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    """Return the size, the time of change and the inode of a file, one of which changes when the file does."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _record(plan: Plan, progress: Progress) -> Record:
    """Return the record of an export that begins now. Raise FileNotFoundError where an original is gone."""
    entries = []
    for entry in plan.entries:
        if entry.of is not None:  # its bytes are read now, and films are long
            progress("copy", 0, len(plan.entries))
        entries.append(_item(entry, plan.mode))
    new_folders = [str(folder) for folder in [plan.target, *plan.target.parents] if not folder.exists()]
    above = nearest_existing(plan.target)
    first = plan.entries[0].source if plan.entries else plan.origin
    written = tuple(recorded(text, plan.target, i) for i, text in enumerate(plan.texts, 1))
    inner = [name for name, _ in plan.folders if name not in plan.into]
    before = [BEFORE] if any(text.kept for text in written) else []
    outer = {str(folder) for name in inner for folder in PurePosixPath(name).parents if folder.name}
    outer = {name for name in outer if name not in inner and not (plan.target / name).exists()}
    return Record(
        state="running",
        mode=plan.mode,
        clustering=plan.clustering,
        made=tuple(new_folders),
        # A folder that lies in another is removed before it, so the deepest come first.
        folders=(*inner, *before, *sorted(outer, key=lambda name: (-name.count("/"), name))),
        entries=tuple(entries),
        left=tuple((str(path), why) for path, why in plan.left),
        target=str(plan.target),
        above=str(above if new_folders else plan.target.parent),
        disks=tuple(sorted({str(disk_of(path)) for path in (above, first)})),
        only=plan.only,
        form=plan.form,
        also=plan.also,
        written=written,
        adds=plan.adds,
        into=plan.into,
        manifest=plan.manifest,
        order="" if plan.order is None else plan.order.by,
    )


def _item(entry: Entry, mode: str) -> Item:
    """Return the entry of a file in the record."""
    status, own = entry.source.stat(), Attributes.of(entry.source.lstat())
    moved_link = mode == "move" and entry.source.is_symlink()
    return Item(
        entry.image or file_sha256(entry.source),
        str(entry.source),
        entry.destination.as_posix(),
        entry.cluster,
        link=str(entry.source.readlink()) if moved_link else None,
        size=status.st_size,
        mtime_ns=own.mtime_ns,
        mode=own.mode,
        uid=own.uid,
        gid=own.gid,
        of="" if entry.of is None else entry.of.as_posix(),
        coded=coded_hash(entry.source) if mode == "move" and entry.of is None else "",
        id=entry.id,
    )


def _what_failed(error: OSError | RegroupError, plan: Plan) -> str:
    """Return one line for the user: what stopped the export and what to do about it."""
    target = visible(str(plan.target))
    if isinstance(error, RegroupError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        if plan.form == "tags":  # beside the pictures, or where the workspace keeps what was there before
            full = nearest_existing(Path(error.filename or plan.target))
            return f"The disk of {visible(str(full))} is full, so the tags stopped; make room and try again."
        return f"The disk is full: the export to {target} stopped; make room or use another disk."
    cannot = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
    if plan.mode == "link" and (error.errno in cannot or getattr(error, "winerror", None) == 1314):
        return f"The file system of {target} does not support symbolic links; export copies instead."
    where = visible(str(error.filename)) if error.filename else target
    if isinstance(error, FileNotFoundError):
        return f"{where} is no longer there; open the folder again."
    return f"The export stopped at {where}: {error.strerror or error}; fix that and try again."
