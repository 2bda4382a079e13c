"""Moves one file safely: it has its second name before it loses its first one, and no name is ever overwritten."""

import os
from pathlib import Path

from tools.errors import RegroupError
from tools.export.disk import (
    CANNOT_LINK,
    Attributes,
    file_sha256,
    make_folder,
    open_regular,
    sync_folder,
    verified_copy,
)
from tools.names import visible


def second_name(file: Path, other: Path, sha256: str) -> os.stat_result:
    """Make a file also appear at another, free path; the caller removes the first name once all is on the disk.

    On the same disk it is a hard link, so the bytes, the times, the owner and other hard links stay what they are. On
    another disk it is a verified copy with the same times, permissions and owner.

    Args:
        file: A file or a link to one; of a link, the file that it points to is copied.
        other: Must not exist; its folder must.
        sha256: The hash that the file must have, in hex.

    Returns:
        The status of the file before.

    Raises:
        RegroupError: The file is not what it was, or a move would lose its owner or its hard links.
        OSError: The disk refused. Whatever is raised, nothing is left at the other path.
    """
    before = file.stat()
    if not file.is_symlink():
        if _link(file, other, sha256):
            return before
        if before.st_nlink > 1:
            raise RegroupError(
                f"{visible(str(file))} has other names (hard links), which a move to another disk would cut off; "
                "export copies instead."
            )
    # What a link points to stays where it is, with its owner.
    kept = None if file.is_symlink() else Attributes.of(before)
    return verified_copy(file, other, sha256, sync=True, attributes=kept)


def put_back(file: Path, original: Path, sha256: str, attributes: Attributes | None) -> None:
    """Move a file to a free path, whose folder is made where it is missing.

    Wherever this is interrupted, one of the two paths holds the whole file, with its times.

    Args:
        file: A regular file.
        original: Must not exist.
        sha256: The hash that the file must have, in hex.
        attributes: What it had there, for the way back from another disk; None where that is not known.

    Raises:
        RegroupError: The file is not what it was, or its owner would be lost.
        OSError: The disk refused.
    """
    make_folder(original.parent)
    if not _link(file, original, sha256):
        kept = attributes or Attributes.of(file.lstat())
        verified_copy(file, original, sha256, sync=True, attributes=kept)
    sync_folder(original.parent)
    file.unlink()


def _link(file: Path, other: Path, sha256: str) -> bool:
    """Make a hard link to a file of this hash. Return whether that is possible here."""
    open_regular(file).close()  # refuses what is no file by its own name
    try:
        os.link(file, other)
    except OSError as error:
        if error.errno not in CANNOT_LINK:
            raise
        return False
    try:
        if file_sha256(other) != sha256 or not os.path.samestat(file.lstat(), other.lstat()):
            raise RegroupError(f"{visible(str(file))} has changed; open the folder again.")
    except BaseException:
        other.unlink()
        raise
    return True


def is_same_name(a: Path, b: Path) -> bool:
    """Return whether two paths, both of which exist, lead to one name of one file, as through a link to a folder.

    Removing one of them would remove the file.
    """
    return os.path.realpath(a) == os.path.realpath(b) or (
        a.stat().st_nlink == 1 and os.path.samestat(a.stat(), b.stat())
    )
