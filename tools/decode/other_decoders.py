"""Opens what Pillow does not, where the library for it is installed: camera raw, SVG, films, and JPEG XL.

Each becomes an image that the other rules of decoding apply to: of a raw file the preview that its camera put in, of a
drawing its rendering, of a film a frame that shows something, of a JPEG XL its first frame. It is only called in the
processes with limits.
"""

import gzip
import io
import zlib
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO
from xml.parsers import expat

from PIL import Image, ImageFile

RAW, SVG, FILM, JXL = "raw", "svg", "film", "jxl"
"""The kinds of files that are opened here, as `tools.decode.picture_formats` names their decoders."""
EXTRAS = {RAW: "raw", SVG: "svg", FILM: "video", JXL: "jxl"}
"""Maps each kind to the extra that installs its library."""
LIBRARIES = {RAW: "rawpy", SVG: "resvg_py", FILM: "av", JXL: "pylibjxl"}
"""Maps each kind to the module that opens it."""
_LONGEST_SVG = 16 * 2**20
"""The most bytes of a drawing, unpacked."""
_SVG_SIDE = 1024
"""The longest side in pixels at which a drawing is rendered, whatever size it says it has."""
_MOST_SLENDER = 100
"""The most times that one side of a drawing may be as long as the other."""
_ORIENTATION = 0x0112
_FLIPS = {3: 3, 5: 8, 6: 6}
"""Maps how LibRaw says that a picture is turned to the EXIF orientation."""
_FRAMES = 12
"""The most frames of a film that are looked at, spread over it."""
_PLAIN = 3
"""The largest difference between the samples of a frame that shows nothing."""

_JXL_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Maps the number of channels of a JPEG XL to the mode of its image."""


class CannotOpen(Exception):
    """Raised where a file cannot be opened; the text is the reason."""


@cache
def is_installed(kind: str) -> bool:
    """Return whether the library for a kind of files is here."""
    return kind in LIBRARIES and find_spec(LIBRARIES[kind]) is not None


def installed() -> list[str]:
    """Return the kinds of files that can be opened here."""
    return [kind for kind in LIBRARIES if is_installed(kind)]


def opened(kind: str, file: BinaryIO) -> Image.Image:
    """Return the image in an open file of a kind. Raises CannotOpen, and anything that a library raises."""
    openers: dict[str, Callable[[BinaryIO], Image.Image]] = {
        RAW: _raw, SVG: _drawing, FILM: _film, JXL: _JpegXl,
    }  # fmt: skip
    file.seek(0)
    return openers[kind](file)


def _raw(file: BinaryIO) -> Image.Image:
    """Return the largest preview in a raw file; where it has none, a quick development in half its size."""
    import rawpy

    with rawpy.imread(file) as raw:
        turned = _FLIPS.get(raw.sizes.flip, 1)
        try:
            preview = raw.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))
        if preview.format != rawpy.ThumbFormat.JPEG:
            return _turned(Image.fromarray(preview.data), turned)
        data = bytes(preview.data)
    return _turned(Image.open(io.BytesIO(data), formats=["JPEG"]), turned)


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """Note how an image is turned where it does not say that itself."""
    if orientation != 1 and "exif" not in image.info:
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        image.info["exif"] = exif.tobytes()
    return image


def _drawing(file: BinaryIO) -> Image.Image:
    """Return the rendering of an SVG. One that names other files is refused: they may be anybody's."""
    import resvg_py

    data = file.read(_LONGEST_SVG + 1)
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(_LONGEST_SVG + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise CannotOpen("not a whole SVG, or a damaged one") from error
    if len(data) > _LONGEST_SVG:
        raise CannotOpen(f"an SVG of more than {_LONGEST_SVG >> 20} MB")
    width, height = _proportions(data)
    across = max(1, round(_SVG_SIDE * min(1.0, width / height)))
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    png = resvg_py.svg_to_bytes(svg_string=data.decode(encoding), width=across)
    return Image.open(io.BytesIO(bytes(png)), formats=["PNG"])


def _proportions(data: bytes) -> tuple[float, float]:
    """Return the width and height of a drawing, of which only the proportions count.

    Raises:
        CannotOpen: It is damaged, or a picture in it is another file.
    """
    sizes: list[tuple[float, float]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not sizes:
            sizes.append(_size(attributes))
        if name.rpartition(" ")[2] in ("image", "feImage"):
            for key, value in attributes.items():
                if key.rpartition(" ")[2] == "href" and not _is_inside(value):
                    raise CannotOpen("an SVG that shows other files, which are not opened")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise CannotOpen("not a whole SVG, or a damaged one") from error
    return sizes[0]


def _is_inside(reference: str) -> bool:
    """Return whether a reference is to the drawing itself, or to a picture of pixels in it."""
    reference = reference.strip().lower()
    return reference.startswith("#") or (reference.startswith("data:") and "svg" not in reference[:64])


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    """Return the width and height that the root of a drawing says; a square where it says none.

    Raises:
        CannotOpen: One is more than `_MOST_SLENDER` times the other.
    """
    box = [_number(part, 0.0) for part in attributes.get("viewBox", "").replace(",", " ").split()]
    across, down = box[2:] if len(box) == 4 else (0.0, 0.0)
    width, height = _number(attributes.get("width", ""), across), _number(attributes.get("height", ""), down)
    if not (width and height):  # the one that is missing follows the proportions of the other
        width, height = (across, down) if across and down else (1.0, 1.0)
    if not 1 / _MOST_SLENDER < width / height < _MOST_SLENDER:
        raise CannotOpen(f"an SVG with one side more than {_MOST_SLENDER} times the other")
    return width, height


def _number(text: str, whole: float) -> float:
    """Return a length without its unit, or a share of the whole; 0.0 for what is none."""
    text = text.strip().lower()
    try:
        number = float(text.rstrip("%abcdefghijklmnopqrstuvwxyz"))
    except ValueError:
        return 0.0
    number *= whole / 100 if text.endswith("%") else 1
    return number if 0 < number < 1e18 else 0.0


def _film(file: BinaryIO) -> Image.Image:
    """Return the first of a few frames of a film, spread over it, that shows something; else the first one."""
    import av

    first: Image.Image | None = None
    with av.open(file, metadata_errors="ignore") as container:
        streams = container.streams.video
        if not streams:
            raise CannotOpen("a film without a picture")
        stream: Any = streams[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        for number in range(_FRAMES):
            if number and container.duration:
                container.seek(container.duration * number // _FRAMES)
            frame = next(container.decode(stream), None)
            if frame is None:
                break
            image: Image.Image = frame.to_image()
            image = image.rotate(frame.rotation, expand=True) if frame.rotation else image
            first = first or image
            if max(high - low for low, high in image.getextrema()) > _PLAIN:  # type: ignore[misc]
                return image
    if first is None:
        raise CannotOpen("a film without a frame that can be decoded")
    return first


class _JpegXl(ImageFile.ImageFile):
    """Holds a JPEG XL whose header is read; of several frames the first is decoded, upright as the format itself says
    it is turned."""

    format = "JXL"

    def _open(self) -> None:
        import pylibjxl

        self._coded = self.fp.read()  # type: ignore[union-attr]
        header = pylibjxl.probe(self._coded)
        self._size = header["width"], header["height"]
        self._mode = _JXL_MODES[header["channels"]]

    def load(self) -> Any:
        """Decode the pixels, once."""
        if self._coded:
            import pylibjxl

            pixels, blocks = pylibjxl.decode(self._coded, metadata=True)
            self.im, self._coded = Image.fromarray(pixels.squeeze(), self._mode).im, b""
            if profile := blocks.get("icc"):
                self.info["icc_profile"] = profile
        return super().load()
