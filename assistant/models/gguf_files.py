"""Finds the GGUF files that can serve as the brain: which are here, where they come from, and which one is used."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from assistant.models.gguf_metadata import about, is_gguf
from assistant.models.providers import installed
from tools.errors import UsageError
from tools.extras import how_to_add
from tools.names import visible

if TYPE_CHECKING:
    from assistant.settings import Settings

OFFICIAL = (
    "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
)
"""The GGUF file that Regroup is tested with: Apache-2.0, 1.1 GB, needing 2 GB of memory."""
OFFICIAL_NAME = OFFICIAL.rsplit("/", 1)[1]

_OFFICIAL_LICENCE = "Apache-2.0"
_OFFICIAL_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_OFFICIAL_BYTES = 1_117_320_768

Document = dict[str, Any]


def gguf_folder(settings: "Settings") -> Path:
    """Return the folder for GGUF files: "models" in the workspace."""
    return (settings.workspace or Path(platformdirs.user_data_dir("regroup"))) / "models"


def gguf_files(settings: "Settings") -> list[Path]:
    """Return the GGUF files in that folder, the preferred one first: the official file, then by size."""
    try:
        files = [f for f in gguf_folder(settings).glob("*.gguf") if "mmproj" not in f.name and is_gguf(f)]
        return sorted(files, key=lambda f: (f.name != OFFICIAL_NAME, -f.stat().st_size, f.name))
    except OSError:
        return []


def chosen_gguf(settings: "Settings") -> Path | None:
    """Return the GGUF file to use: the one that is set, else the first of `gguf_files`; None where there is none.

    Raises:
        UsageError: The file that is set does not exist or is not a GGUF file.
    """
    if settings.gguf is not None:
        file = settings.gguf.expanduser()
        if not is_gguf(file):
            shown = " ".join(visible(str(file)).split())
            raise UsageError(f"gguf {shown} does not exist or is not a GGUF file; set it to another")
        return file
    return next(iter(gguf_files(settings)), None)


def list_gguf_files(settings: "Settings") -> Document:
    """List the GGUF files for the model "local": those that are here, and the one that Regroup is tested with.

    Returns:
        `text` for people, `ready`, and `models`: for each its `name`, `size` in bytes, `licence`, `source`, whether
        it is `here`, its `path`, and whether it is the one in use (`taken`).
    """
    lines = [f"put a GGUF file into {gguf_folder(settings)}, or set gguf to one"]
    try:
        taken = chosen_gguf(settings)
    except UsageError as error:
        lines, taken = [str(error)], None
    if not installed("xllamacpp"):
        lines.append(f"it needs an extra that is not installed; run: {how_to_add('llm')}")
    files = gguf_files(settings)
    if taken is not None and taken not in files:
        files = [taken, *files]
    rows = [_row(file, file == taken) for file in files]
    if not any(row["name"] == OFFICIAL_NAME for row in rows):
        rows.append(
            {
                "name": OFFICIAL_NAME,
                "size": _OFFICIAL_BYTES,
                "licence": _OFFICIAL_LICENCE,
                "source": OFFICIAL,
                "here": False,
                "path": None,
                "taken": False,
            }
        )
    text = 'a chat model in a GGUF file thinks on this machine, with model = "local"; ' + "; ".join(lines)
    return {"text": text, "ready": taken is not None and installed("xllamacpp"), "models": rows}


def verify_gguf_files(settings: "Settings", name: str | None = None) -> list[Document]:
    """Check the hash of the GGUF file that Regroup is tested with, where it is here.

    Args:
        settings: The settings, which lead to the folder.
        name: The name of a file in the models' folder; None for the official file. No hash is known of others.

    Returns:
        For each: `name`, `ok` (None where no hash is known) and `text` for people.
    """
    rows: list[Document] = []
    for file in gguf_files(settings):
        if file.name == OFFICIAL_NAME and name in (None, file.name):
            with file.open("rb") as opened:
                ok = hashlib.file_digest(opened, "sha256").hexdigest() == _OFFICIAL_SHA256
            text = (
                f"its hash is correct: {file}"
                if ok
                else f"this is not the file from {OFFICIAL}; fetch it again"
            )
            rows.append({"name": file.name, "ok": ok, "text": text})
        elif file.name == name:
            rows.append({"name": name, "ok": None, "text": f"no hash is known for {file}"})
    return rows


def _row(file: Path, taken: bool) -> Document:
    size, metadata = file.stat().st_size, about(file)
    official = file.name == OFFICIAL_NAME and size == _OFFICIAL_BYTES
    return {
        "name": file.name,
        "size": size,
        "licence": _OFFICIAL_LICENCE if official else metadata.licence,
        "source": OFFICIAL if official else metadata.source,
        "here": True,
        "path": str(file),
        "taken": taken,
    }
