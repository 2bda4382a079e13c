"""Finds out what happened to the files of a collection while Regroup was not looking, and says it."""

import os
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.workspace import Shelf
from tools.names import amount, quoted, visible
from tools.scan.collection import Collection
from tools.scan.foreign_folders import GIT

_SHOWN = 3
"""The most files that are named in one line."""

_COMPANION = "+"
"""The first character of what stands for a companion in place of an id; its name follows."""

Present = Mapping[bytes, tuple[str, str]]
"""The files with pictures: the relative path (`os.fsencode`) to the picture's id and the hash of the file."""


@dataclass(frozen=True, slots=True)
class SinceLast:
    """Names what happened to the files since the collection was opened last; all paths are relative to its folder.

    Attributes:
        rewritten: Files with other bytes and the same picture.
        replaced: Files with another picture under an old name.
        renamed: Files with another name, or in another folder.
        gone: Files that are no longer there.
        unreadable: Files that can no longer be read.
        new: Files that came.
        back: Files that came back after they were gone.
        cut_off: The last export in words, where it did not come to its end; "" where it did.
        away: In words where all images are, where an export has moved them away; "" where there are images.
    """

    rewritten: tuple[Path, ...] = ()
    replaced: tuple[Path, ...] = ()
    renamed: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    unreadable: tuple[Path, ...] = ()
    new: tuple[Path, ...] = ()
    back: tuple[Path, ...] = ()
    cut_off: str = ""
    away: str = ""

    def lines(self) -> list[str]:
        """Return what happened in words, a sentence each; none where all is as it was."""
        sentences = (
            (
                self.rewritten,
                "was rewritten; it is the same picture",
                "were rewritten; they are the same pictures",
            ),
            (self.renamed, "has another name or folder now", "have other names or folders now"),
            (self.replaced, "shows another picture now", "show other pictures now"),
            (self.gone, "is no longer there", "are no longer there"),
            (self.unreadable, "can no longer be read", "can no longer be read"),
            (self.back, "is back", "are back"),
            (self.new, "is new", "are new"),
        )
        lines = list(filter(None, [self.cut_off or self.away]))
        for files, one, many in sentences:
            if files:
                names = "" if files in (self.rewritten, self.back, self.new) else f": {_named(files)}"
                lines.append(f"{amount(len(files), 'file')} {one if len(files) == 1 else many}{names}.")
        return lines


def present(collection: Collection) -> dict[bytes, tuple[str, str]]:
    """Return the files with pictures that are in a collection, and those that belong to them."""
    files = {os.fsencode(image.path): (image.sha256, image.content) for image in collection.images}
    files |= {os.fsencode(d.path): (d.of, d.sha256 or d.of) for d in collection.duplicates}
    return files | {
        os.fsencode(c.path): (_COMPANION + visible(c.path.name), "") for c in collection.companions
    }


def before(shelf: Shelf) -> Present:
    """Return the files with pictures that were there when a collection was opened last. Call it before a scan."""
    if kept := shelf.pictures.present():
        return kept
    grouped = {image for clustering in shelf.clusterings() for image in clustering.images}
    if not grouped:
        return {}
    # An older version did not keep them; its index also has files that went long ago.
    return {path: facts for path, facts in shelf.index.files().items() if facts[0] in grouped}


def since_last(
    earlier: Present, collection: Collection, moved: Iterable[str] = (), seen: Container[str] = ()
) -> SinceLast:
    """Return what happened between two scans.

    Args:
        earlier: What `before` returned.
        collection: What is there now.
        moved: The absolute paths of files that exports have moved away, which is no news.
        seen: The ids of all pictures that were ever there.
    """
    now = present(collection)
    folder = os.fsencode(collection.folder) + os.fsencode(os.sep)
    away = {os.fsencode(path) for path in moved}
    others = {os.fsencode(path) for path in collection.others}  # among them sidecars without their picture
    away |= {folder + path for path in others if earlier.get(path, ("",))[0][:1] == _COMPANION}
    skipped = [folder + os.fsencode(item.path) for item in collection.skipped]
    inside = tuple(path + os.fsencode(os.sep) for path in skipped)
    away |= {folder + path for path in earlier if (folder + path).startswith(inside)} | set(skipped)
    lost = [path for path in earlier if path not in now and folder + path not in away]
    broken = {os.fsencode(item.path) for item in collection.unreadable}
    ids = {id for id, _ in earlier.values()}
    came: list[bytes] = []
    back: list[bytes] = []
    renamed: list[bytes] = []
    rewritten: list[bytes] = []
    replaced: list[bytes] = []
    left = Counter(earlier[path][0] for path in lost if path not in broken)
    hashes = set(earlier.values())
    companions = any(id[:1] == _COMPANION for id, _ in earlier.values())  # an older version did not know any
    for path, (id, sha256) in now.items():
        if path in earlier:
            if _COMPANION in (
                earlier[path][0][:1],
                id[:1],
            ):  # how it is called or what lies beside it has changed
                continue
            if earlier[path][0] != id:
                replaced.append(path)
            elif earlier[path][1] != sha256:
                rewritten.append(path)
        elif left[id]:
            left[id] -= 1
            renamed.append(path)
            if (id, sha256) not in hashes:
                rewritten.append(path)
        elif companions or id[:1] != _COMPANION:
            (back if id in seen and id not in ids else came).append(path)
    gone = []
    for path in lost:
        if path not in broken and left[earlier[path][0]]:
            left[earlier[path][0]] -= 1
            gone.append(path)
    unreadable = [path for path in lost if path in broken]
    return SinceLast(
        rewritten=_paths(rewritten),
        replaced=_paths(replaced),
        renamed=_paths(renamed),
        gone=_paths(gone),
        unreadable=_paths(unreadable),
        new=_paths(came),
        back=_paths(back),
    )


def skipped_line(collection: Collection) -> str:
    """Return in words what a scan has skipped, and how to include it; "" where that is nothing."""
    folders = [item for item in collection.skipped if item.is_folder]
    files = len(collection.skipped) - len(folders)
    if not collection.skipped:
        return ""
    named = ", ".join(f"{quoted(str(item.path))} ({item.owner or GIT})" for item in folders[:_SHOWN])
    more = f" and {len(folders) - _SHOWN:,} more" if len(folders) > _SHOWN else ""
    what = [
        f"{amount(len(folders), 'folder')} that {'is' if len(folders) == 1 else 'are'} not yours to sort: {named}{more}"
        if folders
        else "",
        f"{amount(files, 'picture')} that git ignores" if files else "",
    ]
    return (
        f"Skipped: {'; '.join(filter(None, what))}. "
        f"To include them: regroup --include-skipped chat {quoted(str(collection.folder))}"
    )


def _paths(files: Sequence[bytes]) -> tuple[Path, ...]:
    return tuple(Path(os.fsdecode(file)) for file in files)


def _named(files: Sequence[Path]) -> str:
    """Return the first few files in words."""
    names = ", ".join(quoted(str(file)) for file in files[:_SHOWN])
    return f"{names} and {len(files) - _SHOWN:,} more" if len(files) > _SHOWN else names
