"""What of an image is sent: a small JPEG made anew from its pixels, so that nothing else of the file goes along."""

import base64
from io import BytesIO

from PIL import Image

from tools.models.hosted.chat_port import Block
from tools.models.ports import Pixels

SIDE = 768
"""Longest side in pixels: what most hosts scale to anyway, and enough for what is asked here."""

QUALITY = 85


def jpeg(pixels: Pixels, side: int = SIDE) -> bytes:
    """Pixels as a JPEG whose longest side is at most `side`; never enlarged. No EXIF, XMP or colour profile.

    Raises:
        ValueError: `pixels` is not (h, w, 3) uint8, or `side` is below 1.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != "uint8" or side < 1:
        raise ValueError(f"no picture to send: {pixels.shape} {pixels.dtype}, longest side {side}")
    picture = Image.fromarray(pixels)
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = BytesIO()
    # An array has no metadata, and none is handed to the encoder: its own tables and the JFIF header are all there is.
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def block(data: bytes) -> Block:
    """A JPEG as a content block."""
    return {"type": "image", "media_type": "image/jpeg", "data": base64.b64encode(data).decode("ascii")}


def size(block: Block) -> int:
    """Bytes of the picture in a content block; 0 for a text."""
    data = block.get("data", "")
    return len(data) * 3 // 4 - data[-2:].count("=")
