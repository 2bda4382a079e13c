"""Reads a folder of folders as a taxonomy: its folders are groups, and the pictures in them are answers.

The names of the groups come from names of folders, which anybody may have given: they are cleaned, and are no paths.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.clustering.clustering import Cluster
from tools.clustering.cross_clusterings import AND
from tools.clustering.refine import clean_name, numbered
from tools.errors import UsageError
from tools.names import amount, name_key, safe_name, visible
from tools.scan.collection import Collection, natural

UNSORTED_FOLDER = "_unsorted"
"""The name of the folder for images that are in no cluster, in a folder that an export wrote: it is no group."""
MOST_GROUPS = 500
"""The most groups that a folder of folders may have."""
_RESERVED = re.compile(r"unsorted|unreadable|duplicates|companions|c\d+")
"""Matches the names of the piles and the ids of groups, under which no group could be reached."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Holds what a folder of folders says.

    Attributes:
        folder: The folder, absolute.
        groups: The name of each group with the ids of its pictures, both in natural order.
        torn: The ids of pictures that lie in several groups, so that they say nothing.
        loose: The ids of pictures that lie in the folder itself, or on its pile of unsorted ones.
    """

    folder: Path
    groups: Mapping[str, tuple[str, ...]]
    torn: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """Return the name of the group of each picture that lies in one."""
        return {image: name for name, images in self.groups.items() for image in images}


def read_taxonomy(collection: Collection, top: Path = Path(), but: Path | None = None) -> Taxonomy:
    """Return the taxonomy that the folders of a collection are. Each folder with pictures in it is a group.

    Args:
        collection: The collection.
        top: The folder whose folders are the groups, relative to the collection's.
        but: A folder whose pictures do not count, absolute.

    Raises:
        UsageError: There are fewer than two folders with pictures, or too many.
    """
    places: dict[str, set[Path]] = {}
    files = [(image.sha256, image.path) for image in collection.images]
    files += [(copy.of, copy.path) for copy in collection.duplicates]
    for id, path in files:
        whole = collection.folder / path
        if path.is_relative_to(top) and not (but is not None and whole.is_relative_to(but)):
            places.setdefault(id, set()).add(path.relative_to(top).parent)
    loose = tuple(id for id, folders in places.items() if not any(map(_is_group, folders)))
    held = {id: {f for f in folders if _is_group(f)} for id, folders in places.items()}
    named = group_names({folder for folders in held.values() for folder in folders})
    folder = collection.folder / top
    if len(named) < 2:
        raise UsageError(
            f"{visible(str(folder))} has {amount(len(named), 'folder')} with pictures in it, and sorting like it "
            "needs at least two; give a folder of folders"
        )
    if len(named) > MOST_GROUPS:
        raise UsageError(
            f"{visible(str(folder))} has {amount(len(named), 'folder')} with pictures in it, and at most "
            f"{MOST_GROUPS} can be groups; give one that is sorted more coarsely"
        )
    torn = tuple(id for id, folders in held.items() if len(folders) > 1)
    groups: dict[str, list[str]] = {name: [] for name in named.values()}
    for id, folders in held.items():
        if len(folders) == 1:
            groups[named[next(iter(folders))]].append(id)
    return Taxonomy(folder, {name: tuple(ids) for name, ids in groups.items() if ids}, torn, loose)


def group_names(folders: Iterable[Path]) -> dict[Path, str]:
    """Return the name of the group of each folder: its relative path in words, "animals / cats".

    Names differ by more than their case, and none is that of a pile. The same folders always have the same names.

    Args:
        folders: Folders, relative to the one that holds them all.
    """
    names: dict[Path, str] = {}
    taken: list[Cluster] = []
    for folder in sorted(set(folders), key=natural):
        name = _plain_name(folder)
        if _RESERVED.fullmatch(name_key(name)):
            name = f"{name} (folder)"
        if any(name_key(other.name) == name_key(name) for other in taken):
            name = numbered(name, taken)
        taken.append(Cluster("", name))
        names[folder] = name
    return names


def spread(groups: Mapping[str, Sequence[str]], most: int) -> list[str]:
    """Return at most `most` pictures: of small groups all, of large ones alike many, evenly spread.

    There is at least one of each group.
    """
    quota = max((len(ids) for ids in groups.values()), default=0)
    if sum(map(len, groups.values())) > most:
        quota = 1
        while sum(min(len(ids), quota + 1) for ids in groups.values()) <= most:
            quota += 1
    chosen: list[str] = []
    for ids in groups.values():
        count = min(len(ids), quota)
        chosen += [ids[i * len(ids) // count] for i in range(count)]
    return chosen


class GroupFolders:
    """Finds the folder of a group among those that are there under a folder. Links to folders are none.

    Args:
        top: The folder.
        but: A folder that is left out with all in it, absolute.

    Attributes:
        all: Every folder under it that can be a group, relative to it; hidden ones and the pile of unsorted images
            cannot.
    """

    def __init__(self, top: Path, but: Path | None = None) -> None:
        self.all = tuple(
            folder
            for folder in _folders(top)
            if _is_group(folder) and not (but is not None and (top / folder).is_relative_to(but))
        )
        self._named = {name: folder for folder, name in group_names(self.all).items()}
        self._plain: dict[str, Path] = {}
        self._alike: dict[str, Path] = {}
        for folder in self.all:
            self._plain.setdefault(_plain_name(folder), folder)
            self._alike.setdefault(name_key(_plain_name(folder)), folder)

    def of(self, name: str) -> Path | None:
        """Return the folder of a group's name, which may have been made of that folder's name or the other way round;
        None where there is none."""
        exported = AND.join(safe_name(part) for part in name.split(AND))
        return (
            self._named.get(name)
            or self._plain.get(name)
            or self._alike.get(name_key(name))
            or self._alike.get(name_key(exported))
        )


def _folders(top: Path) -> Iterator[Path]:
    """Yield every folder under a folder, relative to it and in natural order, but for hidden ones and links."""
    found: list[Path] = []
    waiting = [Path()]
    while waiting:
        here = waiting.pop()
        with suppress(OSError), os.scandir(top / here) as entries:
            inside = [here / e.name for e in entries if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
            waiting += inside
            found += inside
    yield from sorted(found, key=natural)


def _plain_name(folder: Path) -> str:
    """Return a relative path in words, whatever the names of others are."""
    return AND.join(_clean(part) for part in folder.parts)


def _clean(part: str) -> str:
    """Return a part of a path as part of a name: without what reorders text, with what hides made visible."""
    return visible(clean_name(part)).strip() or "unnamed"


def _is_group(folder: Path) -> bool:
    """Return whether a folder, relative to the one that holds all, can be a group."""
    return bool(folder.parts) and folder.parts[0] != UNSORTED_FOLDER
