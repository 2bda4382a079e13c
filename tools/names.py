"""Names and numbers for people: what comes from elsewhere made safe for a path or visible on a screen, and counts."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

LONGEST = 100
"""Bytes of UTF-8 in a safe name: room for a number, and for every file system there is."""

_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)]
)
_FORBIDDEN = frozenset('<>:"/\\|?*')
# Letters and marks that draw nothing: fillers, the blank of Braille, joiners, hidden variation selectors.
_BLANK = frozenset([0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xE0100, 0xE01F0)])
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text as it may be shown: what could hide or reorder it is written as an escape.

    Control, bidirectional and zero-width characters, line separators, private and unassigned
    characters and lone surrogates (bytes of a file name that are no UTF-8) become `\\n`, `\\x1b`,
    `\\u202e` or `\\U000e0041`. The result is one line and encodes as UTF-8. A backslash stays one.
    """
    return "".join(_escape(c) if _hidden(c) else c for c in text)


def quoted(text: str) -> str:
    """A name as data inside a sentence: on one line, in double quotes that it cannot close."""
    return '"' + visible(text).replace('"', "'") + '"'


def amount(count: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 image", "1,204 images"; `many` where that is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def safe_name(text: str, taken: Collection[str] = ()) -> str:
    """A name as ONE path component that is safe on every system.

    Never empty, never "." or "..", no separator, no control, bidirectional or zero-width character,
    no name that Windows reserves, no leading dot or dash, at most `LONGEST` bytes of UTF-8.

    Args:
        text: Anything: what a user typed, what a model answered.
        taken: Names that it must differ from, also where upper and lower case are the same.
    """
    name = _clean(text, LONGEST)
    used = {same(other) for other in taken}
    number, candidate = 1, name
    while same(candidate) in used:
        number += 1
        suffix = f" ({number})"
        candidate = _clean(name, LONGEST - len(suffix)) + suffix
    return candidate


def same(name: str) -> str:
    """What two names have in common that a file system may take for one: no case, one Unicode form."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def same_name(name: str) -> str:
    """What two names have in common that people take for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def combined_name(names: Sequence[str], most: int = 3) -> str:
    """One name for what has several, the most important first: "sad or angry"; "sad or others" for more than `most`.

    Names that differ in a number alone ("happy", "happy 2") say the same: the first stands for all.
    """
    parts = list(dict.fromkeys(part for name in names for part in name.split(" or ")))
    bases = {re.sub(r" \d+$", "", part) for part in parts}
    if len(bases) == 1:
        return min(parts, key=len) if bases & set(parts) else parts[0]
    return " or ".join(parts) if len(parts) <= most else f"{parts[0]} or others"


def spelling_suggestion(typed: str, known: Iterable[str]) -> str | None:
    """The known name of which another one is probably a misspelling; None where it is one of them, or like none.

    A letter too many, too few, wrong, or two in the wrong order; two such slips in seven letters or more, none but the
    order in three. Names that differ in their digits are two names: "group 1" and "group 2".
    """
    said, names = same(" ".join(typed.split())), list(dict.fromkeys(known))
    found: list[tuple[int, str]] = []
    for name in names:
        other = same(" ".join(name.split()))
        if other == said:
            return None
        shorter = min(len(said), len(other))
        most = 2 if shorter >= 7 else 1 if shorter >= 3 else 0
        if abs(len(said) - len(other)) > most or _digits(said) != _digits(other):
            continue
        far = _slips(said, other)
        if far <= most and (shorter > 3 or sorted(said) == sorted(other)):
            found.append((far, name))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _slips(a: str, b: str) -> int:
    """How many letters to add, drop, change or swap with their neighbour (optimal string alignment; Damerau 1964)."""
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
    """`text` without everything that a path component must not have, in at most `longest` bytes."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = "".join("_" if c in _FORBIDDEN else c for c in spaced if not _hidden(c))
    name = _trim(unicodedata.normalize("NFC", " ".join(kept.split())))
    stem, dot, rest = name.partition(".")
    if unicodedata.normalize("NFKC", stem).rstrip().casefold() in _RESERVED:
        name = f"{stem.rstrip()}_{dot}{rest}"
    while len(name.encode()) > longest:
        name = _trim(name[:-1])
    return name or "unnamed"


def _trim(name: str) -> str:
    """Without what is dangerous at an end: a hidden file, an option, a formula, Windows' lost dots."""
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
