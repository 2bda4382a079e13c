"""Makes the small JPEG that is sent for an image, new from its pixels, so that nothing else of the file goes along."""

import base64
from io import BytesIO

from PIL import Image

from tools.models.hosted.chat_port import Block
from tools.models.ports import Pixels

SIDE = 768
"""The longest side in pixels of what is sent: most hosts scale to it anyway, and it is enough for these questions."""

QUALITY = 85
"""The quality of the JPEG, of 100."""


def jpeg(pixels: Pixels, side: int = SIDE) -> bytes:
    """Encode pixels as a JPEG without EXIF, XMP or colour profile.

    Args:
        pixels: (h, w, 3) uint8.
        side: Upper bound of the longest side of the result; pictures are never enlarged.

    Raises:
        ValueError: `pixels` is not (h, w, 3) uint8, or `side` is below 1.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != "uint8" or side < 1:
        raise ValueError(f"no picture to send: {pixels.shape} {pixels.dtype}, longest side {side}")
    picture = Image.fromarray(pixels)
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = BytesIO()
    # An array has no metadata and the encoder is given none: it writes its own tables and the JFIF header, no more.
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def block(data: bytes) -> Block:
    """Return a JPEG as a block of a message."""
    return {"type": "image", "media_type": "image/jpeg", "data": base64.b64encode(data).decode("ascii")}


def size(block: Block) -> int:
    """Return the number of bytes of the picture in a block; 0 for a text."""
    data = block.get("data", "")
    return len(data) * 3 // 4 - data[-2:].count("=")
