"""Undoes an export: copies and links go, moved files return to where they were, and what changed since is kept."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tools.errors import RegroupError, UsageError
from tools.export.disk import (
    coded_hash,
    file_sha256,
    is_beginning,
    make_folder,
    open_regular,
    part_of,
    sync_folder,
)
from tools.export.manifest import Item, Record, read_manifest
from tools.export.move_file import is_same_name, put_back
from tools.export.reasons_to_stay import Missing, MustStay, MustStayForGood
from tools.export.write_file import is_written, unwrite
from tools.names import visible
from tools.progress import Progress, silent, without_stopping

TAKING_BACK = "putting files back"
"""The stage of undoing that is reported while moved files return, or files that were written over."""
_STAGES = {"copy": "removing the copies", "link": "removing the links"}
"""The stages of undoing the other kinds of exports."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Tells the outcome of undoing an export; all paths are absolute.

    Attributes:
        removed: The number of copies and links that were removed from the target.
        restored: The number of moved files that are back where they were.
        kept: The files of the export that could not be taken back, each with the reason.
        waiting: Those of `kept` that another try takes back once the obstacle is gone; the others were changed or are
            gone themselves.
        others: The files in the target that the export did not put there, each with the reason why it is named; they
            are never touched.
        missing: The original paths of those of `kept` that were moved and are neither there nor anywhere in the
            target.
        back: The number of files whose originals are where they were.
    """

    removed: int
    restored: int
    kept: tuple[tuple[Path, str], ...]
    waiting: tuple[Path, ...] = ()
    others: tuple[tuple[Path, str], ...] = ()
    missing: tuple[Path, ...] = ()
    back: int = 0


def take_back(record: Record, target: Path, progress: Progress = silent) -> Reversal:
    """Undo as much of a recorded export as was done. A file that causes an error is kept and named; nothing raises.

    Each file is reported, and the wish to stop is not heard: half of an undo would be no state to leave files in.

    Moved files that are no longer where the export put them are looked for in the whole target: by their bytes, then by
    their coded pictures, since a file that was tagged is the same picture. It returns with its new tags.
    """
    count = {"removed": 0, "restored": 0, "gone": 0, "there": 0}
    kept: list[tuple[Path, str]] = []
    waiting: list[Path] = []
    missing: list[Path] = []
    strays = _Strays(record, target)
    report, stage = without_stopping(progress), _STAGES.get(record.mode, TAKING_BACK)
    total = len(record.entries) + len(record.written)
    for done, item in enumerate(record.entries):
        report(stage, done, total)
        destination = target / item.destination
        try:
            count[_return(record, item, target, strays)] += 1
        except (MustStay, RegroupError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            kept.append((destination, why or str(error)))
            if isinstance(error, Missing):
                missing.append(Path(item.source))
            elif not isinstance(error, MustStayForGood):
                waiting.append(destination)
    back = len(record.entries) - len(kept)
    for done, text in enumerate(record.written, len(record.entries)):
        report(TAKING_BACK, done, total)
        place = target / text.path
        try:
            count[unwrite(text, target, record.state == "running")] += 1
        except (MustStay, RegroupError, OSError) as error:
            kept.append((place, (error.strerror if isinstance(error, OSError) else None) or str(error)))
            if not isinstance(error, MustStayForGood):
                waiting.append(place)
    others: list[tuple[Path, str]] = []
    if not kept:  # where files are kept, the manifest is still needed: it says where they belong
        try:
            others = _remove_records(record, target)
        except OSError as error:
            kept.append((Path(error.filename or target), error.strerror or str(error)))
            waiting.append(kept[-1][0])
    report(stage, total, total)
    remove_folders(record, target)
    strays.remove_emptied()
    _sync_names(record, target, strays)
    named = {path for path, _ in kept} | {target / text.kept for text in record.written if text.kept}
    if not record.adds:  # else all others were there before
        others += [
            (path, "was not put there by the export") for path in _files(record, target) if path not in named
        ]
    return Reversal(
        count["removed"],
        count["restored"],
        tuple(kept),
        tuple(waiting),
        tuple(others),
        tuple(missing),
        back=back,
    )


def find_target(record: Record) -> Path:
    """Return the folder of an export: where it was made, or beside that where it was renamed since."""
    target = Path(record.target)
    if record.id and not _is_of(target / record.manifest, record):
        with suppress(OSError):
            for folder in sorted(target.parent.iterdir()):
                if folder.is_dir() and not folder.is_symlink() and _is_of(folder / record.manifest, record):
                    return folder
    return target


def not_connected(record: Record, target: Path) -> str:
    """Return the place of a disk that an export needs and that is not there now; "" where all is there."""
    if record.above and not target.exists() and not Path(record.above).exists():
        return record.above
    return next((disk for disk in record.disks if not os.path.ismount(disk)), "")


def is_begun(record: Record) -> bool:
    """Return whether anything of an export is on the disk, or may be on one that is not connected."""
    target = find_target(record)
    return (
        _is_of(target / record.manifest, record)
        or any(os.path.lexists(target / item.destination) for item in record.entries)
        or (record.mode == "move" and any(not os.path.lexists(item.source) for item in record.entries))
        or any(is_written(text, target) for text in record.written)
        or bool(not_connected(record, target))
    )


def disk_of(path: Path) -> Path:
    """Return the folder at which the disk of a path is mounted."""
    return next((folder for folder in [path, *path.parents] if os.path.ismount(folder)), Path(path.anchor))


def _is_of(manifest: Path, record: Record) -> bool:
    """Return whether a file is the manifest of a recorded export."""
    try:
        return read_manifest(manifest).id == record.id
    except UsageError:
        return False


@dataclass(slots=True)
class _Strays:
    """Finds the moved files that lie elsewhere in the target by now: renamed, or in another folder.

    Attributes:
        record: The record of the export.
        target: The folder of the export.
        emptied: The folders from which files were taken.
    """

    record: Record
    target: Path
    _by_size: dict[int, list[Path]] | None = None
    _hashes: dict[Path, str] = field(default_factory=dict)
    _coded: dict[Path, str] = field(default_factory=dict)
    emptied: set[Path] = field(default_factory=set)
    _places: dict[Path, str] = field(default_factory=dict)
    _times: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Only companions may have bytes in common; then each is looked for beside the places of the others.
        self._places = {self.target / item.destination: item.image for item in self.record.entries}

    def find(self, item: Item) -> Path | None:
        """Return a regular file with the bytes of an item that lies at no place of another item; None without one.

        Where the export was added to other files none is looked for: one of those may have the same bytes.
        """
        if self.record.adds:
            return None
        # Of files with the same bytes the one of the same time is it: sidecars that say nothing are often equal.
        for path in sorted(self._candidates(item.size), key=lambda path: self._times[path] != item.mtime_ns):
            if path not in self._hashes:
                try:
                    self._hashes[path] = file_sha256(path)
                except (OSError, RegroupError):
                    self._hashes[path] = ""
            if self._places.get(path) == item.image:
                continue
            if self._hashes[path] == item.image and path.is_file():
                self.emptied.add(path.parent)
                return path
        return self._tagged(item) if item.coded else None

    def _tagged(self, item: Item) -> Path | None:
        """Return a file with the coded picture of an item that lies at no place of another picture."""
        for path in self._candidates(None):
            if path not in self._coded:
                self._coded[path] = coded_hash(path)
            if self._coded[path] == item.coded and path not in self._places and path.is_file():
                self.emptied.add(path.parent)
                return path
        return None

    def remove_emptied(self) -> None:
        """Remove the folders from which files were taken, as far as nothing else is in them."""
        for folder in sorted(self.emptied, key=lambda path: -len(path.parts)):
            with suppress(OSError):
                while folder != self.target:
                    folder.rmdir()
                    folder = folder.parent
        if self.emptied:
            remove_folders(self.record, self.target)

    def _candidates(self, size: int | None) -> list[Path]:
        if self._by_size is None:
            self._by_size = {}
            for path in _files(self.record, self.target):
                with suppress(OSError):
                    if not path.is_symlink() and path.is_file():
                        status = path.stat()
                        self._by_size.setdefault(status.st_size, []).append(path)
                        self._times[path] = status.st_mtime_ns
        if size is None:
            return [path for paths in self._by_size.values() for path in paths]
        return self._by_size.get(size, [])


def _return(
    record: Record, item: Item, target: Path, strays: _Strays
) -> Literal["removed", "restored", "gone", "there"]:
    """Take back one file. Raises MustStay, RegroupError or OSError when it must stay."""
    source, destination = Path(item.source), target / item.destination
    if destination.parent.resolve() != target.resolve() / Path(item.destination).parent:
        raise MustStay("its folder is a link now")
    _remove_rest(part_of(destination))  # what a crash left of a copy
    if record.mode == "link":
        if not os.path.lexists(destination):
            return "gone"
        if not destination.is_symlink() or str(destination.readlink()) != item.source:
            raise MustStayForGood("was changed since the export")
        destination.unlink()
        return "removed"
    return (
        _return_moved(record, item, target, strays)
        if record.mode == "move"
        else _remove_copy(record, item, source, destination)
    )


def _remove_copy(record: Record, item: Item, source: Path, copy: Path) -> Literal["removed", "gone"]:
    """Remove a copy whose original is still what it was."""
    if not os.path.lexists(copy):
        return "gone"
    if not _holds(copy, item):
        if _is_cut_off(record, copy, source):
            copy.unlink()
            return "removed"
        raise MustStayForGood("was changed since the export")
    if not source.is_file():
        raise MustStayForGood(f"its original {visible(item.source)} is gone")
    if is_same_name(source, copy):
        raise MustStayForGood(f"its original {visible(item.source)} is a link to it now")
    if file_sha256(source) != item.image:
        raise MustStayForGood(f"its original {visible(item.source)} is another file now")
    copy.unlink()
    return "removed"


def _return_moved(
    record: Record, item: Item, target: Path, strays: _Strays
) -> Literal["removed", "restored", "there"]:
    """Put a moved file back, wherever a crash or the user left it."""
    source, destination = Path(item.source), target / item.destination
    if source.parent.is_dir():
        _remove_rest(part_of(source))  # what a crash left of an earlier undo
    moved: Path | None = destination if _is_ours(item, source, destination) else None
    if moved is None:
        if _is_cut_off(record, destination, source):
            destination.unlink()
            return "removed"
        if _is_original(item, source) or (record.state == "running" and os.path.lexists(source)):
            return "there"
        is_changed = not os.path.lexists(source) and (
            _is_tagged(item, destination) or _is_edited(record, item, destination)
        )
        moved = destination if is_changed else strays.find(item)
    if moved is None:
        if os.path.lexists(destination):
            raise MustStayForGood("was changed since the export")
        also = "there is another file now" if os.path.lexists(source) else "nor is its original"
        raise Missing(f"is no longer there, {also} {visible(item.source)}")
    if os.path.lexists(source):
        if source.is_symlink() and item.link is None:
            raise MustStay(f"its original {visible(item.source)} is a link now")
        if source.exists() and is_same_name(source, moved):
            raise MustStay(f"{visible(item.source)} leads to it now")
        if _is_original(item, source) or os.path.samestat(source.lstat(), moved.lstat()):
            _keep_time(item, source, moved)
            moved.unlink()
            return "removed"
        if not _is_stump(source, moved):
            raise MustStay(f"its original {visible(item.source)} is another file now")
        source.unlink()
    if away := _folder_away(record, source):
        raise MustStay(f"there is no folder {visible(away)}; connect its disk, or make it")
    if item.link is not None:
        _restore_link(item, source, moved)
    else:
        sha256 = file_sha256(moved)
        # What was tagged since has its own time; another one would hide from other programs that it changed.
        put_back(moved, source, sha256, item.attributes if sha256 == item.image else None)
    return "restored"


def _holds(file: Path, item: Item) -> bool:
    """Return whether this is a regular file with the bytes of an item."""
    return not file.is_symlink() and file.is_file() and file_sha256(file) == item.image


def _is_ours(item: Item, source: Path, destination: Path) -> bool:
    """Return whether a moved file lies where the export put it, also where the original still has its first name."""
    if destination.is_symlink() or not destination.is_file():
        return False
    both = (
        source.is_file() and not source.is_symlink() and os.path.samestat(source.lstat(), destination.lstat())
    )
    return both or file_sha256(destination) == item.image


def _is_tagged(item: Item, file: Path) -> bool:
    """Return whether this is a regular file with the coded picture of an item, so that only its tags changed."""
    return bool(item.coded) and not file.is_symlink() and file.is_file() and coded_hash(file) == item.coded


def _is_edited(record: Record, item: Item, file: Path) -> bool:
    """Return whether this is a companion, changed as programs change sidecars, whose picture is back already."""
    if not item.of or file.is_symlink() or not file.is_file():
        return False
    pictures = ((each, Path(each.source)) for each in record.entries if each.destination == item.of)
    return any(_is_original(each, source) or _is_tagged(each, source) for each, source in pictures)


def _is_original(item: Item, source: Path) -> bool:
    """Return whether the original is where it was: the file, or the link to it."""
    if not source.is_file():
        return False
    if source.is_symlink() != (item.link is not None):
        return False
    if item.link is not None and str(source.readlink()) != item.link:
        return False
    return file_sha256(source) == item.image


def _is_cut_off(record: Record, destination: Path, source: Path) -> bool:
    """Return whether this is a copy that a power cut left without its bytes, or a crash of an older version cut off."""
    return record.state == "running" and not destination.is_symlink() and is_beginning(destination, source)


def _is_stump(source: Path, moved: Path) -> bool:
    """Return whether the file under an original's name is the beginning of it: an undo that a crash cut off."""
    return (
        not source.is_symlink()
        and source.is_file()
        and source.stat().st_size < moved.stat().st_size
        and is_beginning(source, moved)
    )


def _keep_time(item: Item, source: Path, moved: Path) -> None:
    """Give an original that is a copy of the moved file its time back; a crash may have come before that."""
    if item.link is None and not os.path.samestat(source.lstat(), moved.lstat()):
        time = moved.stat().st_mtime_ns if item.mtime_ns is None else item.mtime_ns
        if source.stat().st_mtime_ns != time:  # else not: its disk may be one that can only be read
            os.utime(source, ns=(source.stat().st_atime_ns, time))
        with open_regular(source) as file:
            os.fsync(file.fileno())
    sync_folder(source.parent)


def _folder_away(record: Record, source: Path) -> str:
    """Return the place of the original's disk where that is not connected; a folder made there would be a wrong one."""
    disks = [disk for disk in record.disks if Path(disk) in source.parents]
    return next((disk for disk in disks if not os.path.ismount(disk)), "")


def _restore_link(item: Item, source: Path, moved: Path) -> None:
    """Put a moved link back where it was, and remove the copy of what it points to."""
    assert item.link is not None
    make_folder(source.parent)
    source.symlink_to(item.link)
    if not source.is_file() or file_sha256(source) != item.image:
        raise MustStay(f"the link {visible(item.source)} is back, but points to another file now")
    if item.mtime_ns is not None and os.utime in os.supports_follow_symlinks:
        os.utime(source, ns=(item.mtime_ns, item.mtime_ns), follow_symlinks=False)
    sync_folder(source.parent)
    moved.unlink()


def _remove_records(record: Record, target: Path) -> list[tuple[Path, str]]:
    """Remove the manifest's table, then the manifest. A table that the user changed stays and is returned with the
    reason. Raise OSError where one of them cannot be removed."""
    table, remaining = target / record.table, []
    tables = [record.csv()]
    with suppress(UsageError):
        tables.append(
            read_manifest(target / record.manifest).csv()
        )  # where folders were called otherwise than now
    if table.is_file():
        content = table.read_bytes()
        if content in tables or (
            record.state == "running" and record.csv().startswith(content.rstrip(b"\0"))
        ):
            table.unlink()
        else:
            remaining.append((table, "was changed since the export"))
    for name in (record.part, record.manifest):
        _remove_rest(target / name)
    return remaining


def _remove_rest(file: Path) -> None:
    """Remove a file that may be there; a folder of its name is not ours. On a disk that can only be read, to remove
    nothing would be an error, too."""
    if os.path.lexists(file) and (file.is_symlink() or not file.is_dir()):
        file.unlink()


def _sync_names(record: Record, target: Path, strays: _Strays) -> None:
    """Have it on the disk that names and folders in the target are gone, so that none comes back after a power cut."""
    inside = (target / name for name in (*record.folders, *record.into))
    emptied = {target.parent, target, *inside, *strays.emptied}
    for folder in {_nearest_existing(folder) for folder in (*emptied, *map(Path, record.made))}:
        sync_folder(folder)


def _nearest_existing(folder: Path) -> Path:
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above)), folder)


def remove_stumps(record: Record) -> None:
    """Remove what is left of an export that a power cut stopped before it was begun: parts of its records alone."""
    target = Path(record.target)
    with suppress(OSError):
        _remove_rest(target / record.part)
    records = ((target / record.manifest, record.as_json()), (target / record.table, record.csv()))
    for file, content in records:
        with suppress(OSError):
            if (
                not file.is_symlink()
                and file.is_file()
                and content.startswith(file.read_bytes().rstrip(b"\0"))
            ):
                file.unlink()
    remove_folders(record, target)


def remove_folders(record: Record, target: Path) -> None:
    """Remove the folders that the export made, as far as they are empty; `rmdir` removes no others."""
    folders = [target / name for name in record.folders]
    if record.made:
        above = {str(folder) for folder in target.parents}
        folders += [target, *(Path(name) for name in record.made[1:] if name in above)]
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _files(record: Record, target: Path) -> Iterator[Path]:
    """Yield every file in the target and its folders except the manifest."""
    own = (record.manifest, record.table, record.part)
    for root, folders, files in os.walk(target):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted(files + links):
            if not (root == str(target) and name in own):
                yield Path(root, name)
