"""Gives the folders and files of an export names that are free, also where it adds to what is there."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.clustering.clustering import Cluster
from tools.clustering.cross_clusterings import AND
from tools.export.existing_tree import ExistingTree
from tools.export.manifest import CSV, MANIFEST, table_of
from tools.names import path_key, safe_name
from tools.scan.companions import companion_name
from tools.scan.taxonomy import UNSORTED_FOLDER

METADATA = "metadata.jsonl"
"""The name of the file that says of each picture in a dataset's folders which groups it is in."""
LONGEST_FILE_NAME = 255
"""The most bytes of a file name; every common file system can hold as many."""


class FolderNames:
    """Gives every cluster a safe folder name that no other folder beside it has, or the folder that is there for it.

    Args:
        tree: What is in the target; None where that is empty.

    Attributes:
        there: Those of the folders that were given that are there already.
    """

    def __init__(self, tree: ExistingTree | None = None) -> None:
        self._tree = tree
        self._taken: dict[str, list[str]] = {"": [UNSORTED_FOLDER, MANIFEST, CSV, METADATA]}
        self._above: dict[tuple[str, ...], str] = {}
        self.there: set[str] = set()

    def of(self, cluster: Cluster) -> str:
        """Return the folder of a cluster, relative to the target."""
        *above, last = cluster.parts or (cluster.name,)
        if (there := self._existing(AND.join((*above, last)))) is not None and there not in self.there:
            self.there.add(there)
            return there
        folder = ""
        for depth in range(len(above)):
            names = tuple(above[: depth + 1])
            if names not in self._above:
                self._above[names] = self._existing(AND.join(names)) or self._new(folder, names[-1])
            folder = self._above[names]
        return self._new(folder, last)

    def taken(self, folder: str) -> list[str]:
        """Return the names that are taken in a folder, since they are there already."""
        return [] if self._tree is None else self._tree.names(folder)

    def _existing(self, name: str) -> str | None:
        """Return the folder that is there for a group of this name; None where there is none."""
        return None if self._tree is None else self._tree.folder(name)

    def _new(self, folder: str, name: str) -> str:
        taken = self._taken.setdefault(folder, [])
        if self._tree is not None:
            taken += [other for other in self._tree.names(folder) if other not in taken]
        taken.append(safe_name(name, taken))
        return f"{folder}/{taken[-1]}" if folder else taken[-1]


def free_manifest(tree: ExistingTree, folders: Iterable[str]) -> str:
    """Return a name for the manifest that is not taken in a folder, nor is that of its table.

    Args:
        tree: What is in the folder.
        folders: The folders that are made in it, of which one may be called "manifest (2).json".
    """
    taken = {path_key(name) for name in (*tree.names(), *(folder.split("/")[0] for folder in folders))}
    name, number = MANIFEST, 1
    while not taken.isdisjoint((path_key(name), path_key(table_of(name)))):
        number += 1
        name = numbered(MANIFEST, number)
    return name


def distinct_names(items: Sequence[Sequence[str]], there: Iterable[str] = ()) -> list[list[str]]:
    """Return names for the files of one folder.

    Args:
        items: Of each item, the names of its picture and of its companions.
        there: The names that are taken in that folder.

    Returns:
        The same, where the first item keeps its names and later ones with one of these names get a number.
    """
    taken = {path_key(name) for name in there}
    result: list[list[str] | None] = []
    for item in items:
        keys = [path_key(name) for name in item]
        free = taken.isdisjoint(keys) and len(set(keys)) == len(keys)
        result.append(list(item) if free else None)
        taken.update(keys)
    numbers: dict[str, int] = {}
    for i, item in enumerate(items):
        if result[i] is None:
            first = path_key(item[0])
            number = numbers.get(first, 1) + 1
            while not taken.isdisjoint(map(path_key, new := _numbered_item(item, number))):
                number += 1
            numbers[first] = number
            result[i] = new
            taken.update(map(path_key, new))
    return [item for item in result if item is not None]


def _numbered_item(item: Sequence[str], number: int) -> list[str]:
    """Return the names of a picture and of its companions with a number."""
    picture, *others = item
    names = [numbered(picture, number)]
    for other in others:
        name = companion_name(other, picture, names[0])
        if len(os.fsencode(name)) > LONGEST_FILE_NAME:
            name = numbered(other, number)
        here = {path_key(earlier) for earlier in names}
        extra, plain = 1, name
        while path_key(name) in here:  # "a.xmp" and "A.XMP" beside one picture
            extra += 1
            name = numbered(plain, extra)
        names.append(name)
    return names


def numbered(name: str, number: int) -> str:
    """Return a file name with a number, "name (2).jpg", whose stem is cut to fit `LONGEST_FILE_NAME` bytes."""
    path = Path(name)
    stem, extension = (path.stem, path.suffix) if len(os.fsencode(path.suffix)) <= 20 else (name, "")
    end = f" ({number}){extension}"
    while len(os.fsencode(stem + end)) > LONGEST_FILE_NAME:
        stem = stem[:-1]
    return stem + end
