"""Files written so that they survive a crash: only new ones, verified, and on the disk before the caller goes on."""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from tools.errors import RegroupError
from tools.names import visible

_BLOCK = 1 << 20
"""The number of bytes that are copied or compared at a time."""


def verified_copy(source: Path, destination: Path, sha256: str, sync: bool) -> os.stat_result:
    """Copy a file to a free path, verify the copy, and keep the times and permissions.

    Args:
        source: A file or a link to one.
        destination: Must not exist.
        sha256: The hash that both must have, in hex.
        sync: Whether to return only when the copy is on the disk.

    Returns:
        The status of the source before it was read.

    Raises:
        RegroupError: The source is not what it was, or the copy is damaged.
        OSError: The disk refused. Whatever is raised, no destination is left behind.
    """
    with source.open("rb") as reading, destination.open("xb") as writing:
        try:
            before = os.fstat(reading.fileno())
            shutil.copyfileobj(reading, writing, _BLOCK)
            writing.flush()
            if sync:
                os.fsync(writing.fileno())
            try:
                shutil.copystat(source, destination)
            except OSError:  # a file system without permissions
                os.utime(destination, ns=(before.st_atime_ns, before.st_mtime_ns))
            if file_sha256(destination) != sha256:
                if file_sha256(source) != sha256:
                    raise RegroupError(f"{visible(str(source))} has changed; open the folder again.")
                raise RegroupError(f"The copy {visible(str(destination))} is damaged; check the disk.")
        except BaseException:
            destination.unlink(missing_ok=True)
            raise
    return before


def write_new(file: Path, content: bytes) -> None:
    """Write a file that does not exist yet and have it on the disk. Raises OSError; nothing is left behind then."""
    with file.open("xb") as writing:
        try:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, on systems that can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex. Raise OSError."""
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def is_beginning(part: Path, original: Path) -> bool:
    """Return whether a file holds the first bytes of another: a copy that was cut off. Raise OSError."""
    if not original.is_file():
        return False
    with part.open("rb") as a, original.open("rb") as b:
        while block := a.read(_BLOCK):
            if b.read(len(block)) != block:
                return False
    return True
