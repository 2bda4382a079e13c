"""Plans an export: which file goes into which folder under which name, and whether the target can hold it."""

import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.cross_clusterings import AND
from tools.errors import RegroupError, UsageError
from tools.export.existing_tree import ExistingTree
from tools.export.manifest import CSV, MANIFEST, table_of
from tools.names import amount, path_key, safe_name, visible
from tools.scan.collection import Collection as ImageCollection
from tools.scan.companions import companion_name
from tools.scan.foreign_folders import owner_above, work_tree
from tools.scan.taxonomy import UNSORTED_FOLDER

Mode = Literal["copy", "link", "move"]
"""How a file gets into its folder; "link" makes a symbolic link to the absolute path of the original."""
_COPIES: dict[Mode, str] = {"copy": "copies", "link": "links"}

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
        adds: Whether files are added to what is in the target, which stays as it is.
        into: The folders among `folders` that are there already.
        images: The ids of the only images that are exported; empty for all.
        manifest: The name of the manifest, with a number where one lies in the target already.
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
    adds: bool = False
    into: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    manifest: str = MANIFEST

    @property
    def companions(self) -> int:
        """Return the number of files that are no pictures, but belong to one."""
        return sum(entry.of is not None for entry in self.entries)

    @property
    def pictures(self) -> int:
        """Return the number of pictures."""
        return len(self.entries) - self.companions


def plan(
    collection: ImageCollection,
    clustering: Clustering,
    target: Path,
    mode: Mode = "copy",
    only: Sequence[str] = (),
    add: bool = False,
    images: Collection[str] = (),
) -> Plan:
    """Plan the export of a clustering to a folder.

    Every cluster gets a folder, named by `safe_name`, and the rest goes to `_unsorted`. Clusters that come from
    crossing two criteria get one folder per group of the first criterion, and in it one per group of the second. Files
    keep their names; where two in one folder would have the same name (upper and lower case count as the same), the
    later one becomes "name (2).jpg". What belongs to a picture goes with it and gets the same number.

    Where files are added to what is in the target, a cluster goes into the folder there that is called so, names that
    are taken there count, too, and images that are in no cluster stay where they are. So do those that lie in one of
    its folders already, by their bytes: adding twice adds nothing.

    Args:
        collection: The collection whose files are exported.
        clustering: The clustering that says which image belongs to which group.
        target: The folder that will hold the groups' folders.
        mode: How the files get there.
        only: The ids of the clusters to export, without the unsorted images; empty to export everything.
        add: Whether to add to what is in the target.
        images: The ids of the only images to export; empty for all.

    Raises:
        UsageError: The target is inside the collection or holds it, is a file, is not empty, cannot be
            written to; the mode is unknown; there is nothing to export. A move may add to folders of the collection,
            and anything to a folder that holds it.
        RegroupError: There is not enough space on the disk.
    """
    if mode not in get_args(Mode):
        raise UsageError(f'There is no export mode "{visible(str(mode))}"; use copy, link or move.')
    target = _checked_target(collection.folder, target, mode, add)
    tree = ExistingTree(target, collection.folder.resolve()) if add else None
    entries: list[Entry] = []
    folders: list[tuple[str, int]] = []
    named = _FolderNames(tree)
    size = 0
    stays: dict[str, str] = {}
    present = set(collection.ids)
    members: dict[int, list[str]] = {}
    for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True):
        if image not in present:
            continue
        if images and image not in images:
            stays[image] = "not among those that are exported"
        elif tree is not None and label == UNSORTED:
            stays[image] = "in no group yet"
        elif tree is not None and (place := tree.place_of(collection.by_id(image))):
            stays[image] = f"already there, as {visible(place)}"
        else:
            members.setdefault(label, []).append(image)
    for label, cluster in [*enumerate(clustering.clusters), (UNSORTED, None)]:
        ids = members.get(label, [])
        if not ids or (only and (cluster is None or cluster.id not in only)):
            continue
        name = cluster.name if cluster else "unsorted"
        folder = named.of(cluster) if cluster else UNSORTED_FOLDER
        items = [[collection.by_id(i).path, *(c.path for c in collection.companions_of(i))] for i in ids]
        folders.append((folder, sum(map(len, items))))
        taken = tree.names(folder) if tree is not None else ()
        new_names = _distinct_names([[path.name for path in item] for item in items], taken)
        for image, item, files in zip(ids, items, new_names, strict=True):
            size += collection.by_id(image).bytes + sum(c.bytes for c in collection.companions_of(image))
            picture = Path(folder, files[0])
            hashes = [collection.by_id(image).content, *[""] * (len(item) - 1)]
            for sha256, path, file in zip(hashes, item, files, strict=True):
                of, id = (None, image) if sha256 else (picture, "")
                entries.append(Entry(sha256, collection.folder / path, Path(folder, file), name, of, id))
    if not entries and add:
        raise UsageError(f"There is nothing to add to {visible(str(target))}: {_why_nothing(stays)}.")
    if not entries:
        raise UsageError(f'The clustering "{visible(clustering.id)}" has no images to export; group first.')
    written = 0 if mode == "link" else size
    _check_space(target, written)
    renamed = sum(entry.source.name != entry.destination.name for entry in entries)
    exported = {entry.id for entry in entries} if add else {i for those in members.values() for i in those}
    left = tuple(_files_left(collection, exported, mode, stays))
    sources = tuple(_sources(entries)) if mode == "move" else ()
    return Plan(
        target,
        mode,
        clustering.id,
        tuple(entries),
        tuple(folders),
        renamed,
        left,
        written,
        tuple(only),
        sources,
        add,
        tuple(name for name, _ in folders if name in named.there),
        tuple(images),
        _free_manifest(tree) if tree is not None else MANIFEST,
    )


def _why_nothing(stays: Mapping[str, str]) -> str:
    """Return in words why no image is exported, by the reasons why each stays."""
    if not stays:
        return "no group has a picture"
    there = sum(why.startswith("already there") for why in stays.values())
    unsorted = sum(why == "in no group yet" for why in stays.values())
    parts = [f"{amount(there, 'picture')} already there" if there else ""]
    parts += [f"{amount(unsorted, 'picture')} in no group yet" if unsorted else ""]
    return ", ".join(filter(None, parts)) or "none of the pictures is wanted"


def _free_manifest(tree: ExistingTree) -> str:
    """Return a name for the manifest that is not taken in a folder, nor is that of its table."""
    taken = {path_key(name) for name in tree.names()}
    name, number = MANIFEST, 1
    while not taken.isdisjoint((path_key(name), path_key(table_of(name)))):
        number += 1
        name = numbered(MANIFEST, number)
    return name


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
    """Gives every cluster a safe folder name that no other folder beside it has, or the folder that is there for it.

    Args:
        tree: What is in the target; None where that is empty.

    Attributes:
        there: Those of the folders that were given that are there already.
    """

    def __init__(self, tree: ExistingTree | None = None) -> None:
        self._tree = tree
        self._taken: dict[str, list[str]] = {"": [UNSORTED_FOLDER, MANIFEST, CSV]}
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

    def _existing(self, name: str) -> str | None:
        """Return the folder that is there for a group of this name; None where there is none."""
        return None if self._tree is None else self._tree.folder(name)

    def _new(self, folder: str, name: str) -> str:
        taken = self._taken.setdefault(folder, [])
        if self._tree is not None:
            taken += [other for other in self._tree.names(folder) if other not in taken]
        taken.append(safe_name(name, taken))
        return f"{folder}/{taken[-1]}" if folder else taken[-1]


def _checked_target(folder: Path, target: Path, mode: Mode, add: bool) -> Path:
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
    if add and mode != "move" and (target == folder or folder in target.parents):
        raise UsageError(
            f"The target {name} is inside the collection {where}, where {_COPIES[mode]} would be duplicates; move the "
            "files, or give a folder outside it."
        )
    if not add and (target == folder or folder in target.parents):
        raise UsageError(f"The target {name} is inside the collection {where}; give a folder outside it.")
    if not add and target in folder.parents:
        raise UsageError(f"The target {name} holds the collection {where}; give a folder outside it.")
    check_free(target, add)
    return target


def check_still_free(plan: Plan) -> None:
    """Raise UsageError unless everything can be written as planned: nothing that it would write is there meanwhile."""
    check_free(plan.target, plan.adds)
    if not plan.adds:
        return
    changed = f"{visible(str(plan.target))} has changed since the plan; plan again."
    for folder, _ in plan.folders:
        place = plan.target / folder
        is_there = folder in plan.into
        if place.resolve() != plan.target / folder or not (
            place.is_dir() if is_there else not os.path.lexists(place)
        ):
            raise UsageError(changed)
        if is_there and not os.access(place, os.W_OK | os.X_OK):
            raise UsageError(
                f"There is no permission to write to {visible(str(place))}; give another folder."
            )
    written = [
        *(entry.destination for entry in plan.entries),
        Path(plan.manifest),
        Path(table_of(plan.manifest)),
    ]
    if any(os.path.lexists(plan.target / path) for path in written):
        raise UsageError(changed)


def check_free(target: Path, add: bool = False) -> None:
    """Raise UsageError unless the target is an empty folder, or any where files are added, or can be made."""
    name = visible(str(target))
    try:
        if target.is_dir():
            if not add and any(target.iterdir()):
                raise UsageError(
                    f"The target {name} is not empty; give a new or an empty folder, or add to what is there."
                )
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


def _check_space(target: Path, needed: int) -> None:
    """Raise RegroupError where the disk of the target has less than `needed` bytes free."""
    free = shutil.disk_usage(nearest_existing(target)).free
    if needed > free:
        raise RegroupError(
            f"Not enough space for the export to {visible(str(target))}: it needs {_megabytes(needed)} and "
            f"{_megabytes(free)} are free; make room, use another disk, or export links."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _distinct_names(items: Sequence[Sequence[str]], there: Iterable[str] = ()) -> list[list[str]]:
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


def _files_left(
    collection: ImageCollection, grouped: set[str], mode: Mode, stays: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Yield every file of the collection that an export leaves where it is because it is in no group, with the
    reason, which `stays` has for some images."""
    for image in collection.images:
        if image.sha256 not in grouped:
            yield image.path, stays.get(image.sha256, "not part of this clustering")
    for duplicate in collection.duplicates:
        why = f"a duplicate of {visible(str(collection.by_id(duplicate.of).path))}"
        if mode == "move" and (collection.folder / duplicate.path).is_symlink():
            why += "; a link, which may point nowhere after the move"
        yield duplicate.path, why
    for unreadable in collection.unreadable:
        yield unreadable.path, unreadable.reason
    exported = {image.path for image in collection.images if image.sha256 in grouped}
    for companion in collection.companions:
        if companion.of not in exported:
            yield companion.path, f"belongs to {visible(str(companion.of))}"
    for other in collection.others:
        yield other, "not an image"
