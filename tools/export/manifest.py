"""Keeps the record of an export: manifest.json, from which it can be undone, and manifest.csv, the same for people."""

import csv
import io
import json
import os
import re
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from tools.errors import RegroupError, UsageError
from tools.export.disk import Attributes, open_regular, sync_folder, write_new
from tools.names import visible

MANIFEST = "manifest.json"
"""The name of the record in the exported folder."""
CSV = "manifest.csv"
"""The name of the same record as a table, which lies beside it."""
_NAME = re.compile(r"manifest( \(\d{1,9}\))?\.json")
"""Matches the names that a manifest may have, which is a number where others lie in the same folder."""

_FORMAT = "regroup export 3"
_OLDER = ("regroup export 1", "regroup export 2")
"""The formats that a manifest may state; what the older ones do not have is left at its default."""

FORMS = ("folders", "tags", "csv", "jsonl", "coco", "imagefolder")
"""What an export may make of groups: folders, keywords in sidecars, a table, JSON, COCO's JSON, a dataset's folders."""
SIDECAR = ".xmp"
"""The extension of the only files outside of its target that an export writes."""
_MODES = ("copy", "link", "move")
_STATES = ("running", "done", "undone")
"""What a manifest may state of how its files were exported, and how far that went."""


@dataclass(frozen=True, slots=True)
class Item:
    """Records one exported file in the manifest.

    Attributes:
        image: The SHA-256 of its bytes, in hex.
        source: The absolute path where the original is or was.
        destination: Folder and name, relative to the target, with forward slashes.
        cluster: The name of its group, for people.
        link: The path that the source pointed to where a symbolic link was moved, otherwise None.
        size: The number of its bytes; None where a manifest does not say.
        of: For a companion the destination of its picture; "" for a picture.
        mtime_ns: The time of the last change of the source, in nanoseconds; of a link, its own. The other attributes
            are its permission bits, its user and its group.
        coded: The SHA-256 of the coded picture, by which a file is known that was tagged since; "" where it is not
            known.
        id: The id of the picture; "" for a companion.
    """

    image: str
    source: str
    destination: str
    cluster: str
    link: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    of: str = ""
    coded: str = ""
    id: str = ""

    @property
    def attributes(self) -> Attributes | None:
        """Return what the source had beside its bytes; None where the manifest does not say."""
        return _attributes(self)


@dataclass(frozen=True, slots=True)
class Written:
    """Records one file that the export writes itself.

    Attributes:
        path: Where it is: absolute for a sidecar beside its picture, otherwise relative to the target.
        sha256: The hash of its bytes, in hex.
        about: What it is about, for people.
        before: The hash of the file whose place it took; "" where there was none.
        kept: Where in the target a copy of that file is; "" where there was none.
        mtime_ns: The time of the last change of that file, in nanoseconds; the other attributes are its permission
            bits, its user and its group.
    """

    path: str
    sha256: str
    about: str = ""
    before: str = ""
    kept: str = ""
    mtime_ns: int | None = None
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None

    @property
    def attributes(self) -> Attributes | None:
        """Return what the file before had beside its bytes; None where there was none."""
        return _attributes(self)


@dataclass(frozen=True, slots=True)
class Record:
    """Holds the contents of a manifest.

    Attributes:
        state: "running" until the export is complete, then "done"; "undone" while it is taken out of the journal.
        mode: "copy", "link" or "move".
        clustering: The id of the clustering.
        made: The absolute paths of folders that the export made outside the groups' ones: the target, then those above.
        folders: The folders in the target, one per group; those that hold others come last.
        entries: Every exported file.
        left: The files of the collection that stay where they are, each with the reason.
        id: The name of the export in the journal; "" where it has none.
        target: The absolute path of the exported folder.
        above: The folder above the target, or above those that the export made, that was there already.
        disks: The places where the disks of the collection and of the target were mounted.
        only: The ids of the exported clusters where not all were exported.
        form: What was made of the groups, one of `FORMS`.
        also: The ids of further clusterings that were exported with it.
        written: The files that the export writes itself.
        adds: Whether it was added to a folder in which other files are, which are no business of it.
        into: The folders in the target that were there already, relative to it.
        manifest: The name of its manifest in the target, another one where that was taken.
        order: By what the whole list is in the order that the numbers before the names say; "" without numbers.
    """

    state: Literal["running", "done", "undone"]
    mode: str
    clustering: str
    made: tuple[str, ...]
    folders: tuple[str, ...]
    entries: tuple[Item, ...]
    left: tuple[tuple[str, str], ...]
    id: str = ""
    target: str = ""
    above: str = ""
    disks: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    form: str = "folders"
    also: tuple[str, ...] = ()
    written: tuple[Written, ...] = ()
    adds: bool = False
    into: tuple[str, ...] = ()
    manifest: str = MANIFEST
    order: str = ""

    @property
    def table(self) -> str:
        """Return the name of the same record as a table, which lies beside the manifest."""
        return table_of(self.manifest)

    @property
    def part(self) -> str:
        """Return the name under which a new state of the manifest is written before it replaces the old one."""
        return part_of_manifest(self.manifest)

    @property
    def companions(self) -> int:
        """Return the number of files that are no pictures, but belong to one."""
        return sum(bool(item.of) for item in self.entries)

    def write(self, manifest: Path) -> None:
        """Write manifest.json: as a new file when the export begins, afterwards replaced in one step.

        Raises:
            OSError: It cannot be written, or the export begins and there is a manifest already.
        """
        new = manifest if self.state == "running" else manifest.with_name(part_of_manifest(manifest.name))
        if new != manifest:
            new.unlink(missing_ok=True)  # a crash left it
        write_new(new, self.as_json())
        if new != manifest:
            new.replace(manifest)
        sync_folder(manifest.parent)

    def as_json(self) -> bytes:
        """Return the record as manifest.json has it, in ASCII; names that are no UTF-8 survive as lone surrogates."""
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=True)
        return text.encode("ascii")

    def write_csv(self, file: Path) -> None:
        """Write manifest.csv. Raises OSError, also where the file exists."""
        write_new(file, self.csv())

    def csv(self) -> bytes:
        """Return the manifest as a table for people: UTF-8; bytes of a name that are none become escapes (\\udcff)."""
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(["folder_or_reason", "file", "original", "sha256"])
        for item in self.entries:
            writer.writerow(map(cell, [item.cluster, item.destination, item.source, item.image]))
        for text in self.written:
            writer.writerow(map(cell, [text.about, text.path, "", text.sha256]))
        for path, why in self.left:
            writer.writerow(map(cell, [f"left: {why}", "", path, ""]))
        return table.getvalue().encode("utf-8", "backslashreplace")


def table_of(manifest: str) -> str:
    """Return the name of the table beside a manifest of this name."""
    return f"{manifest.removesuffix('.json')}.csv"


def part_of_manifest(manifest: str) -> str:
    """Return the hidden name under which a new state of a manifest is written."""
    return f".{manifest}.part"


def read_manifest(manifest: Path) -> Record:
    """Read the record in a manifest.json. Raise UsageError for anything that no export has written."""
    try:
        with open_regular(manifest) as file:
            data: dict[str, Any] = json.loads(file.read().decode("ascii"))
        if data.pop("format") not in (_FORMAT, *_OLDER):
            raise ValueError("another format")
        lists = ("made", "folders", "disks", "only", "also", "into")
        facts: dict[str, Any] = {n: tuple(value) if n in lists else value for n, value in data.items()}
        facts["entries"] = tuple(_item(item) for item in data["entries"])
        facts["written"] = tuple(_written(text) for text in data.get("written", ()))
        facts["left"] = tuple((path, why) for path, why in data["left"])
        record = Record(**facts)
        if record.mode not in _MODES or record.state not in _STATES or record.form not in FORMS:
            raise ValueError("another way of exporting")
        texts = (record.clustering, record.id, record.target, record.above, record.manifest, record.order)
        named = (*record.made, *record.folders, *record.disks, *record.only, *record.also, *record.into)
        if not all(isinstance(text, str) for text in (*texts, *named, *chain(*record.left))):
            raise TypeError("a name that is none")
        if not isinstance(data["entries"], list):
            raise TypeError("files that are no list")
        places = [record.target, record.above, *record.made, *record.folders, *record.disks, *record.into]
        places += [
            place for item in record.entries for place in (item.source, item.destination, item.link or "")
        ]
        places += [place for text in record.written for place in (text.path, text.kept)]
        if not all(map(_may_be_path, places)):
            raise ValueError("a path that no file has")
        if not _NAME.fullmatch(record.manifest) or not isinstance(record.adds, bool):
            raise ValueError("another name")
        if record.into and not record.adds:
            raise ValueError("folders that were there")
        if record.adds and (record.form != "folders" or record.also or record.written):
            raise ValueError("more than folders that were added")
        there = {*record.folders, *record.into}
        for item in record.entries:
            inside = PurePosixPath(item.destination)
            if str(inside.parent) not in there or ".." in inside.parts:
                raise ValueError("a file outside its folder")
            if not Path(item.source).is_absolute():
                raise ValueError("an original without a full path")
        for text in record.written:
            if not _is_in_its_place(text, record):
                raise ValueError("a file that no export writes")
        if any(_is_outside(PurePosixPath(name)) for name in there):
            raise ValueError("a folder outside the export")
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RegroupError,
    ) as error:  # fmt: skip
        name, why = visible(str(manifest)), visible(str(error))
        raise UsageError(f"{name} is not the manifest of an export ({why}); give another file.") from None
    return record


def _item(data: dict[str, Any]) -> Item:
    """Return one file of a manifest. Raise TypeError where it is no text or number that may stand there."""
    item = Item(**data)
    numbers = (item.size, item.mtime_ns, item.mode, item.uid, item.gid)
    texts = (item.image, item.source, item.destination, item.cluster, item.of, item.coded, item.id)
    if not all(isinstance(text, str) for text in texts) or not isinstance(item.link, str | None):
        raise TypeError("a file without its names")
    if not all(number is None or type(number) is int for number in numbers):
        raise TypeError("a file without its numbers")
    return item


def _written(data: dict[str, Any]) -> Written:
    """Return one file of a manifest that the export wrote. Raise TypeError where it is none."""
    text = Written(**data)
    if not all(isinstance(t, str) for t in (text.path, text.sha256, text.about, text.before, text.kept)):
        raise TypeError("a file without its names")
    if not all(n is None or type(n) is int for n in (text.mtime_ns, text.mode, text.uid, text.gid)):
        raise TypeError("a file without its numbers")
    return text


def _is_in_its_place(text: Written, record: Record) -> bool:
    """Return whether a file is one that an export writes: a sidecar, or directly in a folder of the target."""
    folders, taken = {".", *record.folders}, {"", "..", record.manifest, record.table}
    path, kept = PurePosixPath(text.path), PurePosixPath(text.kept)
    if bool(text.kept) != bool(text.before) or (text.kept and str(kept.parent) not in record.folders):
        return False
    if Path(text.path).is_absolute():
        return Path(text.path).suffix.lower() == SIDECAR and ".." not in path.parts
    return str(path.parent) in folders and path.name not in taken and not text.before


def _may_be_path(text: str) -> bool:
    """Return whether a system can be asked for a file of this path; else asking raises no OSError."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _attributes(file: Item | Written) -> Attributes | None:
    """Return what a file had beside its bytes; None where the manifest does not say."""
    known = file.mtime_ns, file.mode, file.uid, file.gid
    return None if None in known else Attributes(*known)  # type: ignore[arg-type]


def _is_outside(folder: PurePosixPath) -> bool:
    """Return whether this is not a folder somewhere inside the target."""
    return not folder.parts or folder.is_absolute() or ".." in folder.parts


def cell(text: str) -> str:
    """Return the text with a quote before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
