"""Which files belong to which picture, as cameras, phones and programs name them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.export.free_names import numbered
from tools.scan.companions import companion_name, companions

LONG = "A very long title that somebody gave to a picture of Lisbon"
PAIRS = [
    ("a.jpg", "a.xmp"),  # Lightroom, Bridge
    ("a.jpg", "a.jpg.xmp"),  # darktable, digiKam
    ("a.jpg", "a_01.jpg.xmp"),  # darktable, a second version
    ("A.JPG", "a.XMP"),
    ("a.jpg", "a.jpg.pp3"),
    ("a.jpg", "a.jpg.dop"),
    ("IMG_1.HEIC", "IMG_1.AAE"),
    ("IMG_1.HEIC", "IMG_O1.AAE"),
    ("IMG_1.HEIC", "IMG_1.MOV"),
    ("IMG_1.jpg", "IMG_1.mov"),
    ("IMG_1.HEIC", "IMG_1.MP4"),
    ("PXL_1.MP.jpg", "PXL_1.MP"),
    ("DSC_1.JPG", "DSC_1.NEF"),
    ("DSC_1.jpg", "DSC_1.CR3"),
    ("DSC_1.tif", "DSC_1.dng"),
    ("a.jpg", "a.jpg.json"),
    ("a.jpg", "a.json"),
    ("a.jpg", "a.jpg.supplemental-metadata.json"),
    ("a.jpg", "a.jpg.supplemental-me.json"),
    ("a.jpg", "a.jpg.s.json"),
    ("a.jpg", "a.jpg..json"),
    ("a(1).jpg", "a.jpg(1).json"),
    ("a(1).jpg", "a.jpg.supplemental-metadata(1).json"),
    ("a(1).jpg", "a.jpg.suppl(1).json"),
    ("a(1).jpg", "a(1).jpg.json"),
    (f"{LONG[:47]}.jpg", f"{LONG[:46]}.json"),
    (f"{LONG[:43]}.jpg", f"{LONG[:43]}.jp.json"),
    (f"{LONG[:47]}(2).jpg", f"{LONG[:46]}(2).json"),
]


@pytest.mark.parametrize("picture, file", PAIRS)
def test_a_file_is_found_with_its_picture(picture: str, file: str) -> None:
    pictures = [Path("x", name) for name in ("0.png", picture, "zzz.jpg", "a(2).png")]
    assert companions(pictures, [Path("x", file)]) == {Path("x", file): Path("x", picture)}
    assert companions(pictures, [Path("y", file)]) == {}  # another folder


@pytest.mark.parametrize("picture, file", PAIRS)
def test_numbered_they_still_belong_together(picture: str, file: str) -> None:
    renamed = numbered(picture, 2)
    assert renamed != picture
    new = companion_name(file, picture, renamed)
    assert new != file and Path(new).suffix.lower() in (Path(file).suffix.lower(), ".mp (2)")
    assert companions([Path(picture), Path(renamed)], [Path(file), Path(new)]) == {
        Path(file): Path(picture),
        Path(new): Path(renamed),
    }


@pytest.mark.parametrize(
    "file",
    [
        "b.xmp",
        "notes.txt",
        "a.jpg.txt",
        "ab.json",
        "a.j.json",
        "A.mov.zip",
        "metadata.json",
        "aa.nef",
        "b.mov",
    ],
)
def test_other_files_belong_to_none(file: str) -> None:
    assert companions([Path("a.jpg"), Path(f"{LONG}.jpg")], [Path(file)]) == {}


def test_a_raw_file_beside_its_jpeg_is_no_picture_and_alone_it_is_one() -> None:
    pictures = [Path("1.dng"), Path("1.jpg"), Path("2.dng")]
    others = [
        Path("1.xmp"),
        Path("1.dng.xmp"),
        Path("2.xmp"),
        Path("3.nef"),
        Path("1.MOV"),
        Path("1.MOV.json"),
    ]
    assert companions(pictures, others) == {
        Path("1.dng"): Path("1.jpg"),
        Path("1.xmp"): Path("1.jpg"),
        Path("1.dng.xmp"): Path("1.jpg"),
        Path("1.MOV"): Path("1.jpg"),
        Path("1.MOV.json"): Path("1.jpg"),
        Path("2.xmp"): Path("2.dng"),
    }


def test_a_name_that_two_pictures_share_goes_to_the_first() -> None:
    assert companions([Path("a.jpg"), Path("a.png")], [Path("a.xmp"), Path("a.png.xmp")]) == {
        Path("a.xmp"): Path("a.jpg"),
        Path("a.png.xmp"): Path("a.png"),
    }


NAMES = st.text("aA1 _().O~é", min_size=1, max_size=60)


@given(
    st.lists(NAMES, max_size=6),
    st.lists(NAMES, max_size=6),
    st.sampled_from([".json", ".xmp", ".nef", ".mov"]),
)
def test_every_companion_has_a_picture(pictures: list[str], files: list[str], end: str) -> None:
    here = [Path(f"{name}.jpg") for name in dict.fromkeys(pictures)]
    others = [Path(name + end) for name in dict.fromkeys(files)]
    found = companions(here, others)
    assert set(found) <= set(others) and set(found.values()) <= set(here)
