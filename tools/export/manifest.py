"""The record of an export: manifest.json, from which it can be undone, and manifest.csv, the same for people."""

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from tools.errors import UsageError
from tools.export.disk import sync_folder, write_new
from tools.names import visible

MANIFEST = "manifest.json"
"""The name of the record in the exported folder."""
CSV = "manifest.csv"
"""The name of the same record as a table, which lies beside it."""
PART = ".manifest.json.part"
"""The name under which a new state of the record is written before it replaces the old one in one step."""

_FORMAT = "regroup export 1"
"""The format that every manifest states first; a manifest of another format is refused."""


@dataclass(frozen=True, slots=True)
class Item:
    """One exported file in the manifest.

    Attributes:
        image: The SHA-256 of its bytes, in hex.
        source: The absolute path where the original is or was.
        destination: Folder and name, relative to the target, with forward slashes.
        cluster: The name of its group, for people.
        link: The path that the source pointed to where a symbolic link was moved, otherwise None.
    """

    image: str
    source: str
    destination: str
    cluster: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The contents of a manifest.

    Attributes:
        state: "running" until the export is complete, then "done".
        mode: "copy", "link" or "move".
        clustering: The id of the clustering.
        made: The absolute paths of folders that the export made outside the groups' ones: the target, then those above.
        folders: The folders in the target, one per group; those that hold others come last.
        entries: Every exported file.
        left: The files of the collection that stay where they are, each with the reason.
    """

    state: Literal["running", "done"]
    mode: str
    clustering: str
    made: tuple[str, ...]
    folders: tuple[str, ...]
    entries: tuple[Item, ...]
    left: tuple[tuple[str, str], ...]

    def write(self, manifest: Path) -> None:
        """Write manifest.json: as a new file when the export begins, afterwards replaced in one step.

        Everything but ASCII is escaped, so names that are no UTF-8 survive as lone surrogates.

        Raises:
            OSError: It cannot be written, or the export begins and there is a manifest already.
        """
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=True)
        new = manifest if self.state == "running" else manifest.with_name(PART)
        write_new(new, text.encode("ascii"))
        if new != manifest:
            new.replace(manifest)
        sync_folder(manifest.parent)

    def write_csv(self, file: Path) -> None:
        """Write manifest.csv. Raises OSError, also where the file exists."""
        write_new(file, self.csv())

    def csv(self) -> bytes:
        """Return the manifest as a table for people: UTF-8; bytes of a name that are none become escapes (\\udcff)."""
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(["folder_or_reason", "file", "original", "sha256"])
        for item in self.entries:
            writer.writerow(map(_cell, [item.cluster, item.destination, item.source, item.image]))
        for path, why in self.left:
            writer.writerow(map(_cell, [f"left: {why}", "", path, ""]))
        return table.getvalue().encode("utf-8", "backslashreplace")


def read_manifest(manifest: Path) -> Record:
    """Read the record in a manifest.json. Raise UsageError for anything that no export has written."""
    try:
        data = json.loads(manifest.read_text("ascii"))
        if data.pop("format") != _FORMAT:
            raise ValueError("another format")
        record = Record(
            state=data["state"],
            mode=data["mode"],
            clustering=data["clustering"],
            made=tuple(data["made"]),
            folders=tuple(data["folders"]),
            entries=tuple(Item(**item) for item in data["entries"]),
            left=tuple((path, why) for path, why in data["left"]),
        )
        for item in record.entries:
            inside = PurePosixPath(item.destination)
            if str(inside.parent) not in record.folders or ".." in inside.parts:
                raise ValueError("a file outside its folder")
            if not Path(item.source).is_absolute():
                raise ValueError("an original without a full path")
        if any(_is_outside(PurePosixPath(name)) for name in record.folders):
            raise ValueError("a folder outside the export")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        name, why = visible(str(manifest)), visible(str(error))
        raise UsageError(f"{name} is not the manifest of an export ({why}); give another file.") from None
    return record


def _is_outside(folder: PurePosixPath) -> bool:
    """Return whether this is not a folder somewhere inside the target."""
    return not folder.parts or folder.is_absolute() or ".." in folder.parts


def _cell(text: str) -> str:
    """Return the text with a quote before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
