"""Writing files atomically, and readable names for directories."""

import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.errors import RegroupError


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`: renamed to it at the end of the block, removed where the block raises.

    Raises:
        tools.errors.RegroupError: The disk is full or the directory cannot be written.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise RegroupError(
            f"cannot write {path}: {error.strerror or error}; free some disk space, "
            "or choose another workspace with --workspace"
        ) from error
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Remove a file if it exists, and ignore errors, which would hide the error that led here."""
    with suppress(OSError):
        path.unlink()


def slug(text: str, otherwise: str = "folder") -> str:
    """Return a readable short form of `text`: at most 40 characters of a-z, 0-9 and "-"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or otherwise
