"""Finds the workspace: the directory of all persistent data, never inside a collection."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from assistant.workspace.cache import FindingsCache
from assistant.workspace.files import keep_private, made_private, slug
from assistant.workspace.shelf import Shelf
from assistant.workspace.thumbnails import Thumbnails
from tools.errors import RegroupError, UsageError
from tools.names import visible
from tools.scan.collection import readable_folder

_OWN = ("collections", "cache", "thumbnails")
"""The directories in the workspace."""


@dataclass(frozen=True, slots=True)
class KnownCollection:
    """Names a collection that was opened before.

    `opened` is ISO 8601 in UTC; `images` is 0 before the first scan; everything is kept in the directory `shelf`.
    """

    folder: Path
    images: int
    opened: str
    shelf: Path = field(default=Path(), compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """Says what is kept of a collection: its directory, and how many exports could still be undone from it."""

    shelf: Path
    exports: int


class Workspace:
    """Holds the directory of shelves, findings cache and thumbnails. Nothing is created before it is used.

    Args:
        root: The directory; by default the platform's directory for a user's data.
    """

    def __init__(self, root: Path | None = None) -> None:
        if root is None:
            from platformdirs import user_data_dir

            root = Path(user_data_dir("regroup", appauthor=False))
        try:
            self.root = root.expanduser().absolute()
        except RuntimeError as error:  # ~name of nobody on this machine
            raise UsageError(f"the workspace {root} cannot be found: {error}") from None

    @cached_property
    def cache(self) -> FindingsCache:
        """Return the cache of findings for all collections. Open a collection before using it."""
        return FindingsCache(self._directory("cache"))

    @cached_property
    def thumbnails(self) -> Thumbnails:
        """Return the thumbnails for all collections. Open a collection before using them."""
        return Thumbnails(self._directory("thumbnails"))

    @property
    def checkpoints(self) -> Path:
        """Return the folder, in the cache, of training that was stopped. It is made when something is kept."""
        return self.root / "cache" / "training"

    def open(self, folder: Path, exclusive: bool = True, gone: bool = False) -> Shelf:
        """Open the shelf of the collection in a folder, identified by its resolved path.

        Args:
            folder: An existing folder.
            exclusive: Keep other processes from changing it until the shelf is closed. Without it, the shelf
                can be read while another process has it, and `record`, `undo`, `redo` and `note` refuse.
            gone: Whether the folder may be gone, as after a move of all that was in it, where it was opened before.

        Raises:
            tools.errors.UsageError: The folder cannot be opened, or this workspace lies inside it.
            tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
        """
        if not gone or not self.shelf_folder(folder).is_dir():
            folder = readable_folder(folder)
        folder = _resolved(folder)
        if self.root.resolve().is_relative_to(folder):
            raise UsageError(
                f"the workspace {self.root} lies inside the collection {folder}; "
                "choose a workspace elsewhere with --workspace"
            )
        shelf = Shelf(folder, self._directory("collections", self.shelf_folder(folder).name), exclusive)
        try:
            shelf.pictures.thumbnails = self.thumbnails
            collection = _read_record(shelf.path)
            shelf.seen(collection.images if collection else 0)
        except BaseException:
            shelf.close()
            raise
        return shelf

    def shelf_folder(self, folder: Path) -> Path:
        """Return the directory in which everything is kept of the collection in a folder, whether either exists."""
        folder = _resolved(folder)
        key = hashlib.sha1(os.fsencode(folder), usedforsecurity=False).hexdigest()
        return self.root / "collections" / f"{slug(folder.name)}-{key}"

    def kept_of(self, folder: Path) -> Kept:
        """Return what is kept of the collection in a folder, whether the folder exists or not.

        Raises:
            tools.errors.UsageError: Nothing is kept of it.
        """
        shelf = self.shelf_folder(folder)
        if not shelf.is_dir():
            raise UsageError(f"nothing is kept of {visible(str(folder))}, so there is nothing to forget")
        return Kept(shelf, len(list(shelf.glob("exports/*.json"))))

    def forget(self, folder: Path) -> None:
        """Remove all that is kept of a collection, and the thumbnails of its pictures.

        What experts found about pictures stays: it holds numbers by the hash of a picture, shared by all collections.

        Raises:
            tools.errors.UsageError: Nothing is kept of it.
            tools.errors.RegroupError: It is open in another terminal, or cannot be removed.
        """
        kept = self.kept_of(folder)
        shelf = Shelf(_resolved(folder), kept.shelf)
        images = {image for clustering in shelf.clusterings() for image in clustering.images}
        images |= shelf.index.images() | set(shelf.pictures.ids().values())
        try:
            for image in images:
                if (thumbnail := self.thumbnails.path(image)) is not None:
                    thumbnail.unlink(missing_ok=True)
            shutil.rmtree(kept.shelf)
        except OSError as error:
            raise RegroupError(f"cannot remove {kept.shelf}: {error.strerror or error}") from error
        finally:
            shelf.close()

    def collections(self) -> list[KnownCollection]:
        """Return the collections that were opened before, the last one first, without those that had no images."""
        opened_before = [
            _read_record(path.parent) for path in self.root.glob("collections/*/collection.json")
        ]
        return sorted(
            (collection for collection in opened_before if collection and collection.images),
            key=lambda collection: collection.opened,
            reverse=True,
        )

    def close(self) -> None:
        """Close the cache; shelves are closed separately."""
        if "cache" in self.__dict__:
            self.cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _directory(self, *parts: str) -> Path:
        directory = self.root.joinpath(*parts)
        try:
            # It holds facts about private pictures, which no other user of the machine needs to read.
            self._make_private()
            for depth in range(len(parts)):
                made_private(self.root.joinpath(*parts[: depth + 1]))
            probe = directory / f".{os.getpid()}.probe"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise RegroupError(
                f"cannot write the workspace {self.root}: {error.strerror or error}; "
                "choose another with --workspace"
            ) from error
        return directory

    def _make_private(self) -> None:
        """Make the root, and what an older version left open to others in it, private.

        A folder that also holds other things, such as a user's home, keeps its own rights.
        """
        if not self.root.is_dir():
            made_private(self.root)
        if all(entry.name in _OWN for entry in self.root.iterdir()):
            keep_private(self.root.resolve())
        for name in _OWN:
            directory = self.root / name
            if directory.is_dir() and directory.stat().st_mode & 0o077:
                for folder, folders, files in os.walk(directory):
                    for entry in (*folders, *files):
                        keep_private(Path(folder, entry))
                keep_private(directory)


def _resolved(folder: Path) -> Path:
    """Return the absolute path of a folder, with links resolved, whether it exists or not. Raise UsageError."""
    try:
        return folder.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"the folder {visible(str(folder))} cannot be opened: {visible(str(error))}"
        ) from None


def _read_record(directory: Path) -> KnownCollection | None:
    """Read the record that `Shelf.seen` wrote; None where it is missing or damaged."""
    try:
        about = json.loads((directory / "collection.json").read_text(encoding="ascii"))
        return KnownCollection(Path(about["folder"]), int(about["images"]), str(about["opened"]), directory)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
