"""Draws a folder of odd files: huge pictures, endless ones, bombs, and many that are cut off or changed."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.hostile_pictures import png, scans

FORMATS = (
    ("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp"), ("TIFF", "tif"), ("BMP", "bmp"),
    ("AVIF", "avif"), ("JPEG2000", "jp2"), ("ICO", "ico"), ("TGA", "tga"), ("PCX", "pcx"), ("PPM", "ppm"),
    ("ICNS", "icns"), ("SGI", "sgi"), ("DDS", "dds"),
)  # fmt: skip
SOUND = 20


def draw_odd_files(folder: Path, broken: int = 1950, seed: int = 0) -> int:
    """Draw the files, some 40 that are huge or hostile and so many broken ones. Returns their number."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    _draw_huge(folder)
    _draw_bombs(folder)
    for i in range(broken):
        kind, extension = FORMATS[int(rng.integers(len(FORMATS)))]
        image = Image.fromarray(rng.integers(0, 255, (64 + i % 64, 64, 3), np.uint8))
        file = io.BytesIO()
        (image.resize((128, 128)) if kind == "ICNS" else image).save(file, kind)
        (folder / f"broken-{i:04}.{extension}").write_bytes(_broken(bytearray(file.getvalue()), i % 4, rng))
    for i in range(SOUND):
        Image.fromarray(rng.integers(0, 255, (300, 400, 3), np.uint8)).save(folder / f"sound-{i}.png")
    return len(list(folder.iterdir()))


def _broken(data: bytearray, how: int, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    if how == 0:
        return bytes(data[:at])
    if how == 1:
        for place in rng.integers(0, len(data), int(rng.integers(1, 20))):
            data[place] = rng.integers(256)
    elif how == 2:
        data[at:at] = rng.bytes(int(rng.integers(1, 400)))
    else:
        for place in rng.integers(0, min(64, len(data)), 4):
            data[place] = rng.integers(256)
    return bytes(data)


def _draw_huge(folder: Path) -> None:
    """Draw pictures of some 170 megapixels each, most of them small on the disk."""
    for name, kind, bits in (
        ("rgb", 2, 8), ("rgba", 6, 8), ("rgb16", 2, 16), ("rgba16", 6, 16), ("palette", 3, 8), ("grey16", 0, 16),
    ):  # fmt: skip
        png(folder / f"huge-{name}.png", 13_000, 13_000, kind, bits)
    png(folder / "wide.png", 1_000_000, 100)
    png(folder / "tall.png", 100, 1_000_000)
    png(folder / "too-large.png", 20_000, 20_000, 0)
    Image.new("L", (12_000, 12_000)).save(folder / "huge.gif")
    Image.new("RGB", (10_000, 7_000)).save(folder / "huge.webp", method=0)
    Image.new("RGB", (16_000, 11_000)).save(folder / "huge.bmp")
    Image.new("RGB", (13_000, 13_000)).save(folder / "huge.tif", compression="tiff_lzw")
    Image.new("RGB", (8_000, 8_000)).save(folder / "huge.jp2")
    Image.new("RGB", (9_000, 9_000)).save(folder / "huge.avif", speed=10)
    Image.new("RGB", (20_000, 20_000), "red").save(folder / "huge.jpg", quality=10)
    Image.new("RGB", (12_000, 12_000), "red").save(folder / "progressive.jpg", quality=10, progressive=True)


def _draw_bombs(folder: Path) -> None:
    """Draw files that take hours or gigabytes of whoever believes them."""
    scans(folder / "scans.jpg")
    scans(folder / "more-scans.jpg", 3000, 6000)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    data, zeros = file.getvalue(), zlib.compress(bytes(300_000_000), 9)
    for kind in (b"zTXt", b"iCCP"):
        body = kind + b"a\0\0" + zeros
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        (folder / f"bomb-{kind.decode()}.png").write_bytes(data[:33] + chunk + data[33:])
    (folder / "short.ppm").write_bytes(b"P6 13000 13000 255\n" + b"1 " * 1000)
    (folder / "short-text.ppm").write_bytes(b"P3 13000 13000 255\n" + b"1 " * 1000)
    (folder / "short.xbm").write_bytes(
        b"#define a_width 13000\n#define a_height 13000\nstatic char a_bits[] = {\n 0x00};"
    )
