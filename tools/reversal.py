"""The record of an export (manifest.json, manifest.csv), and how an export is taken back."""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from tools.errors import RegroupError, UsageError
from tools.names import visible

MANIFEST, CSV, PART = "manifest.json", "manifest.csv", ".manifest.json.part"
_FORMAT = "regroup export 1"


@dataclass(frozen=True, slots=True)
class Item:
    """One file as the manifest has it; `link` is what the source points to, if a link was moved."""

    image: str
    source: str
    destination: str
    cluster: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What a manifest says.

    Attributes:
        state: "running" until the export is complete.
        mode: "copy", "link" or "move".
        clustering: Id of the clustering.
        made: Folders that did not exist: the target, then those above it; absolute.
        folders: Folders in the target, one per group; those in which others lie come last.
        entries: Every file.
        left: Files of the collection that were left where they are, and why.
    """

    state: Literal["running", "done"]
    mode: str
    clustering: str
    made: tuple[str, ...]
    folders: tuple[str, ...]
    entries: tuple[Item, ...]
    left: tuple[tuple[str, str], ...]

    def write(self, manifest: Path) -> None:
        """Write manifest.json: new when the export begins, then replaced in one step.

        All but ASCII is escaped, so that names that are no UTF-8 survive (as lone surrogates).

        Raises:
            OSError: It cannot be written, or when the export begins there is one already.
        """
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=True)
        new = manifest if self.state == "running" else manifest.with_name(PART)
        _write_new(new, text.encode("ascii"))
        if new != manifest:
            new.replace(manifest)
        sync_folder(manifest.parent)

    def write_csv(self, file: Path) -> None:
        """Write manifest.csv: UTF-8; in a name that is no UTF-8 the bytes are escapes (\\udcff)."""
        _write_new(file, self.csv())

    def csv(self) -> bytes:
        """The manifest as a table for people."""
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(["folder_or_reason", "file", "original", "sha256"])
        for item in self.entries:
            writer.writerow(map(_cell, [item.cluster, item.destination, item.source, item.image]))
        for path, why in self.left:
            writer.writerow(map(_cell, [f"left: {why}", "", path, ""]))
        return table.getvalue().encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Reversal:
    """What taking an export back did.

    Attributes:
        removed: Copies and links that were removed from the target.
        restored: Moved files that are back where they were.
        kept: Files of the export (absolute) that could not be taken back, and why.
        waiting: Those of them that another try takes back once what is in their way is gone. Of the others the
            picture itself was changed, or is gone.
        others: Files (absolute) in the target that are not the export's; they are never touched.
    """

    removed: int
    restored: int
    kept: tuple[tuple[Path, str], ...]
    waiting: tuple[Path, ...] = ()
    others: tuple[tuple[Path, str], ...] = ()


class _Keep(Exception):
    """A file must stay; the text says why."""


class _KeepForGood(_Keep):
    """It must stay however often it is tried: what was exported is no longer there."""


def reverse(manifest: Path) -> Reversal:
    """Take an export back, also one that a crash interrupted.

    A copy goes only if it is unchanged and its original is still there unchanged; a moved file goes
    back only to a free place. What is kept is named, with a reason; folders go only if the export made
    them and they are empty. Doing it again does no harm: where there is no manifest (any more),
    nothing is done.

    Args:
        manifest: manifest.json in the exported folder, or that folder.

    Raises:
        UsageError: The file is no manifest of an export.
    """
    manifest = manifest.absolute()
    if manifest.is_dir():
        manifest = manifest / MANIFEST
    if not manifest.exists():
        return Reversal(0, 0, ())
    return take_back(_load(manifest), manifest.parent)


def take_back(record: Record, target: Path) -> Reversal:
    """Undo as much of a recorded export as was done. Never raises for a single file: it is kept."""
    removed = restored = 0
    kept: list[tuple[Path, str]] = []
    waiting: list[Path] = []
    for item in record.entries:
        destination = target / item.destination
        try:
            outcome = _return(record, item, target)
            removed += outcome == "removed"
            restored += outcome == "restored"
        except (_Keep, RegroupError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            kept.append((destination, why or str(error)))
            if not isinstance(error, _KeepForGood):
                waiting.append(destination)
    # Where files were kept, the manifest still tells where they belong.
    others = [] if kept else _remove_records(record, target)
    remove_folders(record, target)
    named = {path for path, _ in kept}
    others += [(path, "was not put there by the export") for path in _files(target) if path not in named]
    return Reversal(removed, restored, tuple(kept), tuple(waiting), tuple(others))


def copy(source: Path, destination: Path, sha256: str, sync: bool) -> os.stat_result:
    """Copy a file to a free place and verify it, keeping times and permissions.

    Args:
        source: A file or a link to one.
        destination: Must not exist.
        sha256: What both must have.
        sync: Return only when the copy is on the disk.

    Returns:
        What `stat` said of the source before.

    Raises:
        RegroupError: The source is not what it was, or the copy is damaged.
        OSError: Whatever the disk says. In every case the destination is removed again.
    """
    with source.open("rb") as reading, destination.open("xb") as writing:
        try:
            before = os.fstat(reading.fileno())
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            if sync:
                os.fsync(writing.fileno())
            try:
                shutil.copystat(source, destination)
            except OSError:  # a file system without permissions
                os.utime(destination, ns=(before.st_atime_ns, before.st_mtime_ns))
            if _sha256(destination) != sha256:
                if _sha256(source) != sha256:
                    raise RegroupError(f"{visible(str(source))} has changed; open the folder again.")
                raise RegroupError(f"The copy {visible(str(destination))} is damaged; check the disk.")
        except BaseException:
            destination.unlink(missing_ok=True)
            raise
    return before


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _return(record: Record, item: Item, target: Path) -> Literal["removed", "restored", "nothing"]:
    """Take back one file. Raises _Keep, RegroupError or OSError when it must stay."""
    source, destination = Path(item.source), target / item.destination
    if destination.parent.resolve() != target.resolve() / Path(item.destination).parent:
        raise _Keep("its folder is a link now")
    if not os.path.lexists(destination):
        if record.mode == "move" and not os.path.lexists(source):
            raise _KeepForGood(f"is no longer there, nor is its original {visible(item.source)}")
        return "nothing"
    if record.mode == "link":
        if not destination.is_symlink() or str(destination.readlink()) != item.source:
            raise _KeepForGood("was changed since the export")
        destination.unlink()
        return "removed"
    if destination.is_symlink() or not destination.is_file():
        raise _KeepForGood("was changed since the export")
    if _sha256(destination) != item.image:
        if record.state == "running" and _begins(source, destination):  # a copy that a crash cut off
            destination.unlink()
            return "removed"
        raise _KeepForGood("was changed since the export")
    if record.mode == "move" and not os.path.lexists(source):
        _restore(item, source, destination)
        return "restored"
    if not source.is_file():
        raise _Keep(f"its original {visible(item.source)} is gone")
    if _sha256(source) != item.image:
        raise _Keep(f"its original {visible(item.source)} is another file now")
    destination.unlink()
    return "removed"


def _restore(item: Item, source: Path, destination: Path) -> None:
    """Put a moved file back to its free place."""
    source.parent.mkdir(parents=True, exist_ok=True)
    if item.link is not None:
        source.symlink_to(item.link)
        if not source.is_file() or _sha256(source) != item.image:
            raise _Keep(f"the link {visible(item.source)} is back, but points to another file now")
    else:
        copy(destination, source, item.image, sync=True)
    sync_folder(source.parent)
    destination.unlink()


def _remove_records(record: Record, target: Path) -> list[tuple[Path, str]]:
    """Remove what tells of the export. A table that was changed is the user's; it is returned, with the reason."""
    table, left = target / CSV, []
    with suppress(OSError):
        if table.is_file():
            content = table.read_bytes()
            if content == record.csv() or (record.state == "running" and record.csv().startswith(content)):
                table.unlink()
            else:
                left.append((table, "was changed since the export"))
    for name in (PART, MANIFEST):
        with suppress(OSError):
            (target / name).unlink()
    return left


def remove_folders(record: Record, target: Path) -> None:
    """Remove the folders that the export made, as far as they are empty (`rmdir` takes no others)."""
    folders = [target / name for name in record.folders]
    if record.made:
        above = {str(folder) for folder in target.parents}
        folders += [target, *(Path(name) for name in record.made[1:] if name in above)]
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _files(target: Path) -> Iterator[Path]:
    """What lies in the target and its folders, but for the manifest."""
    for root, folders, files in os.walk(target):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted(files + links):
            if not (root == str(target) and name in (MANIFEST, CSV, PART)):
                yield Path(root, name)


def _load(manifest: Path) -> Record:
    """Raises UsageError for anything that an export has not written."""
    try:
        data = json.loads(manifest.read_text("ascii"))
        if data.pop("format") != _FORMAT:
            raise ValueError("another format")
        record = Record(
            state=data["state"],
            mode=data["mode"],
            clustering=data["clustering"],
            made=tuple(data["made"]),
            folders=tuple(data["folders"]),
            entries=tuple(Item(**item) for item in data["entries"]),
            left=tuple((path, why) for path, why in data["left"]),
        )
        for item in record.entries:
            inside = PurePosixPath(item.destination)
            if str(inside.parent) not in record.folders or ".." in inside.parts:
                raise ValueError("a file outside its folder")
            if not Path(item.source).is_absolute():
                raise ValueError("an original without a full path")
        if any(_outside(PurePosixPath(name)) for name in record.folders):
            raise ValueError("a folder outside the export")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        name, why = visible(str(manifest)), visible(str(error))
        raise UsageError(f"{name} is no manifest of an export ({why}); give another.") from None
    return record


def _outside(folder: PurePosixPath) -> bool:
    """Whether this is no folder in the target, or in folders in it."""
    return not folder.parts or folder.is_absolute() or ".." in folder.parts


def _write_new(file: Path, content: bytes) -> None:
    with file.open("xb") as writing:
        try:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def _cell(text: str) -> str:
    """A table program must not take a name for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _sha256(file: Path) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _begins(source: Path, part: Path) -> bool:
    """Whether `part` is the beginning of `source`."""
    if not source.is_file():
        return False
    with part.open("rb") as a, source.open("rb") as b:
        while block := a.read(1 << 20):
            if b.read(len(block)) != block:
                return False
    return True
