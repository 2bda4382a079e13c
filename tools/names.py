"""Makes names visible or safe, for people and for paths, compares and combines them, and puts amounts to nouns."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

LONGEST = 100
"""The most bytes of UTF-8 in a safe name; every file system can hold it, and a number after it."""

# Names that Windows reserves for devices, with any extension.
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)]
)
_FORBIDDEN = frozenset('<>:"/\\|?*')
# Letters and marks that draw nothing: fillers, the blank of Braille, joiners, variation selectors.
_BLANK = frozenset([0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xE0100, 0xE01F0)])
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return the text as it may be shown on a screen: whatever could hide or reorder it becomes an escape.

    Control, bidirectional and zero-width characters, line separators, private and unassigned characters and lone
    surrogates (bytes of a file name that are not UTF-8) become `\\n`, `\\x1b`, `\\u202e` or `\\U000e0041`. The result
    is one line and encodes as UTF-8; a backslash is left as it is.
    """
    return "".join(_escape(c) if _hidden(c) else c for c in text)


def quoted(text: str) -> str:
    """Return a name as data inside a sentence: on one line, between double quotes that it cannot close."""
    return '"' + visible(text).replace('"', "'") + '"'


def amount(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: "1 image", "1,204 images"; without `plural` an s is added to `singular`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def with_companions(pictures: int, companions: int, noun: str = "image") -> str:
    """Return a number of pictures and of the files that belong to them, in words."""
    if not companions:
        return amount(pictures, noun)
    them = "it" if pictures == 1 else "them"
    belong = f"{amount(companions, 'file')} that {'belongs' if companions == 1 else 'belong'} to {them}"
    return f"{amount(pictures, 'image')} and {belong}"


def safe_name(text: str, taken: Collection[str] = ()) -> str:
    """Return a single path component for a name, safe on every system.

    It is never empty, "." or ".."; it has no separator, no control, bidirectional or zero-width character and no
    leading dot or dash, is no name that Windows reserves, and has at most `LONGEST` bytes of UTF-8.

    Args:
        text: Anything, such as what a user typed or a model answered.
        taken: Names that it must differ from, even where upper and lower case are the same.
    """
    name = _clean(text, LONGEST)
    used = {path_key(other) for other in taken}
    number, candidate = 1, name
    while path_key(candidate) in used:
        number += 1
        suffix = f" ({number})"
        candidate = _clean(name, LONGEST - len(suffix)) + suffix
    return candidate


def path_key(name: str) -> str:
    """Return the form in which names that a file system may take for one are equal: case-folded, in Unicode's NFC."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def name_key(name: str) -> str:
    """Return the form in which names that people take for one are equal: case-folded, in Unicode's NFKC."""
    return unicodedata.normalize("NFKC", name).casefold()


def combined_name(names: Sequence[str], most: int = 3) -> str:
    """Return one name for a group that has several, the most important first: "sad or angry".

    More than `most` names become "sad or others". Names that differ only in a number ("happy", "happy 2") mean the
    same, so the first of them stands for all.
    """
    parts = list(dict.fromkeys(part for name in names for part in name.split(" or ")))
    bases = {re.sub(r" \d+$", "", part) for part in parts}
    if len(bases) == 1:
        return min(parts, key=len) if bases & set(parts) else parts[0]
    return " or ".join(parts) if len(parts) <= most else f"{parts[0]} or others"


def spelling_suggestion(typed: str, names: Iterable[str]) -> str | None:
    """Return the name of which `typed` is probably a misspelling; None where it is one of the names, or like none of
    them.

    A misspelling has a letter too many, too few or wrong, or two letters swapped. Names of seven letters or more may
    have two such errors, names of three letters only a swap. Names that differ in their digits are different names,
    such as "group 1" and "group 2".
    """
    words = path_key(" ".join(typed.split()))
    candidates: list[tuple[int, str]] = []
    for name in dict.fromkeys(names):
        other = path_key(" ".join(name.split()))
        if other == words:
            return None
        shorter = min(len(words), len(other))
        most = 2 if shorter >= 7 else 1 if shorter >= 3 else 0
        if abs(len(words) - len(other)) > most or _digits(words) != _digits(other):
            continue
        distance = _edit_distance(words, other)
        if distance <= most and (shorter > 3 or sorted(words) == sorted(other)):
            candidates.append((distance, name))
    return min(candidates, key=lambda pair: pair[0])[1] if candidates else None


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _edit_distance(a: str, b: str) -> int:
    """Return the number of letters to add, drop, change or swap (optimal string alignment; Damerau 1964)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]


def _clean(text: str, longest: int) -> str:
    """Return the text without everything that a path component must not have, in at most `longest` bytes."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    allowed = "".join("_" if c in _FORBIDDEN else c for c in spaced if not _hidden(c))
    name = _trim(unicodedata.normalize("NFC", " ".join(allowed.split())))
    stem, dot, extension = name.partition(".")
    if unicodedata.normalize("NFKC", stem).rstrip().casefold() in _RESERVED:
        name = f"{stem.rstrip()}_{dot}{extension}"
    while len(name.encode()) > longest:
        name = _trim(name[:-1])
    return name or "unnamed"


def _trim(name: str) -> str:
    """Return the name without dangerous ends: a hidden file, an option, a formula, the final dots that Windows
    drops."""
    return name.lstrip(" .-=+@~").rstrip(" .")


def _hidden(c: str) -> bool:
    return unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or ord(c) in _BLANK


def _escape(c: str) -> str:
    code = ord(c)
    if c in _ESCAPES:
        return _ESCAPES[c]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
