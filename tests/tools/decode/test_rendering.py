"""One rule each for depth, profile, transparency, frames and missing ends, whatever the format."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.decode.decode import Undecodable, decode
from tools.scan.collection import scan

RAMP = np.linspace(0, 255, 64).round().astype(int)
"""What a ramp from black to white looks like, whatever its depth."""


def deep_png(path: Path, samples: np.ndarray) -> Path:
    """A PNG of (h, w, bands) 16-bit samples."""
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[samples.shape[2]]
    rows = samples.astype(">u2")
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, kind, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def deep_tiff(path: Path, samples: np.ndarray, order: str = "<", compressed: bool = False) -> Path:
    """A TIFF of (h, w, bands) 16-bit samples, in one strip, in either order of bytes."""
    height, width, bands = samples.shape
    data = samples.astype(f"{order}u2").tobytes()
    data = zlib.compress(data) if compressed else data
    entries = [
        (256, 3, [width]), (257, 3, [height]), (258, 3, [16] * bands), (259, 3, [8 if compressed else 1]),
        (262, 3, [2 if bands > 2 else 1]), (273, 4, [8]), (277, 3, [bands]), (278, 3, [height]),
        (279, 4, [len(data)]), *([(338, 3, [2])] if bands == 4 else []),
    ]  # fmt: skip
    at = 8 + len(data) + len(data) % 2
    directory, rest = struct.pack(f"{order}H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in entries:
        packed = struct.pack(f"{order}{len(values)}{'HI'[kind - 3]}", *values)
        if len(packed) > 4:
            place, rest = struct.pack(f"{order}I", behind + len(rest)), rest + packed
        else:
            place = packed.ljust(4, b"\0")
        directory += struct.pack(f"{order}HHI", tag, kind, len(values)) + place
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, at)
    path.write_bytes(head + data.ljust(at - 8, b"\0") + directory + bytes(4) + rest)
    return path


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["png", "<", ">", "<deflate", ">deflate"])
def test_sixteen_bits_hold_any_depth(tmp_path: Path, bits: int, bands: int, kind: str) -> None:
    if bands == 2 and kind != "png":
        pytest.skip("Pillow reads no such TIFF")
    top = 2**bits - 1
    samples = np.repeat(np.linspace(0, top, 64).round().astype(int)[None, :, None], 8, axis=0)
    samples = np.repeat(samples, bands, axis=2)
    if bands in (2, 4):
        samples[..., -1] = 65535
    if kind == "png":
        file = deep_png(tmp_path / "a.png", samples)
    else:
        file = deep_tiff(tmp_path / "a.tif", samples, kind[0], "deflate" in kind)
    shown = decode(file)
    assert shown.shape == (8, 64, 3)
    assert np.abs(shown[4].astype(int) - RAMP[:, None]).max() <= 2


def test_a_dark_picture_of_twelve_bits_is_shrunk_like_others(tmp_path: Path) -> None:
    samples = np.zeros((600, 800, 3), int)
    samples[:, :400] = (4095, 0, 0)
    shown = decode(deep_png(tmp_path / "a.png", samples), 80)
    assert shown.shape == (60, 80, 3)
    assert shown[30, 10].tolist() == [255, 0, 0] and shown[30, 70].tolist() == [0, 0, 0]


def test_large_greys_are_scaled_by_the_range_of_all_bands(tmp_path: Path) -> None:
    samples = np.zeros((6000, 6000), np.int32)
    samples[5990:] = 1000
    Image.fromarray(samples).save(tmp_path / "a.tif")
    shown = decode(tmp_path / "a.tif", 600)
    assert shown[10, 10].tolist() == [0, 0, 0] and shown[-1, 0, 0] > 230


def profile(space: bytes, gamma: float, colours: dict[bytes, tuple[float, float, float]]) -> bytes:
    """An ICC profile of matrix and gamma, or of grey and gamma."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"wtpt": xyz((0.9642, 1.0, 0.8249))}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for name, values in colours.items():
            tags[name + b"XYZ"], tags[name + b"TRC"] = xyz(values), curve
    table, data, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(data), len(value))
        data += value
    head = struct.pack(
        ">I4sI4s4s4s", 132 + len(table) - 4 + len(data), b"none", 0x02400000, b"mntr", space, b"XYZ "
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(
        ">3i", 63190, 65536, 54061
    )  # fmt: skip
    return head.ljust(128, b"\0") + table + data


PROPHOTO = profile(
    b"RGB ",
    1.8,
    {b"r": (0.7977, 0.2880, 0.0), b"g": (0.1352, 0.7119, 0.0), b"b": (0.0313, 0.0001, 0.8249)},
)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_a_profile_is_applied(tmp_path: Path, suffix: str) -> None:
    # The orange (240, 140, 20) of sRGB, as ProPhoto has it.
    picture = Image.new("RGB", (64, 64), (184, 128, 55))
    picture.save(tmp_path / f"a.{suffix}", icc_profile=PROPHOTO, quality=95)
    red, green, blue = (int(v) for v in decode(tmp_path / f"a.{suffix}")[32, 32])
    assert red > 225 and 125 < green < 155 and blue < 60


def test_profiles_of_grey_and_of_sixteen_bits(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 55).save(tmp_path / "a.png", icc_profile=profile(b"GRAY", 1.0, {}))
    assert 120 < decode(tmp_path / "a.png")[4, 4, 0] < 135  # linear 55 is a mid grey
    Image.new("RGB", (8, 8), "red").save(tmp_path / "b.png", icc_profile=b"no profile at all")
    assert decode(tmp_path / "b.png")[4, 4].tolist() == [255, 0, 0]
    Image.new("RGB", (8, 8), "red").save(tmp_path / "c.png", icc_profile=profile(b"GRAY", 1.0, {}))
    assert decode(tmp_path / "c.png")[4, 4, 1] == decode(tmp_path / "c.png")[4, 4, 2]


def shape(colour: tuple[int, int, int]) -> Image.Image:
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((8, 8, 56, 56), (*colour, 255))
    return picture


@pytest.mark.parametrize("suffix", ["png", "webp", "gif", "tif", "avif", "la.png", "p.png"])
@pytest.mark.parametrize("colour", [(255, 255, 255), (250, 250, 250), (0, 0, 0), (210, 30, 30)])
def test_a_transparent_shape_is_seen(tmp_path: Path, suffix: str, colour: tuple[int, int, int]) -> None:
    picture = shape(colour)
    if suffix == "la.png":
        picture = picture.convert("LA")
    elif suffix == "p.png":
        picture = picture.quantize(8)
    picture.save(tmp_path / f"a.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
    shown = decode(tmp_path / f"a.{suffix}").astype(int)
    assert np.abs(shown[32, 32] - shown[1, 1]).max() > 60
    if max(colour) < 240:
        assert shown[1, 1].min() > 240  # white, as everywhere, unless the shape is white itself


def frames(path: Path, first: Image.Image, *others: Image.Image) -> Path:
    first.save(
        path,
        save_all=True,
        append_images=list(others),
        **({"duration": 100} if path.suffix != ".tif" else {}),
    )
    return path


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif", "avif"])
def test_a_first_frame_that_shows_nothing_is_passed_over(tmp_path: Path, suffix: str) -> None:
    blank, dot = Image.new("RGB", (64, 64), "black"), Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(dot).rectangle((16, 16, 48, 48), "red")
    other = blank.copy()
    other.putpixel((0, 0), (1, 0, 0))  # or an encoder would join the two
    shown = decode(frames(tmp_path / f"a.{suffix}", blank, other, dot), 32)
    assert shown.shape == (32, 32, 3) and shown[16, 16, 0] > 200 and shown[16, 16, 1] < 60
    shown = decode(frames(tmp_path / f"b.{suffix}", dot, blank))
    assert shown[32, 32, 0] > 200
    assert decode(frames(tmp_path / f"c.{suffix}", blank, other)).max() < 10


def photo(side: int = 256) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 255, (side // 4, side // 4, 3), np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)


WAYS: dict[str, dict[str, object]] = {
    "a.jpg": {}, "progressive.jpg": {"progressive": True}, "a.png": {}, "a.gif": {"interlace": 0}, "a.bmp": {},
    "grey.jpg": {},
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("short", [1, 2, 20, "tenth"])
def test_a_file_short_of_its_last_bytes_is_shown(tmp_path: Path, name: str, short: int | str) -> None:
    picture = photo().convert("L") if name == "grey.jpg" else photo()
    picture.save(tmp_path / name, **WAYS[name])  # type: ignore[arg-type]
    whole, data = decode(tmp_path / name).astype(int), (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: -(len(data) // 10 if isinstance(short, str) else short)])
    shown = decode(tmp_path / name).astype(int)
    upper = slice(0, 180) if name != "a.bmp" else slice(76, 256)  # whose rows go upwards
    assert np.abs(shown[upper] - whole[upper]).mean() < 12
    assert decode(tmp_path / name, 64).shape == (64, 64, 3)


@pytest.mark.parametrize("name", [name for name in WAYS if name != "progressive.jpg"])
def test_a_file_without_its_larger_part_is_refused(tmp_path: Path, name: str) -> None:
    (photo().convert("L") if name == "grey.jpg" else photo()).save(tmp_path / name, **WAYS[name])  # type: ignore[arg-type]
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(Undecodable, match=r"^truncated: the file ends before the picture does$"):
        decode(tmp_path / name)


def test_a_jpeg_of_200_megapixels_is_read_through_its_draft(tmp_path: Path) -> None:
    picture = Image.new("L", (16_320, 12_240), 60)
    picture.paste(200, (0, 0, 8_000, 12_240))
    picture.save(tmp_path / "phone.jpg", quality=50)
    del picture
    collection = scan(tmp_path)
    assert (collection.images[0].width, collection.images[0].height) == (16_320, 12_240)
    claimed: list[int] = []
    shown = decode(tmp_path / "phone.jpg", 640, claimed.append)
    assert shown.shape == (480, 640, 3) and shown[240, 100, 0] > 190 and shown[240, 600, 0] < 70
    assert claimed[0] < 20_000_000


def test_an_older_rule_is_not_remembered() -> None:
    from tools.decode.decode import decoder

    assert "rules-" in decoder()
