"""Writes metadata into pictures as photo programs do: byte by byte, the coded picture untouched."""

import struct
import zlib
from pathlib import Path

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/></rdf:RDF></x:xmpmeta>'
)


def exif(comment: bytes = b"a rating, a tag and a comment") -> bytes:
    """A little-endian EXIF block whose only tag is ImageDescription."""
    return b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, len(comment) + 1, 26, 0) + comment + b"\0"


def tagged(data: bytes, comment: bytes = b"a rating, a tag and a comment") -> bytes:
    """The bytes of a picture file with EXIF, XMP and a comment put in, as far as its format has them."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data, comment)
    if data[:4] == b"\x89PNG":
        return _png(data, comment)
    if data[:3] == b"GIF":
        return _gif(data, comment)
    if data[:4] == b"RIFF":
        return _webp(data, comment)
    if data[:4] == b"II*\0":
        return _tiff(data, comment)
    raise ValueError("a format that is not written here")


def tag(file: Path, comment: bytes = b"a rating, a tag and a comment") -> None:
    """Write metadata into a picture, as exiftool does: into a new file that then takes the old one's place."""
    temporary = file.with_name(file.name + "_exiftool_tmp")
    temporary.write_bytes(tagged(file.read_bytes(), comment))
    temporary.replace(file)


def _jpeg(data: bytes, comment: bytes) -> bytes:
    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    new = segment(0xE1, b"Exif\0\0" + exif(comment))
    new += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    new += segment(0xED, b"Photoshop 3.0\0" + comment) + segment(0xFE, comment)
    return data[:2] + new + data[2:]


def _png(data: bytes, comment: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    new = chunk(b"eXIf", exif(comment)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    new += chunk(b"tEXt", b"Comment\0" + comment) + chunk(
        b"tIME", struct.pack(">HBBBBB", 2026, 1, 2, 3, 4, 5)
    )
    return data[:33] + new + data[33:]


def _gif(data: bytes, comment: bytes) -> bytes:
    return b"GIF89a" + data[6:-1] + b"\x21\xfe" + bytes([len(comment)]) + comment + b"\0" + data[-1:]


def _webp(data: bytes, comment: bytes) -> bytes:
    from io import BytesIO

    from PIL import Image

    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    width, height = Image.open(BytesIO(data)).size
    body = data[12:]
    if body[:4] == b"VP8X":
        body = body[18:]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = chunk(b"VP8X", b"\x0c\0\0\0" + size) + body + chunk(b"EXIF", exif(comment)) + chunk(b"XMP ", XMP)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _tiff(data: bytes, comment: bytes) -> bytes:
    """The directory is written anew at the end of the file, with one more tag."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    data += b"\0" * (len(data) % 2)
    place = len(data)
    data += comment + b"\0" * (2 - len(comment) % 2)
    entries = [entry for entry in entries if entry[:2] != b"\x0e\x01"]
    entries.append(struct.pack("<HHII", 0x010E, 2, len(comment) + 1, place))
    directory = struct.pack("<H", len(entries)) + b"".join(
        sorted(entries, key=lambda e: struct.unpack("<H", e[:2]))
    )
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory + b"\0\0\0\0"
