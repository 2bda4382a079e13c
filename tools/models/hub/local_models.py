"""Verifies and deletes models of the hub that are on this machine."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tools.errors import RegroupError, UsageError
from tools.models.hub.catalogue import find, own_path
from tools.models.hub.download import Hub
from tools.progress import Progress, silent

_BLOCK = 1 << 20
"""The number of bytes that are read at a time."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Holds the result of verifying a model's files.

    Attributes:
        files: The number of files that were compared with the hash under which the hub keeps them.
        damaged: The files whose hash is another one.
        unknown: The files whose hash is not known here.
    """

    files: int
    damaged: tuple[str, ...]
    unknown: tuple[str, ...]


def verify(hub: Hub, name: str, progress: Progress = silent) -> Verified:
    """Read every file of a model that is here and compare its hash with the one that the hub gave for it.

    The hub's cache names every file by its hash: SHA-256 where it holds weights, otherwise Git's SHA-1.

    Raises:
        tools.errors.UsageError: There is no model of that name, or it is a folder of the user's own, whose hashes are
            not known.
        tools.errors.RegroupError: It is not here.
    """
    folder = hub.require(name)
    if own_path(name) is not None:
        raise UsageError(f"{name} is a folder of your own, for which no hashes are known")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    damaged, unknown = [], []
    for i, file in enumerate(files):
        progress(f"checking {name}", i, len(files))
        expected, shown = file.resolve().name, str(file.relative_to(folder))
        if not file.is_symlink() or len(expected) not in (40, 64):
            unknown.append(shown)
        elif _hash(file, len(expected)) != expected:
            damaged.append(shown)
    progress(f"checking {name}", len(files), len(files))
    return Verified(len(files) - len(unknown), tuple(damaged), tuple(unknown))


def remove(hub: Hub, name: str) -> int:
    """Delete a model from the hub's cache, in the revision that its name means, and return the bytes that this freed.

    What another revision needs as well stays. A folder of the user's own is left alone.

    Raises:
        tools.errors.UsageError: There is no model of that name, or it is a folder of the user's own.
        tools.errors.RegroupError: It cannot be deleted.
    """
    if own_path(name) is not None:
        raise UsageError(f"{name} is a folder of your own: delete it yourself")
    entry = find(name)
    if hub.root is not None and not hub.root.is_dir():
        return 0
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        cache = scan_cache_dir(hub.root)
    except CacheNotFound:
        return 0
    hashes = [
        revision.commit_hash
        for repository in cache.repos
        if repository.repo_id == entry.repository
        for revision in repository.revisions
        if entry.revision == revision.commit_hash or entry.revision in revision.refs
    ]
    if not hashes:
        return 0
    plan = cache.delete_revisions(*hashes)
    try:
        plan.execute()
    except OSError as error:
        raise RegroupError(f"The model {name} cannot be deleted: {error.strerror or error}") from error
    return int(plan.expected_freed_size)


def _hash(file: Path, length: int) -> str:
    """Return the hash of a file with `length` hex digits: SHA-256 for 64, Git's hash of a blob for 40."""
    total = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    if length == 40:
        total.update(f"blob {file.stat().st_size}\0".encode())
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            total.update(block)
    return total.hexdigest()
