"""Scans a folder into a collection: every image under it, what else lies there, and what cannot be read with the
reason."""

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self

from tools.decode.coded_data import file_hashes
from tools.decode.decode import Undecodable, is_image_name, is_temporary, needs_worker, upright_size
from tools.decode.decode_pool import size_in_worker
from tools.errors import UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent
from tools.scan.companions import companions
from tools.scan.foreign_folders import GIT, Ignored, owner_of
from tools.scan.identity import FileFacts, KnownPictures, identify

_LITTER = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"])
"""The names, in lower case, of files that operating systems leave in folders."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """Describes one distinct image.

    Attributes:
        sha256: Its id: the hash, in hex, of the bytes that it had when it was seen first (`tools.scan.identity`).
        path: Relative to the collection's folder.
        bytes: Size of the file.
        width: Width in pixels of the upright image (after the EXIF orientation).
        height: Height in pixels of the upright image.
        rewritten: The hash of its bytes now, where they are others than at first; else "".
    """

    sha256: str
    path: Path
    bytes: int
    width: int
    height: int
    rewritten: str = ""

    @property
    def content(self) -> str:
        """Return the SHA-256 of the bytes that are in its file now, in hex."""
        return self.rewritten or self.sha256


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Names a file with the picture of an earlier image.

    Attributes:
        path: Relative to the collection's folder.
        of: The id of the earlier image.
        sha256: The hash of its own bytes, where they are others than that id; else "".
    """

    path: Path
    of: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Companion:
    """Names a file that belongs to a picture and goes where that goes (`tools.scan.companions`).

    Attributes:
        path: Relative to the collection's folder.
        of: The path of the picture.
        bytes: Size of the file.
    """

    path: Path
    of: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Names a folder that was not entered, or a picture that was not taken in (`tools.scan.foreign_folders`).

    Attributes:
        path: Relative to the collection's folder.
        owner: Whom it belongs to, such as "Apple Photos"; "" where git ignores it.
        is_folder: Whether it is a folder.
    """

    path: Path
    owner: str
    is_folder: bool


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
        images: Distinct pictures (`tools.scan.identity`); of files with one picture, the first in the order of paths.
        duplicates: The other files with these pictures.
        unreadable: Files that are images by their extension or their first bytes, and cannot be read.
        others: Files that are not images; hidden files and those that systems leave behind are not listed.
        companions: Files that belong to a picture, such as "a.xmp" to "a.jpg"; they are in no other list.
        skipped: Folders of other programs and of systems, and what git ignores; nothing in them is listed.
        numbers: The numbers by which images are called, by their ids; those of others are their places.
    """

    folder: Path
    images: tuple[ImageFile, ...]
    duplicates: tuple[Duplicate, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    others: tuple[Path, ...] = ()
    companions: tuple[Companion, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    _rows: dict[str, int] = field(init=False, repr=False, compare=False)
    _companions: dict[Path, list[Companion]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {image.sha256: i for i, image in enumerate(self.images)})
        object.__setattr__(self, "_companions", {})
        for companion in self.companions:
            self._companions.setdefault(companion.of, []).append(companion)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the id of every image, a SHA-256, in collection order."""
        return tuple(image.sha256 for image in self.images)

    def by_id(self, sha256: str) -> ImageFile:
        """Return the image of an id. Raise KeyError where there is none."""
        return self.images[self._rows[sha256]]

    def file(self, sha256: str) -> Path:
        """Return the absolute path of an image. Raise KeyError where there is no image of this id."""
        return self.folder / self.by_id(sha256).path

    def companions_of(self, sha256: str) -> tuple[Companion, ...]:
        """Return the files that belong to an image. Raise KeyError where there is no image of this id."""
        return tuple(self._companions.get(self.by_id(sha256).path, ()))

    def number(self, sha256: str) -> int:
        """Return the number of an image, shown as #12, which stays when others come or go: it is no place in an order.
        Raise KeyError where there is no image of this id."""
        return self.numbers.get(sha256, self._rows[sha256] + 1)

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
            numbers={id: self.number(id) for id in self.ids},  # those of all others stay
        )


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """Holds what a scan learned about a file.

    Attributes:
        sha256: The hash in hex; "" where the file is not a readable image.
        width: Width in pixels; 0 where the file is not a readable image.
        height: Height in pixels; 0 where the file is not a readable image.
        reason: Why it is unreadable; None for a readable image and for a file that is not an image.
        coded: The hash of its coded picture (`tools.decode.coded_data`), in hex; "" where there is none.
    """

    sha256: str
    width: int
    height: int
    reason: str | None
    coded: str = ""


class FileIndex(Protocol):
    """Remembers files between scans. `path` is `os.fsencode` of the path relative to the folder; `mtime_ns` is the time
    of the file's last change in nanoseconds."""

    def get(self, path: bytes, size: int, mtime_ns: int) -> ScannedFile | None:
        """Return what is remembered about this file, or None where path, size or time differ."""
        ...

    def put(self, path: bytes, size: int, mtime_ns: int, scanned: ScannedFile) -> None:
        """Remember a file in place of what was remembered for its path."""
        ...


Found = tuple[Path, FileFacts, int, ScannedFile]
"""The path of a picture in the folder, what its identity is decided by, its size in bytes, and what a scan found."""


def scan(
    folder: Path,
    index: FileIndex | None = None,
    progress: Progress = silent,
    pictures: KnownPictures | None = None,
    include_skipped: bool = False,
) -> Collection:
    """Find every image under a folder. Only headers are decoded, so a truncated file is noticed later.

    Subfolders are entered, links to folders are not; links to files count as files. A file is opened and hashed only
    where the index does not have its path, size and time.

    Args:
        folder: Any folder.
        index: Results of earlier scans; those of this one are added.
        progress: Called with the stage "scan".
        pictures: The pictures that earlier scans saw, so that a file that was rewritten keeps its id; those of this
            one are added.
        include_skipped: Whether folders of other programs and of systems are entered, and what git ignores counts.

    Raises:
        UsageError: The folder is missing, not a folder, unreadable or empty, or has no image that can be read.
    """
    root = readable_folder(folder)
    walked = _Walked(root, include_skipped)
    files, unreadable = walked.files, walked.unreadable
    files.sort(key=natural)
    found: list[Found] = []
    rewritten: list[tuple[tuple[bytes, int, int], ScannedFile]] = []
    others: list[Path] = []
    for done, path in enumerate(files):
        progress("scan", done, len(files))
        key, scanned, remembered = _scanned(root, path, index, closely=pictures is not None)
        former = pictures.former(key[0]) if pictures and not remembered else ""
        if not remembered and index and not is_temporary(scanned.reason or ""):
            if (
                former and scanned.sha256
            ):  # until it is clear what it is, its former bytes are known by its path
                rewritten.append((key, scanned))
            else:
                index.put(*key, scanned)
        if scanned.reason is not None:
            unreadable.append(Unreadable(path, scanned.reason))
        elif not scanned.sha256:
            others.append(path)
        else:
            found.append(
                (path, FileFacts(root / path, scanned.sha256, scanned.coded, former), key[1], scanned)
            )
    of = companions(
        [path for path, _, _, _ in found],
        [*others, *(u.path for u in unreadable), *walked.ignored],
    )
    images, duplicates = _identified([entry for entry in found if entry[0] not in of], pictures)
    for key, scanned in rewritten:
        assert index is not None
        index.put(*key, scanned)
    progress("scan", len(files), len(files))
    unreadable = sorted((u for u in unreadable if u.path not in of), key=lambda u: natural(u.path))
    if not images:
        raise UsageError(_no_images(root, len(files), unreadable, walked.skipped_pictures(of)))
    return Collection(
        root,
        images,
        duplicates,
        tuple(unreadable),
        tuple(path for path in others if path not in of),
        tuple(_companions(root, of)),
        tuple(walked.skipped_pictures(of)),
    )


def _companions(root: Path, of: Mapping[Path, Path]) -> Iterator[Companion]:
    """Yield the files that belong to pictures, in natural order; what is no file belongs to none."""
    for path in sorted(of, key=natural):
        with suppress(OSError):
            status = (root / path).stat()
            if stat.S_ISREG(status.st_mode):
                yield Companion(path, of[path], status.st_size)


def _identified(
    found: list[Found], pictures: KnownPictures | None
) -> tuple[tuple[ImageFile, ...], tuple[Duplicate, ...]]:
    """Return the distinct images and the other files with their pictures, and remember both."""
    facts = [file for _, file, _, _ in found]
    if pictures is None:
        ids, _ = identify(facts, {})
    else:
        ids, new = identify(facts, pictures.ids(), pictures.look)
        pictures.keep(new)
    images: dict[str, ImageFile] = {}
    duplicates: list[Duplicate] = []
    for id, (path, file, size, scanned) in zip(ids, found, strict=True):
        rewritten = "" if file.sha256 == id else file.sha256
        if id in images:
            duplicates.append(Duplicate(path, id, rewritten))
        else:
            images[id] = ImageFile(id, path, size, scanned.width, scanned.height, rewritten)
    return tuple(images.values()), tuple(duplicates)


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


def sizes(folder: Path, include_skipped: bool = True) -> dict[Path, int]:
    """Return the files under a folder that may be pictures, relative to it, with their sizes. None is opened."""
    found: dict[Path, int] = {}
    for path in _Walked(folder, include_skipped).files:
        with suppress(OSError):
            if stat.S_ISREG((status := (folder / path).stat()).st_mode):
                found[path] = status.st_size
    return found


def glance(folder: Path, count: int, most: int = 20_000) -> list[Path]:
    """Return up to `count` files that are pictures by their name, spread evenly over a folder, before any is opened.

    Only the first `most` files are looked at, so that it takes a fraction of a second whatever the size of the folder.
    What cannot be read is left out; so is what `scan` skips.
    """
    root = Path(os.path.realpath(folder))
    walked = _Walked(root, include_skipped=False, most=most).files
    files = sorted((path for path in walked if is_image_name(path.name)), key=natural)
    shown = min(count, len(files))
    spread = [root / files[i * len(files) // shown] for i in range(shown)]
    return [path for path in spread if path.is_file()]


class _Walked:
    """Finds the files under a folder. Folders wait in a list, so that any depth is possible.

    Args:
        root: The folder.
        include_skipped: Whether folders of other programs are entered, and what git ignores counts.
        most: The number of files after which it stops; None for all.

    Attributes:
        files: The files, relative to the folder.
        unreadable: The folders that cannot be opened.
        skipped: The folders that were not entered.
        ignored: The files that git ignores.
    """

    def __init__(self, root: Path, include_skipped: bool, most: int | None = None) -> None:
        self.files: list[Path] = []
        self.unreadable: list[Unreadable] = []
        self.skipped: list[Skipped] = []
        self.ignored: list[Path] = []
        self._root, self._all = root, include_skipped
        waiting = [(root, None if include_skipped else Ignored.at(root))]
        while waiting and (most is None or len(self.files) < most):
            current, ignored = waiting.pop()
            inside = current.relative_to(root)
            try:
                with os.scandir(current) as entries:
                    for entry in entries:
                        if most is not None and len(self.files) >= most:
                            break
                        if entry.name.startswith(".") or entry.name.lower() in _LITTER:
                            continue
                        path = current / entry.name
                        if entry.is_dir(follow_symlinks=False):
                            if not self._skips(path, ignored):
                                inner = None if include_skipped else Ignored.inside(path, ignored)
                                waiting.append((path, inner))
                        elif not (entry.is_symlink() and path.is_dir()):
                            hidden = ignored is not None and ignored.covers(path, is_folder=False)
                            (self.ignored if hidden else self.files).append(inside / entry.name)
            except OSError as error:
                self.unreadable.append(Unreadable(inside, _why(error)))

    def skipped_pictures(self, companions: Mapping[Path, Path]) -> list[Skipped]:
        """Return what was skipped, in natural order: folders, and pictures that git ignores and that belong to none."""
        ignored = (path for path in self.ignored if is_image_name(path.name) and path not in companions)
        files = [Skipped(path, "", is_folder=False) for path in ignored]
        return sorted([*self.skipped, *files], key=lambda skipped: natural(skipped.path))

    def _skips(self, folder: Path, ignored: Ignored | None) -> bool:
        owner = "" if self._all else owner_of(folder.name)
        if owner or (ignored is not None and ignored.covers(folder, is_folder=True)):
            self.skipped.append(Skipped(folder.relative_to(self._root), owner, is_folder=True))
            return True
        return False


def _scanned(
    root: Path, path: Path, index: FileIndex | None, closely: bool
) -> tuple[tuple[bytes, int, int], ScannedFile, bool]:
    """Return a file's key in the index, what a scan finds out about it, and whether that need not be remembered.

    With `closely`, a file also counts as changed where its size and the time of its last change were set back.
    """
    image = is_image_name(path.name)
    no_image = ScannedFile("", 0, 0, None)
    nothing = os.fsencode(path), 0, 0
    try:
        status = (root / path).stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or a socket would wait forever
            return nothing, no_image, True
        key = os.fsencode(path), status.st_size, _stamp(status) if closely else status.st_mtime_ns
        scanned = index.get(*key) if index else None
        return key, scanned or read_file(root / path, image), scanned is not None
    except OSError as error:  # not remembered, since permissions change without the file's time
        return nothing, ScannedFile("", 0, 0, _why(error)) if image else no_image, True


def _stamp(status: os.stat_result) -> int:
    """Return the time of a file's last change; where its inode changed later, that time, which no program can set."""
    return status.st_mtime_ns if os.name == "nt" else max(status.st_mtime_ns, status.st_ctime_ns)


def read_file(file: Path, image: bool) -> ScannedFile:
    """Return what a file holds; `image` says whether it is one by its name. Raise OSError where it cannot be read."""
    with file.open("rb") as opened:
        apart = needs_worker(opened, file.name)
        try:
            width, height = size_in_worker(file) if apart else upright_size(opened, file.name)
        except Undecodable as error:
            return ScannedFile("", 0, 0, str(error) if image or apart or error.known else None)
        sha256, coded = file_hashes(opened)
        return ScannedFile(sha256, width, height, None, coded)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) or error.errno == errno.ELOOP:
        return "broken link"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return visible(error.strerror or str(error))


def _no_images(root: Path, files: int, unreadable: list[Unreadable], skipped: list[Skipped]) -> str:
    """Return the line for the user where a folder has no readable image."""
    name = visible(str(root))
    if skipped and not unreadable:
        return (
            f"No image in {name} but in what was skipped ({visible(str(skipped[0].path))}: "
            f"{skipped[0].owner or GIT}); include that with: regroup --include-skipped chat FOLDER"
        )
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
