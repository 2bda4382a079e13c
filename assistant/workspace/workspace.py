"""The workspace: the directory of all persistent data, never inside a collection."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from assistant.workspace.cache import FindingsCache
from assistant.workspace.files import slug
from assistant.workspace.shelf import Shelf
from assistant.workspace.thumbnails import Thumbnails
from tools.collection import readable_folder
from tools.errors import RegroupError, UsageError


@dataclass(frozen=True, slots=True)
class KnownCollection:
    """A collection that was opened before. `opened` is ISO 8601 in UTC; `images` is 0 before the first scan."""

    folder: Path
    images: int
    opened: str


class Workspace:
    """The directory of shelves, findings cache and thumbnails. Nothing is created before it is used.

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
        """The cache of findings for all collections. Open a collection before using it."""
        return FindingsCache(self._directory("cache"))

    @cached_property
    def thumbnails(self) -> Thumbnails:
        """The thumbnails for all collections. Open a collection before using them."""
        return Thumbnails(self._directory("thumbnails"))

    @property
    def checkpoints(self) -> Path:
        """The folder, in the cache, of the state of training that was stopped. It is made when something is kept."""
        return self.root / "cache" / "training"

    def open(self, folder: Path, exclusive: bool = True) -> Shelf:
        """Open the shelf of the collection in a folder, identified by its resolved path.

        Args:
            folder: An existing folder.
            exclusive: Keep other processes from changing it until the shelf is closed. Without it, the shelf
                can be read while another process has it, and `record`, `undo`, `redo` and `note` refuse.

        Raises:
            tools.errors.UsageError: The folder cannot be opened, or this workspace lies inside it.
            tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
        """
        folder = readable_folder(folder)
        if self.root.resolve().is_relative_to(folder):
            raise UsageError(
                f"the workspace {self.root} lies inside the collection {folder}; "
                "choose a workspace elsewhere with --workspace"
            )
        key = hashlib.sha1(os.fsencode(folder), usedforsecurity=False).hexdigest()
        shelf = Shelf(folder, self._directory("collections", f"{slug(folder.name)}-{key}"), exclusive)
        try:
            collection = _read_record(shelf.path)
            shelf.seen(collection.images if collection else 0)
        except BaseException:
            shelf.close()
            raise
        return shelf

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
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.mkdir(parents=True, exist_ok=True)
            probe = directory / f".{os.getpid()}.probe"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise RegroupError(
                f"cannot write the workspace {self.root}: {error.strerror or error}; "
                "choose another with --workspace"
            ) from error
        return directory


def _read_record(directory: Path) -> KnownCollection | None:
    """Read the record that `Shelf.seen` wrote; None where it is missing or damaged."""
    try:
        about = json.loads((directory / "collection.json").read_text(encoding="ascii"))
        return KnownCollection(Path(about["folder"]), int(about["images"]), str(about["opened"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
