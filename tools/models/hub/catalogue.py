"""Finds the model that a name means: of the catalogue, of the hub, of open_clip, or a folder of this machine."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.errors import UsageError
from tools.names import quoted

WEIGHTS = ("*.safetensors", "*.bin", "*.pth", "*.pt")
"""The patterns of the files that hold weights."""

_TEXTS = ("*.json", "*.jinja", "*.txt", "*.model")
"""The patterns of settings, templates and vocabularies."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """Describes one model of the hub.

    Attributes:
        name: What the user calls it: "clip-small", "owner/name" or "ViT-B-32:laion2b_s34b_b79k".
        kind: "encoder" (open_clip) or "image-text" (transformers); "" where the name does not say.
        repository: "owner/name" on the hub.
        revision: The commit, 40 hex digits; for a model outside the catalogue the one that the user named, or "main".
        files: Patterns of the files that are fetched.
        size: Bytes of these files; None where only the hub knows.
        licence: The licence that its authors named; "" where only the hub knows.
        purpose: What it is for, in one line.
    """

    name: str
    kind: str
    repository: str
    revision: str
    files: tuple[str, ...]
    size: int | None = None
    licence: str = ""
    purpose: str = ""


@cache
def read_catalogue(path: Path | None = None) -> dict[str, Entry]:
    """Return the models of a catalogue by name, in its order; by default of the `catalogue.toml` beside this module."""
    text = (path or Path(__file__).with_name("catalogue.toml")).read_text("utf-8")
    rows = tomllib.loads(text)["models"]
    return {row["name"]: Entry(**{**row, "files": tuple(row["files"])}) for row in rows}


def own_path(name: str) -> Path | None:
    """Return the file or folder of this machine that a name means, absolute; None where it means none.

    A name of the catalogue never means a folder: none of that name, say among the pictures, may take its place.
    """
    if not name or name in read_catalogue():
        return None
    try:
        path = Path(name).expanduser()
        return path.absolute() if path.exists() else None
    except (OSError, RuntimeError):  # the name is too long, or there is no home folder
        return None


def find(name: str) -> Entry:
    """Return the model that a name means: of the catalogue, "owner/name[@revision]", or open_clip's "architecture:tag".

    Raises:
        tools.errors.UsageError: The name is none of these.
    """
    if entry := read_catalogue().get(name):
        return entry
    repository, _, revision = name.partition("@")
    if _REPOSITORY.fullmatch(repository) and ".." not in repository:
        return Entry(name, "", repository, revision or "main", (*_TEXTS, *WEIGHTS))
    if ":" in name:
        return _open_clip(name)
    names = ", ".join(read_catalogue())
    raise UsageError(
        f"There is no model {quoted(name)}: name one of {names}, a folder, owner/name of the hub, or architecture:tag"
    )


def versioned_name(name: str, folder: Path) -> str:
    """Return a model's name with its revision, which is part of cache keys; a local folder is known by
    `folder_digest`."""
    for entry in read_catalogue().values():
        if entry.name == name or entry.revision == folder.name:
            return f"{entry.repository}@{entry.revision[:12]}"
    if own_path(name) is not None:
        return f"{folder.name}@{folder_digest(folder)}"
    return f"{find(name).repository}@{folder.name[:12]}"


def folder_digest(folder: Path) -> str:
    """Return twelve hex digits that change whenever a file of a model's settings or weights does. Raise OSError."""
    total = hashlib.sha256()
    patterns = ("*.json", "*.jinja", "*.model", *WEIGHTS)
    for file in sorted({file for pattern in patterns for file in folder.glob(pattern) if file.is_file()}):
        total.update(file.name.encode())
        with file.open("rb") as opened:
            total.update(hashlib.file_digest(opened, "sha256").digest())
    return total.hexdigest()[:12]


def _open_clip(name: str) -> Entry:
    """Return the repository that open_clip itself names for an architecture and a tag."""
    from open_clip.pretrained import (  # type: ignore[import-untyped]
        get_pretrained_cfg,
        list_pretrained_tags_by_model,
    )

    architecture, _, tag = name.partition(":")
    facts = get_pretrained_cfg(architecture, tag)
    # open_clip writes owner/name/, or owner/name/file where the file's name is its own.
    owner, _, path = facts.get("hf_hub", "").partition("/")
    repository_name, _, file = path.partition("/")
    repository = f"{owner}/{repository_name}" if repository_name else ""
    if not repository:
        tags = ", ".join(list_pretrained_tags_by_model(architecture)) or "none"
        raise UsageError(
            f"open_clip has no weights {quoted(name)} on the hub; tags of {architecture or 'that'}: {tags}"
        )
    for entry in read_catalogue().values():
        if entry.repository == repository:  # its revision is pinned there
            return entry
    stem = Path(file).stem if file else "open_clip*"
    files = ("*.json", "*.txt", "*.model", *(f"{stem}{suffix[1:]}" for suffix in WEIGHTS))
    return Entry(name, "encoder", repository, "main", files)
