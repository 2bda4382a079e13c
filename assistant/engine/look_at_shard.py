"""Looks at one shard of a folder and writes what was found into a folder of its own; what is done is not done again."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.engine.batch import CannotRead, SeenFile, batch_files, path_text, read_about, read_bytes
from assistant.engine.look_at_files import Job, parted
from assistant.engine.shard import Shard
from assistant.engine.shard_manifest import BATCHES, FILE, Manifest, begun, read_manifest
from assistant.workspace.files import made_private, remove, written
from tools.errors import RegroupError, UsageError
from tools.models.ports import Expert
from tools.names import amount, visible
from tools.progress import Progress, silent
from tools.scan.collection import readable_folder
from tools.scan.file_list import ListedFile, list_files

PICTURES = "pictures.jsonl"
"""The file with a line for each file of the shard, for people and other programs."""

Engine = Callable[[Job, Sequence[Sequence[ListedFile]], Sequence[Expert], Progress], Iterator[int]]
"""Looks at batches wherever it likes, writes them, and yields the number of files of each that is written."""


@dataclass(frozen=True, slots=True)
class LookedShard:
    """Says what became of a shard.

    Attributes:
        folder: Where it is.
        files: The number of its files.
        new: How many of them were looked at now.
        pictures: The number of distinct pictures that were seen.
        unreadable: The files that could not be seen, with the reason.
        missing: A line for each expert that could not look.
    """

    folder: Path
    files: int
    new: int
    pictures: int
    unreadable: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def look_at_shard(
    source: Path,
    to: Path,
    shard: Shard,
    experts: Sequence[Expert],
    engine: Engine,
    include_skipped: bool = False,
    progress: Progress = silent,
) -> LookedShard:
    """Look at every file of a shard that was not looked at before, and write its manifest.

    Args:
        source: The folder of pictures.
        to: The folder in which the folder of the shard is, or is made.
        shard: Which part.
        experts: All that are to look; those that cannot run are named in the manifest.
        engine: Does the work.
        include_skipped: Whether folders of other programs are entered, and what git ignores counts.
        progress: Called after every few files with the stage "looking".

    Raises:
        tools.errors.UsageError: The folders cannot be used, or the shard was begun by other versions.
        tools.errors.RegroupError: An expert failed, or the disk is full. What was written stays.
    """
    source = readable_folder(source)
    folder = to.expanduser().resolve() / shard.folder_name
    if folder.is_relative_to(source):
        raise UsageError(f"{visible(str(to))} lies among the pictures; choose a folder elsewhere with --to")
    manifest = _begin(folder, begun(path_text(source), shard, experts))
    job = Job(source, folder / BATCHES, manifest.experts)
    files = list_files(source, include_skipped, shard.holds)
    seen = _seen(job.place)
    todo = [file for file in files if _facts(file) not in seen]
    ready = len(files) - len(todo)
    progress("looking", ready, len(files))

    def told(stage: str, done: int, total: int) -> None:  # so that it can be stopped within a batch
        progress(stage, ready, len(files))

    for count in engine(job, parted(todo), experts, told):
        ready += count
        progress("looking", ready, len(files))
    return _finish(folder, manifest, files, len(todo))


def _begin(folder: Path, new: Manifest) -> Manifest:
    """Return the manifest of the shard, written before anything else. Raises UsageError where it is of other
    versions."""
    if not (folder / FILE).exists():
        try:
            made_private(folder / BATCHES)
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(
                f"cannot write {visible(str(folder))}: {why}; choose another with --to"
            ) from None
        new.write(folder)
        return new
    old = read_manifest(folder)
    if (old.shard, old.of) != (new.shard, new.of):
        raise UsageError(f"{visible(str(folder))} holds shard {old.shard}/{old.of}; choose another with --to")
    if old.source != new.source:
        raise UsageError(f"{visible(str(folder))} is about {visible(old.source)}; choose another with --to")
    if (old.experts, old.weights) != (new.experts, new.weights):
        raise UsageError(
            f"{visible(str(folder))} was begun by other versions of the experts, or with other weights; "
            "remove it, or choose another with --to"
        )
    return old


def _seen(place: Path) -> dict[tuple[str, int, int], SeenFile]:
    """Return what was said before of each file, by its path, size and time. A damaged batch is removed; raise
    CannotRead for one that cannot be read, which may be whole."""
    seen = {}
    for path in batch_files(place):
        try:
            about = read_about(path)
        except CannotRead:
            raise
        except RegroupError:
            remove(path)
            continue
        for file in about.files:
            seen[(file.path, file.bytes, file.mtime_ns)] = file
    return seen


def _facts(file: ListedFile) -> tuple[str, int, int]:
    return path_text(file.path), file.bytes, file.mtime_ns


def _finish(folder: Path, manifest: Manifest, files: Sequence[ListedFile], new: int) -> LookedShard:
    """Write the list of files and the manifest.

    Raises:
        tools.errors.RegroupError: Nothing could be said of some files, for a reason that may pass.
    """
    place = folder / BATCHES
    seen = _seen(place)
    said = [seen[facts] for file in files if (facts := _facts(file)) in seen]
    pictures = {file.sha256 for file in said if file.is_seen}
    unreadable = tuple((file.path, file.reason) for file in said if file.reason)
    with written(folder / PICTURES, sync=True) as temporary, temporary.open("w", encoding="ascii") as lines:
        for file in said:
            lines.write(json.dumps(file.model_dump()) + "\n")
    left = len(files) - len(said)
    names = [path.name for path in batch_files(place)]
    manifest.model_copy(
        update={
            "complete": left == 0,
            "pictures": len(pictures),
            "unreadable": len(unreadable),
            "batches": {} if left else {name: _digest(place / name) for name in names},
        }
    ).write(folder)
    if left:
        raise RegroupError(
            f"{amount(left, 'file')} could not be opened this time; the same command tries them again"
        )
    return LookedShard(folder, len(files), new, len(pictures), unreadable, manifest.missing)


def _digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()
