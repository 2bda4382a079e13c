"""What a GGUF file says about itself: its name, its licence and where it comes from.

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
"""Bytes of the types that have a fixed size."""
_LONGEST = 100_000
"""Bytes of a string that is still read; a longer one is none of those that are looked for."""
_MOST = 200
"""Keys that are read: what is general comes before them, the vocabulary after."""


@dataclass(frozen=True, slots=True)
class About:
    """What stands in the file, "" for what does not. Words of whoever made the file: data, not to be trusted."""

    name: str = ""
    licence: str = ""
    source: str = ""


def is_gguf(file: Path) -> bool:
    """Whether a file is there and begins as one."""
    try:
        with file.open("rb") as opened:
            return opened.read(4) == MAGIC
    except OSError:
        return False


def about(file: Path) -> About:
    """What a file says about itself; as much as can be read, where it is damaged. Never raises for its contents."""
    found: dict[str, str] = {}
    try:
        with file.open("rb") as opened:
            if opened.read(4) == MAGIC and _number(opened, "<I") in (2, 3):
                _number(opened, "<Q")  # tensors
                for _ in range(min(_number(opened, "<Q"), _MOST)):
                    key, kind = _text(opened), _number(opened, "<I")
                    if kind == _STRING:
                        found[key] = _text(opened)
                    elif kind in _SIZES:
                        opened.seek(_SIZES[kind], 1)
                    elif kind != _ARRAY or not _passed(opened):
                        break
    except (OSError, ValueError, struct.error):
        pass
    sources = ("general.repo_url", "general.source.url", "general.url", "general.base_model.0.repo_url")
    source = next((found[key] for key in sources if found.get(key)), "")
    return About(found.get("general.name", ""), found.get("general.license", ""), source)


def _number(opened: BinaryIO, layout: str) -> int:
    (number,) = struct.unpack(layout, opened.read(struct.calcsize(layout)))
    return int(number)


def _text(opened: BinaryIO) -> str:
    length = _number(opened, "<Q")
    if length > _LONGEST:
        raise ValueError("too long")
    return opened.read(length).decode("utf-8", "replace")


def _passed(opened: BinaryIO) -> bool:
    """Pass over an array; False for one that is not general: what follows is the vocabulary."""
    kind, count = _number(opened, "<I"), _number(opened, "<Q")
    if count > _MOST:
        return False
    if kind == _STRING:
        for _ in range(count):
            _text(opened)
    elif kind in _SIZES:
        opened.seek(_SIZES[kind] * count, 1)
    return kind == _STRING or kind in _SIZES
