"""Plans an export: which file goes into which folder under which name, and whether the target can hold it."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.errors import RegroupError, UsageError
from tools.export.manifest import CSV, MANIFEST
from tools.export.write_file import Text
from tools.names import amount, path_key, safe_name, visible
from tools.scan.collection import Collection
from tools.scan.companions import companion_name
from tools.scan.foreign_folders import owner_above, work_tree

Mode = Literal["copy", "link", "move"]
"""How a file gets into its folder; "link" makes a symbolic link to the absolute path of the original."""

Form = Literal["folders", "tags", "csv", "jsonl", "coco", "imagefolder"]
"""What an export makes of groups."""

METADATA = "metadata.jsonl"
"""The name of the file that says of each picture in a dataset's folders which groups it is in."""
UNSORTED_FOLDER = "_unsorted"
"""The name of the folder for images that are in no cluster."""
LONGEST_FILE_NAME = 255
"""The most bytes of a file name; every common file system can hold as many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Plans one file of an export.

    Attributes:
        image: The SHA-256 that the copy must have, in hex; "" for a companion, which is hashed when the export begins.
        source: The absolute path of the original.
        destination: Folder and name, relative to the target.
        cluster: The name of the cluster, for people; "unsorted" for images in no cluster.
        of: For a companion the destination of its picture; None for a picture.
        id: The id of the picture, which stays when its metadata is rewritten; "" for a companion.
    """

    image: str
    source: Path
    destination: Path
    cluster: str
    of: Path | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Names a folder from which files are moved away.

    Attributes:
        folder: Its absolute path.
        files: The number of files.
        inside: What it lies in, in words, where that is a git work tree or a folder of another program; else "".
    """

    folder: Path
    files: int
    inside: str

    def __str__(self) -> str:
        inside = f", in {self.inside}" if self.inside else ""
        return f"{visible(str(self.folder))} ({amount(self.files, 'file')}{inside})"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an export would do, before anything is done.

    Attributes:
        target: The absolute path of the folder that will hold the groups' folders.
        mode: "copy", "link" or "move".
        clustering: The id of the clustering.
        entries: Every file, folder by folder, each picture followed by its companions (`tools.scan.companions`).
        folders: The name of each folder and the number of files in it; "happy/red" where one lies in another.
        renamed: The number of files that get another name because their folder already has one of that name.
        left: The files that stay where they are, relative to the collection's folder, each with the reason.
        bytes: The number of bytes that will be written; 0 for links.
        only: The ids of the exported clusters where not all are exported, otherwise empty.
        sources: The folders that files are moved out of; empty where none are moved.
        form: What is made of the groups.
        also: The ids of further clusterings that are exported with it.
        texts: The files that the export writes itself.
        origin: The absolute path of the collection.
        tags: The keywords that are written, each with the number of pictures that get it.
    """

    target: Path
    mode: Mode
    clustering: str
    entries: tuple[Entry, ...]
    folders: tuple[tuple[str, int], ...]
    renamed: int
    left: tuple[tuple[Path, str], ...]
    bytes: int
    only: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    form: Form = "folders"
    also: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    origin: Path = Path("/")
    tags: tuple[tuple[str, int], ...] = ()

    @property
    def companions(self) -> int:
        """Return the number of files that are no pictures, but belong to one."""
        return sum(entry.of is not None for entry in self.entries)

    @property
    def digest(self) -> str:
        """Return one hash over the files that the export writes itself; "" where it writes none."""
        if not self.texts:
            return ""
        lines = (f"{text.sha256} {text.before} {text.path}" for text in self.texts)
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def pictures(self) -> int:
        """Return the number of pictures."""
        return len(self.entries) - self.companions


def plan(
    collection: Collection,
    clustering: Clustering,
    target: Path,
    mode: Mode = "copy",
    only: Sequence[str] = (),
    also: Sequence[Clustering] = (),
    alone: bool = False,
) -> Plan:
    """Plan the export of a clustering to a folder.

    Every cluster gets a folder, named by `safe_name`, and the rest goes to `_unsorted`. Clusters that come from
    crossing two criteria get one folder per group of the first criterion, and in it one per group of the second. Files
    keep their names; where two in one folder would have the same name (upper and lower case count as the same), the
    later one becomes "name (2).jpg". What belongs to a picture goes with it and gets the same number. Of several
    clusterings each gets a folder with its groups' folders, so that a picture is in one group of each.

    Args:
        collection: The collection whose files are exported.
        clustering: The clustering that says which image belongs to which group.
        target: The folder that will hold the groups' folders.
        mode: How the files get there.
        only: The ids of the clusters to export, without the unsorted images; empty to export everything.
        also: Further clusterings.
        alone: Whether what belongs to pictures stays where it is.

    Raises:
        UsageError: The target is inside the collection or holds it, is a file, is not empty, cannot be
            written to; the mode is unknown; there is nothing to export; files would be moved to two places.
        RegroupError: There is not enough space on the disk.
    """
    if mode not in get_args(Mode):
        raise UsageError(f'There is no export mode "{visible(str(mode))}"; use copy, link or move.')
    if also and mode == "move":
        raise UsageError("Files cannot be moved into the folders of two groupings; export links or copies.")
    if also and only:
        raise UsageError("Single groups are exported of one grouping; name one, or all groups of several.")
    target = checked_target(collection.folder, target)
    entries: list[Entry] = []
    folders: list[tuple[str, int]] = []
    grouped: set[str] = set()
    above = _FolderNames()
    for each in (clustering, *also):
        folder = above.of(Cluster("", each.criterion)) if also else ""
        for placed in _placed(collection, each, only, _FolderNames(), alone):
            name = f"{folder}/{placed.folder}" if folder else placed.folder
            folders.append((name, len(placed.files)))
            entries += [_into(folder, entry) for entry in placed.files] if folder else placed.files
        grouped.update(image for image in each.images)
    if not entries:
        raise UsageError(f'The clustering "{visible(clustering.id)}" has no images to export; group first.')
    sizes = {collection.folder / image.path: image.bytes for image in collection.images}
    sizes |= {collection.folder / companion.path: companion.bytes for companion in collection.companions}
    written = 0 if mode == "link" else sum(sizes[entry.source] for entry in entries)
    check_space(target, written)
    renamed = sum(entry.source.name != entry.destination.name for entry in entries)
    return Plan(
        target,
        mode,
        clustering.id,
        tuple(entries),
        tuple(folders),
        renamed,
        tuple(files_left(collection, grouped, mode, alone)),
        written,
        tuple(only),
        tuple(_sources(entries)) if mode == "move" else (),
        also=tuple(each.id for each in also),
        origin=collection.folder,
    )


def members(
    collection: Collection, clustering: Clustering, only: Sequence[str] = ()
) -> Iterator[tuple[Cluster | None, list[str]]]:
    """Yield each cluster that is exported with its images that are there; None stands for the unsorted ones.

    Args:
        collection: The collection.
        clustering: Its clustering.
        only: The ids of the clusters, without the unsorted images; empty for all.
    """
    present = set(collection.ids)
    by_label: dict[int, list[str]] = {}
    for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True):
        if image in present:
            by_label.setdefault(label, []).append(image)
    for label, cluster in [*enumerate(clustering.clusters), (UNSORTED, None)]:
        ids = by_label.get(label, [])
        if ids and (not only or (cluster is not None and cluster.id in only)):
            yield cluster, ids


@dataclass(frozen=True, slots=True)
class _Placed:
    """Holds the files of one folder of a plan."""

    folder: str
    files: list[Entry]


def _placed(
    collection: Collection, clustering: Clustering, only: Sequence[str], named: "_FolderNames", alone: bool
) -> Iterator[_Placed]:
    """Yield the folders of a clustering with their files."""
    for cluster, ids in members(collection, clustering, only):
        name = cluster.name if cluster else "unsorted"
        folder = named.of(cluster) if cluster else UNSORTED_FOLDER
        belong = {i: () if alone else collection.companions_of(i) for i in ids}
        items = [[collection.by_id(i).path, *(c.path for c in belong[i])] for i in ids]
        new_names = _distinct_names([[path.name for path in item] for item in items])
        entries: list[Entry] = []
        for image, item, files in zip(ids, items, new_names, strict=True):
            picture = Path(folder, files[0])
            hashes = [collection.by_id(image).content, *[""] * (len(item) - 1)]
            for sha256, path, file in zip(hashes, item, files, strict=True):
                of, id = (None, image) if sha256 else (picture, "")
                entries.append(Entry(sha256, collection.folder / path, Path(folder, file), name, of, id))
        yield _Placed(folder, entries)


def _into(folder: str, entry: Entry) -> Entry:
    """Return a planned file in a folder that holds its group's folder."""
    of = None if entry.of is None else Path(folder, entry.of)
    return replace(entry, destination=Path(folder, entry.destination), of=of)


def _sources(entries: Sequence[Entry]) -> Iterator[Source]:
    """Yield the folders of the originals, in the order in which they come first."""
    for folder, files in Counter(entry.source.parent for entry in entries).items():
        yield Source(folder, files, _inside(folder))


def _inside(folder: Path) -> str:
    """Return in words what a folder lies in that is not only the user's own; "" for nothing."""
    if (owned := owner_above(folder)) is not None:
        return f"{visible(str(owned[0]))}, which belongs to {owned[1]}"
    tree = work_tree(folder)
    return "" if tree is None else f"the git work tree {visible(str(tree))}"


class _FolderNames:
    """Gives every cluster a safe folder name that no other folder beside it has."""

    def __init__(self) -> None:
        self._taken: dict[str, list[str]] = {"": [UNSORTED_FOLDER, MANIFEST, CSV, METADATA]}
        self._above: dict[tuple[str, ...], str] = {}

    def of(self, cluster: Cluster) -> str:
        """Return the folder of a cluster, relative to the target."""
        *above, last = cluster.parts or (cluster.name,)
        folder = ""
        for depth in range(len(above)):
            names = tuple(above[: depth + 1])
            if names not in self._above:
                self._above[names] = self._new(folder, names[-1])
            folder = self._above[names]
        return self._new(folder, last)

    def _new(self, folder: str, name: str) -> str:
        taken = self._taken.setdefault(folder, [])
        taken.append(safe_name(name, taken))
        return f"{folder}/{taken[-1]}" if folder else taken[-1]


def checked_target(folder: Path, target: Path) -> Path:
    """Return the target, absolute, with links resolved. Raise UsageError where an export may not go there."""
    name = visible(str(target))
    try:
        target = target.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"The path {name} cannot be used ({visible(str(error))}); give another folder."
        ) from None
    folder = folder.resolve()
    where = visible(str(folder))
    if target == folder or folder in target.parents:
        raise UsageError(f"The target {name} is inside the collection {where}; give a folder outside it.")
    if target in folder.parents:
        raise UsageError(f"The target {name} holds the collection {where}; give a folder outside it.")
    check_free(target)
    return target


def check_free(target: Path) -> None:
    """Raise UsageError unless the target is an empty folder or can be made."""
    name = visible(str(target))
    try:
        if target.is_dir():
            if any(target.iterdir()):
                raise UsageError(f"The target {name} is not empty; give a new or an empty folder.")
        elif target.exists() or target.is_symlink():
            raise UsageError(f"The target {name} is a file; give a new or an empty folder.")
        existing = nearest_existing(target)
    except OSError as error:
        raise UsageError(
            f"The target {name} cannot be used ({error.strerror}); give another folder."
        ) from None
    if not existing.is_dir():
        file = visible(str(existing))
        raise UsageError(f"{file} is a file, so {name} cannot be made; give another folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"There is no permission to write to {visible(str(existing))}; give another folder.")


def nearest_existing(path: Path) -> Path:
    """Return the path itself, or the nearest folder above it that exists."""
    return next(folder for folder in [path, *path.parents] if folder.exists() or not folder.name)


def check_space(target: Path, needed: int) -> None:
    """Raise RegroupError where the disk of the target has less than `needed` bytes free."""
    free = shutil.disk_usage(nearest_existing(target)).free
    if needed > free:
        raise RegroupError(
            f"Not enough space for the export to {visible(str(target))}: it needs {_megabytes(needed)} and "
            f"{_megabytes(free)} are free; make room, use another disk, or export links."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _distinct_names(items: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return names for the files of one folder.

    Args:
        items: Of each item, the names of its picture and of its companions.

    Returns:
        The same, where the first item keeps its names and later ones with one of these names get a number.
    """
    taken: set[str] = set()
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


def files_left(
    collection: Collection, grouped: set[str], mode: Mode, alone: bool = False
) -> Iterator[tuple[Path, str]]:
    """Yield every file of the collection that an export leaves where it is because it is in no group, with the
    reason."""
    for image in collection.images:
        if image.sha256 not in grouped:
            yield image.path, "not part of this clustering"
    for duplicate in collection.duplicates:
        why = f"a duplicate of {visible(str(collection.by_id(duplicate.of).path))}"
        if mode == "move" and (collection.folder / duplicate.path).is_symlink():
            why += "; a link, which may point nowhere after the move"
        yield duplicate.path, why
    for unreadable in collection.unreadable:
        yield unreadable.path, unreadable.reason
    exported = {image.path for image in collection.images if image.sha256 in grouped and not alone}
    for companion in collection.companions:
        if companion.of not in exported:
            yield companion.path, f"belongs to {visible(str(companion.of))}"
    for other in collection.others:
        yield other, "not an image"
