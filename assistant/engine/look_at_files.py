"""Looks at a batch of files with the bundled experts, and writes what was found: the work of one process."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.engine.batch import ENDING, Batch, SeenFile, path_text
from tools.decode.blank import without_blank
from tools.decode.decode import is_temporary
from tools.describe.describe import key, look
from tools.errors import RegroupError
from tools.models.ports import Decoded, Expert
from tools.progress import LastReport, Progress, silent
from tools.scan.file_list import ListedFile, open_files
from tools.scan.prefetch import decoded

BATCH = 128
"""The files of a batch: what is lost at most when a process ends. More would hardly be faster."""


@dataclass(frozen=True, slots=True)
class Job:
    """Says what is to be looked at, and where that is written.

    Attributes:
        source: The folder of pictures, absolute.
        place: The folder of batches.
        keys: The key by each expert that looks.
    """

    source: Path
    place: Path
    keys: dict[str, str]


def parted(files: Sequence[ListedFile]) -> list[tuple[ListedFile, ...]]:
    """Return the files in batches."""
    return [tuple(files[i : i + BATCH]) for i in range(0, len(files), BATCH)]


def batch_name(files: Sequence[ListedFile], keys: Sequence[str]) -> str:
    """Return the name of the file of a batch, the same for the same files and experts: what is done twice by two
    processes is one file."""
    about = [[path_text(file.path), file.bytes, file.mtime_ns] for file in files]
    return hashlib.sha256(json.dumps([about, sorted(keys)]).encode()).hexdigest()[:32] + ENDING


def look_at_files(
    job: Job, files: Sequence[ListedFile], experts: Sequence[Expert], progress: Progress = silent
) -> Path:
    """Have the experts look at the pictures in some files, and write what they found as one batch.

    Files about which nothing can be said at this moment are not in it, so that they are looked at the next time.

    Returns:
        The file. What another process wrote meanwhile under its name stays.

    Raises:
        tools.errors.RegroupError: An expert failed, is another than the job asks for, or the disk is full.
    """
    experts = [expert for expert in experts if expert.name in job.keys]
    keys = {expert.name: key(expert) for expert in experts if expert.missing() is None}
    if keys != job.keys:
        raise RegroupError(
            f"the experts here ({_listed(keys)}) are not those of the shard ({_listed(job.keys)}); "
            "install the same version of Regroup, with the same weights, on all machines"
        )
    path = job.place / batch_name(files, list(job.keys.values()))
    if path.exists():
        return path
    opened, batch, reports = open_files(job.source, files), Batch(), LastReport(progress)

    def pictures(ids: Sequence[str]) -> Decoded:
        return without_blank(decoded(opened.collection, ids, waiting=reports.again))

    failed = look(opened.collection.ids, pictures, experts, batch, progress=reports).unreadable
    seen = []
    for file in files:
        id = opened.ids.get(file.path, "")
        reason = opened.unreadable.get(file.path, failed.get(id, ""))
        if (id or reason or file.path in opened.others) and not is_temporary(reason):
            seen.append(SeenFile(path=path_text(file.path), bytes=file.bytes, mtime_ns=file.mtime_ns,
                                 sha256=id, reason=reason[:1000]))  # fmt: skip
    if seen and not path.exists():
        batch.write(path, seen, list(job.keys.values()))
    return path


def look_in_turn(
    job: Job, batches: Sequence[Sequence[ListedFile]], experts: Sequence[Expert], progress: Progress = silent
) -> Iterator[int]:
    """Look at batches one after another in this process. Yields the number of files of each that is written."""
    for files in batches:
        look_at_files(job, files, experts, progress)
        yield len(files)


def _listed(keys: dict[str, str]) -> str:
    return ", ".join(sorted(keys.values())) or "none"
