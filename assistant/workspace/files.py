"""Writing files atomically and for their owner alone, and readable names for directories."""

import re
import stat
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.errors import RegroupError
from tools.export.disk import make_folder, sync_file


@contextmanager
def written(path: Path, sync: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`: renamed to it at the end of the block, removed where the block raises.

    Args:
        path: The file.
        sync: Whether its bytes are on the disk before it gets its name, so that no power cut leaves an empty file.

    Raises:
        tools.errors.RegroupError: The disk is full or the directory cannot be written.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        made_private(path.parent)
        yield temporary
        keep_private(temporary)
        if sync:
            sync_file(temporary)
        temporary.replace(path)
    except OSError as error:
        raise RegroupError(
            f"cannot write {path}: {error.strerror or error}; free some disk space, "
            "or choose another workspace with --workspace"
        ) from error
    finally:
        remove(temporary)


def made_private(directory: Path) -> Path:
    """Make a directory that only its owner can open, and return it. One that was there is made private, too, also where
    a link leads to it.

    Raises:
        OSError: It cannot be made.
    """
    if not directory.is_dir():
        make_folder(directory.parent, 0o700)
        make_folder(directory, 0o700)
    keep_private(directory.resolve())
    return directory


def keep_private(path: Path) -> None:
    """Take the rights of everybody but the owner from a file or directory, as far as its disk knows any."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & 0o700)


def remove(path: Path) -> None:
    """Remove a file if it exists, and ignore errors, which would hide the error that led here."""
    with suppress(OSError):
        path.unlink()


def slug(text: str, otherwise: str = "folder") -> str:
    """Return a readable short form of `text`: at most 40 characters of a-z, 0-9 and "-"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or otherwise
