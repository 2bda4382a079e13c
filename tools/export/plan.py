"""Plans an export: which file goes into which folder under which name, and whether the target can hold it."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.errors import RegroupError, UsageError
from tools.export.existing_tree import ExistingTree
from tools.export.free_names import FolderNames, distinct_names, free_manifest
from tools.export.list_order import ListOrder, with_number, without_number
from tools.export.manifest import MANIFEST, table_of
from tools.export.write_file import Text
from tools.names import amount, visible
from tools.scan.collection import Collection as ImageCollection
from tools.scan.foreign_folders import owner_above, work_tree
from tools.scan.taxonomy import UNSORTED_FOLDER

Mode = Literal["copy", "link", "move"]
"""How a file gets into its folder; "link" makes a symbolic link to the absolute path of the original."""
_COPIES: dict[Mode, str] = {"copy": "copies", "link": "links"}

Form = Literal["folders", "tags", "csv", "jsonl", "coco", "imagefolder"]
"""What an export makes of groups."""


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
        adds: Whether files are added to what is in the target, which stays as it is.
        into: The folders among `folders` that are there already.
        images: The ids of the only images that are exported; empty for all.
        manifest: The name of the manifest, with a number where one lies in the target already.
        order: The order of the whole list that is written into the names; None for names without numbers.
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
    adds: bool = False
    into: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    manifest: str = MANIFEST
    order: ListOrder | None = None

    @property
    def companions(self) -> int:
        """Return the number of files that are no pictures, but belong to one."""
        return sum(entry.of is not None for entry in self.entries)

    @property
    def digest(self) -> str:
        """Return one hash over which file goes where, and over the files that the export writes itself.

        Two plans with as many files for each folder may still differ in which: what was approved is one of them.
        """
        lines = [f"{text.sha256} {text.before} {text.path}" for text in self.texts]
        lines += [f"{entry.id} {entry.source} {entry.destination}" for entry in self.entries]
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

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
    also: Sequence[Clustering] = (),
    alone: bool = False,
    add: bool = False,
    images: Collection[str] = (),
    order: ListOrder | None = None,
) -> Plan:
    """Plan the export of a clustering to a folder.

    Every cluster gets a folder, named by `safe_name`, and the rest goes to `_unsorted`. Clusters that come from
    crossing two criteria get one folder per group of the first criterion, and in it one per group of the second. Files
    keep their names; where two in one folder would have the same name (upper and lower case count as the same), the
    later one becomes "name (2).jpg". What belongs to a picture goes with it and gets the same number. Of several
    clusterings each gets a folder with its groups' folders, so that a picture is in one group of each.

    Where files are added to what is in the target, a cluster goes into the folder there that is called so, names that
    are taken there count, too, and images that are in no cluster stay where they are. So do those that lie in one of
    its folders already, by their bytes: adding twice adds nothing.

    Args:
        collection: The collection whose files are exported.
        clustering: The clustering that says which image belongs to which group.
        target: The folder that will hold the groups' folders.
        mode: How the files get there.
        only: The ids of the clusters to export, without the unsorted images; empty to export everything.
        also: Further clusterings.
        alone: Whether what belongs to pictures stays where it is.
        add: Whether to add to what is in the target.
        images: The ids of the only images to export; empty for all.
        order: The order of the whole list, which is written before the names as a number; None for none.

    Raises:
        UsageError: The target is inside the collection or holds it, is a file, is not empty, cannot be
            written to; the mode is unknown; there is nothing to export; files would be moved to two places, or several
            clusterings added. A move may add to folders of the collection, and anything to a folder that holds it.
        RegroupError: There is not enough space on the disk.
    """
    if mode not in get_args(Mode):
        raise UsageError(f'There is no export mode "{visible(str(mode))}"; use copy, link or move.')
    if also and mode == "move":
        raise UsageError("Files cannot be moved into the folders of two groupings; export links or copies.")
    if also and only:
        raise UsageError("Single groups are exported of one grouping; name one, or all groups of several.")
    if also and add:
        raise UsageError("Only the groups of one grouping are added to what is there; name one.")
    if order is not None and add:
        raise UsageError("Numbers are given in a new folder; leave out the order, or do not add.")
    target = checked_target(collection.folder, target, mode, add, addable=not (also or alone))
    tree = ExistingTree(target, collection.folder.resolve()) if add else None
    entries: list[Entry] = []
    folders: list[tuple[str, int]] = []
    grouped: set[str] = set()
    named = FolderNames(tree)
    above = FolderNames()
    stays = _stays(collection, clustering, images, tree)
    numbers = order and _numbers(order, collection, (clustering, *also), only, stays)
    for each in (clustering, *also):
        folder = above.of(Cluster("", each.criterion)) if also else ""
        names = FolderNames() if also else named
        for placed in _placed(collection, each, only, names, alone, stays, numbers or {}):
            name = f"{folder}/{placed.folder}" if folder else placed.folder
            folders.append((name, len(placed.files)))
            entries += [_into(folder, entry) for entry in placed.files] if folder else placed.files
        grouped.update(image for image in each.images if image not in stays)
    if not entries and add:
        raise UsageError(f"There is nothing to add to {visible(str(target))}: {_why_nothing(stays)}.")
    if not entries:
        raise UsageError(_nothing(collection, clustering))
    sizes = {collection.folder / image.path: image.bytes for image in collection.images}
    sizes |= {collection.folder / companion.path: companion.bytes for companion in collection.companions}
    written = 0 if mode == "link" else sum(sizes[entry.source] for entry in entries)
    check_space(target, written)
    renamed = sum(
        entry.source.name != (without_number(entry.destination.name) if order else entry.destination.name)
        for entry in entries
    )
    return Plan(
        target,
        mode,
        clustering.id,
        tuple(entries),
        tuple(folders),
        renamed,
        tuple(files_left(collection, grouped, mode, alone, stays)),
        written,
        tuple(only),
        sources=tuple(_sources(entries)) if mode == "move" else (),
        also=tuple(each.id for each in also),
        origin=collection.folder,
        adds=add,
        into=tuple(name for name, _ in folders if name in named.there),
        images=tuple(images),
        manifest=free_manifest(tree, (name for name, _ in folders)) if tree is not None else MANIFEST,
        order=order,
    )


def _nothing(collection: ImageCollection, clustering: Clustering) -> str:
    """Return in words why a clustering has no images to export."""
    if collection.unreadable and not collection.images:
        path, why = visible(str(collection.unreadable[0].path)), visible(collection.unreadable[0].reason)
        return f"There is nothing to export, as {path} {why}; open the folder again."
    if not collection.images:
        where = visible(str(collection.folder))
        return f"No image is in {where} any more; if an export moved them, undo brings them back."
    return f'The clustering "{visible(clustering.id)}" has no images to export; group first.'


def _numbers(
    order: ListOrder,
    collection: ImageCollection,
    clusterings: Sequence[Clustering],
    only: Sequence[str],
    stays: Collection[str],
) -> dict[str, str]:
    """Return the number of each image that is exported."""
    found = (members(collection, clustering, only, stays) for clustering in clusterings)
    return order.numbers([image for groups in found for _, ids in groups for image in ids])


def members(
    collection: ImageCollection,
    clustering: Clustering,
    only: Sequence[str] = (),
    stays: Collection[str] = (),
) -> Iterator[tuple[Cluster | None, list[str]]]:
    """Yield each cluster that is exported with its images that are there; None stands for the unsorted ones.

    Args:
        collection: The collection.
        clustering: Its clustering.
        only: The ids of the clusters, without the unsorted images; empty for all.
        stays: The images that are not exported.
    """
    present = set(collection.ids).difference(stays)
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


def _stays(
    collection: ImageCollection, clustering: Clustering, images: Collection[str], tree: ExistingTree | None
) -> dict[str, str]:
    """Return why images of a clustering are not exported, by their ids."""
    present, stays = set(collection.ids), dict[str, str]()
    for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True):
        if image not in present:
            continue
        if images and image not in images:
            stays[image] = "not among those that are exported"
        elif tree is not None and label == UNSORTED:
            stays[image] = "in no group yet"
        elif tree is not None and (place := tree.place_of(collection.by_id(image))):
            stays[image] = f"already there, as {visible(place)}"
    return stays


def _placed(
    collection: ImageCollection,
    clustering: Clustering,
    only: Sequence[str],
    named: FolderNames,
    alone: bool,
    stays: Collection[str],
    numbers: Mapping[str, str],
) -> Iterator[_Placed]:
    """Yield the folders of a clustering with their files."""
    for cluster, ids in members(collection, clustering, only, stays):
        name = cluster.name if cluster else "unsorted"
        folder = named.of(cluster) if cluster else UNSORTED_FOLDER
        belong = {i: () if alone else collection.companions_of(i) for i in ids}
        items = [[collection.by_id(i).path, *(c.path for c in belong[i])] for i in ids]
        wanted = [[path.name for path in item] for item in items]
        if numbers:
            wanted = [with_number(item, numbers[image]) for image, item in zip(ids, wanted, strict=True)]
        new_names = distinct_names(wanted, named.taken(folder))
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


def _why_nothing(stays: Mapping[str, str]) -> str:
    """Return in words why no image is exported, by the reasons why each stays."""
    if not stays:
        return "no group has a picture"
    there = sum(why.startswith("already there") for why in stays.values())
    unsorted = sum(why == "in no group yet" for why in stays.values())
    parts = [f"{amount(there, 'picture')} already there" if there else ""]
    parts += [f"{amount(unsorted, 'picture')} in no group yet" if unsorted else ""]
    return ", ".join(filter(None, parts)) or "none of the pictures is wanted"


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


def checked_target(
    folder: Path, target: Path, mode: Mode = "copy", add: bool = False, addable: bool = False
) -> Path:
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
    check_free(target, add, addable)
    return target


def check_still_free(plan: Plan) -> None:
    """Raise UsageError unless everything can be written as planned: nothing that it would write is there meanwhile."""
    check_free(plan.target, plan.adds, plan.form == "folders" and not plan.also)
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


def check_free(target: Path, add: bool = False, addable: bool = False) -> None:
    """Raise UsageError unless the target is an empty folder, or any where files are added, or can be made.

    Args:
        target: The folder.
        add: Whether files are added to what is in it.
        addable: Whether they could be, which is said where it is not empty.
    """
    name = visible(str(target))
    try:
        if target.is_dir():
            if not add and any(target.iterdir()):
                instead = ", or add to what is there" if addable else ""
                raise UsageError(f"The target {name} is not empty; give a new or an empty folder{instead}.")
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


def files_left(
    collection: ImageCollection,
    grouped: set[str],
    mode: Mode,
    alone: bool = False,
    stays: Mapping[str, str] = MappingProxyType({}),
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
    exported = {image.path for image in collection.images if image.sha256 in grouped and not alone}
    for companion in collection.companions:
        if companion.of not in exported:
            yield companion.path, f"belongs to {visible(str(companion.of))}"
    for other in collection.others:
        yield other, "not an image"
