"""The command line on pictures and names of every kind."""

import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Run = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]
Groups = dict[str, set[str]]
Draw = Callable[..., Path]


@pytest.fixture
def cut(tmp_path: Path, draw: Draw) -> bytes:
    """A JPEG that breaks off."""
    whole = draw(tmp_path / "whole.jpg", "red", size=300).read_bytes()
    return whole[: len(whole) // 2]


def test_a_truncated_jpeg_beside_good_ones(album: Path, cut: bytes, regroup: Run, by_colour: Groups) -> None:
    (album / "cut.jpg").write_bytes(cut)
    for calls in (9, 0):
        said = regroup("cluster", album, "--by", "colour", "--json")
        assert (said.code, said.err) == (0, "")
        document = said.document
        assert document["piles"]["unreadable"] == ["cut.jpg"]
        assert said.groups == by_colour
        assert document["model_calls"] == calls


def test_nothing_but_a_truncated_jpeg(tmp_path: Path, cut: bytes, regroup: Run) -> None:
    (tmp_path / "cuts").mkdir()
    (tmp_path / "cuts" / "cut.jpg").write_bytes(cut)
    for _ in range(2):
        assert "there is nothing to group" in regroup(
            "cluster", tmp_path / "cuts", "--by", "colour"
        ).complaint(2)


def giant(path: Path) -> None:
    """A PNG that claims 30,000 x 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(30_000 * 3 + 1) * 100)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_pictures_of_every_kind(album: Path, regroup_all: Run) -> None:
    giant(album / "giant.png")
    frames = [Image.new("RGB", (96, 96), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(album / "moving.gif", save_all=True, append_images=frames[1:])
    Image.new("CMYK", (96, 96), (0, 255, 255, 0)).save(album / "print.jpg")
    Image.fromarray(np.arange(96 * 96, dtype=np.uint16).reshape(96, 96) * 7).save(album / "deep.png")
    Image.new("L", (1, 1), 0).save(album / "dot.png")
    Image.new("RGBA", (96, 96), (0, 0, 0, 0)).save(album / "clear.png")
    turned = Image.new("RGB", (120, 40), "red")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(album / "turned.jpg", exif=exif)

    start = time.perf_counter()
    said = regroup_all("cluster", album, "--by", "colour", "--groups", 4, "--json")
    assert time.perf_counter() - start < 20
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert document["piles"]["unreadable"] == [
        "clear.png",
        "dot.png",
        "giant.png",
    ]  # two of them show nothing
    assert said.files == sorted(path.name for path in album.iterdir())
    together = next(files for files in said.groups.values() if "0.png" in files)
    assert together >= {"moving.gif", "print.jpg", "turned.jpg"}  # the first frame, the inks: red


def test_names_of_every_kind(tmp_path: Path, draw: Draw, regroup: Run, process: Run, tree: Tree) -> None:
    folder = tmp_path / "names"
    names = [
        "new\nline.png", "smile 😀.png", "quote\"s and 'more'.png", "x" * 251 + ".png", "-rf.png", "esc\x1b[31m.png",
        "turn\u202egnp.png", "tab\t.png", " space .png", "ümläut.png", "u\u0308.png", "\u00fc.png", "%s{0}.png",
        "back\\slash.png", "a..png", "CON.png",
    ]  # fmt: skip
    try:
        draw(folder / os.fsdecode(b"latin\xe9.png"), "blue", variant=40)
        names.append(os.fsdecode(b"latin\xe9.png"))
    except OSError:
        pass  # a file system that takes UTF-8 only
    for i, name in enumerate(names):
        draw(folder / name, ("red", "green", "blue")[i % 3], variant=i)
    draw(folder / "sub\nfolder" / "in it.png", "red", variant=41)
    expected = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png") if path.name[0] != ".")

    said = regroup("cluster", folder, "--by", "colour", "--json")
    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    document = said.document
    assert said.files == expected

    shown = regroup("cluster", folder, "--by", "colour")
    shown.out.encode("utf-8")
    assert not set(shown.out) & set("\x1b\u202e\t")
    assert len(shown.out.splitlines()) == document["k"] + 2

    target = tmp_path / os.fsdecode(b"out\xff")
    before = tree(folder)
    done = process("export", folder, "colour", "--to", target, "--yes", PYTHONIOENCODING="utf-8:strict")
    assert (done.code, done.err) == (0, ""), done
    assert len(list(target.rglob("*.png"))) == len(expected)
    back = process("undo", folder, PYTHONIOENCODING="utf-8:strict")
    assert (back.code, back.err) == (0, ""), back
    assert not target.exists() and tree(folder) == before
