"""What files say of their pictures: by EXIF, XMP, Google Takeout and their names; and what hostile ones do."""

import os
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD, Base

from tests.camera_roll import exif, picture, takeout, write_roll, xmp
from tools.metadata.exif import exif_date, offset_minutes
from tools.metadata.file_name_date import date_in_name
from tools.metadata.metadata import EXIF, FILE_NAME, TAKEOUT, XMP, Metadata, camera_name, clean_text
from tools.metadata.read_metadata import read_metadata
from tools.metadata.takeout import read_takeout
from tools.metadata.xmp import read_xmp
from tools.scan.collection import scan

MOMENT = datetime(2024, 5, 12, 10, 11, 12)
LISBON = (38.7223, -9.1393)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "avif"])
def test_a_file_says_when_where_and_with_what(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"a.{kind}"
    block = exif(
        MOMENT, 60, "Canon EOS R6", LISBON, FocalLengthIn35mmFilm=50, ExposureTime=0.005, Flash=16,
        LensModel="RF50mm F1.8 STM",
    )  # fmt: skip
    picture(1).save(file, exif=block)
    known = read_metadata(file)
    assert (known.taken, known.offset, known.taken_by) == (MOMENT, 60, EXIF)
    assert known.camera == "Canon EOS R6" and known.phone is False and known.lens == "RF50mm F1.8 STM"
    assert known.latitude == pytest.approx(LISBON[0], abs=1e-4)
    assert known.longitude == pytest.approx(LISBON[1], abs=1e-4)
    assert (known.focal_length, known.focal_is_equivalent, known.flash) == (50, True, False)
    assert known.exposure == pytest.approx(0.005)


def test_a_jpeg_xl_has_its_blocks_in_boxes(tmp_path: Path) -> None:
    """They are read without the library that opens its pixels; a damaged box ends the search."""
    tags = exif(MOMENT, camera="Google Pixel 7").tobytes().removeprefix(b"Exif\0\0")
    boxes = [(b"ftyp", b"jxl \0\0\0\0jxl "), (b"xml ", xmp(rating=4)), (b"Exif", bytes(4) + tags)]
    data = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
    for kind, content in boxes:
        data += (8 + len(content)).to_bytes(4, "big") + kind + content
    (tmp_path / "a.jxl").write_bytes(data + b"\0\0\0\0jxlc\xff\x0a")
    known = read_metadata(tmp_path / "a.jxl")
    assert (known.taken, known.taken_by, known.camera, known.rating) == (MOMENT, EXIF, "Google Pixel 7", 4)
    for damage in (
        b"\xff\xff\xff\xffjxlc",
        b"\0\0\0\x01jxlc\xff",
        b"\0\0\0\x04jxlc",
        b"\0\0\0\x0cExif\xff\xff\xff\xff",
    ):
        (tmp_path / "a.jxl").write_bytes(data + damage)
        assert read_metadata(tmp_path / "a.jxl").rating in (4, None)


def test_a_tiff_has_its_tags_beside_the_picture(tmp_path: Path) -> None:
    block = exif(camera="Google Pixel 7")
    block[Base.DateTime] = "2024:05:12 10:11:12"
    picture(1).save(tmp_path / "a.tif", exif=block)
    known = read_metadata(tmp_path / "a.tif")
    assert (known.taken, known.camera, known.phone) == (MOMENT, "Google Pixel 7", True)


def test_a_rewritten_date_is_not_when_it_was_taken(tmp_path: Path) -> None:
    """DateTime is that of the last change; the date of the shot goes before it."""
    block = exif(MOMENT)
    block[Base.DateTime] = "2025:01:02 03:04:05"
    picture(1).save(tmp_path / "a.jpg", exif=block)
    assert read_metadata(tmp_path / "a.jpg").taken == MOMENT


def test_sidecars_and_names_say_what_the_file_does_not(tmp_path: Path) -> None:
    file = tmp_path / "IMG_20240101_080000.jpg"
    picture(1).save(file)
    assert read_metadata(file).taken_by == FILE_NAME
    json = tmp_path / f"{file.name}.supplemental-metadata.json"
    json.write_text(takeout(datetime(2024, 5, 12, 10, 11, 12), LISBON))
    from_takeout = read_metadata(file, [json])
    assert (from_takeout.taken_by, from_takeout.place_by) == (TAKEOUT, TAKEOUT)
    assert from_takeout.taken == datetime(2024, 5, 12, 9, 11, 12)  # by the sun in Lisbon
    sidecar = tmp_path / f"{file.name}.xmp"
    sidecar.write_bytes(xmp("2024-05-12T10:11:12+01:00", 4, ("tram", "yellow")))
    from_xmp = read_metadata(file, [json, sidecar])
    assert (from_xmp.taken, from_xmp.offset, from_xmp.taken_by) == (MOMENT, 60, XMP)
    assert (from_xmp.rating, from_xmp.keywords) == (4, ("tram", "yellow"))
    assert from_xmp.place_by == TAKEOUT  # each fact from the first that says it
    picture(1).save(file, exif=exif(datetime(2024, 5, 13), camera="Apple iPhone 14"))
    assert read_metadata(file, [json, sidecar]).taken_by == EXIF


def test_keywords_inside_a_picture_are_read(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "a.jpg", xmp=xmp(rating=3, keywords=("sea",)))
    picture(1).save(tmp_path / "a.webp", xmp=xmp(rating=3, keywords=("sea",)))
    for name in ("a.jpg", "a.webp"):
        known = read_metadata(tmp_path / name)
        assert (known.rating, known.keywords) == (3, ("sea",))


@pytest.mark.parametrize(
    ("name", "taken", "to_the"),
    [
        ("IMG_20240512_101112.jpg", MOMENT, "second"), ("PXL_20240512_101112345.jpg", MOMENT, "second"),
        ("20240512_101112.jpg", MOMENT, "second"), ("Screenshot_20240512-101112.png", MOMENT, "second"),
        ("Screenshot 2024-05-12 at 10.11.12.png", MOMENT, "second"),
        ("WhatsApp Image 2024-05-12 at 10.11.12.jpeg", MOMENT, "second"),
        ("photo_2024-05-12_10-11-12.jpg", MOMENT, "second"), ("2024-05-12 10.11.12.jpg", MOMENT, "second"),
        ("IMG-20240512-WA0007.jpg", datetime(2024, 5, 12, 12), "day"),
        ("2024-05-12.jpg", datetime(2024, 5, 12, 12), "day"),
    ],
)  # fmt: skip
def test_names_that_say_a_date(name: str, taken: datetime, to_the: str) -> None:
    known = date_in_name(name)
    assert (known.taken, known.to_the, known.taken_by) == (taken, to_the, FILE_NAME)


@pytest.mark.parametrize(
    "name",
    ["IMG_1234.jpg", "DSC20240512101.jpg", "120240512.jpg", "20240230.jpg", "20241399.jpg", "29990101.jpg"],
)
def test_names_that_say_none(name: str) -> None:
    assert date_in_name(name) == Metadata()


def test_dates_that_are_none() -> None:
    for text in ("0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:01 00:00:00", "", None, 7):
        assert exif_date(text) is None
    assert [offset_minutes(t) for t in ("+05:30", "-08:00", "Z", "+99:00", "")] == [330, -480, 0, None, None]


def test_a_clock_that_was_never_set_says_nothing(tmp_path: Path) -> None:
    for i, moment in enumerate((datetime(1980, 1, 1), datetime(2000, 1, 1), datetime(2999, 1, 1))):
        picture(1).save(tmp_path / f"{i}.jpg", exif=exif(moment))
        assert read_metadata(tmp_path / f"{i}.jpg").taken is None


def test_no_place_is_not_a_place_in_the_sea() -> None:
    assert not read_takeout(takeout(MOMENT).encode()).has_place


def test_what_a_file_says_cannot_hide_or_turn_text() -> None:
    assert clean_text("Canon\u202e\x1b[31m\n EOS\0 R6") == "Canon [31m EOS R6"
    assert camera_name("NIKON CORPORATION", "NIKON D750") == "NIKON D750"
    assert camera_name("SONY", "ILCE-7M3") == "SONY ILCE-7M3"
    assert camera_name("OLYMPUS IMAGING CORP.", "E-M10") == "Olympus E-M10"


def test_a_packet_that_declares_a_document_type_is_refused(tmp_path: Path) -> None:
    """Entities could be expanded without end, or read other files."""
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp("2024-05-12T10:11:12")[54:]
    )
    with pytest.raises(ValueError, match="XMP"):
        read_xmp(bomb)
    picture(1).save(tmp_path / "a.png")
    (tmp_path / "a.png.xmp").write_bytes(bomb)
    assert read_metadata(tmp_path / "a.png", [tmp_path / "a.png.xmp"]) == Metadata()


def test_hostile_sidecars_say_nothing_and_take_no_time(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "a.png")
    (tmp_path / "deep.json").write_bytes(b"[" * 500_000)
    (tmp_path / "large.json").write_bytes(b"[" + b"1," * 4_000_000 + b"1]")
    (tmp_path / "none.xmp").write_bytes(b"\0" * 1000)
    (tmp_path / "deep.xmp").write_bytes(b"<a>" * 300_000)
    os.mkfifo(tmp_path / "pipe.xmp")
    started = time.monotonic()
    beside = [
        tmp_path / n for n in ("deep.json", "large.json", "none.xmp", "deep.xmp", "pipe.xmp", "gone.xmp")
    ]
    assert read_metadata(tmp_path / "a.png", beside) == Metadata()
    assert read_metadata(tmp_path / "pipe.xmp") == Metadata()
    assert time.monotonic() - started < 10


def test_an_exif_block_that_repeats_itself_is_read_quickly(tmp_path: Path) -> None:
    """Each of thousands of entries may point at the whole block."""
    entries, size = 5000, 120_000
    block = b"Exif\0\0II*\0\x08\0\0\0" + entries.to_bytes(2, "little")
    for number in range(entries):
        block += (
            (30_000 + number).to_bytes(2, "little")
            + b"\x07\0"
            + (size - 100).to_bytes(4, "little")
            + b"\0\0\0\0"
        )
    picture(1).save(tmp_path / "a.webp", exif=block.ljust(size, b"\0"))
    started = time.monotonic()
    assert read_metadata(tmp_path / "a.webp") == Metadata()
    assert time.monotonic() - started < 5


def test_a_block_of_megabytes_is_not_read(tmp_path: Path) -> None:
    """A camera writes 64 KiB at most."""
    block = exif(MOMENT, 60, "Canon EOS R6").tobytes()
    picture(1).save(tmp_path / "a.webp", exif=block + b"\0" * 2**20)
    assert read_metadata(tmp_path / "a.webp") == Metadata()


@given(data=st.data())
def test_a_damaged_block_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = exif(MOMENT, 60, "Canon EOS R6", LISBON).tobytes()
    at = data.draw(st.integers(6, len(whole) - 1))
    piece = data.draw(st.binary(min_size=1, max_size=8))
    picture(1).save(folder / "a.jpg", exif=(whole[:at] + piece + whole[at + len(piece) :])[: len(whole)])
    assert isinstance(read_metadata(folder / "a.jpg"), Metadata)


@given(text=st.text(max_size=60), number=st.floats(allow_nan=True))
def test_texts_and_numbers_of_any_kind_are_no_error(text: str, number: float) -> None:
    block = Image.Exif()
    inner = block.get_ifd(IFD.Exif)
    inner[Base.DateTimeOriginal], inner[Base.LensModel] = text, text
    date_in_name(text)
    for data in (
        text.encode("utf-8", "replace"),
        f'{{"photoTakenTime": {{"timestamp": "{number}"}}}}'.encode(),
    ):
        for read in (read_xmp, read_takeout):
            try:
                read(data)
            except ValueError:
                continue


@given(
    st.builds(
        Metadata,
        taken=st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2025, 1, 1)),
        offset=st.none() | st.integers(-840, 840),
        latitude=st.none() | st.floats(-90, 90),
        camera=st.text(),
        rating=st.none() | st.integers(-1, 5),
        keywords=st.lists(st.text(), max_size=3).map(tuple),
    )
)
def test_metadata_is_kept_as_it_is(known: Metadata) -> None:
    assert Metadata.from_json(known.to_json()) == known


def test_what_was_kept_by_something_else_is_refused() -> None:
    for text in ("", "[]", "1", '{"taken": 7}', '{"keywords": 7}'):
        with pytest.raises(ValueError):
            Metadata.from_json(text)


def test_a_whole_roll_is_read_as_it_was_taken(tmp_path: Path) -> None:
    truth = write_roll(tmp_path / "roll", seed=3)
    collection = scan(tmp_path / "roll")
    read = {
        collection.folder / image.path: read_metadata(
            collection.folder / image.path,
            [collection.folder / c.path for c in collection.companions_of(image.sha256)],
        )
        for image in collection.images
    }
    assert len(read) == len(truth)
    for told in truth:
        known = read[told.path.resolve()]
        assert (known.taken, known.camera) == (told.taken, told.camera), told.path.name


def iptc(*sets: tuple[int, int, bytes]) -> bytes:
    """An IPTC block as Photoshop puts it into a JPEG (APP13)."""
    block = b"".join(b"\x1c" + bytes([a, b]) + len(v).to_bytes(2, "big") + v for a, b, v in sets)
    resource = b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block + b"\0" * (len(block) % 2)
    content = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + (len(content) + 2).to_bytes(2, "big") + content


@pytest.mark.parametrize("coding", [(), ((1, 90, b"\x1b%G"),)])
def test_keywords_and_dates_of_iptc(tmp_path: Path, coding: tuple[tuple[int, int, bytes], ...]) -> None:
    file = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(file)
    keywords = [(2, 25, "früh".encode()), (2, 25, b"sea\x1b[2J")]
    dates = [(2, 55, b"20240512"), (2, 60, b"101112+0200")]
    data = file.read_bytes()
    file.write_bytes(data[:2] + iptc(*coding, *keywords, *dates) + data[2:])
    known = read_metadata(file)
    assert known.keywords == ("früh", "sea [2J")
    assert (known.taken, known.offset, known.taken_by) == (datetime(2024, 5, 12, 10, 11, 12), 120, "IPTC")
    file.write_bytes(data[:2] + iptc((2, 25, b"fr\xfch"), (2, 55, b"20240512")) + data[2:])
    known = read_metadata(file)
    assert known.keywords == ("früh",) and (known.taken, known.to_the) == (datetime(2024, 5, 12), "day")
    file.write_bytes(data[:2] + iptc((2, 25, b"x"), (2, 55, b"20241399")) + data[2:])
    assert read_metadata(file).keywords == () and read_metadata(file).taken is None


def test_exif_of_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif", reason="nothing here writes HEIC")
    exif = Image.Exif()
    exif[Base.Model] = "Pixel 8"
    heif.from_pillow(Image.new("RGB", (64, 32))).save(tmp_path / "a.heic", exif=exif.tobytes())
    assert read_metadata(tmp_path / "a.heic").camera == "Pixel 8"


@pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed, and Pillow writes no such blocks"
)
def test_the_blocks_in_a_tiff(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    Image.new("RGB", (8, 8)).save(file)
    written = ["DateTimeOriginal=2024:05:12 10:11:12", "OffsetTimeOriginal=+01:00", "GPSLatitude=38.7",
               "GPSLatitudeRef=N", "GPSLongitude=9.1", "GPSLongitudeRef=W",
               "IPTC:Keywords=sea", "XMP:Rating=4"]  # fmt: skip
    subprocess.run(["exiftool", "-q", *(f"-{each}" for each in written), str(file)], check=True)
    known = read_metadata(file)
    assert (known.taken, known.offset, known.taken_by) == (MOMENT, 60, EXIF)
    assert known.latitude == pytest.approx(38.7) and known.longitude == pytest.approx(-9.1)
    assert known.keywords == ("sea",) and known.rating == 4
