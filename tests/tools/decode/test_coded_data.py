"""The hash of the coded picture stays when metadata is written, and changes with the picture."""

import io
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from tests.rewriting import XMP, exif, tagged
from tools.decode.coded_data import coded_sha256

FORMATS = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("JPEG", {"restart_marker_rows": 1}),
    ("PNG", {}),
    ("GIF", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "jpeg"}),
]


def picture(seed: int, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def saved(image: Image.Image, format: str, **how: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


@pytest.mark.parametrize("format, how", FORMATS)
def test_what_is_written_about_a_picture_does_not_count(format: str, how: dict[str, object]) -> None:
    data = saved(picture(0), format, **how)
    written = tagged(data)
    again = tagged(written, b"another comment")
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(again))
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()  # the test writes real files
    assert len({data, written, again}) == 3
    assert coded_sha256(data) and coded_sha256(data) == coded_sha256(written) == coded_sha256(again)
    assert coded_sha256(saved(picture(1), format, **how)) not in ("", coded_sha256(data))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_every_mode_of_png_and_tiff(mode: str) -> None:
    for format in ("PNG", "TIFF"):
        data = saved(picture(0, mode), format)
        assert coded_sha256(data) == coded_sha256(tagged(data)) != ""
        assert coded_sha256(data) != coded_sha256(saved(picture(1, mode), format))


def test_avif_with_exif_and_xmp() -> None:
    if not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    data = saved(picture(0), "AVIF")
    written = saved(picture(0), "AVIF", exif=exif(), xmp=XMP)
    assert data != written and coded_sha256(data) == coded_sha256(written) != ""
    assert coded_sha256(saved(picture(1), "AVIF")) not in ("", coded_sha256(data))


def test_a_palette_belongs_to_the_picture() -> None:
    one, other = picture(0, "P"), picture(0, "P")
    other.putpalette(bytes(range(256)) * 3)
    for format in ("PNG", "GIF", "TIFF"):
        assert coded_sha256(saved(one, format)) != coded_sha256(saved(other, format)), format


def test_every_frame_belongs_to_the_picture() -> None:
    for format in ("GIF", "WEBP", "PNG", "TIFF"):
        a, b = (saved(picture(0), format, save_all=True, append_images=[picture(n)]) for n in (1, 2))
        assert coded_sha256(a) not in ("", coded_sha256(b)), format


def test_pictures_and_films_behind_a_jpeg_do_not_count() -> None:
    data = saved(picture(0), "JPEG")
    assert (
        coded_sha256(data)
        == coded_sha256(data + saved(picture(1), "JPEG"))
        == coded_sha256(data + b"ftypqt" * 9)
    )


def test_a_cut_in_other_chunks_is_the_same_png() -> None:
    data = saved(picture(0, size=(200, 200)), "PNG")
    at = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", data, at)
    body = data[at + 8 : at + 8 + length]
    halves = b"".join(struct.pack(">I", len(p)) + b"IDAT" + p + b"\0\0\0\0" for p in (body[:99], body[99:]))
    assert coded_sha256(data) == coded_sha256(data[:at] + halves + data[at + 12 + length :])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"II*\0",
                                  b"text", b"\0\0\0\x14ftypheic", b"8BPS"])  # fmt: skip
def test_what_holds_no_picture_has_no_hash(data: bytes) -> None:
    assert coded_sha256(data) == ""


@given(
    st.sampled_from([f for f in FORMATS if f[0] != "TIFF" or not f[1]]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8),
    st.integers(0, 5000),
)
@settings(max_examples=150)
def test_damage_is_no_error(
    kind: tuple[str, dict[str, object]], changes: list[tuple[int, int]], end: int
) -> None:
    data = bytearray(saved(picture(0), kind[0], **kind[1]))
    for place, value in changes:
        data[place % len(data)] = value
    coded_sha256(bytes(data))
    coded_sha256(bytes(data[:end]))


def test_a_hostile_file_takes_no_time() -> None:
    fill = b"\xff\xd8\xff\xe0\0\x02" + b"\xff" * 20_000_000
    chunks = b"\x89PNG\r\n\x1a\n" + (b"\0\0\0\0tEXt\0\0\0\0" * 2_000_000)
    strips = struct.pack("<4sI", b"II*\0", 8) + struct.pack("<H", 2)
    count = 250_000
    strips += struct.pack("<HHII", 273, 4, count, 40) + struct.pack("<HHII", 279, 4, count, 40 + 4 * count)
    strips += b"\0" * 6 + struct.pack("<I", 0) * count + struct.pack("<I", 8 * count) * count
    begin = time.monotonic()
    for data in (fill, chunks, strips):
        assert coded_sha256(data) == ""
    assert time.monotonic() - begin < 15


def heif(picture: bytes, metadata: bytes, turned: bool = False, method: int = 0) -> bytes:
    """A file of boxes as phones write it: a coded picture and its EXIF, each an item somewhere behind the list."""

    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I4s", len(body) + 8, kind) + body

    def infe(number: int, kind: bytes) -> bytes:
        return box(b"infe", b"\x02\0\0\0", struct.pack(">HH4s", number, 0, kind), b"\0")

    def meta(begin: int) -> bytes:
        items = [(1, begin, len(picture)), (2, begin + len(picture), len(metadata))]
        places = b"".join(struct.pack(">HHHHII", n, method, 0, 1, at, size) for n, at, size in items)
        stored = box(b"idat", picture, metadata) if method else b""
        turn = box(b"irot", b"\x01") if turned else b""
        return box(
            b"meta",
            b"\0\0\0\0",
            box(b"iinf", b"\0\0\0\0", struct.pack(">H", 2), infe(1, b"hvc1"), infe(2, b"Exif")),
            box(b"iprp", box(b"ipco", box(b"hvcC", b"how it is coded"), turn), box(b"ipma", b"\0" * 8)),
            box(b"iloc", b"\x01\0\0\0\x44\0", struct.pack(">H", 2), places),
            stored,
        )

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    if method:
        return head + meta(0)
    begin = len(head) + len(meta(0)) + 8
    return head + meta(begin) + box(b"mdat", picture, metadata)


@pytest.mark.parametrize("method", [0, 1])
def test_heif_is_known_by_its_coded_items(method: int) -> None:
    data = heif(b"coded picture", b"exif", method=method)
    assert coded_sha256(data) != ""
    assert coded_sha256(data) == coded_sha256(heif(b"coded picture", b"much longer exif", True, method))
    assert coded_sha256(data) != coded_sha256(heif(b"coded picturf", b"exif", method=method))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), st.integers(0, 400))
@settings(max_examples=200)
def test_damaged_boxes_are_no_error(changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(heif(b"coded picture", b"exif"))
    for place, value in changes:
        data[place % len(data)] = value
    coded_sha256(bytes(data))
    coded_sha256(bytes(data[:end]))
