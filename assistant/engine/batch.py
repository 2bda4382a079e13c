"""Holds what was found in a batch of files, and writes and reads it as one file.

The file is a safetensors file: arrays of float32 with a header in JSON, and nothing that is ever run. Whoever reads one
checks it, since it may come from another machine.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from assistant.workspace.files import written
from tools.errors import RegroupError
from tools.models.ports import Findings, Slot, Vectors
from tools.names import visible

MOST_FILES = 4096
"""The most files in a batch that is read."""
MOST_BYTES = 128 * 2**20
"""The most bytes of a batch that is read."""
MOST_HEADER = 16 * 2**20
"""The most bytes of its header, which becomes many objects."""
MOST_COLUMNS = 16_384
"""The most columns of a view that is read."""
ENDING = ".safetensors"

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9_.-]+@[A-Za-z0-9_.-]+\+[A-Za-z0-9_.-]+$", max_length=100)
]
"""The key of one version of an expert (`tools.describe.describe.key`)."""
_Said = tuple[
    Annotated[str, StringConstraints(max_length=100)],
    Annotated[str, StringConstraints(max_length=200)],
    Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)],
]
_NAME = re.compile(rf"[0-9a-f]{{32}}\{ENDING}")
"""Matches the name of a batch; a copy that another program made beside it is none."""
_VIEW = re.compile(r"[A-Za-z0-9_. -]{1,100}")


class SeenFile(BaseModel):
    """Says what became of one file.

    Attributes:
        path: Relative to the folder; what is not UTF-8 in it is escaped.
        bytes: Its size.
        mtime_ns: The time of its last change, in nanoseconds.
        sha256: The hash of its bytes, which is the id of its picture; "" where it is no picture.
        reason: Why its picture could not be seen; "" where it was, and for a file that is no picture.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    path: Annotated[str, StringConstraints(max_length=20_000)]
    bytes: Annotated[int, Field(ge=0)]
    mtime_ns: int
    sha256: Hash | Literal[""]
    reason: Annotated[str, StringConstraints(max_length=1000)]

    @property
    def is_seen(self) -> bool:
        """Return whether it is a picture that the experts looked at."""
        return bool(self.sha256) and not self.reason


class About(BaseModel):
    """Is the header of a batch: its files, and what each expert says of the pictures in words."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal[1]
    files: Annotated[tuple[SeenFile, ...], Field(max_length=MOST_FILES)]
    slots: dict[Key, tuple[tuple[_Said, ...], ...]]

    @property
    def images(self) -> tuple[str, ...]:
        """Return the ids of the pictures that were seen, each once, in the order of the files."""
        return tuple(dict.fromkeys(file.sha256 for file in self.files if file.is_seen))


class Batch:
    """Gathers the findings about a batch of pictures; fulfils `tools.models.ports.FindingsStore`.

    Attributes:
        findings: The findings by key, about `images` in the order in which they came.
    """

    def __init__(self) -> None:
        self.findings: dict[str, Findings] = {}
        self._images: dict[str, list[str]] = {}

    def missing(self, expert: str, images: Sequence[str]) -> list[str]:
        """Return those of the images without findings under a key."""
        there = set(self._images.get(expert, ()))
        return [image for image in images if image not in there]

    def put(self, expert: str, images: Sequence[str], findings: Findings) -> None:
        """Add the findings about more images."""
        from tools.models.ports import joined

        before = self.findings.get(expert)
        full = Findings(findings.views, findings.slots or [[] for _ in images])
        self.findings[expert] = joined([before, full]) if before else full
        self._images.setdefault(expert, []).extend(images)

    def view(self, expert: str, name: str, images: Sequence[str]) -> Vectors:
        """Return the rows of a view for images that were all seen."""
        rows = {image: row for row, image in enumerate(self._images[expert])}
        return self.findings[expert].views[name][[rows[image] for image in images]]

    def slots(self, expert: str, images: Sequence[str]) -> list[list[Slot]]:
        """Return the slots of each image; an empty list where nothing was found."""
        rows = {image: row for row, image in enumerate(self._images.get(expert, ()))}
        return [self.findings[expert].slots[rows[i]] if i in rows else [] for i in images]

    def write(self, path: Path, files: Sequence[SeenFile], keys: Sequence[str]) -> None:
        """Write the findings about the pictures of some files under these keys, all at once or not at all.

        Raises:
            tools.errors.RegroupError: The disk is full or cannot be written.
        """
        from safetensors.numpy import save

        images = About(format=1, files=tuple(files), slots={}).images
        tensors: dict[str, Vectors] = {}
        said: dict[str, Any] = {}
        for key in keys if images else ():
            said[key] = [
                [(s.name, s.value, float(s.confidence)) for s in row] for row in self.slots(key, images)
            ]
            for name in self.findings[key].views:
                tensors[f"{key}|{name}"] = np.ascontiguousarray(self.view(key, name, images), np.float32)
        about = {"format": 1, "files": [file.model_dump() for file in files], "slots": said}
        data = save(tensors, {"about": json.dumps(about)})
        with written(path, sync=True) as temporary:
            temporary.write_bytes(data)


def path_text(path: Path) -> str:
    """Return a path as text that every JSON reader takes, with what is not UTF-8 escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


class CannotRead(RegroupError):
    """Says that a file cannot be read now, which does not make what it holds damaged."""


def batch_files(place: Path) -> list[Path]:
    """Return the batches in a folder by their names, in order."""
    return sorted(path for path in place.glob(f"*{ENDING}") if _NAME.fullmatch(path.name))


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a plain file. Raise RegroupError for anything else, and for more than `most` bytes;
    CannotRead where it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise RegroupError(f"{visible(str(path))} is no file; look at that shard again")
            data = opened.read(most + 1)
    except OSError as error:
        raise CannotRead(f"cannot read {visible(str(path))}: {error.strerror or error}") from None
    if len(data) > most:
        raise RegroupError(f"{visible(str(path))} is larger than {most:,} bytes; look at that shard again")
    return data


def read_about(path: Path) -> About:
    """Return the header of a batch that is whole. Raise RegroupError where it is damaged."""
    data = read_bytes(path)
    return _checked(path, data)[0]


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Is a batch as it was read.

    Attributes:
        images: The ids of its pictures, as `About.images`.
        findings: What was found by key, about these pictures.
        sha256: The hash of the bytes that were read, in hex.
    """

    images: tuple[str, ...]
    findings: dict[str, Findings]
    sha256: str


def read_batch(path: Path, expected: str = "") -> ReadBatch:
    """Return what is in a batch.

    Args:
        path: The file.
        expected: The SHA-256 of its bytes, in hex; "" where it is not known.

    Raises:
        tools.errors.RegroupError: It is not what was written, or nothing that Regroup writes.
    """
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if expected and digest != expected:
        raise RegroupError(
            f"{visible(str(path))} is damaged: it is not what its manifest says; copy it again"
        )
    about, views = _checked(path, data)
    found = {
        key: Findings(views.get(key, {}), [[Slot(*slot) for slot in row] for row in rows])
        for key, rows in about.slots.items()
    }
    return ReadBatch(about.images, found, digest)


def _checked(path: Path, data: bytes) -> tuple[About, dict[str, dict[str, Vectors]]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        length = int.from_bytes(data[:8], "little")
        if length > MOST_HEADER:
            raise ValueError("its header is too large")
        tensors = load(data)  # checks the header and all places in the file
        about = About.model_validate_json(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
        return about, _views(about, tensors)
    except (SafetensorError, ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = visible(" ".join(str(error).split())[:120])
        raise RegroupError(
            f"{visible(str(path))} is no batch that Regroup wrote ({why}); look at that shard again"
        ) from None


def _views(about: About, tensors: Mapping[str, Any]) -> dict[str, dict[str, Vectors]]:
    """Return the views by key and name. Raise ValueError where they cannot be about the images of the header."""
    images = len(about.images)
    if any(len(rows) != images for rows in about.slots.values()):
        raise ValueError("its words are about other pictures")
    views: dict[str, dict[str, Vectors]] = {}
    for name, rows in tensors.items():
        key, bar, view = name.partition("|")
        if not bar or key not in about.slots or not _VIEW.fullmatch(view):
            raise ValueError("it has an array of another name")
        if rows.dtype != np.float32 or rows.ndim != 2 or len(rows) != images:
            raise ValueError("an array of it is not about its pictures")
        if not 1 <= rows.shape[1] <= MOST_COLUMNS or np.isinf(rows).any():
            raise ValueError("an array of it holds what no expert measures")
        views.setdefault(key, {})[view] = rows
    for slots in about.slots.values():
        for row in slots:
            if any(visible(text) != text for name, value, _ in row for text in (name, value)):
                raise ValueError("a word of it has characters that nobody can see")
    return views
