"""Finds the files of a collection that are not there any more as it was opened, which an export leaves out by name."""

import stat
from dataclasses import replace
from pathlib import Path

from tools.names import visible
from tools.scan.collection import Collection, Unreadable

GONE = "is no longer there"


def without_lost(collection: Collection) -> Collection:
    """Return the collection in which files that are gone, are no files any more, or have another size now count as
    unreadable, each with the reason. Where a copy of such a picture is there, that is said of the copy."""
    reasons = {
        image.sha256: why
        for image in collection.images
        if (why := _lost(collection.folder / image.path, image.bytes))
    }
    companions = {c.path: why for c in collection.companions if (why := _lost(collection.folder / c.path))}
    if not reasons and not companions:
        return collection
    copies = [d for d in collection.duplicates if d.of in reasons]
    rest = collection.without(reasons)
    told = {d.path: _of_copy(collection, d.path, d.of, reasons[d.of]) for d in copies}
    unreadable = [replace(u, reason=told.get(u.path, u.reason)) for u in rest.unreadable]
    unreadable += [Unreadable(path, why) for path, why in companions.items()]
    return replace(
        rest,
        unreadable=tuple(unreadable),
        companions=tuple(c for c in rest.companions if c.path not in companions),
    )


def _of_copy(collection: Collection, path: Path, of: str, why: str) -> str:
    if lost := _lost(collection.folder / path):
        return lost
    return f"a duplicate of {visible(str(collection.by_id(of).path))}, which {why}; open the folder again"


def _lost(file: Path, size: int | None = None) -> str:
    """Return in words what became of a file; "" where it is there as it was."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return GONE
    except OSError as error:
        return f"cannot be reached ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "is no file any more"
    if size is not None and status.st_size != size:
        return "was changed; open the folder again"
    return ""
