"""Draws the collection that is attacked, and says what of it is still there."""

import hashlib
import os
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = ((220, 30, 30), (30, 190, 40), (40, 60, 220))
PICTURES = 6
OLD = 1_500_000_000_000_000_000
"""A time, in nanoseconds, that no program gives a file today: where it is lost, that shows."""

Kept = dict[tuple[str, int], int]
"""How often there is a file of some bytes (SHA-256) and time (nanoseconds)."""


def draw(folder: Path) -> None:
    """Draw the pictures, two of each colour, one with a sidecar; each with a time of its own."""
    folder.mkdir(parents=True)
    for i in range(PICTURES):
        image = Image.new("RGB", (48, 48), (240, 240, 240))
        ImageDraw.Draw(image).rectangle((6 + i, 6, 36 + i, 36), fill=COLOURS[i % 3])
        image.save(folder / f"picture-{i}.png")
    (folder / "picture-0.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "utf-8")
    for i, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, ns=(OLD + i, OLD + i))


def draw_tree(folder: Path) -> None:
    """Make a folder of the user's own to which exports add: names that are taken, other files, an empty folder."""
    for i, name in enumerate(
        ("red/picture-0.png", "red/picture-0.xmp", "manifest.json", "blue/deep/other.txt")
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"of the user's own " * (i + 1))
        os.utime(folder / name, ns=(OLD + 100 + i, OLD + 100 + i))
    (folder / "green").mkdir()


def tree_damage(folder: Path) -> list[str]:
    """Return what is not as it was in the folder that `draw_tree` made; nothing where there is none."""
    if not folder.exists():
        return []
    with tempfile.TemporaryDirectory() as place:
        draw_tree(Path(place) / "tree")
        expected = files(Path(place) / "tree")
    found = files(folder)
    links = [path.name for path in folder.rglob("*") if path.is_symlink()]
    wrong = [
        f"in the user's own tree: {name}" for name, _ in sorted(set(expected.items()) ^ set(found.items()))
    ]
    wrong += [f"a link is left in the user's own tree: {name}" for name in links]
    return wrong + ([] if (folder / "green").is_dir() else ["a folder of the user's own is gone"])


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the bytes' SHA-256 and the time of each regular file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def kept(*folders: Path) -> set[tuple[str, int]]:
    """Return the bytes and times of all regular files below the folders."""
    return {file for folder in folders if folder.exists() for file in files(folder).values()}
