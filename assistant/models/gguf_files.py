"""The GGUF files that can think on this machine: which are here, where they come from, and which one is taken."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.agent import brain
from assistant.agent.gguf import about
from assistant.models.providers import installed
from tools.errors import UsageError

if TYPE_CHECKING:
    from assistant.settings import Settings

Document = dict[str, Any]


def listing(settings: "Settings") -> Document:
    """The GGUF files for the model "local": those that are here, and the one that Regroup was tried with."""
    lines = [f"put a GGUF file into {brain.models_folder(settings)}, or set gguf to one"]
    try:
        taken = brain.gguf(settings)
    except UsageError as error:
        lines, taken = [str(error)], None
    if not installed("xllamacpp"):
        lines.append("it needs an extra that is not installed: pip install -e '.[llm]'")
    files = brain.ggufs(settings)
    rows = [_gguf(file, file == taken) for file in ([taken] if taken and taken not in files else []) + files]
    if not any(row["name"] == brain.OFFICIAL_NAME for row in rows):
        rows.append(
            {
                "name": brain.OFFICIAL_NAME,
                "size": brain.OFFICIAL_BYTES,
                "licence": brain.OFFICIAL_LICENCE,
                "source": brain.OFFICIAL,
                "here": False,
                "path": None,
                "taken": False,
            }
        )
    text = 'a chat model in a GGUF file thinks on this machine, with model = "local"; ' + "; ".join(lines)
    return {"text": text, "ready": taken is not None and installed("xllamacpp"), "models": rows}


def _gguf(file: Path, taken: bool) -> Document:
    size, said = file.stat().st_size, about(file)
    tried = file.name == brain.OFFICIAL_NAME and size == brain.OFFICIAL_BYTES
    return {
        "name": file.name,
        "size": size,
        "licence": brain.OFFICIAL_LICENCE if tried else said.licence,
        "source": brain.OFFICIAL if tried else said.source,
        "here": True,
        "path": str(file),
        "taken": taken,
    }


def verified(settings: "Settings", name: str | None = None) -> list[Document]:
    """Whether the GGUF file that Regroup was tried with has its hash, where it is here.

    Args:
        settings: Where files lie.
        name: Of one file in the models' folder; None for that file alone. Of others no hash is known.
    """
    rows: list[Document] = []
    for file in brain.ggufs(settings):
        if file.name == brain.OFFICIAL_NAME and name in (None, file.name):
            with file.open("rb") as opened:
                ok = hashlib.file_digest(opened, "sha256").hexdigest() == brain.OFFICIAL_SHA256
            text = (
                f"its hash is right: {file}"
                if ok
                else f"is not the file from {brain.OFFICIAL}; fetch it again"
            )
            rows.append({"name": file.name, "ok": ok, "text": text})
        elif file.name == name:
            rows.append({"name": name, "ok": None, "text": f"nobody says which hash {file} should have"})
    return rows
