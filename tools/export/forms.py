"""Plans an export in any form: folders, keywords in sidecars, or files that other programs read."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from tools.clustering.clustering import Clustering
from tools.errors import UsageError
from tools.export.free_names import METADATA
from tools.export.list_order import ListOrder
from tools.export.lost_files import without_lost
from tools.export.plan import (
    Form,
    Mode,
    Plan,
    check_space,
    checked_target,
    files_left,
    plan,
)
from tools.export.sidecars import SidecarName, plan_tags
from tools.export.tables import as_coco, as_csv, as_dataset_metadata, as_json_lines, rows
from tools.export.write_file import Text
from tools.names import visible
from tools.progress import Progress, silent
from tools.scan.collection import Collection as ImageCollection

FILES = {"csv": "groups.csv", "jsonl": "groups.jsonl", "coco": "annotations.json"}
"""The names of the files of the forms that are one file."""


def plan_form(
    form: Form,
    collection: ImageCollection,
    clusterings: Sequence[Clustering],
    target: Path,
    mode: Mode = "copy",
    only: Sequence[str] = (),
    naming: SidecarName = "img.jpg.xmp",
    progress: Progress = silent,
    *,
    add: bool = False,
    images: Collection[str] = (),
    order: ListOrder | None = None,
) -> Plan:
    """Plan an export in a form.

    Args:
        form: What is made of the groups.
        collection: The collection.
        clusterings: Its clusterings; at least one.
        target: The folder of the export. Of keywords it holds the record and what was in sidecars before. The name of
            a file, such as "out.csv", stands for a folder of that name without its extension.
        mode: How pictures get into folders.
        only: The ids of the clusters to export; empty for all.
        naming: How new sidecars are called.
        progress: Called while sidecars are read.
        add: Whether to add folders to what is in the target; no other form can be added.
        images: The ids of the only images that get into folders; empty for all.
        order: The order of the whole list, as numbers before the names of pictures in folders.

    Raises:
        UsageError: The target cannot be used, the form cannot be added or has no such mode, or there is nothing to
            export.
        RegroupError: There is not enough space on the disk.
    """
    collection = without_lost(collection)
    first, *others = clusterings
    if form == "folders":
        return plan(collection, first, target, mode, only, others, add=add, images=images, order=order)
    if order is not None and form != "imagefolder":
        raise UsageError("Only pictures in folders get numbers; leave the order out.")
    if add:
        raise UsageError("Only folders can be added to what is there; export tags and files without adding.")
    if only and others:
        raise UsageError("Single groups are exported of one grouping; name one, or all groups of several.")
    if mode == "move" or (mode == "link" and form != "imagefolder"):
        raise UsageError("Only groups in folders are moved or linked; leave the mode out.")
    if form == "imagefolder":
        return _dataset(collection, clusterings, target, mode, only, order)
    if form == "tags":
        return _tags(collection, clusterings, target, only, naming, progress)
    name = FILES[form]
    if target.suffix.lower() == Path(name).suffix:
        target = target.with_suffix(
            ""
        )  # the plan is made again from this folder, and has to be the same then
    target = checked_target(collection.folder, target)
    table = rows(collection, clusterings, only)
    if not table:
        raise UsageError(f'The clustering "{visible(first.id)}" has no images to export; group first.')
    content = as_csv(table) if form == "csv" else as_json_lines(table)
    if form == "coco":
        content = as_coco(table, clusterings)
    grouped = {row.image.sha256 for row in table}
    text = Text(Path(name), content, about=f"{len(table)} pictures")
    left = tuple(files_left(collection, grouped, "copy")) if not only else ()
    return _of_texts(form, collection, clusterings, target, (text,), left, only)


def _tags(
    collection: ImageCollection,
    clusterings: Sequence[Clustering],
    target: Path,
    only: Sequence[str],
    naming: SidecarName,
    progress: Progress,
) -> Plan:
    tagging = plan_tags(collection, clusterings, only, naming, progress)
    if not tagging.texts:
        why = next((reason for _, reason in tagging.left if reason != "in no group"), "none is in a group")
        raise UsageError(f"There is no picture to tag: {why}.")
    made = _of_texts("tags", collection, clusterings, target, tagging.texts, tagging.left, only)
    return replace(made, tags=tagging.tags)


def _dataset(
    collection: ImageCollection,
    clusterings: Sequence[Clustering],
    target: Path,
    mode: Mode,
    only: Sequence[str],
    order: ListOrder | None,
) -> Plan:
    """Return the plan of a dataset: a folder for each group of the first clustering, and the metadata beside them."""
    made = plan(collection, clusterings[0], target, mode, only, alone=True, order=order)
    files = {entry.id: entry.destination.as_posix() for entry in made.entries}
    content = as_dataset_metadata(rows(collection, clusterings, only), files)
    return replace(
        made,
        form="imagefolder",
        also=tuple(clustering.id for clustering in clusterings[1:]),
        texts=(Text(Path(METADATA), content, about=f"{len(files)} pictures"),),
        bytes=made.bytes + len(content),
    )


def _of_texts(
    form: Form,
    collection: ImageCollection,
    clusterings: Sequence[Clustering],
    target: Path,
    texts: tuple[Text, ...],
    left: tuple[tuple[Path, str], ...],
    only: Sequence[str],
) -> Plan:
    """Return the plan of an export that copies no picture."""
    first, *others = clusterings
    size = sum(len(text.content) for text in texts)
    check_space(collection.folder if form == "tags" else target, size)
    return Plan(
        target,
        "copy",
        first.id,
        entries=(),
        folders=(),
        renamed=0,
        left=left,
        bytes=size,
        only=tuple(only),
        form=form,
        also=tuple(clustering.id for clustering in others),
        texts=texts,
        origin=collection.folder,
    )
