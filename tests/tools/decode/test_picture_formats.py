"""A picture is known by its first bytes, whether or not it can be opened here, and the pile says what helps."""

import time
from pathlib import Path

import pytest
from PIL import Image

from tools.decode import decode
from tools.decode.picture_formats import HEAD, format_of
from tools.scan.collection import scan

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
BOX = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00"
KNOWN = {
    "a.heic": (HEIC, "HEIC"),
    "b.HEIF": (BOX + b"miafheicmif1", "HEIC"),
    "c.heif": (BOX + b"abcddefgghij", "HEIC"),
    "d.jxl": (b"\xff\x0a" + bytes(40), "JPEG XL"),
    "e.jxl": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(40), "JPEG XL"),
    "f.CR2": (b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(40), "Canon raw (CR2)"),
    "g.CR3": (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "Canon raw (CR3)"),
    "h.nef": (b"MM\x00*" + bytes(40), "Nikon raw (NEF)"),
    "i.raf": (b"FUJIFILMCCD-RAW 0201" + bytes(40), "Fujifilm raw (RAF)"),
    "j.orf": (b"IIRO\x08\x00" + bytes(40), "Olympus raw (ORF)"),
    "k.rw2": (b"IIU\x00\x18" + bytes(40), "Panasonic raw (RW2)"),
    "l.svg": (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "m.svg": (b"\xef\xbb\xbf <svg>", "SVG"),
    "n.svg": (b'<!DOCTYPE svg PUBLIC "-//W3C" "http://x" [<!ENTITY a "b">]><svg:svg >', "SVG"),
    "o.svgz": (b"\x1f\x8b\x08\x00" + bytes(20), "SVG"),
    "p.psb": (b"8BPS\x00\x02" + bytes(40), "large Photoshop picture (PSB)"),
    "q.exr": (b"\x76\x2f\x31\x01" + bytes(40), "OpenEXR"),
    "r.xcf": (b"gimp xcf file" + bytes(40), "GIMP picture (XCF)"),
    "s.jxr": (b"II\xbc\x01" + bytes(40), "JPEG XR"),
    "t.dcm": (bytes(128) + b"DICM" + bytes(40), "DICOM"),
    "u.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox", "EPS"),
    "w.mp4": (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", "film"),
    "x.mov": (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "film"),
    "y.avi": (b"RIFF\x00\x00\x00\x00AVI LIST", "film"),
    "z.mkv": (b"\x1a\x45\xdf\xa3" + bytes(40), "film"),
    "v.svg": (b"\xff\xfe" + "<svg>".encode("utf-16-le"), "SVG"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one picture that can be opened."""
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "pictures" / "0.png")
    return tmp_path / "pictures"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but Pillow is installed, and no AVIF in it."""
    monkeypatch.setattr(decode, "_formats", lambda: ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PSD"])
    monkeypatch.setattr(decode, "is_installed", lambda kind: False)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("renamed", [False, True])
def test_what_cannot_be_opened_is_a_picture_with_a_remedy(
    folder: Path, bare: None, name: str, renamed: bool
) -> None:
    head, format_name = KNOWN[name]
    if renamed and name in ("h.nef", "o.svgz"):
        pytest.skip("by its bytes it is any TIFF, or anything packed")
    file = folder / ("IMG_0001" if renamed else name)
    file.write_bytes(head)
    collection = scan(folder)
    assert not collection.others
    (unreadable,) = collection.unreadable
    assert unreadable.path.name == file.name
    assert unreadable.reason.startswith(f"{format_name} cannot be opened here; ")
    assert any(word in unreadable.reason for word in ("this ", "save it as ", "export it "))


def test_heic_names_what_adds_it(folder: Path, bare: None) -> None:
    (folder / "a.heic").write_bytes(HEIC)
    (file,) = scan(folder).unreadable
    assert file.reason == "HEIC cannot be opened here; this adds it: pip install pi-heif"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", b"<!DOCTYPE html><html><body><svg></svg>"),
        ("a.m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42"),
        ("a.txt", b"svg <svg> in a text"),
        ("a.gz", b"\x1f\x8b\x08\x00"),
        ("a.ps", b"%!PS-Adobe-3.0\n%%Pages: 9"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.wav", b"RIFF\x00\x00\x00\x00WAVEfmt "),
        ("a.zip", b"PK\x03\x04"),
    ],
)
def test_other_files_stay_what_they_are(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    collection = scan(folder)
    assert [str(path) for path in collection.others] == [name] and not collection.unreadable


@pytest.mark.parametrize(("name", "kind"), [("x.bin", "JPEG"), ("x", "JPEG"), ("x.jpg", "JPEG")])
def test_a_damaged_picture_is_known_whatever_its_name(folder: Path, name: str, kind: str) -> None:
    (folder / name).write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    (file,) = scan(folder).unreadable
    assert file.path.name == name and file.reason


def test_what_could_be_opened_is_called_damaged(folder: Path) -> None:
    pytest.importorskip("PIL._avif")
    (folder / "a.avif").write_bytes(b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avifmiaf" + bytes(40))
    (file,) = scan(folder).unreadable
    assert "cannot be opened here" not in file.reason


def test_text_that_is_built_to_be_tried_in_many_ways_costs_nothing() -> None:
    start = time.monotonic()
    for head in (b" " * HEAD, b"<!---->" * 146, b"<?xml?>" * 146, b"<!DOCTYPE svg [][][]" + b"[]" * 500):
        assert format_of(head, "a.svg") is None
    assert time.monotonic() - start < 0.5


def test_what_can_be_opened_is_opened(folder: Path) -> None:
    Image.new("RGB", (8, 8), "blue").save(folder / "a.tif")
    (folder / "a.tif").rename(folder / "photo.bin")
    assert len(scan(folder)) == 2
