"""Reads the dialogues, and compares the folders that come of one with the truth."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.conversations.drawn_folders import Truth


@dataclass(frozen=True)
class Said:
    """One turn: what is said, and what the answer must have in it."""

    say: str
    says: str = ""


@dataclass(frozen=True)
class Dialogue:
    """A drawn folder, the turns, and what each folder that is written must hold."""

    about: str
    folder: str
    turns: tuple[Said, ...]
    folders: dict[str, dict[str, Any]]


def dialogues() -> list[Dialogue]:
    """All dialogues."""
    listed = yaml.safe_load(Path(__file__).with_name("dialogues.yaml").read_text(encoding="utf-8"))
    return [
        Dialogue(
            each["about"], each["folder"], tuple(Said(**turn) for turn in each["turns"]), each["folders"]
        )
        for each in listed
    ]


def unsaid(turn: Said, answer: str) -> str:
    """What the answer to a turn lacks; nothing where it is as it must be."""
    if turn.says and not re.search(turn.says, answer, re.IGNORECASE):
        return f"{turn.say!r} was answered without {turn.says!r}: {answer}"
    return f"{turn.say!r} was not understood: {answer}" if "I do not understand" in answer else ""


def differs(dialogue: Dialogue, out: Path, truth: Truth) -> str:
    """How the folders that were written differ from what they must hold; nothing where they do not."""
    written = {
        folder.name: {file.name for file in folder.iterdir() if file.suffix in (".jpg", ".png")}
        for folder in out.iterdir()
        if folder.is_dir() and not folder.name.startswith(".")
    }
    wanted = {name: _meant(holds, truth) for name, holds in dialogue.folders.items()}
    return "" if written == wanted else f"written {written}, meant {wanted}"


def _meant(holds: dict[str, Any], truth: Truth) -> set[str]:
    but = holds.get("but")
    return {
        name
        for name, true in truth.items()
        if _is({k: v for k, v in holds.items() if k != "but"}, true) and not (but and _is(but, true))
    }


def _is(holds: dict[str, Any], true: dict[str, str]) -> bool:
    return all(
        true[about] in (value if isinstance(value, list) else [value]) for about, value in holds.items()
    )
