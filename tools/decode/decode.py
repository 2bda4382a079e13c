"""Decodes an image file to upright pixels, or gives a short reason why it cannot be decoded. It is thread-safe.

A hostile file can take as much time as it likes here; `decode_pool` beside it does the same in processes with limits.
"""

import contextlib
import gc
import logging
import os
import stat
import struct
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from tools.decode.loading import deep_mode, load_what_is_there, low_bytes
from tools.decode.other_decoders import RAW, CannotOpen, installed, is_installed, opened
from tools.decode.picture_formats import DECODED_EXTENSIONS, HEAD, PictureFormat, format_of
from tools.decode.rendering import is_plain, is_shallow, rendered
from tools.errors import RegroupError
from tools.models.ports import Pixels
from tools.names import visible

LIMIT = 178_956_970
"""The most pixels of an image that is decoded; above it Pillow, too, suspects a decompression bomb."""
DRAFT_LIMIT = 4 * LIMIT
"""The most pixels of a JPEG, of which an eighth of each side is decoded where that is enough."""
# Of the largest pictures Pillow refuses the header; what is below that is checked here.
Image.MAX_IMAGE_PIXELS = DRAFT_LIMIT // 2

RULES = 2
"""Changes with the limits and with what is done with a picture, so that what was refused is tried again, and what was
seen in pixels that are others now is looked at again."""
MEMORY = 768 * 2**20
"""The most bytes that pictures may take together while they are decoded. `LIMIT` pixels of RGB take 683 MiB."""

# What Pillow warns about (a damaged EXIF block, many pixels) does not belong on the terminal. The filter is permanent
# because `warnings.catch_warnings` is not thread-safe.
warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
warnings.filterwarnings("ignore", module=r"pi_heif(\.|$)")
# So does what it logs, which would go to stderr where nobody else listens.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Formats that are recognised by their first bytes, whatever the file's name is.
_STRONG = (
    "JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "PSD", "QOI", "ICNS",
    "DDS", "FITS", "SUN",
)  # fmt: skip
# Formats that are recognised only under their own extension, because a text could begin like one of them.
_WEAK = ("PPM", "ICO", "CUR", "TGA", "PCX", "DCX", "SGI", "XBM", "XPM", "DIB", "IM")
# All others are left out: EPS and WMF run other programs; PDF, HDF5 and MPEG cannot be decoded.

_OPENERS = {"HEIC": "HEIF", "AVIF": "AVIF"}
"""Maps what can be opened here or not, by its name in `tools.decode.picture_formats`, to its name in Pillow."""
_READ_IN_C = ("AVIF", "HEIF", "WEBP")
"""The formats whose headers are read by a C library, which a file can make crash; those of the others, in Python."""
_DRAFTED = ("JPEG", "MPO")
_BEGINNING = 16
"""The bytes by which Pillow recognises a format."""
_ORIENTATION = 0x0112
"""The number of the EXIF tag that holds the orientation."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Maps each EXIF orientation to the transposition that makes the picture upright."""

_FRAMES = ("GIF", "WEBP", "PNG", "AVIF", "TIFF")
"""The formats whose next frame or page takes the place of one that shows nothing. The others have a main picture."""
_FRAMES_TRIED = 50
_COPIES = {"WEBP": 3, "AVIF": 3, "HEIF": 2, "JPEG2000": 4, "GIF": 2, "JXL": 3}
"""How many times the memory of its pixels the decoder of a format takes, where that is more than once."""

_PASSING = (
    "the file is gone",
    "no permission to read it",
    "not enough memory",
    "not a regular file",
    "cannot be read now",
)
"""The beginnings of the reasons that may no longer hold at another time."""


class Undecodable(RegroupError):
    """An image cannot be decoded; the text is a short reason without the file's name.

    Args:
        reason: The text.
        known: Whether the file is known for a picture by its first bytes, whatever its name is.
    """

    def __init__(self, reason: str, known: bool = False) -> None:
        super().__init__(reason)
        self.known = known


def is_temporary(reason: str) -> bool:
    """Return whether a reason of `Undecodable` is about this moment, not about the file's bytes, so that it may
    pass."""
    return reason.startswith(_PASSING)


def decoder() -> str:
    """Return Pillow's version, the formats that it decodes here, and the version of our rules, as one line.

    Where that line has changed, files that could not be decoded are worth another try.
    """
    import PIL

    formats = sorted({*_formats(), *_WEAK} & Image.OPEN.keys())
    return " ".join([PIL.__version__, f"rules-{RULES}", *formats, *installed()])


def is_image_name(name: str) -> bool:
    """Return whether the extension is one of an image format that can be decoded here."""
    extension = Path(name).suffix.lower()
    return extension in _extensions() or any(
        extension in DECODED_EXTENSIONS.get(kind, ()) for kind in installed()
    )


def needs_worker(file: BinaryIO, name: str) -> bool:
    """Return whether a file is opened by a library that is only called in a process with limits, its size included."""
    kind = _format(file, name)
    return (kind is not None and is_installed(kind.decoder)) or is_read_in_c(file)


def is_read_in_c(file: BinaryIO) -> bool:
    """Return whether even the header of a file is read by a C library, which is only called in a process with
    limits."""
    file.seek(0)
    begins = file.read(_BEGINNING)
    accepts = [Image.OPEN[name][1] for name in _READ_IN_C if name in _formats()]
    return any(accept is None or accept(begins) is True for accept in accepts)


def upright_size(file: BinaryIO, name: str, limited: bool = False) -> tuple[int, int]:
    """Return the width and height in pixels of the upright image, read from its header alone.

    Args:
        file: Open for reading; its position afterwards is undefined.
        name: The file's name, whose extension decides which of the formats without a signature are tried.
        limited: Whether this is a process with limits, in which other libraries may open it.

    Raises:
        Undecodable: The file is empty, not an image, or larger than `LIMIT`.
    """
    try:
        image = _open(file, name, limited)
        # Only where the header has it: for some formats getexif() would decode the picture.
        turned = "exif" in image.info and _orientation(image) >= 5
    except Exception as error:  # Pillow's plugins raise anything: ValueError, struct.error, ...
        reason = str(error) if isinstance(error, Undecodable) else _reason(error)
        raise Undecodable(reason, known=_format(file, name) is not None) from error
    width, height = image.size
    return (height, width) if turned and image.format != "TIFF" else (width, height)


def opened_header(file: BinaryIO, name: str, limited: bool = False) -> Image.Image:
    """Return the image in an open file with its header read, and not its pixels; `limited` is that of `upright_size`.
    Raise Undecodable."""
    return _open(file, name, limited)


def decode(path: Path, side: int | None = None, claim: Callable[[int], None] = lambda needed: None) -> Pixels:
    """Decode the picture in a file.

    Of an animation or a file of several pages it is the first picture that is not of one colour. A file that ends too
    early is shown where at least three quarters of its rows are there. JPEGs are decoded at an eighth, a quarter or
    half their size where that is enough. The other rules are those of `tools.decode.rendering`.

    Args:
        path: The file.
        side: Upper bound of the longest side in pixels; pictures are never enlarged. None for the full size.
        claim: Called with the bytes of memory that the picture takes, before it takes them.

    Returns:
        (height, width, 3) uint8 RGB, upright.

    Raises:
        Undecodable: Its text is the reason: "truncated ...", "empty file", "30000 x 30000 pixels; the limit is 178
            megapixels", ...
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait forever
            raise Undecodable("not a regular file")
        with path.open("rb") as file:
            try:
                return _pixels(file, path.name, side, claim)
            except (Undecodable, MemoryError):
                raise
            except Exception as error:
                reason = _reason(error)
                if "truncated" not in reason:
                    raise
            gc.collect()  # the first attempt refers to itself, and may hold as much memory as is allowed
            with contextlib.suppress(Exception):  # why it is not whole says more than what goes wrong now
                return _pixels(file, path.name, side, claim, whole=False)
            raise Undecodable(reason)
    except Undecodable:
        raise
    except MemoryError as error:  # the header did not say how much it takes
        raise Undecodable(_too_much_memory(None)) from error
    except Exception as error:  # Pillow's plugins raise anything
        raise Undecodable(_reason(error)) from error


def _pixels(
    file: BinaryIO, name: str, side: int | None, claim: Callable[[int], None], whole: bool = True
) -> Pixels:
    """Return the picture, of which the file may have the beginning alone where `whole` is False."""
    image = _open(file, name, limited=True)
    size, target = image.size, _fitting(image.size, side)

    if target != size:
        image.draft(None, target)
    needed = _memory(image, size, target)
    if needed > MEMORY:
        raise Undecodable(_too_much_memory(needed))
    claim(needed)
    mode = deep_mode(image)
    if whole:
        image.load()
    else:
        load_what_is_there(image)
    orientation = _orientation(image)  # read after load(), which turns TIFFs by itself
    low = None
    if mode and is_shallow(image) and 2 * needed <= MEMORY:
        low = low_bytes(_open(file, name), mode)
    rgb = rendered(image, target, low)
    if _may_have_frames(image) and is_plain(np.asarray(rgb)):
        rgb = _later_frame(image, side) or rgb
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return np.array(rgb, np.uint8)


def _fitting(size: tuple[int, int], side: int | None) -> tuple[int, int]:
    """Return the size of a picture that is shrunk to a longest side, where it is longer."""
    if side is None or max(size) <= side:
        return size
    scale = side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _may_have_frames(image: Image.Image) -> bool:
    if image.format in ("GIF", "TIFF"):  # where it takes time to find out
        return True
    return image.format in _FRAMES and bool(getattr(image, "is_animated", False))


def _later_frame(image: Image.Image, side: int | None) -> Image.Image | None:
    """Return the first of the next frames or pages that is not of one colour; None where there is none."""
    with contextlib.suppress(Exception):  # a damaged frame is no reason against the first one
        for number in range(1, _FRAMES_TRIED):
            image.seek(number)
            if _memory(image, image.size, image.size) > MEMORY // 2:
                return None
            image.load()
            rgb = rendered(image, _fitting(image.size, side))
            if not is_plain(np.asarray(rgb)):
                return rgb
    return None


def _memory(image: Image.Image, whole: tuple[int, int], target: tuple[int, int]) -> int:
    """Return how many bytes it takes to decode an image, whole or as a draft, and to shrink it to its target."""
    bytes_per_pixel = {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)
    needed = image.width * image.height * bytes_per_pixel * _COPIES.get(image.format or "", 1)
    if image.info.get("progressive") and (layers := getattr(image, "layer", None)):
        # The coefficients of the whole picture are kept until its last scan, whatever the draft.
        width, height = whole
        shares = [across * down for _, across, down, _ in layers]
        needed += 2 * width * height * sum(shares) // max(1, *shares)
    return needed + 3 * target[0] * target[1]


def _too_much_memory(needed: int | None) -> str:
    what = f"about {needed >> 20:,} MB of memory" if needed else "too much memory"
    return f"takes {what} to decode; the limit is {MEMORY >> 20} MB"


def _open(file: BinaryIO, name: str, limited: bool = False) -> Image.Image:
    """Return the image with its header read. Raise Undecodable.

    Other libraries than Pillow, and C libraries that read headers, are only called where `limited` says that this
    process has limits.
    """
    file.seek(0)
    if not file.read(1):
        raise Undecodable("empty file")
    if not limited and is_read_in_c(file):
        raise Undecodable("only opened in a process with limits", known=True)
    if limited and (kind := _format(file, name)) is not None and is_installed(kind.decoder):
        try:
            return _within_limits(opened(kind.decoder, file))
        except CannotOpen as error:
            raise Undecodable(str(error), known=True) from error
        except (Undecodable, MemoryError):
            raise
        except Exception as error:  # the libraries raise anything
            if kind.decoder != RAW or isinstance(error, OSError):
                why = _reason(error) if is_temporary(_reason(error)) else kind.reason(opened=True)
                raise Undecodable(why, known=True) from error
            # Pillow may find a small picture in what LibRaw does not read.
    file.seek(0)
    extension_format = _extensions().get(Path(name).suffix.lower())
    formats = [*_formats(), extension_format] if extension_format in _WEAK else _formats()
    try:
        image = Image.open(file, formats=formats)
    except UnidentifiedImageError as error:
        kind = _format(file, name)
        if kind is None:
            raise Undecodable("not an image, or a damaged or truncated one") from error
        can = _OPENERS.get(kind.name) in _formats() or is_installed(kind.decoder)
        raise Undecodable(kind.reason(opened=can)) from error
    except Image.DecompressionBombError as error:
        raise Undecodable(_too_large(_raw_size(file, name, formats))) from error
    return _within_limits(image)


def _within_limits(image: Image.Image) -> Image.Image:
    """Return an image. Raise Undecodable where it has too many pixels."""
    limit = DRAFT_LIMIT if image.format in _DRAFTED else LIMIT
    if image.width * image.height > limit:
        raise Undecodable(_too_large(image.size, limit))
    return image


def _format(file: BinaryIO, name: str) -> PictureFormat | None:
    file.seek(0)
    return format_of(file.read(HEAD), name)


def _raw_size(file: BinaryIO, name: str, formats: list[str]) -> tuple[int, int] | None:
    """Return the size of an image that Pillow refuses to open, read by its plugin without Pillow's check."""
    for factory, accept in (Image.OPEN[f] for f in formats):
        file.seek(0)
        try:
            if accept is None or accept(file.read(_BEGINNING)) is True:
                file.seek(0)
                return factory(file, os.fsencode(name)).size
        except Exception:  # another format, or the plugin checks by itself
            continue
    return None


def _too_large(size: tuple[int, int] | None, limit: int = LIMIT) -> str:
    what = f"{size[0]} x {size[1]} pixels" if size else "too many pixels"
    return f"{what}; the limit is {limit // 1_000_000} megapixels"


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation in 1..8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a damaged EXIF block must not make the picture unreadable
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


@cache
def _formats() -> list[str]:
    """Return the names of the formats that are tried on every file, as far as this machine decodes them."""
    Image.init()
    try:
        from pi_heif import register_heif_opener  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        pass
    else:
        register_heif_opener(thumbnails=False)
    return [name for name in _STRONG if name in Image.OPEN]


@cache
def _extensions() -> dict[str, str]:
    """Return extension (".jpg") to format, for all formats that can be decoded here."""
    decodable = {*_formats(), *_WEAK} & Image.OPEN.keys()
    return {ext: name for ext, name in Image.registered_extensions().items() if name in decodable}


def _reason(error: BaseException) -> str:
    """Put an error into the short text of an `Undecodable`."""
    text = str(error)
    if isinstance(error, FileNotFoundError):
        return "the file is gone"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(None)
    if (
        isinstance(error, OSError) and error.errno is not None
    ):  # from the disk; Pillow's own errors have no number
        return f"cannot be read now: {error.strerror}"
    if isinstance(error, (EOFError, struct.error)) or "truncated" in text.lower():
        return "truncated: the file ends before the picture does"
    return f"damaged or truncated: {visible(text)[:80] or type(error).__name__}"
