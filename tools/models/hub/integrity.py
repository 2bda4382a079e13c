"""Checks whether a model's folder is complete and sound, as far as that can be seen without loading the model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.models.hub.catalogue import WEIGHTS
from tools.names import visible

CONFIGS = ("open_clip_config.json", "config.json")
"""The names of the files that say how a model is built: open_clip's and that of transformers."""

_LONGEST_HEADER = 100_000_000
"""The upper bound of the bytes in the header of a safetensors file, as in the format's own library."""


def is_complete(folder: Path) -> bool:
    """Return whether the weights are there: every file that an index names, or at least one file."""
    for index in folder.glob("*.index.json"):
        try:
            shards = set(_read(index)["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            return False
        if all((folder / str(shard)).is_file() for shard in shards):
            return True
    return any("-of-" not in file.name for file in _weights(folder))


def flaw(folder: Path) -> str | None:
    """Return what is wrong with a folder of config and weights, in one line; None where nothing wrong can be seen.

    Configs must be readable, the weights complete, and safetensors files exactly as long as their headers say
    (https://github.com/huggingface/safetensors, "Format").
    """
    try:
        for config in (folder / name for name in CONFIGS if (folder / name).exists()):
            try:
                _read(config)
            except ValueError:
                return f"its {config.name} cannot be read"
        if not is_complete(folder):
            return "it has no weights, or not all of them"
        for file in _weights(folder):
            if file.stat().st_size == 0:
                return f"its {visible(file.name)} is empty"
            if file.suffix == ".safetensors" and (why := _safetensors_flaw(file)):
                return f"its {visible(file.name)} {why}"
    except OSError as error:
        return f"it cannot be read ({error.strerror or type(error).__name__})"
    return None


def _safetensors_flaw(file: Path) -> str | None:
    """Return what is wrong with a safetensors file, judging by its header alone; None where nothing is."""
    length_on_disk = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length_on_disk < 8 or length > _LONGEST_HEADER:
            return "holds no weights"
        if 8 + length > length_on_disk:
            return "is cut short"
        try:
            header = json.loads(opened.read(length))
            ends = [int(about["data_offsets"][1]) for name, about in header.items() if name != "__metadata__"]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
            return "holds no weights"
    wanted = 8 + length + max(ends, default=0)
    return (
        None
        if length_on_disk == wanted
        else "is cut short"
        if length_on_disk < wanted
        else "is longer than it says"
    )


def _read(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raise ValueError where there is none, OSError where it cannot be read."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("no object")
    return content


def _weights(folder: Path) -> Iterator[Path]:
    return (file for pattern in WEIGHTS for file in sorted(folder.glob(pattern)) if file.is_file())
