"""Draws the demo collection: portraits that can be sorted by emotion, hair, background, shirt or glasses."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.demo.portrait import BACKGROUNDS, EMOTIONS, GLASSES, HAIR, SHIRTS, Sitter, draw_portrait
from tools.errors import RegroupError
from tools.progress import Progress, silent

QUALITY = 90
"""The quality of the JPEG, of 100."""
_BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Truth:
    """Gives the ground truth of one file.

    Attributes:
        file: The file's name.
        emotion, hair, background, shirt, glasses: The values in the tables of `assistant.demo.portrait`.
        note: "", "broken" (the file is cut off) or "copy of portrait-017.jpg" (the same bytes).
    """

    file: str
    emotion: str
    hair: str
    background: str
    shirt: str
    glasses: str
    note: str = ""


CRITERIA = {
    "emotion": "emotion",
    "hair": "hair colour",
    "background": "background colour",
    "shirt": "shirt pattern",
    "glasses": "glasses",
}
"""The criterion, in a user's words, for each attribute of a `Truth`."""


def sitters(count: int, rng: np.random.Generator) -> list[Sitter]:
    """Return `count` sitters. In every 16 of them each pair of values of two attributes occurs equally often.

    That is an orthogonal array over the field of four elements (Bose 1938), with its values permuted at random in each
    block: the hair says nothing about the emotion.
    """
    twice, thrice = (0, 2, 3, 1), (0, 3, 1, 2)
    block = [(a, b, a ^ b, a ^ twice[b], a ^ thrice[b]) for a in range(4) for b in range(4)]
    sampled: list[Sitter] = []
    while len(sampled) < count:
        renamed = [rng.permutation(4) for _ in range(5)]
        for row in rng.permutation(block).tolist():
            e, h, b, s, g = (int(names[value]) for names, value in zip(renamed, row, strict=True))
            sampled.append(
                Sitter(EMOTIONS[e], tuple(HAIR)[h], tuple(BACKGROUNDS)[b], SHIRTS[s], GLASSES[g % 2])
            )
    return sampled[:count]


def draw_demo(folder: Path, seed: int = 7, count: int = 120, progress: Progress = silent) -> list[Truth]:
    """Draw `count` portraits into a folder, and two more files: a truncated one, and a copy of another.

    The same seed and count give the same bytes on one machine. The ground truth is returned, not written: see
    `write_truth`.

    Args:
        folder: An empty folder, created if necessary.

    Raises:
        RegroupError: The folder is not empty or cannot be written.
    """
    rng = np.random.default_rng(seed)
    people = sitters(count + 1, rng)  # the last one's file is cut off
    numbers = (rng.permutation(count + 2) + 1).tolist()
    names = [f"portrait-{number:03d}.jpg" for number in numbers]
    truth = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise RegroupError(f"{folder} is not empty: give a new folder for the demo pictures")
        for i, (name, sitter) in enumerate(zip(names, people, strict=False)):
            # A generator of its own for each picture: the first 24 of 24 are the first 24 of 120 in a change.
            data = _jpeg(sitter, np.random.default_rng((seed, i)))
            (folder / name).write_bytes(data if i < count else data[: len(data) // 3])
            truth.append(Truth(name, **asdict(sitter), note="" if i < count else _BROKEN))
            progress("drawing", i + 1, count + 1)
        (folder / names[-1]).write_bytes((folder / names[0]).read_bytes())
        truth.append(Truth(names[-1], **asdict(people[0]), note=f"copy of {names[0]}"))
    except OSError as error:
        raise RegroupError(f"Cannot draw into {folder}: {error.strerror}") from error
    return sorted(truth, key=lambda row: row.file)


def write_truth(truth: Iterable[Truth], path: Path) -> None:
    """Write the ground truth as `regroup bench` reads it: file, then a column per criterion.

    The broken file is left out. Keep the table outside the folder of the pictures, so that no method sees it.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *CRITERIA.values()])
        table.writerows(
            [row.file, *(getattr(row, name) for name in CRITERIA)] for row in truth if row.note != _BROKEN
        )


def _jpeg(sitter: Sitter, rng: np.random.Generator) -> bytes:
    data = io.BytesIO()
    draw_portrait(sitter, rng).save(data, "JPEG", quality=QUALITY)
    return data.getvalue()
