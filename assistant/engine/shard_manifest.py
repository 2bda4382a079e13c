"""Says what is in the folder of a shard: which part of which folder, seen by which versions, in which files."""

import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from assistant.engine.batch import ENDING, Hash, Key, read_bytes
from assistant.engine.shard import MOST, PARTED_BY, Shard
from assistant.workspace.files import written
from tools.describe.describe import key
from tools.errors import RegroupError
from tools.models.ports import Expert
from tools.models.weight_store import read_catalogue
from tools.names import visible

FILE = "manifest.json"
BATCHES = "batches"
"""The folder of the batches beside the manifest."""
_MOST_BYTES = 64 * 2**20

_Name = Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{32}}\{ENDING}$")]
_Line = Annotated[str, StringConstraints(max_length=20_000)]


class Manifest(BaseModel):
    """Describes a shard.

    Attributes:
        format: The version of this format.
        regroup: The version of Regroup that looked.
        source: The folder, as it was called there.
        shard: The number of the shard.
        of: The number of all shards.
        parted_by: What decides on the shard of a file.
        experts: The key by each expert that looked: its version, and that of the rules of decoding.
        missing: A line for each expert that could not look there.
        weights: The SHA-256 of each weight file that experts may use.
        complete: Whether every file of the shard was looked at.
        pictures: The number of distinct pictures that were seen.
        unreadable: The number of files that could not be seen.
        batches: The SHA-256 by the name of each file of findings; empty while the shard is not complete.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal[1]
    regroup: Annotated[str, StringConstraints(max_length=100)]
    source: _Line
    shard: Annotated[int, Field(ge=1, le=MOST)]
    of: Annotated[int, Field(ge=1, le=MOST)]
    parted_by: Literal["sha256 of the relative path without its extension"]
    experts: Annotated[dict[_Line, Key], Field(max_length=100)]
    missing: Annotated[tuple[_Line, ...], Field(max_length=100)]
    weights: Annotated[dict[_Line, Hash], Field(max_length=1000)]
    complete: bool = False
    pictures: Annotated[int, Field(ge=0)] = 0
    unreadable: Annotated[int, Field(ge=0)] = 0
    batches: dict[_Name, Hash] = {}

    def write(self, folder: Path) -> None:
        """Write it into the folder of its shard, all at once."""
        with written(folder / FILE, sync=True) as temporary:
            temporary.write_text(json.dumps(self.model_dump(), indent=1) + "\n", encoding="ascii")


def begun(source: str, shard: Shard, experts: Sequence[Expert]) -> Manifest:
    """Return the manifest of a shard of which nothing was looked at yet."""
    reasons = [(expert, expert.missing()) for expert in experts]
    return Manifest(
        format=1,
        regroup=metadata.version("regroup"),
        source=source,
        shard=shard.number,
        of=shard.of,
        parted_by=PARTED_BY,
        experts={expert.name: key(expert) for expert, reason in reasons if reason is None},
        missing=tuple(dict.fromkeys(reason for _, reason in reasons if reason is not None)),
        weights=weights_here(),
    )


def weights_here() -> dict[str, str]:
    """Return the SHA-256 of each weight file that this version uses; none other is ever opened."""
    return {weight.name: weight.sha256 for weight in read_catalogue().values()}


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in the folder of a shard.

    Raises:
        tools.errors.RegroupError: There is none, or it is none that Regroup wrote.
    """
    path = folder / FILE
    data = read_bytes(path, _MOST_BYTES)
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = visible(".".join(map(str, first["loc"]))[:80])
        raise RegroupError(
            f"{visible(str(path))} is no manifest that this version reads ({where}: {first['msg']}); "
            "look at that shard again with this version"
        ) from None
