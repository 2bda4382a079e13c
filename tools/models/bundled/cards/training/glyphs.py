"""Gives the glyphs of many fonts as masks, for the signs and words on drawn pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

CHARACTERS = "A2345678910JQKOERBDVTSN"
"""The characters that a font must be able to draw."""
_SIZE = 72
"""The size in pixels at which glyphs are taken from a font."""
_LIKE = 0.35
"""The least mean correlation of a font's glyphs with the usual ones; below lie symbols, mazes, and initials in
boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Describes one font.

    Attributes:
        family: Fonts of one family are of the same design.
        path: The font file.
        glyphs: Character to its ink as a mask ("L") without margins.
    """

    family: str
    path: Path
    glyphs: dict[str, Image.Image]


def faces(folder: Path, *, held_out: bool) -> list[list[Face]]:
    """Return the usable fonts under a folder, by family.

    Args:
        folder: Searched for .ttf and .otf at any depth.
        held_out: Whether the held-out fonts are wanted (a fifth of the families, chosen by hash) or the others.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    loaded = [face for path in paths if _is_held_out(path) == held_out and (face := _load(path))]
    good = _usual(loaded)
    families: dict[str, list[Face]] = {}
    for face in good:
        families.setdefault(face.family, []).append(face)
    return list(families.values())


def tight(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> Image.Image | None:
    """Return the ink of a text as a mask ("L") without margins; None where the font draws nothing."""
    mask = font.getmask(text, mode="L")
    if 0 in mask.size:
        return None
    image = Image.frombytes("L", mask.size, bytes(mask))
    box = image.getbbox()
    return image.crop(box) if box else None


def _family(path: Path) -> str:
    """Return the font's folder and the beginning of its name: weights and slants of a design are one family."""
    name = path.stem.replace("_", "-").split("-")[0]
    return f"{path.parent.name}/{name[:9]}"


def _is_held_out(path: Path) -> bool:
    return sha256(_family(path).encode()).digest()[0] % 5 == 0


def _load(path: Path) -> Face | None:
    """Return the font in a file; None where it cannot be read or lacks one of `CHARACTERS`."""
    try:
        font = ImageFont.truetype(str(path), _SIZE)
        glyphs = {c: tight(font, c) for c in CHARACTERS}
    except OSError:
        return None
    usable = {c: glyph for c, glyph in glyphs.items() if glyph is not None and min(glyph.size) >= 4}
    return Face(_family(path), path, usable) if len(usable) == len(CHARACTERS) else None


def _usual(fonts: Iterable[Face]) -> list[Face]:
    """Return those fonts whose glyphs look like those of most fonts."""
    fonts = list(fonts)
    if not fonts:
        return []
    pictures = np.stack([_sheet(face) for face in fonts])  # (fonts, characters, 256)
    middle = np.median(pictures, axis=0)
    likeness = (_unit(pictures) * _unit(middle)).sum(-1).mean(-1)
    return [face for face, like in zip(fonts, likeness, strict=True) if like > _LIKE]


def _sheet(face: Face) -> NDArray[np.float64]:
    small = [face.glyphs[c].resize((16, 16), Image.Resampling.BOX) for c in CHARACTERS]
    return np.stack([np.asarray(image, float).ravel() for image in small])


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = rows - rows.mean(-1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9))
