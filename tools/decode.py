"""From a file to upright pixels, or to a short reason why not. Thread-safe."""

import os
import stat
import struct
import warnings
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from tools.errors import RegroupError
from tools.models.ports import Pixels
from tools.names import visible

LIMIT = 178_956_970
"""Pixels of the largest image that is decoded: where Pillow, too, suspects a decompression bomb."""

# What Pillow finds odd about a picture (a damaged EXIF block, many pixels) is no news for the terminal.
# A filter for good, since `warnings.catch_warnings` is not thread-safe.
warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
warnings.filterwarnings("ignore", module=r"pillow_heif(\.|$)")

# Recognised by their first bytes, whatever the file is called.
_STRONG = (
    "JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "PSD", "QOI", "ICNS",
    "DDS", "FITS", "SUN",
)  # fmt: skip
# Recognised only under their own extension: a text could begin like one of these.
_WEAK = ("PPM", "ICO", "CUR", "TGA", "PCX", "DCX", "SGI", "XBM", "XPM", "DIB", "IM")
# Everything else is left out: EPS and WMF run other programs, PDF, HDF5 and MPEG cannot be decoded.

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


_PASSING = (
    "the file is gone",
    "no permission to read it",
    "not enough memory",
    "not a regular file",
    "cannot be read now",
)


class Undecodable(RegroupError):
    """An image cannot be decoded. Its text is a short reason without the file's name."""


def passing(reason: str) -> bool:
    """Whether a reason of `Undecodable` is about this moment and not about the bytes: later it may be different."""
    return reason.startswith(_PASSING)


def decoder() -> str:
    """What decodes here, for whoever remembers what did not: where it changes, that is to be tried again."""
    import PIL

    return " ".join([PIL.__version__, *sorted({*_formats(), *_WEAK} & Image.OPEN.keys())])


def is_image_name(name: str) -> bool:
    """Whether the extension is one of an image format that can be decoded here."""
    return Path(name).suffix.lower() in _extensions()


def upright_size(file: BinaryIO, name: str) -> tuple[int, int]:
    """Width and height as the image is looked at, from its header only.

    Args:
        file: Open for reading; where it stands afterwards is undefined.
        name: Its extension decides which of the formats without a signature are tried.

    Raises:
        Undecodable: It is empty, no image, or larger than `LIMIT`.
    """
    try:
        image = _open(file, name)
        # Only where the header holds it: for some formats getexif() would decode the picture.
        turned = "exif" in image.info and _orientation(image) >= 5
    except Undecodable:
        raise
    except Exception as error:  # Pillow's plugins raise whatever comes up: ValueError, struct.error, ...
        raise Undecodable(_reason(error)) from error
    width, height = image.size
    return (height, width) if turned and image.format != "TIFF" else (width, height)


def decode(path: Path, side: int | None = None) -> Pixels:
    """The picture in a file: (height, width, 3) uint8 RGB, upright, its longest side <= `side`.

    The first frame of an animation. What is transparent lies on white. 16-bit, 32-bit and float
    greys are scaled from the range of their type (or, where that has no end, from their own range)
    to 0..255. Never enlarged. JPEGs are decoded at an eighth, a quarter or half the size where that
    is enough.

    Raises:
        Undecodable: "truncated ...", "empty file", "30000 x 30000 pixels; the limit is 178 megapixels", ...
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise Undecodable("not a regular file")
        with path.open("rb") as file:
            return _pixels(_open(file, path.name), side)
    except Undecodable:
        raise
    except (Exception, MemoryError) as error:  # Pillow's plugins raise whatever comes up
        raise Undecodable(_reason(error)) from error


def _pixels(image: Image.Image, side: int | None) -> Pixels:
    target = image.size
    if side is not None and max(target) > side:
        scale = side / max(target)
        target = (max(1, round(target[0] * scale)), max(1, round(target[1] * scale)))
        image.draft(None, target)
    image.load()
    orientation = _orientation(image)  # after load: by then Pillow has turned TIFFs itself
    rgb = _rgb(image)
    if rgb.size != target:
        rgb = rgb.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return np.array(rgb, np.uint8)


def _open(file: BinaryIO, name: str) -> Image.Image:
    """The image with its header read. Raises Undecodable."""
    if not file.read(1):
        raise Undecodable("empty file")
    file.seek(0)
    own = _extensions().get(Path(name).suffix.lower())
    formats = [*_formats(), own] if own in _WEAK else _formats()
    try:
        image = Image.open(file, formats=formats)
    except UnidentifiedImageError as error:
        raise Undecodable("not an image, or a damaged or truncated one") from error
    except Image.DecompressionBombError as error:
        raise Undecodable(_too_large(_raw_size(file, name, formats))) from error
    if image.width * image.height > LIMIT:
        raise Undecodable(_too_large(image.size))
    return image


def _raw_size(file: BinaryIO, name: str, formats: list[str]) -> tuple[int, int] | None:
    """The size of an image that Pillow refuses to open: its plugin is asked without the check."""
    for factory, accept in (Image.OPEN[f] for f in formats):
        file.seek(0)
        try:
            if accept is None or accept(file.read(16)) is True:
                file.seek(0)
                return factory(file, os.fsencode(name)).size
        except Exception:  # not this plugin's format, or it checks by itself
            continue
    return None


def _too_large(size: tuple[int, int] | None) -> str:
    what = f"{size[0]} x {size[1]} pixels" if size else "too many pixels"
    return f"{what}; the limit is {LIMIT // 1_000_000} megapixels"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a damaged EXIF block must not cost the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode == "F" or image.mode.startswith("I;16"):
        return Image.fromarray(_grey(np.asarray(image))).convert("RGB")
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        assert turned is not None  # only None when it works in place
        return turned
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        return page.convert("RGB")
    return image.convert("RGB")


def _grey(values: np.ndarray) -> Pixels:
    """(h, w) numbers of more than eight bits to (h, w) uint8."""
    if values.dtype.kind == "u":
        return (values >> 8).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1 and values.dtype.kind == "f":
        top = 1.0
    elif low >= 0 and high <= 255:
        top = 255.0
    elif low >= 0 and high <= 65535:
        top = 65535.0
    else:  # no range that the type would tell
        numbers, top = numbers - np.float32(low), high - low or 1.0
    return np.asarray(np.clip(numbers * np.float32(255.0 / top), 0, 255).astype(np.uint8))


@cache
def _formats() -> list[str]:
    """Names of the formats that are tried on every file, as far as this machine decodes them."""
    Image.init()
    try:
        from pillow_heif import register_heif_opener  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        pass
    else:
        register_heif_opener(thumbnails=False)
    return [name for name in _STRONG if name in Image.OPEN]


@cache
def _extensions() -> dict[str, str]:
    """Extension (".jpg") to format, of what can be decoded here."""
    known = {*_formats(), *_WEAK} & Image.OPEN.keys()
    return {ext: name for ext, name in Image.registered_extensions().items() if name in known}


def _reason(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, FileNotFoundError):
        return "the file is gone"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(None)
    if isinstance(error, OSError) and error.errno is not None:  # the disk's; Pillow's own have no number
        return f"cannot be read now: {error.strerror}"
    if isinstance(error, (EOFError, struct.error)) or "truncated" in text.lower():
        return "truncated: the file ends before the picture does"
    return f"damaged or truncated: {visible(text)[:80] or type(error).__name__}"
