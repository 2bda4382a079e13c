"""Names that come from people, models and disks: made safe for a path, made visible on a screen."""

import unicodedata
from collections.abc import Collection

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
