"""Scans a folder into a collection: every image under it, what else lies there, and what cannot be read with the
reason."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self

from tools.decode import Undecodable, is_image_name, is_temporary, upright_size
from tools.errors import UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent

_LITTER = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"])
"""The names, in lower case, of files that operating systems leave in folders."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """Describes one distinct image.

    Attributes:
        sha256: The hash of its bytes, in hex, which is its identity.
        path: Relative to the collection's folder.
        bytes: Size of the file.
        width: Width in pixels of the upright image (after the EXIF orientation).
        height: Height in pixels of the upright image.
    """

    sha256: str
    path: Path
    bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Names a file whose bytes are those of an earlier image; `of` is the id of that image."""

    path: Path
    of: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Names a file that is an image by its extension or its first bytes and cannot be read, or a folder that cannot be
    opened."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Lists the images under a folder. Paths are relative to it and in natural order ("2.jpg" before "10.jpg").

    Attributes:
        folder: Absolute, with links resolved.
        images: Distinct by content; of equal files the first in the order of paths.
        duplicates: The other files with the same contents.
        unreadable: Files that are images by their extension or their first bytes, and cannot be read.
        others: Files that are not images; hidden files and those that systems leave behind are not listed.
    """

    folder: Path
    images: tuple[ImageFile, ...]
    duplicates: tuple[Duplicate, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    others: tuple[Path, ...] = ()
    _rows: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {image.sha256: i for i, image in enumerate(self.images)})

    def __len__(self) -> int:
        return len(self.images)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the id of every image, its SHA-256, in collection order."""
        return tuple(image.sha256 for image in self.images)

    def by_id(self, sha256: str) -> ImageFile:
        """Return the image of an id. Raise KeyError where there is none."""
        return self.images[self._rows[sha256]]

    def file(self, sha256: str) -> Path:
        """Return the absolute path of an image. Raise KeyError where there is no image of this id."""
        return self.folder / self.by_id(sha256).path

    def number(self, sha256: str) -> int:
        """Return the number of an image, from 1, shown as #12. Raise KeyError where there is no image of this id."""
        return self._rows[sha256] + 1

    def without(self, reasons: Mapping[str, str]) -> Self:
        """Return the collection in which some images, and their duplicates, count as unreadable.

        Args:
            reasons: Image id to the reason why it cannot be decoded; ids of no image here are ignored.
        """
        broken = [Unreadable(i.path, reasons[i.sha256]) for i in self.images if i.sha256 in reasons]
        broken += [Unreadable(d.path, reasons[d.of]) for d in self.duplicates if d.of in reasons]
        return replace(
            self,
            images=tuple(i for i in self.images if i.sha256 not in reasons),
            duplicates=tuple(d for d in self.duplicates if d.of not in reasons),
            unreadable=tuple(sorted([*self.unreadable, *broken], key=lambda u: natural(u.path))),
        )


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """Holds what a scan learned about a file.

    Attributes:
        sha256: The hash in hex; "" where the file is not a readable image.
        width: Width in pixels; 0 where the file is not a readable image.
        height: Height in pixels; 0 where the file is not a readable image.
        reason: Why it is unreadable; None for a readable image and for a file that is not an image.
    """

    sha256: str
    width: int
    height: int
    reason: str | None


class FileIndex(Protocol):
    """Remembers files between scans. `path` is `os.fsencode` of the path relative to the folder."""

    def get(self, path: bytes, size: int, mtime_ns: int) -> ScannedFile | None:
        """Return what is remembered about this file, or None where path, size or time differ."""
        ...

    def put(self, path: bytes, size: int, mtime_ns: int, scanned: ScannedFile) -> None:
        """Remember a file in place of what was remembered for its path."""
        ...


def scan(folder: Path, index: FileIndex | None = None, progress: Progress = silent) -> Collection:
    """Find every image under a folder. Only headers are decoded, so a truncated file is noticed later.

    Subfolders are entered, links to folders are not; links to files count as files. A file is opened and hashed only
    where the index does not have its path, size and time.

    Args:
        folder: Any folder.
        index: Results of earlier scans; those of this one are added.
        progress: Called with the stage "scan".

    Raises:
        UsageError: The folder is missing, not a folder, unreadable or empty, or has no image that can be read.
    """
    root = readable_folder(folder)
    files: list[Path] = []
    unreadable: list[Unreadable] = []
    _walk(root, root, files, unreadable)
    files.sort(key=natural)
    images: dict[str, ImageFile] = {}
    duplicates: list[Duplicate] = []
    others: list[Path] = []
    for done, path in enumerate(files):
        progress("scan", done, len(files))
        size, scanned = _scanned(root, path, index)
        if scanned.reason is not None:
            unreadable.append(Unreadable(path, scanned.reason))
        elif not scanned.sha256:
            others.append(path)
        elif scanned.sha256 in images:
            duplicates.append(Duplicate(path, scanned.sha256))
        else:
            images[scanned.sha256] = ImageFile(scanned.sha256, path, size, scanned.width, scanned.height)
    progress("scan", len(files), len(files))
    unreadable.sort(key=lambda u: natural(u.path))
    if not images:
        raise UsageError(_no_images(root, len(files), unreadable))
    return Collection(root, tuple(images.values()), tuple(duplicates), tuple(unreadable), tuple(others))


def natural(path: Path) -> tuple[tuple[tuple[bytes | int, ...], ...], bytes]:
    """Return the sort key of a path: folder by folder, numbers by their value, then by bytes."""
    parts = tuple(tuple(_numbers(os.fsencode(part))) for part in path.parts)
    return parts, os.fsencode(path)


def _numbers(part: bytes) -> Iterator[bytes | int]:
    # re.split alternates text and digits, so text is only ever compared with text.
    for i, piece in enumerate(re.split(rb"([0-9]+)", part)):
        yield int(piece) if i % 2 else piece


def readable_folder(folder: Path) -> Path:
    """Return the absolute path of a folder, with links resolved. Raise UsageError where it cannot be opened."""
    name = visible(str(folder))
    try:
        root = folder.expanduser().resolve()
        mode = root.stat().st_mode
    except FileNotFoundError:
        raise UsageError(f"There is no folder {name}; check the path.") from None
    except (OSError, RuntimeError, ValueError) as error:
        why = visible(getattr(error, "strerror", None) or str(error))
        raise UsageError(f"The folder {name} cannot be opened ({why}); check the path.") from None
    if not stat.S_ISDIR(mode):
        raise UsageError(f"{name} is a file, not a folder; give the folder that holds the images.")
    try:
        os.scandir(root).close()
    except OSError as error:
        why = error.strerror or "unknown error"
        raise UsageError(f"The folder {name} cannot be read ({why}); change its permissions.") from None
    return root


def _walk(root: Path, folder: Path, files: list[Path], unreadable: list[Unreadable]) -> None:
    """Collect the files under `folder`, relative to `root`. Folders wait in a list, so that any depth is possible."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name.lower() in _LITTER:
                        continue
                    path = current / entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif not (entry.is_symlink() and path.is_dir()):
                        files.append(path.relative_to(root))
        except OSError as error:
            unreadable.append(Unreadable(current.relative_to(root), _why(error)))


def _scanned(root: Path, path: Path, index: FileIndex | None) -> tuple[int, ScannedFile]:
    """Return the size of a file and what a scan finds out about it, from the index or from its bytes."""
    image = is_image_name(path.name)
    no_image = ScannedFile("", 0, 0, None)
    try:
        status = (root / path).stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or a socket would wait forever
            return 0, no_image
        size, key = status.st_size, (os.fsencode(path), status.st_size, status.st_mtime_ns)
        scanned = index.get(*key) if index else None
        if scanned is None:
            scanned = _read(root / path, image)
            if index and not is_temporary(scanned.reason or ""):
                index.put(*key, scanned)
        return size, scanned
    except OSError as error:  # not remembered, since permissions change without the file's time
        return 0, ScannedFile("", 0, 0, _why(error)) if image else no_image


def _read(file: Path, image: bool) -> ScannedFile:
    with file.open("rb") as opened:
        try:
            width, height = upright_size(opened, file.name)
        except Undecodable as error:
            return ScannedFile("", 0, 0, str(error) if image or error.known else None)
        opened.seek(0)
        return ScannedFile(hashlib.file_digest(opened, "sha256").hexdigest(), width, height, None)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) or error.errno == errno.ELOOP:
        return "broken link"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return visible(error.strerror or str(error))


def _no_images(root: Path, files: int, unreadable: list[Unreadable]) -> str:
    """Return the line for the user where a folder has no readable image."""
    name = visible(str(root))
    if unreadable:
        first = unreadable[0]
        example = f"{visible(str(first.path))}: {first.reason}"
        if len(unreadable) == 1:
            return f"The only image in {name} cannot be read ({example}); give another folder."
        return (
            f"None of the {len(unreadable):,} images in {name} can be read ({example}); give another folder."
        )
    if not files:
        return f"The folder {name} is empty; give a folder that holds images."
    return (
        f"No image among {amount(files, 'file')} in {name}; give a folder that holds images (JPEG, PNG, ...)."
    )
