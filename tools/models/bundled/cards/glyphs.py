"""Glyphs of many fonts as masks."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

CHARACTERS = "A2345678910JQKOERBDVTSN"
_SIZE = 72
_LIKE = 0.35
"""Least mean correlation of a font's glyphs with the usual ones: below are symbols, mazes, initials in boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font: its family, its file, and character to tight mask ("L")."""

    family: str
    path: Path
    glyphs: dict[str, Image.Image]


def faces(folder: Path, *, held_out: bool) -> list[list[Face]]:
    """The usable fonts under a folder, by family.

    Args:
        folder: Searched for .ttf and .otf at any depth.
        held_out: Whether those kept aside are wanted (a fifth of the families, chosen by hash) or the others.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    loaded = [face for path in paths if _kept(path) == held_out and (face := _load(path))]
    good = _usual(loaded)
    families: dict[str, list[Face]] = {}
    for face in good:
        families.setdefault(face.family, []).append(face)
    return list(families.values())


def tight(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> Image.Image | None:
    """The ink of a text as a mask without margins; None where there is none."""
    mask = font.getmask(text, mode="L")
    if 0 in mask.size:
        return None
    image = Image.frombytes("L", mask.size, bytes(mask))
    box = image.getbbox()
    return image.crop(box) if box else None


def _family(path: Path) -> str:
    """The folder that the font came in, with the beginning of its name: weights and slants are one family."""
    name = path.stem.replace("_", "-").split("-")[0]
    return f"{path.parent.name}/{name[:9]}"


def _kept(path: Path) -> bool:
    return sha256(_family(path).encode()).digest()[0] % 5 == 0


def _load(path: Path) -> Face | None:
    try:
        font = ImageFont.truetype(str(path), _SIZE)
        glyphs = {c: tight(font, c) for c in CHARACTERS}
    except OSError:
        return None
    found = {c: glyph for c, glyph in glyphs.items() if glyph is not None and min(glyph.size) >= 4}
    return Face(_family(path), path, found) if len(found) == len(CHARACTERS) else None


def _usual(found: Iterable[Face]) -> list[Face]:
    """Those whose glyphs look like what most fonts have in their place."""
    found = list(found)
    if not found:
        return []
    pictures = np.stack([_sheet(face) for face in found])  # (fonts, characters, 256)
    middle = np.median(pictures, axis=0)
    likeness = (_unit(pictures) * _unit(middle)).sum(-1).mean(-1)
    return [face for face, like in zip(found, likeness, strict=True) if like > _LIKE]


def _sheet(face: Face) -> NDArray[np.float64]:
    small = [face.glyphs[c].resize((16, 16), Image.Resampling.BOX) for c in CHARACTERS]
    return np.stack([np.asarray(image, float).ravel() for image in small])


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = rows - rows.mean(-1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9))
