"""Scanning a folder and decoding what lies there, on files that the tests draw themselves."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, features

from tools.decode.decode import Undecodable, decode
from tools.errors import UsageError
from tools.scan import collection as module
from tools.scan.collection import ScannedFile, glance, natural, scan


def draw(
    path: Path, colour: object = "red", size: tuple[int, int] = (8, 6), mode: str = "RGB", **how: object
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **how)  # type: ignore[arg-type]
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and brings almost none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


class Index:
    def __init__(self) -> None:
        self.rows: dict[bytes, tuple[int, int, ScannedFile]] = {}
        self.puts = 0

    def get(self, path: bytes, size: int, mtime_ns: int) -> ScannedFile | None:
        row = self.rows.get(path)
        return row[2] if row and row[:2] == (size, mtime_ns) else None

    def put(self, path: bytes, size: int, mtime_ns: int, known: ScannedFile) -> None:
        self.puts += 1
        self.rows[path] = (size, mtime_ns, known)


def test_scan_sorts_everything_into_its_pile(tmp_path: Path) -> None:
    draw(tmp_path / "10.png", "blue")
    first = draw(tmp_path / "2.png", "red")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "again.png").write_bytes(first.read_bytes())
    draw(tmp_path / "no_extension", "green", format="PNG")
    (tmp_path / "notes.txt").write_text("BMW and P1 and other words")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("not an image at all")
    draw(tmp_path / ".hidden.png")
    draw(tmp_path / ".git" / "x.png")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "gone.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)

    stages: list[tuple[str, int, int]] = []
    c = scan(tmp_path, progress=lambda *step: stages.append(step))

    assert [i.path.as_posix() for i in c.images] == ["2.png", "10.png", "no_extension"]
    assert [(d.path.as_posix(), d.of) for d in c.duplicates] == [("sub/again.png", c.ids[0])]
    assert {u.path.as_posix(): u.reason for u in c.unreadable} == {
        "empty.jpg": "empty file",
        "gone.jpg": "broken link",
        "text.png": "not an image, or a damaged or truncated one",
    }
    assert [p.as_posix() for p in c.others] == ["notes.txt", "pipe.png"]
    assert len(c) == 3 and c.number(c.ids[1]) == 2 and c.by_id(c.ids[1]).width == 8
    assert c.file(c.ids[0]) == tmp_path.resolve() / "2.png"
    assert stages[-1] == ("scan", 9, 9)
    with pytest.raises(KeyError):
        c.file("no such id")


def test_without_moves_images_and_their_duplicates(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png")
    draw(tmp_path / "c.png", "blue")
    c = scan(tmp_path)
    left = c.without({c.ids[0]: "truncated", "unknown": "whatever"})
    assert [i.path.name for i in left.images] == ["c.png"]
    assert left.duplicates == ()
    assert [(u.path.name, u.reason) for u in left.unreadable] == [
        ("a.png", "truncated"),
        ("b.png", "truncated"),
    ]
    assert left.number(left.ids[0]) == 2, "the numbers of the others stay"


def test_second_scan_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png", "blue")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "bad.png").write_text("bad")
    index = Index()
    first = scan(tmp_path, index)
    assert index.puts == 4

    def refuse(*args: object) -> ScannedFile:
        raise AssertionError("a known file was opened")

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_file", refuse)
        assert scan(tmp_path, index) == first
    assert index.puts == 4
    draw(tmp_path / "b.png", "green")
    os.utime(tmp_path / "b.png", ns=(1, 1))
    assert scan(tmp_path, index).ids != first.ids
    assert index.puts == 5


@pytest.mark.parametrize(
    "name",
    ["line\nbreak.png", "smile 😀.png", "quo\"te'.png", "x" * 251 + ".png", os.fsdecode(b"latin\xe9.png")],
)
def test_any_name(tmp_path: Path, name: str) -> None:
    draw(tmp_path / "plain.png")
    (tmp_path / "plain.png").rename(tmp_path / name)
    index = Index()
    c = scan(tmp_path, index)
    assert c.images[0].path == Path(name)
    assert list(index.rows) == [os.fsencode(name)]
    assert decode(c.file(c.ids[0])).shape == (6, 8, 3)


def test_natural_order_is_total() -> None:
    names = ["b/1.png", "a-b/x.png", "a/10.png", "a/9.png", "a/09.png", "a.png", "é.png"]
    ordered = [p.as_posix() for p in sorted(map(Path, names), key=natural)]
    assert ordered == ["a/09.png", "a/9.png", "a/10.png", "a-b/x.png", "a.png", "b/1.png", "é.png"]


def test_bad_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"There is no folder .*missing; check the path"):
        scan(tmp_path / "missing")
    with pytest.raises(UsageError, match="is empty; give a folder"):
        scan(tmp_path)
    file = draw(tmp_path / "one" / "a.png")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        scan(file)
    many = tmp_path / "many"
    many.mkdir()
    for i in range(1000):
        (many / f"{i}.txt").touch()
    with pytest.raises(UsageError, match=r"No image among 1,000 files in .*many; give a folder"):
        scan(many)
    (many / "a.jpg").touch()
    with pytest.raises(UsageError, match=r"The only image in .* \(a.jpg: empty file\)"):
        scan(many)

    def denied(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:  # permissions do not stop root, who runs the tests in CI
        patched.setattr(os, "scandir", denied)
        with pytest.raises(UsageError, match=r"cannot be read \(Permission denied\); change"):
            scan(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png", "blue").chmod(0)
    draw(tmp_path / "closed" / "c.png").parent.chmod(0)
    c = scan(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert [(u.path.name, u.reason) for u in c.unreadable] == [
        ("b.png", "no permission to read it"),
        ("closed", "no permission to read it"),
    ]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    if suffix == "avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    camera = {  # how a camera turns what it stores; a viewer turns it back
        2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
        7: "TRANSVERSE", 8: "ROTATE_270",
    }  # fmt: skip
    stored = Image.new("RGB", (64, 32), "white")
    ImageDraw.Draw(stored).rectangle((0, 0, 31, 15), "red")  # a red corner, top left
    if orientation in camera:
        stored = stored.transpose(Image.Transpose[camera[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / f"a.{suffix}"
    stored.save(file, exif=exif)
    c = scan(tmp_path)
    assert (c.images[0].width, c.images[0].height) == (64, 32)
    pixels = decode(file)
    assert pixels.shape == (32, 64, 3)
    assert pixels[4, 8, 1] < 60 and pixels[4, 50, 1] > 200 and pixels[28, 8, 1] > 200


def test_modes(tmp_path: Path) -> None:
    def colour(path: Path) -> list[int]:
        pixels = decode(path)
        assert pixels.dtype == np.uint8 and pixels.flags.writeable
        return [int(v) for v in pixels[2, 2]]

    def grey(name: str, values: np.ndarray) -> list[int]:
        Image.fromarray(values).save(tmp_path / name)
        return [int(v) for v in decode(tmp_path / name)[0, :, 1]]

    assert colour(draw(tmp_path / "cmyk.jpg", (0, 255, 255, 0), mode="CMYK"))[1] < 80
    assert colour(draw(tmp_path / "rgba.png", (255, 0, 0, 0), mode="RGBA")) == [255, 255, 255]
    assert colour(draw(tmp_path / "la.png", (0, 128), mode="LA")) == [127, 127, 127]
    assert colour(draw(tmp_path / "bit.png", 1, mode="1")) == [255, 255, 255]
    assert colour(draw(tmp_path / "lab.tif", (255, 128, 128), mode="LAB"))[0] > 245
    assert colour(draw(tmp_path / "key.png", 7, mode="L", transparency=7)) == [255, 255, 255]
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.save(tmp_path / "solid.png")
    palette.save(tmp_path / "clear.png", transparency=1)
    assert colour(tmp_path / "solid.png") == [0, 0, 255]
    assert colour(tmp_path / "clear.png") == [255, 255, 255]
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert colour(tmp_path / "moving.gif") == [255, 0, 0]

    steps = np.array([[0, 16384, 32768, 65535]])
    assert grey("deep.png", steps.astype(np.uint16)) == [0, 64, 128, 255]
    assert grey("deep.tif", steps.astype(np.uint16)) == [0, 64, 128, 255]
    assert grey("int.tif", steps.astype(np.int32)) == [0, 63, 127, 255]
    assert grey("wide.tif", (steps * 1000 - 5).astype(np.int32)) == [0, 63, 127, 255]
    assert grey("unit.tif", np.array([[0, 0.25, 0.5, np.nan]], np.float32)) == [0, 63, 127, 0]
    assert grey("byte.tif", np.array([[0, 63, 127, 255]], np.float32)) == [0, 63, 127, 255]
    assert grey("real.tif", np.array([[-100, 0, 100, 300000]], np.float32))[::3] == [0, 255]
    flat = np.full((2, 2), -7, np.int32)
    Image.fromarray(flat).save(tmp_path / "flat.tif")
    assert decode(tmp_path / "flat.tif").max() == 0


def test_side_shrinks_and_never_enlarges(tmp_path: Path) -> None:
    for suffix in ("jpg", "png"):
        file = draw(tmp_path / f"a.{suffix}", "red", (1000, 701))
        assert decode(file, 100).shape == (70, 100, 3)
        assert decode(file, 3000).shape == (701, 1000, 3)
        assert decode(file, 100)[30, 50, 0] > 250
    assert decode(draw(tmp_path / "line.png", "red", (1, 5000)), 100).shape == (100, 1, 3)


def test_broken_files(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for suffix in ("jpg", "png", "gif", "bmp", "tif", "webp", "jp2"):
        file = tmp_path / f"cut.{suffix}"
        Image.fromarray(noise).save(file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        with pytest.raises(Undecodable, match="truncated") as caught:
            decode(file)
        if suffix in ("jpg", "png", "gif", "bmp"):
            assert str(caught.value) == "truncated: the file ends before the picture does"
    (tmp_path / "empty.png").touch()
    with pytest.raises(Undecodable, match=r"^empty file$"):
        decode(tmp_path / "empty.png")
    with pytest.raises(Undecodable, match=r"^the file is gone$"):
        decode(tmp_path / "never.png")
    with pytest.raises(Undecodable, match=r"^not a regular file$"):
        decode(tmp_path)


def test_huge_image_is_refused_from_its_header(tmp_path: Path) -> None:
    draw(tmp_path / "small.png")
    (tmp_path / "huge.png").write_bytes(png_header(30_000, 30_000))
    (tmp_path / "large.png").write_bytes(png_header(10_000, 10_000))  # Pillow only warns about this one
    reason = "30000 x 30000 pixels; the limit is 178 megapixels"
    with pytest.raises(Undecodable, match=f"^{reason}$"):
        decode(tmp_path / "huge.png")
    c = scan(tmp_path)
    assert [(u.path.name, u.reason) for u in c.unreadable] == [("huge.png", reason)]
    assert [(i.path.name, i.width) for i in c.images] == [("large.png", 10_000), ("small.png", 8)]


def test_nothing_leaks_to_the_terminal(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "large.png").write_bytes(png_header(10_000, 10_000))
    tiff = draw(tmp_path / "t.tif", "red", (64, 64), compression="tiff_lzw")
    tiff.write_bytes(tiff.read_bytes()[:-40])
    jpeg = draw(tmp_path / "e.jpg", "red", (64, 64), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09garbage")
    jpeg.write_bytes(jpeg.read_bytes()[:400])
    code = (
        "import sys; from pathlib import Path; from tools.scan.collection import scan\n"
        "from tools.scan.prefetch import decoded\n"
        "c = scan(Path(sys.argv[1])); print(sum(p is not None for _, p, _ in decoded(c, c.ids, side=32)))"
    )
    root = Path(module.__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.strip() == "1"
    assert run.stderr == ""


def test_heic(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    heif = pytest.importorskip("pillow_heif")  # which can also write
    heif.from_pillow(Image.new("RGB", (64, 32), "red")).save(tmp_path / "a.heic")
    c = scan(tmp_path)
    assert (c.images[0].width, c.images[0].height) == (64, 32)
    assert decode(c.file(c.ids[0]), 32).shape == (16, 32, 3)


def test_a_glance_names_pictures_from_all_over_the_folder_and_opens_none(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i}.jpg").write_bytes(b"never opened")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "icon.png").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert [path.name for path in glance(tmp_path, 4)] == ["0.jpg", "10.jpg", "20.jpg", "30.jpg"]
    assert len(glance(tmp_path, 99)) == 40
    assert glance(tmp_path / "missing", 4) == []


def test_a_glance_at_a_large_folder_ends_early(tmp_path: Path) -> None:
    for folder in "abcdef":
        for i in range(5):
            draw(tmp_path / folder / f"{i}.png")
    assert len({path.parent for path in glance(tmp_path, 99, most=6)}) == 2
    assert len(glance(tmp_path / "a", 99, most=3)) == 3, "nor are all files of one folder looked at"
