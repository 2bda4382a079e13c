"""Reads the metadata of a GGUF file: its name, its licence and its source.

The layout is that of the GGUF specification, versions 2 and 3 (ggml-org/ggml, docs/gguf.md): a magic, counts, then
keys with typed values, the general ones first. Little-endian only; nothing is loaded.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""The size in bytes of each type of fixed size."""
_LONGEST = 100_000
"""The most bytes of a string that is read; the strings that matter here are shorter."""
_MOST = 200
"""The most keys that are read: the general ones come first, the vocabulary last."""


@dataclass(frozen=True, slots=True)
class About:
    """Holds the metadata in a file, "" for what is missing. These are the words of its author, and not to
    be trusted."""

    name: str = ""
    licence: str = ""
    source: str = ""


def is_gguf(file: Path) -> bool:
    """Return whether a file exists and begins like a GGUF file."""
    try:
        with file.open("rb") as opened:
            return opened.read(4) == MAGIC
    except OSError:
        return False


def about(file: Path) -> About:
    """Read the metadata of a file, as much as can be read of a damaged one; never raises for its contents."""
    values: dict[str, str] = {}
    try:
        with file.open("rb") as opened:
            if opened.read(4) == MAGIC and _number(opened, "<I") in (2, 3):
                _number(opened, "<Q")  # tensors
                for _ in range(min(_number(opened, "<Q"), _MOST)):
                    key, kind = _text(opened), _number(opened, "<I")
                    if kind == _STRING:
                        values[key] = _text(opened)
                    elif kind in _SIZES:
                        opened.seek(_SIZES[kind], 1)
                    elif kind != _ARRAY or not _passed(opened):
                        break
    except (OSError, ValueError, struct.error):
        pass
    sources = ("general.repo_url", "general.source.url", "general.url", "general.base_model.0.repo_url")
    source = next((values[key] for key in sources if values.get(key)), "")
    return About(values.get("general.name", ""), values.get("general.license", ""), source)


def _number(opened: BinaryIO, layout: str) -> int:
    (number,) = struct.unpack(layout, opened.read(struct.calcsize(layout)))
    return int(number)


def _text(opened: BinaryIO) -> str:
    length = _number(opened, "<Q")
    if length > _LONGEST:
        raise ValueError("too long")
    return opened.read(length).decode("utf-8", "replace")


def _passed(opened: BinaryIO) -> bool:
    """Skip an array; returns False for the first one of the vocabulary, where the general keys end."""
    kind, count = _number(opened, "<I"), _number(opened, "<Q")
    if count > _MOST:
        return False
    if kind == _STRING:
        for _ in range(count):
            _text(opened)
    elif kind in _SIZES:
        opened.seek(_SIZES[kind] * count, 1)
    return kind == _STRING or kind in _SIZES
