"""Knows a collection again whose folder was renamed, or is mounted elsewhere, and goes on with what is kept of it."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.workspace.export_records import ExportRecords
from assistant.workspace.shelf import Shelf
from assistant.workspace.workspace import KnownCollection, Workspace
from tools.decode.coded_data import file_hashes
from tools.errors import RegroupError, UsageError
from tools.export.manifest import Record
from tools.export.undo_export import disk_of
from tools.names import quoted
from tools.scan.collection import readable_folder, sizes

_SHARE = 0.5
"""The least share of the pictures of a known collection that a folder must seem to hold."""
_SAMPLE = 8
"""The most files whose bytes are compared."""
_AGREE = 0.75
"""The least share of these that must hold the same pictures."""
_OTHERS = "other than"
"""The key of the note with the known folders that a collection is not, as the user said."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Names a known collection that a folder looks like.

    Attributes:
        known: The collection, with the folder that it had.
        folder: The folder that looks like it.
        here: The number of its pictures that seem to be in the folder.
        images: The number of its pictures.
    """

    known: KnownCollection
    folder: Path
    here: int
    images: int

    @property
    def question(self) -> str:
        """Return the question to the user."""
        return (
            f"This looks like {quoted(str(self.known.folder))}, which is not there any more: {self.here:,} of its "
            f"{self.images:,} pictures are here. Go on with its groups, answers and history?"
        )

    @property
    def remark(self) -> str:
        """Return the line for where nobody can be asked."""
        old, new = (quoted(str(path)) for path in (self.known.folder, self.folder))
        return (
            f"this looks like {old}, which is not there any more; to go on with what is kept of it: "
            f"regroup moved {old} {new}"
        )


def resembling(workspace: Workspace, folder: Path) -> Resemblance | None:
    """Return the known collection that a folder looks like; None for a folder that has a history of its own.

    Only collections count whose own folder no longer holds their pictures, and in which something was done. Names and
    sizes are compared first, then the bytes of a few files, or the coded pictures in them.

    Raises:
        tools.errors.UsageError: The folder cannot be opened.
    """
    folder = readable_folder(folder)
    known = [other for other in workspace.collections() if other.folder != folder]
    if not known or _has_history(workspace.shelf_folder(folder)):
        return None
    refused = set(_refused(workspace.shelf_folder(folder)))
    here = sizes(folder)
    best: Resemblance | None = None
    for other in known:
        if str(other.folder) in refused or not _has_history(other.shelf):
            continue
        rows = _pictures(other)
        pairs = _pairs(rows, here)
        if not rows or len(pairs) < _SHARE * len(rows) or (best is not None and len(pairs) <= best.here):
            continue
        if not _is_still_there(other.folder, folder, rows) and _agree(folder, pairs):
            best = Resemblance(other, folder, len(pairs), len(rows))
    return best


def decline(workspace: Workspace, likeness: Resemblance) -> None:
    """Remember that a folder is another collection, so that it is not asked about again."""
    shelf = workspace.open(likeness.folder)
    try:
        shelf.note(_OTHERS, [*shelf.noted(_OTHERS, []), str(likeness.known.folder)])
    finally:
        shelf.close()


def relocate(workspace: Workspace, old: Path, new: Path) -> None:
    """Go on in a folder with what is kept of another one, whose pictures are there now.

    Exports stay undoable: moved files return to the folder where it is now.

    Args:
        workspace: The workspace.
        old: The folder as it was known; it need not exist.
        new: The folder as it is now.

    Raises:
        tools.errors.UsageError: Nothing is kept of the old folder, or something was done in the new one already.
        tools.errors.RegroupError: One of them is open in another terminal, or the workspace cannot be written.
    """
    new = readable_folder(new)
    known = _known(workspace, old)
    place = workspace.shelf_folder(new)
    if known.shelf == place:
        raise UsageError(f"{quoted(str(old))} and {quoted(str(new))} are one folder; nothing was changed")
    if _has_history(place):
        raise UsageError(
            f"{quoted(str(new))} has a history of its own, which would be lost; to do without it: "
            f"regroup forget {quoted(str(new))}"
        )
    if place.is_dir():
        Shelf(new, place).close()  # raises where it is open in another terminal
    shelf = Shelf(known.folder, known.shelf)
    try:
        for record in shelf.exports.all():
            shelf.exports.keep(_relocated(record, known, new, place))
    finally:
        shelf.close()
    try:
        if place.is_dir():
            shutil.rmtree(place)
        known.shelf.rename(place)
    except OSError as error:
        raise RegroupError(f"cannot move {known.shelf} to {place}: {error.strerror or error}") from error
    workspace.open(new).close()  # notes the new folder


def _known(workspace: Workspace, old: Path) -> KnownCollection:
    """Return the collection that had a folder, which may be gone, or be a link by now. Raise UsageError without one."""
    try:
        written = Path(os.path.abspath(old.expanduser()))  # noqa: PTH100 - links stay as they are
    except RuntimeError:  # ~name of nobody on this machine
        written = old
    known = {collection.folder: collection for collection in workspace.collections()}
    found = known.get(written) or known.get(written.resolve())
    if found is None:
        raise UsageError(f"nothing is kept of {quoted(str(old))}; give the folder as it was called")
    return found


def _relocated(record: Record, known: KnownCollection, new: Path, shelf: Path) -> Record:
    """Return the record of an export with the paths as they are now, of the pictures and of what the shelf keeps."""
    old = known.folder

    def now(path: str, old: Path = old, new: Path = new) -> str:
        place = Path(path)
        return str(new / place.relative_to(old)) if place == old or old in place.parents else path

    entries = record.entries
    if record.mode != "link":  # a link holds the path that it was made with
        entries = tuple(replace(item, source=now(item.source)) for item in entries)
    written = tuple(replace(text, path=now(text.path)) for text in record.written)
    disks = {disk if os.path.ismount(disk) else str(disk_of(new)) for disk in record.disks}
    moved = replace(record, entries=entries, written=written, disks=tuple(sorted(disks)))
    if known.shelf in Path(record.target).parents:
        target, above = (now(path, known.shelf, shelf) for path in (record.target, record.above))
        made = tuple(now(path, known.shelf, shelf) for path in record.made)
        return replace(moved, target=target, above=above, made=made)
    return _with_target(moved, _target_now(record, old, new))


def _with_target(record: Record, target: Path | None) -> Record:
    """Return a record whose target is elsewhere now; the record itself where it is where it was."""
    if target is None:
        return record
    above = Path(record.target).parents
    shifted = {
        str(p): str(q) for p, q in zip([Path(record.target), *above], [target, *target.parents], strict=False)
    }
    return replace(
        record,
        target=str(target),
        above=shifted.get(record.above, record.above),
        made=tuple(shifted.get(path, path) for path in record.made),
    )


def _target_now(record: Record, old: Path, new: Path) -> Path | None:
    """Return where the folder of an export is now if it came along, as on a disk that is mounted elsewhere."""
    target = Path(record.target)
    if (target / record.manifest).exists():
        return None
    for depth, above in enumerate(old.parents):
        if above in target.parents and depth < len(new.parents):
            moved = new.parents[depth] / target.relative_to(above)
            return moved if (moved / record.manifest).exists() else None
    return None


def _has_history(shelf: Path) -> bool:
    """Return whether anything was done in the collection of a shelf."""
    return bool(_read(shelf, "SELECT 1 FROM events LIMIT 1"))


def _refused(shelf: Path) -> list[str]:
    """Return the known folders that the collection of a shelf is not."""
    import json

    rows = _read(shelf, "SELECT value FROM notes WHERE key = ?", (_OTHERS,))
    return [str(folder) for folder in json.loads(str(rows[0][0]))] if rows else []


def _pictures(known: KnownCollection) -> list[tuple[Path, int, str, str]]:
    """Return path, size, hash of the bytes and hash of the coded picture of each picture, as they were last.

    Those that an export has moved away are left out: its folder is not the collection.
    """
    shelf = known.shelf
    records = ExportRecords(shelf / "exports").all()
    moved = {Path(item.source) for record in records if record.mode == "move" for item in record.entries}
    rows = _read(
        shelf,
        "SELECT f.path, f.size, f.sha256, coalesce(f.coded, '') FROM files f JOIN present p ON p.path = f.path "
        "WHERE f.sha256 <> ''",
    ) or _read(shelf, "SELECT path, size, sha256, '' FROM files WHERE sha256 <> ''")  # an older version
    pictures = [(Path(os.fsdecode(p)), int(size), str(sha), str(coded)) for p, size, sha, coded in rows]  # type: ignore[arg-type, call-overload]
    return [facts for facts in pictures if known.folder / facts[0] not in moved]


def _pairs(rows: Sequence[tuple[Path, int, str, str]], here: dict[Path, int]) -> list[tuple[Path, set[str]]]:
    """Return the files of a folder that may be known pictures, each with the hashes that it would then have."""
    by_size: dict[int, list[Path]] = {}
    for path, size in here.items():
        by_size.setdefault(size, []).append(path)
    pairs = []
    for path, size, sha256, coded in rows:
        if path not in here and not by_size.get(size):
            continue
        candidate = path if path in here else by_size[size].pop()
        pairs.append((candidate, {sha256, coded} - {""}))
    return pairs


def _agree(folder: Path, pairs: Sequence[tuple[Path, set[str]]]) -> bool:
    """Return whether a sample of files holds the pictures that they are thought to hold."""
    step = max(1, len(pairs) // _SAMPLE)
    sample = pairs[::step][:_SAMPLE]
    same = 0
    for path, hashes in sample:
        try:
            with (folder / path).open("rb") as file:
                same += not hashes.isdisjoint(file_hashes(file))
        except OSError:
            continue
    return same >= _AGREE * len(sample)


def _is_still_there(folder: Path, other: Path, rows: Sequence[tuple[Path, int, str, str]]) -> bool:
    """Return whether a known folder still holds most of its pictures: then the other one is a copy of it."""
    with suppress(OSError):
        if folder.samefile(other):  # a link was left where it was, or it is mounted twice
            return False
    there = 0
    for path, _, _, _ in rows:
        there += (folder / path).is_file()
    return there >= _SHARE * len(rows)


def _read(shelf: Path, sql: str, parameters: Sequence[str] = ()) -> list[tuple[object, ...]]:
    """Return the rows of a query over a shelf that may be in use elsewhere; none where it cannot be read."""
    file = shelf / "shelf.sqlite"
    if not file.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(sql, parameters).fetchall()
    except (sqlite3.Error, OSError):
        return []
