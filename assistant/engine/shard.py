"""Parts a folder into shards: the same pictures for the same number of shards, on whatever machine that is asked."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from tools.errors import UsageError
from tools.names import path_key, quoted

MOST = 100_000
"""The most shards of one folder."""
PARTED_BY: Literal["sha256 of the relative path without its extension"] = (
    "sha256 of the relative path without its extension"
)
"""What decides on the shard of a file, as manifests say it."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Names one of the parts of a folder.

    A file's part is the SHA-256 of its path in the folder, without its extension, modulo the number of parts. So no
    machine has to open the files of another one, and a raw file is in the part of its JPEG. Upper and lower case count
    as the same, and so do the ways in which systems write an accent.

    Attributes:
        number: From 1 to `of`.
        of: The number of all parts.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard that is written as "3/16". Raise UsageError for anything else."""
        match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]) <= MOST:
            raise UsageError(
                f"{quoted(text)} is no shard; give its number and how many there are, such as 3/16"
            )
        return cls(int(match[1]), int(match[2]))

    def holds(self, path: Path) -> bool:
        """Return whether a file is in this shard; `path` is relative to the folder."""
        key = "/".join(path_key(part) for part in path.with_suffix("").parts)
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1

    @property
    def folder_name(self) -> str:
        """Return the name of the folder into which it is written, such as "shard-03-of-16"."""
        return f"shard-{self.number:0{len(str(self.of))}}-of-{self.of}"

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
