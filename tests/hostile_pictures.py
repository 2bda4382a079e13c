"""Draws pictures that attack whoever decodes them."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image


def scans(path: Path, count: int = 8000, side: int = 3000) -> Path:
    """A progressive JPEG whose last scan is repeated: small on the disk, endless to decode."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(file, "JPEG", progressive=True, quality=90)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    path.write_bytes(data[:last] + data[last:-2] * count + data[-2:])
    return path


def png(path: Path, width: int, height: int, kind: int = 2, bits: int = 8) -> Path:
    """A PNG of zeros, written row by row: of 178 megapixels it has less than a megabyte."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    row = bytes(1 + width * samples * bits // 8)
    deflate = zlib.compressobj(1)
    body = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(768)) if kind == 3 else b""
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    return path
