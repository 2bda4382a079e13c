"""A collection: every image under one folder, what else lies there, and what cannot be read and why."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self

from tools.decode import Undecodable, is_image_name, passing, upright_size
from tools.errors import UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent

_LITTER = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"])


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One distinct image.

    Attributes:
        sha256: Of its bytes, in hex: its identity.
        path: Relative to the collection's folder.
        bytes: Size of the file.
        width: In pixels, as it is looked at (after the EXIF orientation).
        height: Likewise.
    """

    sha256: str
    path: Path
    bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file with the same bytes as an image before it; `of` is that image's id."""

    path: Path
    of: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is called an image but cannot be read, or a folder without permission."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The images under a folder. Paths are relative to it and in natural order ("2.jpg" before "10.jpg").

    Attributes:
        folder: Absolute, links resolved.
        images: Distinct by content; of equal files the first in path order.
        duplicates: The other files with those contents.
        unreadable: What is called an image but cannot be read.
        others: Files that are no images. Hidden files and system litter are not listed.
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
        """The SHA-256 of every image, in collection order."""
        return tuple(image.sha256 for image in self.images)

    def by_id(self, sha256: str) -> ImageFile:
        """The image of this content. Raises KeyError where there is none."""
        return self.images[self._rows[sha256]]

    def file(self, sha256: str) -> Path:
        """Where the image of this content lies, absolute. Raises KeyError."""
        return self.folder / self.by_id(sha256).path

    def number(self, sha256: str) -> int:
        """The image's number from 1 on, shown as #12. Raises KeyError."""
        return self._rows[sha256] + 1

    def without(self, reasons: Mapping[str, str]) -> Self:
        """The collection after decoding failed: those images and their duplicates are unreadable.

        Args:
            reasons: Image id to reason. Ids that are not in the collection are ignored.
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
    """What an earlier scan found out about a file.

    Attributes:
        sha256: In hex; "" where the file is no readable image.
        width: 0 where the file is no readable image.
        height: Likewise.
        reason: Why it is unreadable; None for a readable image and for a file that is no image.
    """

    sha256: str
    width: int
    height: int
    reason: str | None


class FileIndex(Protocol):
    """Remembers files between scans. `path` is `os.fsencode` of the path relative to the folder."""

    def get(self, path: bytes, size: int, mtime_ns: int) -> ScannedFile | None:
        """What is known of this file, or None where path, size or time are not the remembered ones."""
        ...

    def put(self, path: bytes, size: int, mtime_ns: int, known: ScannedFile) -> None:
        """Remember it; what was known of this path is replaced."""
        ...


def scan(folder: Path, index: FileIndex | None = None, progress: Progress = silent) -> Collection:
    """Find every image under a folder. Only headers are decoded; a truncated file is found later.

    Subfolders are entered, links to folders are not. Links to files count as files. A file is
    opened and hashed only where the index does not know its path, size and time.

    Args:
        folder: Any folder.
        index: What earlier scans found; what this one finds is put there.
        progress: Called with stage "scan".

    Raises:
        UsageError: It is missing, no folder, unreadable, empty, or has no image that can be read.
    """
    root = readable_folder(folder)
    found: list[Path] = []
    unreadable: list[Unreadable] = []
    _walk(root, root, found, unreadable)
    found.sort(key=natural)
    images: dict[str, ImageFile] = {}
    duplicates: list[Duplicate] = []
    others: list[Path] = []
    for done, path in enumerate(found):
        if done % 64 == 0:
            progress("scan", done, len(found))
        size, known = _look(root, path, index)
        if known.reason is not None:
            unreadable.append(Unreadable(path, known.reason))
        elif not known.sha256:
            others.append(path)
        elif known.sha256 in images:
            duplicates.append(Duplicate(path, known.sha256))
        else:
            images[known.sha256] = ImageFile(known.sha256, path, size, known.width, known.height)
    progress("scan", len(found), len(found))
    unreadable.sort(key=lambda u: natural(u.path))
    if not images:
        raise UsageError(_nothing(root, len(found), unreadable))
    return Collection(root, tuple(images.values()), tuple(duplicates), tuple(unreadable), tuple(others))


def natural(path: Path) -> tuple[tuple[tuple[bytes | int, ...], ...], bytes]:
    """Sort key of a path: folder by folder, numbers by their value, then by bytes."""
    parts = tuple(tuple(_numbers(os.fsencode(part))) for part in path.parts)
    return parts, os.fsencode(path)


def _numbers(part: bytes) -> Iterator[bytes | int]:
    # re.split alternates text and digits, so that like is always compared with like
    for i, piece in enumerate(re.split(rb"([0-9]+)", part)):
        yield int(piece) if i % 2 else piece


def readable_folder(folder: Path) -> Path:
    """A folder that can be opened, absolute and with links resolved. Raises UsageError."""
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


def _walk(root: Path, folder: Path, found: list[Path], unreadable: list[Unreadable]) -> None:
    """Collect the files under `folder`, relative to `root`; folders wait in a list, so depth is no matter."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name.lower() in _LITTER:
                        continue
                    path = here / entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif not (entry.is_symlink() and path.is_dir()):
                        found.append(path.relative_to(root))
        except OSError as error:
            unreadable.append(Unreadable(here.relative_to(root), _why(error)))


def _look(root: Path, path: Path, index: FileIndex | None) -> tuple[int, ScannedFile]:
    """Size of a file and what is known of it, from the index or from its bytes."""
    image = is_image_name(path.name)
    nothing = ScannedFile("", 0, 0, None)
    try:
        status = (root / path).stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe or a socket: opening it would wait for ever
            return 0, nothing
        size, key = status.st_size, (os.fsencode(path), status.st_size, status.st_mtime_ns)
        known = index.get(*key) if index else None
        if known is None:
            known = _read(root / path, image)
            if index and not passing(known.reason or ""):
                index.put(*key, known)
        return size, known
    except OSError as error:  # not remembered: permissions change without the file's time
        return 0, ScannedFile("", 0, 0, _why(error)) if image else nothing


def _read(file: Path, image: bool) -> ScannedFile:
    with file.open("rb") as opened:
        try:
            width, height = upright_size(opened, file.name)
        except Undecodable as error:
            return ScannedFile("", 0, 0, str(error) if image else None)
        opened.seek(0)
        return ScannedFile(hashlib.file_digest(opened, "sha256").hexdigest(), width, height, None)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) or error.errno == errno.ELOOP:
        return "broken link"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return visible(error.strerror or str(error))


def _nothing(root: Path, files: int, unreadable: list[Unreadable]) -> str:
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
