"""Files read and written so that a crash, a full disk and a pipe under a picture's name do no harm."""

import errno
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Self

from tools.decode.coded_data import file_hashes
from tools.errors import RegroupError
from tools.names import visible

CANNOT_LINK = frozenset(
    [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES]
)
"""The errors of `os.link` after which a copy may still work: another disk, or a file system or owner without links."""
_BLOCK = 1 << 20
"""The number of bytes that are copied or compared at a time."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Holds what a file has beside its bytes: `mtime_ns` in nanoseconds, the permission bits, and who owns it."""

    mtime_ns: int
    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the attributes in the status of a file."""
        return cls(status.st_mtime_ns, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def open_regular(file: Path) -> BufferedReader:
    """Open a file, or the file that a link points to, for reading.

    Whatever took its place meanwhile is never waited for: a pipe without a writer would hold the caller for ever.

    Raises:
        RegroupError: It is a pipe, a socket, a device or a folder.
        OSError: It cannot be opened.
    """
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RegroupError(f"{visible(str(file))} is no longer a file; open the folder again.")
    return os.fdopen(descriptor, "rb")


def verified_copy(
    source: Path, destination: Path, sha256: str, sync: bool, attributes: Attributes | None = None
) -> os.stat_result:
    """Copy a file to a free path, verify the copy, and keep the times and permissions.

    The copy is written beside its destination (`part_of`) and gets its name in one step when it is complete, so that a
    file of that name is never cut off.

    Args:
        source: A file or a link to one.
        destination: Must not exist.
        sha256: The hash that both must have, in hex.
        sync: Whether the copy, its times and its permissions are on the disk before it gets its name.
        attributes: What the copy must have, its owner included; None for the times and permissions of the source and
            the owner that a new file gets.

    Returns:
        The status of the source before it was read.

    Raises:
        RegroupError: The source is not what it was, the copy is damaged, or its owner cannot be kept.
        OSError: The disk refused. Whatever is raised, neither the destination nor a part of it is left behind.
    """
    part = part_of(destination)
    part.unlink(missing_ok=True)  # a crash left it
    with open_regular(source) as reading, part.open("xb") as writing:
        try:
            before = os.fstat(reading.fileno())
            shutil.copyfileobj(reading, writing, _BLOCK)
            writing.flush()
            try:
                shutil.copystat(source, part)
            except OSError:  # a file system without permissions
                os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
            if attributes is not None:
                _set_attributes(part, attributes, source)
            if file_sha256(part) != sha256:
                if file_sha256(source) != sha256:
                    raise RegroupError(f"{visible(str(source))} has changed; open the folder again.")
                raise RegroupError(f"The copy {visible(str(destination))} is damaged; check the disk.")
            if sync:
                os.fsync(writing.fileno())
            _name(part, destination)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return before


def part_of(destination: Path) -> Path:
    """Return the hidden path beside a file under which its copy is written. It is the same in each run."""
    name = hashlib.sha256(os.fsencode(destination.name)).hexdigest()[:16]
    return destination.with_name(f".regroup-{name}.part")


def _name(part: Path, destination: Path) -> None:
    """Give a complete copy its name, which must be free. Raise FileExistsError where it is not."""
    try:
        os.link(part, destination)
    except OSError as error:
        if error.errno not in CANNOT_LINK:
            raise
        # The name is taken by an empty file first, since a rename would overwrite what came there meanwhile.
        os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            part.replace(destination)
        except BaseException:
            destination.unlink()
            raise
    else:
        part.unlink()


def _set_attributes(file: Path, attributes: Attributes, source: Path) -> None:
    """Set the attributes of a file, as far as its disk has them. Raise RegroupError where its owner stays another."""
    if hasattr(os, "chown"):
        for user in (attributes.uid, -1):  # a group may be allowed where a user is not
            with suppress(OSError):
                os.chown(file, user, attributes.gid)
                break
        if file.stat().st_uid != attributes.uid:
            raise RegroupError(
                f"{visible(str(source))} belongs to another user, which a file written anew does not keep; "
                "export copies, or do it as the administrator."
            )
    with suppress(OSError):
        file.chmod(attributes.mode)
    os.utime(file, ns=(file.stat().st_atime_ns, attributes.mtime_ns))


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


def write_whole(file: Path, content: bytes, replaces: str = "", attributes: Attributes | None = None) -> None:
    """Write a file beside its place and have it on the disk, then give it its name in one step.

    Args:
        file: Its path.
        content: Its bytes.
        replaces: The SHA-256 of the regular file whose place it takes; "" where the path must be free.
        attributes: What it must have; None for what a new file gets.

    Raises:
        RegroupError: The file whose place it takes is not what it was, or its owner cannot be kept.
        OSError: The disk refused, or the path is not free. Whatever is raised, the path is as it was.
    """
    part = part_of(file)
    part.unlink(missing_ok=True)  # a crash left it
    write_new(part, content)
    try:
        if attributes is not None:
            _set_attributes(part, attributes, file)
            sync_file(part)
        if not replaces:
            _name(part, file)
            return
        if file.is_symlink() or file_sha256(file) != replaces:
            raise RegroupError(f"{visible(str(file))} was changed by another program; try again.")
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, where they are missing, and have their names on the disk. Raises OSError."""
    missing = [above for above in (folder, *folder.parents) if not above.is_dir()]
    folder.mkdir(mode, parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def sync_file(file: Path) -> None:
    """Flush the bytes and the times of a file to the disk. Raises OSError."""
    with open_regular(file) as reading:
        os.fsync(reading.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, on systems that can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex. Raise OSError, and RegroupError where it is no regular file."""
    with open_regular(file) as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def coded_hash(file: Path) -> str:
    """Return the hash of the coded picture in a file (`tools.decode.coded_data`); "" where there is none."""
    try:
        with open_regular(file) as reading:
            return file_hashes(reading)[1]
    except (OSError, RegroupError):
        return ""


def is_beginning(part: Path, original: Path) -> bool:
    """Return whether a file holds the first bytes of another: a copy that was cut off. Raise OSError.

    After a power cut zeros may stand for bytes that were not written, on disks that keep the length of a file first.
    """
    if not original.is_file() or not part.is_file() or part.stat().st_size > original.stat().st_size:
        return False
    only_zeros = False
    with open_regular(part) as a, open_regular(original) as b:
        while block := a.read(_BLOCK):
            whole = b.read(len(block))
            if whole == block and not only_zeros:
                continue
            written = block.rstrip(b"\0")
            if (only_zeros and written) or not whole.startswith(written):
                return False
            only_zeros = True
    return True
