"""Finds the files that belong to a picture and are nothing without it.

They lie in the same folder and bear its name: what photo programs and phones write beside it (XMP, AAE, the JSON of
Google Takeout), the film of a live photo, and the raw file beside its JPEG. Where several pictures have a name in
common, a file belongs to the first one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from tools.names import path_key

RAW = frozenset([
    ".3fr", ".arw", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".eip", ".erf", ".fff", ".gpr", ".iiq", ".kdc",
    ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf",
    ".srw", ".x3f",
])  # fmt: skip
"""The extensions of raw files. Beside a developed picture of the same name, one is no picture of its own."""
_SETTINGS = frozenset([
    ".aae", ".arp", ".comask", ".cos", ".dop", ".json", ".nksc", ".on1", ".pp3", ".spd", ".thm", ".xmp",
])  # fmt: skip
"""The extensions of files in which programs and cameras keep what they know of a picture."""
_FILMS = frozenset([".mov", ".mp4"])
"""The extensions of the film of a live photo, which has the name of its picture."""
_TAKEOUT = ".supplemental-metadata"
"""The text that Google Takeout puts between the name of a picture and ".json", cut off where the name is too long."""
_TAKEOUT_CUT = 44
"""The fewest characters of a name that Takeout has cut off; it keeps 46, some of which it counts as more."""
_MOST_ALIKE = 64
"""The most long names with one beginning that are compared."""
_NUMBERED = re.compile(r"(.*)(\(\d+\))", re.DOTALL)
_MOTION = re.compile(r".*\.(mp|mv)( \(\d+\))?", re.DOTALL)
"""The film of a Pixel phone, "PXL_1.MP" beside "PXL_1.MP.jpg"."""


def companions(pictures: Sequence[Path], others: Iterable[Path]) -> dict[Path, Path]:
    """Return which of the other files belong to which picture.

    Args:
        pictures: All pictures; raw files take others in only where no developed picture does, and films last.
        others: All other files. Raw files and films among the pictures need not be repeated.

    Returns:
        The picture by each file that belongs to one; raw files and films beside their JPEG are among the keys.
    """
    raw = [path for path in pictures if path.suffix.lower() in RAW]
    films = [path for path in pictures if path.suffix.lower() in _FILMS]
    waiting = [*raw, *films, *others]
    # Most folders hold pictures alone, whose names nobody looks up.
    folders = {path.parent for path in waiting}
    near = [path for path in pictures if path.parent in folders]
    developed = [path for path in near if path.suffix.lower() not in RAW | _FILMS]
    found: dict[Path, Path] = {}
    for mains in (developed, raw, films):
        names = _Names([path for path in mains if path not in found])
        for path in waiting:
            if path not in found and (picture := names.of(path)) is not None:
                found[path] = picture
        # What belongs to a companion, such as the settings of the raw file, belongs to its picture.
        inner = _Names(list(found))
        for path in waiting:
            if path not in found and (companion := inner.by_full_name(path)) is not None:
                found[path] = found[companion]
    return found


def companion_name(companion: str, picture: str, renamed: str) -> str:
    """Return the name of a companion whose picture gets another name, so that they still belong together."""
    for old, new in ((picture, renamed), (Path(picture).stem, Path(renamed).stem)):
        if companion[: len(old)].lower() == old.lower():
            return new + companion[len(old) :]
    if adjusted := _adjusted(companion):
        return companion_name(adjusted, picture, renamed)
    suffix = Path(companion).suffix
    return renamed + suffix if suffix.lower() == ".json" else Path(renamed).stem + suffix


class _Names:
    """Looks pictures up by their folders and names; upper and lower case count as the same."""

    def __init__(self, pictures: Iterable[Path]) -> None:
        self._by_name: dict[tuple[Path, str], Path] = {}
        self._by_stem: dict[tuple[Path, str], Path] = {}
        self._long: dict[
            tuple[Path, str], list[tuple[str, Path]]
        ] = {}  # by folder and number: Takeout's names
        for path in pictures:
            self._by_name.setdefault((path.parent, path_key(path.name)), path)
            self._by_stem.setdefault((path.parent, path_key(path.stem)), path)
            self._long.setdefault((path.parent, ""), []).append((path_key(path.name) + _TAKEOUT, path))
            if match := _NUMBERED.fullmatch(path.stem):
                name = path_key(match[1] + path.suffix) + _TAKEOUT
                self._long.setdefault((path.parent, match[2]), []).append((name, path))
        for names in self._long.values():
            names.sort()

    def of(self, file: Path) -> Path | None:
        """Return the picture that a file belongs to; None where it belongs to none."""
        kind = file.suffix.lower()
        if kind in RAW or kind in _FILMS:
            return self._stem(file, file.stem)
        if kind in _SETTINGS:
            for name in _names_of_picture(file.stem):
                if (picture := self._name(file, name) or self._stem(file, name)) is not None:
                    return picture
            return self.by_full_name(file)
        return self._stem(file, file.name) if _MOTION.fullmatch(file.name.lower()) else None

    def by_full_name(self, file: Path) -> Path | None:
        """Return the picture whose name with its extension begins the name of these settings; None without one."""
        if (kind := file.suffix.lower()) not in _SETTINGS:
            return None
        named = next(filter(None, (self._name(file, name) for name in _names_of_picture(file.stem))), None)
        return self._takeout(file) if named is None and kind == ".json" else named

    def _name(self, file: Path, name: str) -> Path | None:
        return self._by_name.get((file.parent, path_key(name)))

    def _stem(self, file: Path, stem: str) -> Path | None:
        picture = self._by_stem.get((file.parent, path_key(stem)))
        return picture if picture != file else None

    def _takeout(self, file: Path) -> Path | None:
        """Return the picture of a JSON of Takeout: "a.jpg.supplemental-metadata.json", wherever that is cut off."""
        stem, number = file.stem, ""
        if match := _NUMBERED.fullmatch(stem):
            stem, number = match.groups()  # "a.jpg(1).json" is about "a(1).jpg"
        wanted, names = path_key(stem), self._long.get((file.parent, number), [])
        begin = bisect_left(names, (wanted,))
        fitting = [
            (len(name), picture)
            for name, picture in islice(names, begin, begin + _MOST_ALIKE)
            if name.startswith(wanted) and len(wanted) >= min(len(name) - len(_TAKEOUT), _TAKEOUT_CUT)
        ]
        return min(fitting)[1] if fitting else None


def _names_of_picture(stem: str) -> Iterator[str]:
    """Yield the names, with or without an extension, of the picture that settings with this stem may be about."""
    yield stem
    if adjusted := _adjusted(stem):
        yield adjusted
    path = Path(stem)
    if match := re.fullmatch(r"(.+)_\d\d", path.stem):  # another version by darktable: "a_01.jpg.xmp"
        yield match[1] + path.suffix


def _adjusted(name: str) -> str:
    """Return the name without the letter that an iPhone puts into it: "IMG_O1.AAE" is about "IMG_1.HEIC"."""
    match = re.fullmatch(r"(.*_)O(\d.*)", name, re.DOTALL | re.IGNORECASE)
    return match[1] + match[2] if match else ""
