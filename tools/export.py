"""Labelled folders on disk: plan -> approval (elsewhere) -> carry out -> manifest -> reverse.

Nothing is ever overwritten and no original goes before its verified copy is on the disk. The manifest
is written before the first file is touched and says everything that will be done; what was done can
then be seen from the files themselves, so that an export is taken back the same way after a crash,
after a failure and after a success (`tools.reversal`).
"""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.collection import Collection
from tools.errors import Cancelled, RegroupError, UsageError
from tools.names import amount, safe_name, same, visible
from tools.progress import Progress, silent
from tools.reversal import (
    CSV,
    MANIFEST,
    Item,
    Record,
    Reversal,
    copy,
    remove_folders,
    reverse,
    sync_folder,
    take_back,
)

__all__ = ["Entry", "Mode", "Plan", "Reversal", "carry_out", "plan", "reverse", "safe_name"]

Mode = Literal["copy", "link", "move"]
"""How a file gets into its folder; "link" makes a symbolic link to the absolute path of the original."""

UNSORTED_FOLDER = "_unsorted"
LONGEST_FILE_NAME = 255
"""Bytes of a file name that every usual file system can hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an export.

    Attributes:
        image: SHA-256 that the copy must have.
        source: Where the original is; absolute.
        destination: Folder and name; relative to the target.
        cluster: Name of the cluster for people; "unsorted" for the pile.
    """

    image: str
    source: Path
    destination: Path
    cluster: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export would do. Nothing is done yet.

    Attributes:
        target: The folder that will hold the groups' folders; absolute.
        mode: "copy", "link" or "move".
        clustering: Id of the clustering.
        entries: Every file, folder by folder.
        folders: Name of each folder and the number of files in it; "happy/red" where one lies in another.
        renamed: Files that get a number because their folder already has one of that name.
        left: Files of no group, which stay where they are (relative to the collection's folder), and why.
        bytes: What will be written; 0 for links.
        only: Ids of the clusters, where not all are exported.
    """

    target: Path
    mode: Mode
    clustering: str
    entries: tuple[Entry, ...]
    folders: tuple[tuple[str, int], ...]
    renamed: int
    left: tuple[tuple[Path, str], ...]
    bytes: int
    only: tuple[str, ...] = ()


def plan(
    collection: Collection,
    clustering: Clustering,
    target: Path,
    mode: Mode = "copy",
    only: Sequence[str] = (),
) -> Plan:
    """What an export of this clustering to this folder would do.

    One folder per cluster, named by `safe_name`, and `_unsorted`; of clusters that come from crossing two criteria one
    folder per group of the first, and in it one per group of the second. Files keep their names; where two in
    one folder would have the same (also but for case), the later one becomes "name (2).jpg".

    Args:
        collection: Whose files they are.
        clustering: Says which goes where.
        target: The folder that will hold the groups' folders.
        mode: How the files get there.
        only: Ids of clusters to export alone, without the unsorted ones; none for all.

    Raises:
        UsageError: The target is inside the collection or holds it, is a file, is not empty, cannot be
            written to; the mode is unknown; there is nothing to export.
        RegroupError: There is not enough space on the disk.
    """
    if mode not in get_args(Mode):
        raise UsageError(f'There is no export mode "{visible(str(mode))}"; use copy, link or move.')
    target = _checked(collection.folder, target)
    entries: list[Entry] = []
    folders: list[tuple[str, int]] = []
    named = _Folders()
    present = set(collection.ids)
    members: dict[int, list[str]] = {}
    for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True):
        if image in present:
            members.setdefault(label, []).append(image)
    for label, cluster in [*enumerate(clustering.clusters), (UNSORTED, None)]:
        ids = members.get(label, [])
        if not ids or (only and (cluster is None or cluster.id not in only)):
            continue
        name = cluster.name if cluster else "unsorted"
        folder = named.of(cluster) if cluster else UNSORTED_FOLDER
        folders.append((folder, len(ids)))
        sources = [collection.file(image) for image in ids]
        for image, source, file in zip(ids, sources, _distinct([s.name for s in sources]), strict=True):
            entries.append(Entry(image, source, Path(folder, file), name))
    if not entries:
        raise UsageError(f'The clustering "{visible(clustering.id)}" has no images to export; group first.')
    written = 0 if mode == "link" else sum(collection.by_id(entry.image).bytes for entry in entries)
    _check_space(target, written)
    renamed = sum(entry.source.name != entry.destination.name for entry in entries)
    left = tuple(_left(collection, {image for those in members.values() for image in those}, mode))
    return Plan(
        target, mode, clustering.id, tuple(entries), tuple(folders), renamed, left, written, tuple(only)
    )


class _Folders:
    """Safe names of folders, of which no two in one folder are the same."""

    def __init__(self) -> None:
        self._taken: dict[str, list[str]] = {"": [UNSORTED_FOLDER, MANIFEST, CSV]}
        self._above: dict[tuple[str, ...], str] = {}

    def of(self, cluster: Cluster) -> str:
        """The folder of a cluster, relative to the target."""
        *above, last = cluster.parts or (cluster.name,)
        folder = ""
        for depth in range(len(above)):
            names = tuple(above[: depth + 1])
            if names not in self._above:
                self._above[names] = self._new(folder, names[-1])
            folder = self._above[names]
        return self._new(folder, last)

    def _new(self, folder: str, name: str) -> str:
        taken = self._taken.setdefault(folder, [])
        taken.append(safe_name(name, taken))
        return f"{folder}/{taken[-1]}" if folder else taken[-1]


def carry_out(plan: Plan, progress: Progress = silent) -> Path:
    """Do what the plan says, or nothing: on any failure all that was done so far is taken back.

    A copy's hash is read back and compared. To move is to copy everything, have it on the disk, and
    only then remove the originals that have not changed meanwhile. Times and permissions are kept.

    Args:
        plan: As the user approved it.
        progress: Called with stages "copy", "link" or "move"; may raise `Cancelled`.

    Returns:
        The path of manifest.json in the target; manifest.csv beside it says the same for people.

    Raises:
        UsageError: The target is no longer free.
        RegroupError: The disk is full, a file has changed or vanished, links are impossible, ...
        Cancelled: The user stopped it.
    """
    _check_free(plan.target)
    manifest = plan.target / MANIFEST
    try:
        record = _record(plan)
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
        replace(record, state="done").write(manifest)
    except BaseException as error:
        kept = take_back(record, plan.target).kept
        if not isinstance(error, OSError | RegroupError) or (isinstance(error, Cancelled) and not kept):
            raise
        rest = "Everything was taken back."
        if kept:
            rest = f"{amount(len(kept), 'file')} could not be taken back; see {visible(str(manifest))}."
        raise RegroupError(f"{_what_failed(error, plan)} {rest}") from error
    return manifest


def _fill(plan: Plan, record: Record, progress: Progress) -> None:
    """Make the folders and what goes into them; for a move, remove the originals at the very end."""
    for name, _ in plan.folders:
        (plan.target / name).mkdir(parents=True)
    total = len(plan.entries)
    originals: list[os.stat_result] = []
    for done, entry in enumerate(plan.entries):
        progress("link" if plan.mode == "link" else "copy", done, total)
        destination = plan.target / entry.destination
        if plan.mode == "link":
            destination.symlink_to(entry.source)
        else:
            originals.append(copy(entry.source, destination, entry.image, sync=plan.mode == "move"))
    record.write_csv(plan.target / CSV)
    for folder in [plan.target / name for name in record.folders] + [plan.target]:
        sync_folder(folder)
    for above in map(Path, record.made):
        sync_folder(above.parent)
    if plan.mode == "move":
        for done, (entry, before) in enumerate(zip(plan.entries, originals, strict=True)):
            progress("move", done, total)
            if _stamp(entry.source.stat()) != _stamp(before):
                raise RegroupError(f"{visible(str(entry.source))} was changed during the export; try again.")
            entry.source.unlink()
    progress(plan.mode, total, total)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file does."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _record(plan: Plan) -> Record:
    """What the manifest will say. Raises FileNotFoundError where an original is gone."""
    for entry in plan.entries:
        entry.source.stat()
    made = [str(folder) for folder in [plan.target, *plan.target.parents] if not folder.exists()]
    items = tuple(
        Item(
            entry.image,
            str(entry.source),
            entry.destination.as_posix(),
            entry.cluster,
            str(entry.source.readlink()) if plan.mode == "move" and entry.source.is_symlink() else None,
        )
        for entry in plan.entries
    )
    inner = [name for name, _ in plan.folders]
    above = {str(folder) for name in inner for folder in PurePosixPath(name).parents if folder.name}
    outer = sorted(
        above, key=lambda name: (-name.count("/"), name)
    )  # what lies in another is removed before it
    return Record(
        state="running",
        mode=plan.mode,
        clustering=plan.clustering,
        made=tuple(made),
        folders=(*inner, *outer),
        entries=items,
        left=tuple((str(path), why) for path, why in plan.left),
    )


def _checked(folder: Path, target: Path) -> Path:
    """The target, absolute, if an export may go there. Raises UsageError."""
    name = visible(str(target))
    try:
        target = target.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"The path {name} cannot be used ({visible(str(error))}); take another.") from None
    folder = folder.resolve()
    where = visible(str(folder))
    if target == folder or folder in target.parents:
        raise UsageError(f"The target {name} is inside the collection {where}; take one outside.")
    if target in folder.parents:
        raise UsageError(f"The target {name} holds the collection {where}; take one outside.")
    _check_free(target)
    return target


def _check_free(target: Path) -> None:
    """Raises UsageError unless the target is an empty folder, or can be made."""
    name = visible(str(target))
    try:
        if target.is_dir():
            if any(target.iterdir()):
                raise UsageError(f"The target {name} is not empty; give a new or an empty folder.")
        elif target.exists() or target.is_symlink():
            raise UsageError(f"The target {name} is a file; give a new or an empty folder.")
        existing = _existing(target)
    except OSError as error:
        raise UsageError(
            f"The target {name} cannot be used ({error.strerror}); give another folder."
        ) from None
    if not existing.is_dir():
        file = visible(str(existing))
        raise UsageError(f"{file} is a file, so {name} cannot be made; give another folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"There is no permission to write to {visible(str(existing))}; give another folder.")


def _existing(path: Path) -> Path:
    """The path itself or the nearest folder above it that exists."""
    return next(folder for folder in [path, *path.parents] if folder.exists() or not folder.name)


def _check_space(target: Path, needed: int) -> None:
    free = shutil.disk_usage(_existing(target)).free
    if needed > free:
        raise RegroupError(
            f"Not enough space for the export to {visible(str(target))}: it needs {_megabytes(needed)} and "
            f"{_megabytes(free)} are free; make room, take another disk, or export links."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _distinct(names: Sequence[str]) -> list[str]:
    """The names of the files of one folder; the first of each keeps it, the others get a number."""
    taken: set[str] = set()
    result: list[str | None] = []
    for name in names:
        result.append(None if same(name) in taken else name)
        taken.add(same(name))
    numbers: dict[str, int] = {}
    for i, name in enumerate(names):
        if result[i] is None:
            number = numbers.get(same(name), 1) + 1
            while same(numbered(name, number)) in taken:
                number += 1
            numbers[same(name)] = number
            result[i] = numbered(name, number)
            taken.add(same(numbered(name, number)))
    return [name for name in result if name is not None]


def numbered(name: str, number: int) -> str:
    """ "name (2).jpg", its stem cut where the whole would be longer than 255 bytes."""
    path = Path(name)
    stem, extension = (path.stem, path.suffix) if len(os.fsencode(path.suffix)) <= 20 else (name, "")
    end = f" ({number}){extension}"
    while len(os.fsencode(stem + end)) > LONGEST_FILE_NAME:
        stem = stem[:-1]
    return stem + end


def _left(collection: Collection, grouped: set[str], mode: Mode) -> Iterator[tuple[Path, str]]:
    """Every file of the collection that is in no group, so that an export leaves it where it is, and why."""
    for image in collection.images:
        if image.sha256 not in grouped:
            yield image.path, "not part of this clustering"
    for duplicate in collection.duplicates:
        why = f"a duplicate of {visible(str(collection.by_id(duplicate.of).path))}"
        if mode == "move" and (collection.folder / duplicate.path).is_symlink():
            why += "; a link, which may point nowhere after the move"
        yield duplicate.path, why
    for unreadable in collection.unreadable:
        yield unreadable.path, unreadable.reason
    for other in collection.others:
        yield other, "not an image"


def _what_failed(error: OSError | RegroupError, plan: Plan) -> str:
    target = visible(str(plan.target))
    if isinstance(error, RegroupError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: the export to {target} stopped; make room or take another disk."
    cannot = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
    if plan.mode == "link" and (error.errno in cannot or getattr(error, "winerror", None) == 1314):
        return f"The file system of {target} makes no symbolic links; export copies instead."
    where = visible(str(error.filename)) if error.filename else target
    if isinstance(error, FileNotFoundError):
        return f"{where} is no longer there; open the folder again."
    return f"The export stopped at {where}: {error.strerror or error}; see to it and try again."
