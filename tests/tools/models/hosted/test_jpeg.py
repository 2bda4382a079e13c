"""What of an image is sent."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from tools.decode.decode import decode
from tools.models.hosted.jpeg import SIDE, block, jpeg, size


@pytest.mark.parametrize(
    ("shape", "side", "sent"),
    [
        ((3000, 2000), SIDE, (512, 768)),
        ((100, 1600), SIDE, (768, 48)),
        ((40, 30), SIDE, (30, 40)),
        ((1, 5000), 64, (64, 1)),
        ((768, 768), SIDE, (768, 768)),
    ],
)
def test_the_longest_side_is_bounded_and_never_enlarged(
    shape: tuple[int, int], side: int, sent: tuple[int, int]
) -> None:
    data = jpeg(np.full((*shape, 3), 90, np.uint8), side)
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size) == ("JPEG", sent)
    assert abs(int(np.asarray(picture).mean()) - 90) < 3


def test_nothing_of_the_file_but_its_pixels_is_sent(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRET-CAMERA", 6
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.new("RGB", (80, 40), (200, 10, 10))
    picture.save(
        tmp_path / "a.jpg", exif=exif, icc_profile=profile, comment=b"SECRET-COMMENT", xmp=b"<SECRET-XMP/>"
    )
    notes = PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", "SECRET-XMP")
    picture.save(tmp_path / "b.png", exif=exif, icc_profile=profile, pnginfo=notes)
    for name in ("a.jpg", "b.png"):
        assert b"SECRET" in (tmp_path / name).read_bytes()
        data = jpeg(decode(tmp_path / name, 640))
        sent = Image.open(BytesIO(data))
        assert sent.size == (40, 80)  # turned upright, since the orientation goes no further
        assert not {"exif", "icc_profile", "xmp", "comment"} & sent.info.keys()
        assert not any(
            mark in data for mark in (b"SECRET", b"Exif", b"ICC_PROFILE", b"http://", b"Photoshop")
        )


def test_the_block_holds_the_bytes() -> None:
    for length in range(7):
        data = bytes(range(length))
        made = block(data)
        assert made["type"] == "image" and made["media_type"] == "image/jpeg"
        assert base64.b64decode(made["data"]) == data and size(made) == length
    assert size({"type": "text", "text": "abc"}) == 0


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        jpeg(np.zeros((4, 4), np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no picture"):
        jpeg(np.zeros((4, 4, 3), np.float32))  # type: ignore[arg-type]
