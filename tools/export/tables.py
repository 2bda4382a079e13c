"""Says of each picture which groups it is in, as files for other programs: CSV, JSON Lines, COCO's JSON."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.clustering.clustering import Clustering
from tools.export.manifest import cell
from tools.export.plan import members
from tools.scan.collection import Collection, ImageFile

_PLACES = 4
"""The decimal places of a confidence."""


@dataclass(frozen=True, slots=True)
class Row:
    """Says of one picture which group it is in under each criterion, and how sure that is; None where it is in none."""

    image: ImageFile
    groups: Mapping[str, tuple[str, float] | None]


def rows(
    collection: Collection, clusterings: Sequence[Clustering], only: Sequence[str] = ()
) -> tuple[Row, ...]:
    """Return the pictures that are exported, in collection order.

    Args:
        collection: The collection.
        clusterings: Its clusterings; of two with one criterion the later one goes by its id.
        only: The ids of the clusters, without the unsorted images; empty for all.
    """
    found: dict[str, dict[str, tuple[str, float] | None]] = {}
    names: list[str] = []
    for clustering in clusterings:
        names.append(clustering.id if clustering.criterion in names else clustering.criterion)
        sure = dict(zip(clustering.images, clustering.confidence.tolist(), strict=True))
        for cluster, ids in members(collection, clustering, only):
            for image in ids:
                group = (cluster.name, round(float(sure[image]), _PLACES)) if cluster else None
                found.setdefault(image, {})[names[-1]] = group
    return tuple(
        Row(image, {name: found[image.sha256].get(name) for name in names})
        for image in collection.images
        if image.sha256 in found
    )


def as_csv(table: Sequence[Row]) -> bytes:
    """Return a table for spreadsheets: UTF-8; what one would take for a formula has a quote before it, and bytes of a
    name that are no UTF-8 become escapes (\\udcff)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = list(table[0].groups) if table else []
    told = [column for name in names for column in (name, f"{name}: confidence")]
    writer.writerow([cell(column) for column in ["file", "sha256", "width", "height", *told]])
    for row in table:
        image = row.image
        groups = [value for name in names for value in row.groups[name] or ("", "")]
        facts = [image.path.as_posix(), image.sha256, image.width, image.height, *groups]
        writer.writerow([cell(fact) if isinstance(fact, str) else fact for fact in facts])
    return text.getvalue().encode("utf-8", "backslashreplace")


def as_json_lines(table: Sequence[Row]) -> bytes:
    """Return one JSON object a line, in ASCII; names that are no UTF-8 survive as lone surrogates."""
    return _lines({"file": row.image.path.as_posix(), **_facts(row)} for row in table)


def as_dataset_metadata(table: Sequence[Row], files: Mapping[str, str]) -> bytes:
    """Return the metadata.jsonl of an `imagefolder` dataset (Hugging Face): a line for each picture.

    Args:
        table: The pictures; the first criterion is the label.
        files: Where each picture lies in the dataset, by its id.
    """
    first = next(iter(table[0].groups)) if table else ""
    return _lines(
        {
            "file_name": files[row.image.sha256],
            "label": group[0] if (group := row.groups[first]) else None,
            **_facts(row),
        }
        for row in table
        if row.image.sha256 in files
    )


def as_coco(table: Sequence[Row], clusterings: Sequence[Clustering]) -> bytes:
    """Return JSON in the manner of COCO: groups are categories, and each is said of a whole picture, by a box around
    it."""
    names = list(table[0].groups) if table else []
    categories: dict[tuple[str, str], int] = {}
    for name, clustering in zip(names, clusterings, strict=False):
        for cluster in clustering.clusters:
            categories.setdefault((name, cluster.name), len(categories) + 1)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, row in enumerate(table, 1):
        width, height = row.image.width, row.image.height
        file = {"id": number, "file_name": row.image.path.as_posix(), "width": width, "height": height}
        images.append(file)
        for name, group in row.groups.items():
            if group is not None:
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": categories[name, group[0]],
                        "bbox": [0, 0, width, height],
                        "area": width * height,
                        "segmentation": [],
                        "iscrowd": 0,
                        "score": group[1],
                    }
                )
    content = {
        "info": {"description": "groups of pictures, by Regroup"},
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": number, "name": group, "supercategory": name}
            for (name, group), number in categories.items()
        ],
    }
    return (json.dumps(content, indent=1) + "\n").encode("ascii")


def _facts(row: Row) -> dict[str, Any]:
    image = row.image
    return {
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "groups": {name: group[0] if group else None for name, group in row.groups.items()},
        "confidence": {name: group[1] if group else None for name, group in row.groups.items()},
    }


def _lines(objects: Iterator[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in objects).encode("ascii")
