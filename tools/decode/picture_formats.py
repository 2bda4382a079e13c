"""Knows a picture by its first bytes, whether or not it can be opened here, and what helps where it cannot."""

import re
from dataclasses import dataclass
from pathlib import Path

from tools.extras import how_to_add

HEAD = 1024
"""The bytes of a file that are looked at."""

_AS_PNG = "save it as PNG or JPEG"


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """Names a format of pictures.

    Attributes:
        name: What people call it.
        helps: What to do where it cannot be opened here, unless an extra opens it; "" for a format that always can,
            unless it is damaged.
        decoder: The kind of `tools.decode.other_decoders` that opens it; "" where Pillow does.
        extra: The extra that opens it; "" where none is needed or helps.
    """

    name: str
    helps: str = ""
    decoder: str = ""
    extra: str = ""

    def reason(self, opened: bool) -> str:
        """Return why a picture of this format has no pixels here.

        Args:
            opened: Whether such pictures can be opened here, so that this one has to be damaged.
        """
        helps = f"this adds it: {how_to_add(self.extra)}" if self.extra else self.helps
        if opened or not helps:
            return f"not a whole {self.name}, or a damaged one"
        return f"{self.name} cannot be opened here; {helps}"


_HEIC = PictureFormat("HEIC", "this adds it: pip install pi-heif")
_AVIF = PictureFormat("AVIF", "this adds it: pip install --upgrade pillow")
_JXL = PictureFormat("JPEG XL", decoder="jxl", extra="jxl")
_SVG = PictureFormat("SVG", decoder="svg", extra="svg")


def _raw(name: str) -> PictureFormat:
    return PictureFormat(name, decoder="raw", extra="raw")


_FILM = PictureFormat("film", decoder="film", extra="video")

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC),
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    b"crx ": _raw("Canon raw (CR3)"),
    b"jxl ": _JXL,
}
"""The brands of the ISO container. Those of `_CONTAINERS` say only that it holds a picture."""
_FILM_BRANDS = (
    b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"qt  ", b"3gp4", b"3gp5",
    b"3gp6", b"3g2a", b"MSNV", b"dash", b"XAVC", b"mmp4",
)  # fmt: skip
_CONTAINERS = (b"mif1", b"mif2", b"msf1", b"miaf")

RAW_EXTENSIONS = {
    ".3fr": "Hasselblad", ".arw": "Sony", ".cr2": "Canon", ".dcr": "Kodak", ".dng": "DNG", ".erf": "Epson",
    ".fff": "Hasselblad", ".iiq": "Phase One", ".kdc": "Kodak", ".mef": "Mamiya", ".mos": "Leaf", ".nef": "Nikon",
    ".nrw": "Nikon", ".orf": "Olympus", ".pef": "Pentax", ".raw": "Panasonic", ".rw2": "Panasonic", ".rwl": "Leica",
    ".sr2": "Sony", ".srf": "Sony", ".srw": "Samsung",
}  # fmt: skip
"""The extensions of camera raw whose files begin like a TIFF."""
DECODED_EXTENSIONS = {
    "raw": (*RAW_EXTENSIONS, ".cr3", ".crw", ".mrw", ".orf", ".raf", ".x3f"),
    "svg": (".svg", ".svgz"),
    "film": (".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv"),
    "jxl": (".jxl",),
}
"""The extensions of what `tools.decode.other_decoders` opens, by its kinds."""

_SIGNATURES: tuple[tuple[int, bytes, PictureFormat], ...] = (
    (0, b"\xff\xd8\xff", PictureFormat("JPEG")),
    (0, b"\x89PNG\r\n\x1a\n", PictureFormat("PNG")),
    (0, b"GIF87a", PictureFormat("GIF")),
    (0, b"GIF89a", PictureFormat("GIF")),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", PictureFormat("JPEG 2000")),
    (0, b"\xff\x4f\xff\x51", PictureFormat("JPEG 2000")),
    (0, b"8BPS\x00\x01", PictureFormat("Photoshop picture")),
    (0, b"8BPS\x00\x02", PictureFormat("large Photoshop picture (PSB)", _AS_PNG)),
    (0, b"\xff\x0a", _JXL),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", _JXL),
    (0, b"FUJIFILMCCD-RAW", _raw("Fujifilm raw (RAF)")),
    (0, b"IIRO", _raw("Olympus raw (ORF)")),
    (0, b"IIRS", _raw("Olympus raw (ORF)")),
    (0, b"MMOR", _raw("Olympus raw (ORF)")),
    (0, b"IIU\x00", _raw("Panasonic raw (RW2)")),
    (0, b"FOVb", _raw("Sigma raw (X3F)")),
    (0, b"\x00MRM", _raw("Minolta raw (MRW)")),
    (6, b"HEAPCCDR", _raw("Canon raw (CRW)")),
    (8, b"CR\x02", _raw("Canon raw (CR2)")),
    (0, b"II\xbc", PictureFormat("JPEG XR", _AS_PNG)),
    (0, b"FLIF", PictureFormat("FLIF", _AS_PNG)),
    (0, b"BPG\xfb", PictureFormat("BPG", "this makes a PNG of it: bpgdec -o FILE.png FILE")),
    (0, b"\x76\x2f\x31\x01", PictureFormat("OpenEXR", "this makes a PNG of it: magick FILE FILE.png")),
    (0, b"#?RADIANCE", PictureFormat("Radiance HDR", "this makes a PNG of it: magick FILE FILE.png")),
    (0, b"SDPX", PictureFormat("DPX", "this makes a PNG of it: magick FILE FILE.png")),
    (0, b"XPDS", PictureFormat("DPX", "this makes a PNG of it: magick FILE FILE.png")),
    (0, b"farbfeld", PictureFormat("farbfeld", "this makes a PNG of it: ff2png < FILE > FILE.png")),
    (0, b"gimp xcf", PictureFormat("GIMP picture (XCF)", "export it from GIMP as PNG or JPEG")),
    (0, b"AT&TFORM", PictureFormat("DjVu", "this makes a TIFF of it: ddjvu -format=tiff FILE FILE.tif")),
    (0, b"\x8aMNG\r\n\x1a\n", PictureFormat("MNG", _AS_PNG)),
    (0, b"\x8bJNG\r\n\x1a\n", PictureFormat("JNG", _AS_PNG)),
    (0, b"\x97JB2\r\n\x1a\n", PictureFormat("JBIG2", _AS_PNG)),
    (0, b"\xd7\xcd\xc6\x9a", PictureFormat("Windows metafile (WMF)", _AS_PNG)),
    (40, b" EMF", PictureFormat("Windows metafile (EMF)", _AS_PNG)),
    (0, b"\xc5\xd0\xd3\xc6", PictureFormat("EPS", "this makes a PNG of it: magick FILE FILE.png")),
    (0, b"\x1a\x45\xdf\xa3", _FILM),
    (0, b"\x00\x00\x01\xba", _FILM),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _FILM),
    (0, b"FLV\x01", _FILM),
    (128, b"DICM", PictureFormat("DICOM", "this makes a PNG of it: dcm2img +on FILE FILE.png")),
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# Nothing is given back once it was matched: text built to be tried in many ways would take for ever.
_SVG_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?>\s+|<\?xml.*?\?>|<!--.*?-->|<!DOCTYPE\s+svg(?>[^\[>]+|\[.*?\])*+>)*+<(?:svg:)?svg[\s>]",
    re.DOTALL,
)


def format_of(head: bytes, name: str) -> PictureFormat | None:
    """Return the format of a file; None where it is not known for a picture.

    Args:
        head: Its first `HEAD` bytes.
        name: Its name, which tells camera raw from TIFF.
    """
    for at, signature, known in _SIGNATURES:
        if head.startswith(signature, at):
            return known
    extension = Path(name).suffix.lower()
    if head.startswith(_TIFF):
        maker = RAW_EXTENSIONS.get(extension)
        return _raw(f"{maker} raw ({extension[1:].upper()})") if maker else PictureFormat("TIFF")
    if head.startswith(b"RIFF") and head.startswith(b"WEBP", 8):
        return PictureFormat("WebP")
    if head.startswith(b"RIFF") and head.startswith(b"AVI ", 8):
        return _FILM
    if head.startswith(b"%!PS-Adobe") and b"EPSF" in head[:32]:
        return PictureFormat("EPS", "this makes a PNG of it: magick FILE FILE.png")
    if extension == ".svgz" and head.startswith(b"\x1f\x8b"):
        return _SVG
    return _in_container(head) or _text(head)


def _in_container(head: bytes) -> PictureFormat | None:
    """Return the format in an ISO container by its brands, the main one first."""
    if head[4:8] in (b"moov", b"wide"):  # films of before there were brands
        return _FILM
    if not head.startswith(b"ftyp", 4):
        return None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    main, others = head[8:12], [head[at : at + 4] for at in range(16, length - 3, 4)]
    if main in _BRANDS:
        return _BRANDS[main]
    if main in _CONTAINERS:
        return next((_BRANDS[brand] for brand in others if brand in _BRANDS), _HEIC)
    return _FILM if main in _FILM_BRANDS else None


def _text(head: bytes) -> PictureFormat | None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "ignore").encode()
    return _SVG if _SVG_ROOT.match(head) else None
