"""Writes the files that an export makes itself, such as tables and sidecars, and takes them back.

Each is written beside its place first and gets its name in one step. Of a file that another one takes the place of, a
verified copy is on the disk before that, and returns with its bytes, times and permissions.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tools.errors import RegroupError
from tools.export.disk import (
    Attributes,
    file_sha256,
    part_of,
    sync_folder,
    verified_copy,
    write_whole,
)
from tools.export.manifest import Written
from tools.export.reasons_to_stay import MustStay, MustStayForGood
from tools.names import visible

BEFORE = "before"
"""The folder in the target that holds the copies of files as they were before others took their places."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plans one file that an export writes itself.

    Attributes:
        path: Where it will be: absolute, or relative to the target.
        content: Its bytes.
        before: The SHA-256 of the file whose place it takes; "" where there is none.
        about: What it is about, for people: the groups of a picture.
    """

    path: Path
    content: bytes
    before: str = ""
    about: str = ""

    @property
    def sha256(self) -> str:
        """Return the hash of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def recorded(text: Text, target: Path, number: int) -> Written:
    """Return the entry of a file in the record, before it is written.

    Args:
        text: The file.
        target: The folder of the export.
        number: Its number among them, which names the copy of what was there.

    Raises:
        OSError: The file whose place it takes is gone.
    """
    entry = Written(str(text.path), text.sha256, text.about)
    if not text.before:
        return entry
    own = Attributes.of((target / text.path).lstat())
    kept = f"{BEFORE}/{number:06}{text.path.suffix}"
    return replace(
        entry,
        before=text.before,
        kept=kept,
        mtime_ns=own.mtime_ns,
        mode=own.mode,
        uid=own.uid,
        gid=own.gid,
    )


def keep_before(written: Written, target: Path) -> None:
    """Have a verified copy of the file on the disk whose place another one will take.

    Raises:
        RegroupError: It is not what it was.
        OSError: The disk refused.
    """
    place = target / written.path
    if place.is_symlink():
        raise RegroupError(f"{visible(str(place))} is a link now; open the folder again.")
    verified_copy(place, target / written.kept, written.before, sync=True)


def write_text(text: Text, written: Written, target: Path) -> None:
    """Write a planned file; its name is on the disk once its folder is synced.

    Raises:
        RegroupError: Its place is not as it was planned.
        OSError: The disk refused.
    """
    place = target / text.path
    attributes = written.attributes
    if attributes is not None:  # the time is new, by which other programs see that it changed
        attributes = replace(attributes, mtime_ns=time.time_ns())
    write_whole(place, text.content, written.before, attributes)


def unwrite(
    written: Written, target: Path, is_running: bool
) -> Literal["removed", "restored", "gone", "there"]:
    """Take back one file, wherever a crash left it. Raises MustStay, RegroupError or OSError where it must stay.

    Args:
        written: The file.
        target: The folder of the export.
        is_running: Whether the export did not come to its end, so that the file may never have been written.
    """
    place = target / written.path
    staged, kept = part_of(place), target / written.kept
    parts = [part_of(staged), staged] if place.parent.is_dir() else []
    for part in (*parts, *([part_of(kept)] if written.kept else [])):  # what a crash left
        if os.path.lexists(part):
            part.unlink()
    if not written.before:
        return _remove(written, place, is_running)
    outcome: Literal["restored", "there"] = "there"
    if not os.path.lexists(place):
        if not place.parent.is_dir():
            raise MustStay(
                f"there is no folder {visible(str(place.parent))}; connect its disk, or put it back"
            )
        _bring_back(written, kept, place, lambda: not os.path.lexists(place))
        outcome = "restored"
    elif (held := _regular_sha256(place)) == written.sha256:
        _bring_back(written, kept, place, lambda: _regular_sha256(place) == written.sha256)
        outcome = "restored"
    elif held != written.before and is_running and not os.path.lexists(kept):
        return "there"  # it changed before its turn came
    elif held != written.before:
        raise MustStayForGood(f"was changed since the export; as it was before, it is {visible(str(kept))}")
    if os.path.lexists(kept):
        kept.unlink()
    return outcome


def is_written(written: Written, target: Path) -> bool:
    """Return whether anything of a file is on the disk."""
    if written.kept and os.path.lexists(target / written.kept):
        return True
    try:
        return _regular_sha256(target / written.path) == written.sha256
    except OSError:
        return False


def _remove(written: Written, place: Path, is_running: bool) -> Literal["removed", "gone"]:
    if not os.path.lexists(place):
        return "gone"
    if _regular_sha256(place) != written.sha256:
        if is_running:  # another program took the place
            return "gone"
        raise MustStayForGood("was changed since the export")
    place.unlink()
    sync_folder(place.parent)
    return "removed"


def _bring_back(written: Written, kept: Path, place: Path, is_ours: Callable[[], bool]) -> None:
    """Put the copy of the file that was there before in its place."""
    if _regular_sha256(kept) != written.before:
        raise MustStay(f"its copy {visible(str(kept))} is not there or was changed; put it back")
    staged = part_of(place)
    verified_copy(kept, staged, written.before, sync=True, attributes=written.attributes)
    try:
        if not is_ours():  # looked at again, right before
            raise MustStayForGood(
                f"was changed since the export; as it was before, it is {visible(str(kept))}"
            )
        staged.replace(place)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    sync_folder(place.parent)


def _regular_sha256(file: Path) -> str:
    """Return the hash of a regular file; "" for a link, anything else, and nothing."""
    if file.is_symlink() or not file.is_file():
        return ""
    return file_sha256(file)
