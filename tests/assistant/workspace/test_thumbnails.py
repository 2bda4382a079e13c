"""Thumbnails are made from real files, once, and whole."""

import pytest
from PIL import Image

from assistant.workspace import Thumbnails
from tools.errors import RegroupError

SHA = "ab" * 32


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("RGB", (1000, 500), (200, 30, 30)).save(path)
    return path


def test_a_thumbnail_is_a_small_jpeg_in_its_shard(tmp_path, picture):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    assert thumbnails.path(SHA) is None
    path = thumbnails.get(SHA, picture)
    assert path == thumbnails.path(SHA) == tmp_path / "thumbs" / "ab" / f"{SHA}.jpg"
    with Image.open(path) as image:
        assert (image.format, image.size) == ("JPEG", (256, 128))
        red, green, _ = image.getpixel((100, 50))
    assert red > 180 and green < 60
    assert [p for p in path.parent.iterdir() if p != path] == []


def test_it_is_made_once(tmp_path, picture):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    first = thumbnails.get(SHA, picture)
    picture.unlink()
    assert thumbnails.get(SHA, picture) == first


def test_a_thumbnail_that_was_cut_off_is_made_again(tmp_path, picture):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    path = thumbnails.make(SHA, picture)
    whole = path.read_bytes()
    for damaged in (whole[:-10], b"", b"\xff"):
        path.write_bytes(damaged)
        assert thumbnails.path(SHA) is None
    assert thumbnails.get(SHA, picture).read_bytes() == whole


def test_an_image_that_does_not_decode_leaves_nothing(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no picture")
    thumbnails = Thumbnails(tmp_path / "thumbs")
    with pytest.raises(RegroupError):
        thumbnails.get(SHA, broken)
    assert thumbnails.path(SHA) is None


def test_a_small_image_is_not_enlarged(tmp_path):
    Image.new("L", (20, 10)).save(tmp_path / "small.png")
    with Image.open(Thumbnails(tmp_path / "thumbs").get(SHA, tmp_path / "small.png")) as image:
        assert image.size == (20, 10)
