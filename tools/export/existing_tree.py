"""Knows what is in a folder to which an export adds: the folders of groups, the names that are taken, the pictures."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.errors import RegroupError
from tools.export.disk import file_sha256
from tools.scan.collection import ImageFile
from tools.scan.taxonomy import GroupFolders


class ExistingTree:
    """Looks into a folder, which may not exist yet. Links to folders are not entered, and nothing is written.

    Args:
        target: The folder, absolute and resolved.
        collection: The folder of the collection, absolute and resolved. Where it lies in the target it is no group.
    """

    def __init__(self, target: Path, collection: Path) -> None:
        self._target = target
        self._out = collection if target in collection.parents else None
        self._groups = GroupFolders(target, self._out)
        self._by_size: dict[int, list[str]] = {}
        self._hashes: dict[str, str] = {}
        for folder in self._groups.all:
            for entry in _entries(target / folder):
                with suppress(OSError):
                    if not entry.name.startswith(".") and entry.is_file():
                        name = (folder / entry.name).as_posix()
                        self._by_size.setdefault(entry.stat().st_size, []).append(name)

    def folder(self, name: str) -> str | None:
        """Return the folder of a group, relative to the target with forward slashes; None where there is none."""
        found = self._groups.of(name)
        return None if found is None else found.as_posix()

    def names(self, folder: str = "") -> list[str]:
        """Return every name in a folder of the target, of whatever it is; none where that folder is not there."""
        return [entry.name for entry in _entries(self._target / folder)]

    def place_of(self, image: ImageFile) -> str:
        """Return where a file with the bytes of an image lies in a group's folder, relative to the target; else ""."""
        for name in self._by_size.get(image.bytes, ()):
            if name not in self._hashes:
                try:
                    self._hashes[name] = file_sha256(self._target / name)
                except (OSError, RegroupError):
                    self._hashes[name] = ""
            if self._hashes[name] == image.content:
                return name
        return ""


def _entries(folder: Path) -> Iterator["os.DirEntry[Any]"]:
    """Yield what is in a folder; nothing where it cannot be opened, or is a link."""
    if folder.is_symlink():
        return
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries
