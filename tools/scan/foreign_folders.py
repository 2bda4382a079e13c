"""Knows the folders that belong to other programs and to systems, and what git ignores: no pictures of the user's own.

A picture that is taken out of another program's library breaks that, so such folders are skipped unless the user says
otherwise. The folder that the user names is always entered, whatever it is.
"""

import fnmatch
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

RULES: tuple[tuple[str, str], ...] = (
    ("*.photoslibrary", "Apple Photos"),
    ("*.photolibrary", "iPhoto"),
    ("*.migratedphotolibrary", "iPhoto"),
    ("*.aplibrary", "Aperture"),
    ("photo booth library", "Photo Booth"),
    ("*.lrdata", "Lightroom"),
    ("*.lrcat-data", "Lightroom"),
    ("*.lrlibrary", "Lightroom"),
    ("*.cocatalog", "Capture One"),
    ("*.cosessiondb", "Capture One"),
    ("captureone", "Capture One"),
    ("*.dtbase2", "DEVONthink"),
    ("*.imovielibrary", "iMovie"),
    ("*.fcpbundle", "Final Cut Pro"),
    ("*.theater", "iMovie"),
    ("*.tvlibrary", "Apple TV"),
    ("*.musiclibrary", "Apple Music"),
    ("*.app", "an app"),
    ("*.framework", "an app"),
    ("*.bundle", "an app"),
    ("*.xcassets", "Xcode"),
    ("*.xcodeproj", "Xcode"),
    ("node_modules", "npm"),
    ("bower_components", "Bower"),
    ("site-packages", "Python"),
    ("__pycache__", "Python"),
    ("@eadir", "a Synology disk station"),
    ("#recycle", "the recycle bin"),
    ("#snapshot", "snapshots of the disk"),
    ("@recycle", "the recycle bin"),
    ("@recently-snapshot", "snapshots of the disk"),
    ("@tmp", "a disk station"),
    ("$recycle.bin", "the recycle bin"),
    ("recycler", "the recycle bin"),
    ("system volume information", "Windows"),
    ("lost+found", "the file system"),
    ("lost.dir", "the file system"),
    ("found.[0-9][0-9][0-9]", "the file system"),
    ("network trash folder", "macOS"),
    ("temporary items", "macOS"),
    ("*.sparsebundle", "a disk image"),
    ("*.rtfd", "a document"),
    ("*.pages", "a document"),
    ("*.numbers", "a document"),
    ("*.key", "a document"),
    ("*.scriv", "a document"),
    ("*.textbundle", "a document"),
)
"""The names of folders, in lower case, each with whom they belong to. "*" stands for any text."""
GIT = "ignored by git"
"""The reason why something is skipped that git ignores."""
_OWNERS = [(re.compile(fnmatch.translate(pattern)), owner) for pattern, owner in RULES]
_LARGEST = 1 << 20
"""The most bytes of a file of patterns that are read."""
_MOST_STARS = 3
"""The most wildcards of a pattern: with more of them, matching a long name could take for ever."""


def owner_of(name: str) -> str:
    """Return whom a folder of this name belongs to; "" where it may be the user's own."""
    lower = name.lower()
    return next((owner for pattern, owner in _OWNERS if pattern.match(lower)), "")


def owner_above(folder: Path) -> tuple[Path, str] | None:
    """Return the outermost folder of another program that a folder lies in, or is, and its owner; None without one."""
    above = [(place, owner) for place in (folder, *folder.parents) if (owner := owner_of(place.name))]
    return above[-1] if above else None


def work_tree(folder: Path) -> Path | None:
    """Return the git work tree that a folder lies in, its top folder; None where there is none."""
    return next((above for above in (folder, *folder.parents) if _is_work_tree(above)), None)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Tells what git ignores in one folder of a work tree, by the patterns there and in the folders above.

    Files that were added to a repository although a pattern matches them count as ignored, too.

    Attributes:
        base: The folder in which the patterns are.
        patterns: The patterns.
        above: Those of the folders above, which count where these say nothing.
    """

    base: Path
    patterns: "GitIgnoreSpec"
    above: "Ignored | None"

    @classmethod
    def at(cls, folder: Path) -> "Ignored | None":
        """Return what git ignores in any folder; None outside a work tree, and where git ignores the folder itself."""
        top = work_tree(folder)
        if top is None:
            return None
        ignored: Ignored | None = None
        for place in reversed([folder, *(p for p in folder.parents if p == top or top in p.parents)]):
            if ignored is not None and ignored.covers(place, is_folder=True):
                return None  # the user has named what git ignores, so that is wanted
            ignored = cls.inside(place, ignored)
        return ignored

    @classmethod
    def inside(cls, folder: Path, above: Self | None) -> "Ignored | None":
        """Return what git ignores in a folder, given what it ignores in the one above."""
        if _is_work_tree(folder):  # a repository of its own
            everywhere = _patterns(
                Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "git" / "ignore"
            )
            own = _patterns(folder / ".git" / "info" / "exclude")
            above = cls(folder, _compiled([*everywhere, *own]), None)
        if above is None or not (lines := _patterns(folder / ".gitignore")):
            return above
        return cls(folder, _compiled(lines), above)

    def covers(self, path: Path, is_folder: bool) -> bool:
        """Return whether git ignores a file or folder, which lies in the folder of these patterns or deeper."""
        found: Ignored | None = self
        while found is not None:
            name = path.relative_to(found.base).as_posix() + ("/" if is_folder else "")
            include = found.patterns.check_file(name).include
            if include is not None:
                return include
            found = found.above
        return False


def _is_work_tree(folder: Path) -> bool:
    git = folder / ".git"
    try:
        return (git / "HEAD").is_file() or git.is_file()
    except OSError:
        return False


def _patterns(file: Path) -> list[str]:
    """Return the patterns in a file that git reads; none where it cannot be read."""
    try:
        if not file.is_file():
            return []
        with file.open("rb") as reading:
            lines = os.fsdecode(reading.read(_LARGEST)).splitlines()
    except OSError:
        return []
    return [line for line in lines if len(re.sub(r"\*\*+", "", line)) < 1000 and _stars(line) <= _MOST_STARS]


def _stars(line: str) -> int:
    return len(re.findall(r"\*+", line))


def _compiled(lines: list[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec

    good = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except (ValueError, re.error):  # no pattern
            continue
        good.append(line)
    return GitIgnoreSpec.from_lines(good)
