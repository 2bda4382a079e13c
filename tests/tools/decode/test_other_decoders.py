"""Camera raw and drawings are opened where their libraries are installed, in processes with limits alone."""

import io
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tools.decode import other_decoders
from tools.decode.decode import Undecodable, decode, decoder, is_image_name, upright_size
from tools.decode.decode_pool import decode_in_worker, size_in_worker
from tools.extras import how_to_add
from tools.scan.collection import scan

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {0}><rect width="100%" height="100%" fill="#d01010"/>{1}</svg>'


def jpeg(colour: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


def dng(preview: bytes, size: tuple[int, int], turned: int = 1) -> bytes:
    """Return a raw file: a preview as a JPEG, and the samples of a sensor of 64 x 48 in a directory of their own."""
    width, height = 64, 48
    samples = np.full((height, width), 4000, "<u2").tobytes()
    model = b"Drawn Camera\0"

    def entry(tag: int, kind: int, *values: int) -> tuple[int, int, int, bytes]:
        data = struct.pack(f"<{len(values)}{ {1: 'B', 3: 'H', 4: 'I'}[kind] }", *values)
        return tag, kind, len(values), data

    matrix = struct.pack("<18i", *(n for v in (1, 0, 0, 0, 1, 0, 0, 0, 1) for n in (v, 1)))
    layout = {"preview": 0, "samples": 0, "inner": 0}
    for _ in range(2):  # the second time all places are known
        first = [
            entry(254, 4, 1), entry(256, 4, size[0]), entry(257, 4, size[1]), entry(258, 3, 8, 8, 8), entry(259, 3, 7),
            entry(262, 3, 6), (271, 2, len(model), model), (272, 2, len(model), model),
            entry(273, 4, layout["preview"]), entry(274, 3, turned),
            entry(277, 3, 3), entry(278, 4, size[1]), entry(279, 4, len(preview)),
            entry(330, 4, layout["inner"]), entry(50706, 1, 1, 4, 0, 0), (50708, 2, len(model), model),
            (50721, 10, 9, matrix), entry(50778, 3, 21),
        ]  # fmt: skip
        inner = [
            entry(254, 4, 0), entry(256, 4, width), entry(257, 4, height), entry(258, 3, 16), entry(259, 3, 1),
            entry(262, 3, 32803), entry(273, 4, layout["samples"]), entry(277, 3, 1), entry(278, 4, height),
            entry(279, 4, len(samples)), entry(33421, 3, 2, 2), entry(33422, 1, 0, 1, 1, 2),
        ]  # fmt: skip
        data = bytearray(b"II*\0" + struct.pack("<I", 8))
        for at, entries in (("first", first), ("inner", inner)):
            layout[at] = len(data)
            rest = len(data) + 2 + 12 * len(entries) + 4
            table, more = struct.pack("<H", len(entries)), b""
            for tag, kind, count, content in entries:
                if len(content) <= 4:
                    table += struct.pack("<HHI", tag, kind, count) + content.ljust(4, b"\0")
                else:
                    table += struct.pack("<HHII", tag, kind, count, rest + len(more))
                    more += content + b"\0" * (len(content) % 2)
            data += table + bytes(4) + more
        layout["preview"], layout["samples"] = len(data), len(data) + len(preview) + len(preview) % 2
        data += preview + b"\0" * (len(preview) % 2) + samples
    return bytes(data)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    pytest.importorskip("rawpy", reason="the extra raw is not installed")
    file = tmp_path / "a.dng"
    file.write_bytes(dng(jpeg("blue", (600, 400)), (600, 400)))
    return file


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    pytest.importorskip("resvg_py", reason="the extra svg is not installed")
    return tmp_path / "a.svg"


def test_a_raw_file_is_shown_by_its_preview(raw: Path) -> None:
    assert size_in_worker(raw) == (600, 400)
    pixels = decode_in_worker(raw, 300)
    assert pixels.shape == (200, 300, 3) and pixels[..., 2].min() > 200 > 60 > pixels[..., 0].max()
    (image,) = scan(raw.parent).images
    assert (image.width, image.height) == (600, 400) and is_image_name("x.NEF") and " raw" in decoder()


def test_a_raw_file_is_upright(raw: Path) -> None:
    raw.write_bytes(dng(jpeg("blue", (600, 400)), (600, 400), turned=6))
    assert size_in_worker(raw) == (400, 600) and decode_in_worker(raw, 300).shape == (300, 200, 3)


def test_a_raw_file_beside_its_jpeg_stays_its_companion(raw: Path) -> None:
    (raw.with_suffix(".jpg")).write_bytes(jpeg("red", (60, 40)))
    collection = scan(raw.parent)
    assert [image.path.name for image in collection.images] == ["a.jpg"]
    assert [companion.path.name for companion in collection.companions] == ["a.dng"]


def test_a_damaged_raw_file_is_named(raw: Path) -> None:
    (raw.parent / "b.png").write_bytes(b"")
    Image.new("RGB", (8, 8), "red").save(raw.parent / "c.png")
    raw.write_bytes(raw.read_bytes()[:200])
    collection = scan(raw.parent)
    reasons = {file.path.name: file.reason for file in collection.unreadable}
    assert reasons["a.dng"] == "not a whole DNG raw (DNG), or a damaged one"


@pytest.mark.parametrize(
    "root, shape",
    [
        ('width="40" height="20"', (512, 1024)),
        ('viewBox="0 0 20 40"', (1024, 512)),
        ('width="50%" viewBox="0 0 10 20"', (1024, 512)),
        ("", (1024, 1024)),
    ],
)
def test_a_drawing_is_rendered(svg: Path, root: str, shape: tuple[int, int]) -> None:
    svg.write_text(SVG.format(root, ""))
    height, width = decode_in_worker(svg).shape[:2]
    assert max(height, width) <= 1030 and abs(width / height - shape[1] / shape[0]) < 0.2
    assert decode_in_worker(svg, 64)[2, 2].tolist() == [208, 16, 16]
    assert scan(svg.parent).images[0].width == width


def test_a_slender_drawing_is_refused(svg: Path) -> None:
    svg.write_text(SVG.format('width="1" height="1000000000"', ""))
    with pytest.raises(Undecodable, match="100 times"):
        decode_in_worker(svg)


@pytest.mark.parametrize(
    "href", ["/etc/passwd", "secret.png", "file:///x.png", "http://host/x.png", " \n/x.png", "&#x2f;x"]
)
@pytest.mark.parametrize("tag", ["image href", "image xlink:href", "feImage href"])
def test_a_drawing_shows_no_other_file(svg: Path, href: str, tag: str) -> None:
    Image.new("RGB", (8, 8), "red").save(svg.with_name("secret.png"))
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg.write_text(SVG.format(f'width="8" height="8" {link}', f'<{tag}="{href}" width="8" height="8"/>'))
    with pytest.raises(Undecodable, match="shows other files"):
        decode_in_worker(svg)


def test_a_drawing_may_hold_pictures_and_link_to_pages(svg: Path) -> None:
    inside = '<a href="http://host"><image href="data:image/png;base64,AAAA" width="1" height="1"/></a>'
    svg.write_text(SVG.format('width="8" height="8"', inside))
    assert decode_in_worker(svg).shape == (1024, 1024, 3)
    nested = '<image href="data:image/svg+xml;utf8,&lt;svg/&gt;" width="1" height="1"/>'
    svg.write_text(SVG.format('width="8" height="8"', nested))
    with pytest.raises(Undecodable, match="shows other files"):
        decode_in_worker(svg)


def test_entities_and_bombs_cost_nothing(svg: Path) -> None:
    svg.write_text("<!DOCTYPE svg [<!ENTITY a \"<image href='/x.png'/>\">]>" + SVG.format("", "&a;"))
    with pytest.raises(Undecodable, match="shows other files"):
        decode_in_worker(svg)
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    svg.write_text(f'<!DOCTYPE svg [<!ENTITY a0 "ha">{laughs}]>' + SVG.format("", "<text>&a11;</text>"))
    with pytest.raises(Undecodable):
        decode_in_worker(svg)
    import gzip

    svg.with_suffix(".svgz").write_bytes(gzip.compress(b" " * (17 << 20)))
    with pytest.raises(Undecodable, match="more than 16 MB"):
        decode_in_worker(svg.with_suffix(".svgz"))


def test_packed_drawings_and_other_codings(svg: Path) -> None:
    import gzip

    text = SVG.format('width="8" height="8"', "")
    svg.with_suffix(".svgz").write_bytes(gzip.compress(text.encode()))
    assert decode_in_worker(svg.with_suffix(".svgz"), 8)[1, 1].tolist() == [208, 16, 16]
    svg.write_bytes(text.encode("utf-16"))
    assert decode_in_worker(svg, 8)[1, 1].tolist() == [208, 16, 16]


def test_no_library_is_loaded_in_this_process(svg: Path) -> None:
    svg.write_text(SVG.format('width="8" height="8"', ""))
    before = {"rawpy", "resvg_py", "av"} & sys.modules.keys()
    scan(svg.parent)
    with svg.open("rb") as file, pytest.raises(Undecodable):
        upright_size(file, svg.name)
    assert {"rawpy", "resvg_py", "av"} & sys.modules.keys() == before


def test_without_its_library_the_pile_says_which_extra_adds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_decoders, "find_spec", lambda name: None)
    other_decoders.is_installed.cache_clear()
    try:
        Image.new("RGB", (8, 8), "red").save(tmp_path / "0.png")
        (tmp_path / "a.svg").write_text(SVG.format("", ""))
        (tmp_path / "b.cr3").write_bytes(b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom")
        reasons = [file.reason for file in scan(tmp_path).unreadable]
        assert reasons == [
            f"SVG cannot be opened here; this adds it: {how_to_add('svg')}",
            f"Canon raw (CR3) cannot be opened here; this adds it: {how_to_add('raw')}",
        ]
        with pytest.raises(Undecodable, match="cannot be opened here"):
            decode(tmp_path / "a.svg")
    finally:
        other_decoders.is_installed.cache_clear()


def film(file: Path, frames: list[str], rotation: int = 0) -> None:
    """Write a film, five frames of each colour."""
    av = pytest.importorskip("av", reason="the extra video is not installed")
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 5
        for colour in frames:
            for _ in range(5):
                image = Image.new("RGB", (64, 48), colour)
                if colour != "black":
                    image.paste("white", (0, 0, 32, 48))
                container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mov"])
def test_a_film_is_shown_by_a_frame_that_shows_something(tmp_path: Path, name: str) -> None:
    film(tmp_path / name, ["black", "black", "red", "blue"])
    assert size_in_worker(tmp_path / name) == (64, 48)
    pixels = decode_in_worker(tmp_path / name)
    assert pixels.shape == (48, 64, 3) and pixels[:, 40:, 0].mean() > 200 > 60 > pixels[:, 40:, 1].mean()
    (image,) = scan(tmp_path).images
    assert (image.width, image.height) == (64, 48)


def test_the_film_of_a_live_photo_stays_its_companion(tmp_path: Path) -> None:
    film(tmp_path / "IMG_1.mov", ["red"])
    film(tmp_path / "alone.mp4", ["blue"])
    (tmp_path / "alone.mp4.xmp").write_bytes(b"")
    (tmp_path / "IMG_1.jpg").write_bytes(jpeg("red", (64, 48)))
    collection = scan(tmp_path)
    assert [image.path.name for image in collection.images] == ["IMG_1.jpg", "alone.mp4"]
    assert {str(c.path): str(c.of) for c in collection.companions} == {
        "IMG_1.mov": "IMG_1.jpg",
        "alone.mp4.xmp": "alone.mp4",
    }


def test_a_film_that_is_cut_off_or_has_no_picture(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", ["red"])
    (tmp_path / "a.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:100])
    with pytest.raises(Undecodable, match="not a whole film"):
        decode_in_worker(tmp_path / "a.mp4")


def jpeg_xl(file: Path, samples: np.ndarray, **options: object) -> None:
    pylibjxl = pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    file.write_bytes(pylibjxl.encode(samples, **options))


def test_a_jpeg_xl_is_shown_upright_whatever_its_exif_says(tmp_path: Path) -> None:
    """Unlike other formats it says in its pixels' own header how it is turned."""
    samples = np.full((40, 60, 3), (208, 16, 16), np.uint8)
    turned = Image.Exif()
    turned[0x0112] = 6
    jpeg_xl(tmp_path / "a.jxl", samples, exif=turned.tobytes().removeprefix(b"Exif\0\0"))
    assert size_in_worker(tmp_path / "a.jxl") == (60, 40)
    pixels = decode_in_worker(tmp_path / "a.jxl", 30)
    assert pixels.shape == (20, 30, 3) and np.abs(pixels.astype(int) - samples[0, 0]).max() < 8
    (image,) = scan(tmp_path).images
    assert (image.width, image.height) == (60, 40) and is_image_name("x.JXL") and " jxl" in decoder()


@pytest.mark.parametrize("channels, white", [(1, 250), (4, 255)])
def test_a_jpeg_xl_may_be_grey_or_transparent(tmp_path: Path, channels: int, white: int) -> None:
    samples = np.full((40, 60, channels), 250, np.uint8)
    samples[:20, :, 0] = 90
    samples[20:, :, channels - 1] = 250 if channels == 1 else 0
    jpeg_xl(tmp_path / "a.jxl", samples, lossless=True)
    pixels = decode_in_worker(tmp_path / "a.jxl")
    assert pixels.shape == (40, 60, 3)
    assert abs(int(pixels[5, 5, 0]) - 90) < 8 and abs(int(pixels[35, 5, 1]) - white) < 8


def test_a_jpeg_xl_in_another_colour_space_has_its_colours(tmp_path: Path) -> None:
    pylibjxl = pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"****", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"****", b"gXYZ", 1)
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 60, 60)).save(file, "JPEG", icc_profile=swapped)
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    (tmp_path / "a.jxl").write_bytes(pylibjxl.jpeg_to_jxl(file.getvalue()))
    one, other = decode_in_worker(tmp_path / "a.jpg"), decode_in_worker(tmp_path / "a.jxl")
    assert np.abs(one.astype(int) - other).max() <= 3 and one[0, 0, 1] > 150 > one[0, 0, 0]


def test_a_jpeg_xl_that_is_cut_off_or_too_large(tmp_path: Path) -> None:
    jpeg_xl(tmp_path / "a.jxl", np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    whole = (tmp_path / "a.jxl").read_bytes()
    (tmp_path / "a.jxl").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Undecodable, match="damaged or truncated"):
        decode_in_worker(tmp_path / "a.jxl")
    # A header alone: a size in 18 bits, the height, and as much in width.
    header = 2 << 1 | (30_000 - 1) << 3 | 1 << 21
    (tmp_path / "b.jxl").write_bytes(b"\xff\x0a" + header.to_bytes(3, "little") + b"\x01" + bytes(64))
    with pytest.raises(Undecodable, match="30000 x 30000 pixels; the limit"):
        decode_in_worker(tmp_path / "b.jxl")
