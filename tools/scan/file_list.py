"""Lists the files of a folder without opening one, and opens some of them, for folders too large for a scan."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.decode.decode import is_image_name, is_temporary
from tools.scan.collection import Collection, ImageFile, natural, read_file, sizes
from tools.scan.companions import companions


@dataclass(frozen=True, slots=True)
class ListedFile:
    """Names a file that may be a picture.

    Attributes:
        path: Relative to the folder.
        bytes: Its size.
        mtime_ns: The time of its last change, in nanoseconds.
    """

    path: Path
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """Holds what is in some files of a folder.

    Attributes:
        collection: Their distinct pictures.
        ids: The id of its picture by each file that holds one, copies included.
        unreadable: The reason by each file that is a picture and cannot be read.
        others: The files that are no pictures.
    """

    collection: Collection
    ids: dict[Path, str]
    unreadable: dict[Path, str]
    others: frozenset[Path]


def list_files(
    folder: Path, include_skipped: bool = False, wanted: Callable[[Path], bool] = lambda path: True
) -> list[ListedFile]:
    """Return the files under a folder that may be pictures, in natural order; none is opened.

    By their names alone raw files and films that belong to a picture are left out, as a scan leaves them out.

    Args:
        folder: The folder, with links resolved.
        include_skipped: Whether folders of other programs and of systems are entered, and what git ignores counts.
        wanted: Says of a path, relative to the folder, whether it is to be listed.
    """
    paths = [path for path in sizes(folder, include_skipped) if wanted(path)]
    belonging = companions([path for path in paths if is_image_name(path.name)], [])
    found = []
    for path in sorted(paths, key=natural):
        if path not in belonging:
            with suppress(OSError):
                status = (folder / path).stat()
                found.append(ListedFile(path, status.st_size, status.st_mtime_ns))
    return found


def open_files(folder: Path, files: Sequence[ListedFile]) -> OpenedFiles:
    """Read the hashes and sizes of pictures. The id of each is the hash of its bytes, as at a first scan.

    A file that cannot be opened for a reason that may pass is in none of the lists.
    """
    images: dict[str, ImageFile] = {}
    ids: dict[Path, str] = {}
    unreadable: dict[Path, str] = {}
    others = set()
    for file in files:
        try:
            scanned = read_file(folder / file.path, is_image_name(file.path.name))
        except OSError:
            continue
        if scanned.sha256:
            ids[file.path] = scanned.sha256
            image = ImageFile(scanned.sha256, file.path, file.bytes, scanned.width, scanned.height)
            images.setdefault(scanned.sha256, image)
        elif scanned.reason is None:
            others.add(file.path)
        elif not is_temporary(scanned.reason):
            unreadable[file.path] = scanned.reason
    return OpenedFiles(Collection(folder, tuple(images.values())), ids, unreadable, frozenset(others))
