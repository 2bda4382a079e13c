"""Hostile pictures cost neither time nor memory nor a crash, and the others come as before."""

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from PIL.ExifTags import Base

from tests.hostile_pictures import png, scans
from tools.decode import decode_pool
from tools.decode.decode import MEMORY, Undecodable, decode, is_temporary
from tools.decode.decode_pool import DecodePool, decode_in_worker, shared_pool
from tools.metadata.read_metadata import read_metadata
from tools.scan.collection import scan
from tools.scan.identity import FileFacts, identify
from tools.scan.prefetch import decoded


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    pool = DecodePool(workers=2, cpu_seconds=1, wall_seconds=6)
    yield pool
    pool.close()


def picture(path: Path, colour: str = "red", size: tuple[int, int] = (40, 30)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def _workers() -> list[psutil.Process]:
    """The processes that decode, the newest last."""
    found = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            if process.status() != psutil.STATUS_ZOMBIE and "decode_worker" in " ".join(process.cmdline()):
                found.append(process)
    return sorted(found, key=lambda process: process.create_time())


def test_pixels_are_those_of_decode(tmp_path: Path, pool: DecodePool) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    for suffix in ("png", "jpg", "webp", "gif"):
        file = tmp_path / f"a.{suffix}"
        Image.fromarray(noise).save(file)
        for side in (None, 640, 100):
            assert np.array_equal(pool.submit(file, side).future.result(20), decode(file, side))


@pytest.mark.parametrize("suffix", ["webp", "avif"])
def test_no_header_is_read_in_c_in_this_process(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file can make a C library crash before the first pixel; that must end a worker and not the program."""
    exif = Image.Exif()
    exif[Base.Orientation], exif[Base.Model], exif[Base.Make] = 6, "Pixel 8", "Google"
    Image.new("RGB", (40, 30), "red").save(tmp_path / f"a.{suffix}", exif=exif)
    was = tmp_path / f"a.{suffix}"
    opened: list[str] = []
    for name in ("WEBP", "AVIF", "HEIF"):
        if name in Image.OPEN:
            spied = lambda file, path, name=name: opened.append(name)  # noqa: E731
            monkeypatch.setitem(Image.OPEN, name, (spied, Image.OPEN[name][1]))
    image = scan(tmp_path).images[0]
    # A file that was rewritten is compared with what it was, which decodes it.
    identify([FileFacts(was, "other", "other", image.sha256)], {}, lambda id: b"")
    assert (image.width, image.height) == (30, 40)
    assert read_metadata(was).camera == "Google Pixel 8"
    assert not opened


def test_a_header_that_makes_the_decoder_crash_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a HEIC does of which a tag has a type that nobody knows: workers are told to crash at such headers."""
    crash = "tools.decode.decode_worker.upright_size = lambda *_, **__: os.abort(); "
    monkeypatch.setattr(
        decode_pool, "_START", "import os; import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
        f"import tools.decode.decode_worker; {crash}tools.decode.decode_worker.serve(int(sys.argv[2]))",
    )  # fmt: skip
    monkeypatch.setattr(decode_pool, "_pool", None)
    Image.new("RGB", (40, 30)).save(tmp_path / "a.webp")
    picture(tmp_path / "b.png")
    found = scan(tmp_path)
    assert [(each.path.name, each.reason) for each in found.unreadable] == [("a.webp", decode_pool.CRASHED)]
    assert len(found.images) == 1
    shared_pool().close()


def test_what_pillow_logs_is_not_written_to_the_terminal(tmp_path: Path) -> None:
    """Pillow logs of a TIFF whose tag says that a pixel has 65,535 samples."""
    picture(tmp_path / "b.png")
    entries = ((256, 4, 1, 8), (257, 4, 1, 8), (262, 3, 1, 2), (277, 3, 1, 65535))
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    header = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    (tmp_path / "a.tif").write_bytes(header + tags + bytes(4))
    code = "import sys; from pathlib import Path; from tools.scan.collection import scan; scan(Path(sys.argv[1]))"
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_many_at_once_come_each_to_its_own(tmp_path: Path, pool: DecodePool) -> None:
    files = [picture(tmp_path / f"{i}.png", size=(10 + i, 5)) for i in range(200)]
    tasks = [pool.submit(file, None) for file in files]
    assert [task.future.result(20).shape[1] for task in tasks] == [10 + i for i in range(200)]


def test_a_picture_without_end_is_ended_and_the_next_one_comes(tmp_path: Path, pool: DecodePool) -> None:
    endless = pool.submit(scans(tmp_path / "scans.jpg"), 640)
    others = [pool.submit(picture(tmp_path / f"{i}.png"), 640) for i in range(20)]
    with pytest.raises(Undecodable, match=r"^takes more than 1 seconds to decode$") as caught:
        endless.future.result(20)  # to its end it would take minutes
    assert not is_temporary(str(caught.value))
    assert all(task.future.result(20).shape == (30, 40, 3) for task in others)


def test_a_file_that_never_comes_is_given_up_for_now(tmp_path: Path) -> None:
    pool = DecodePool(workers=1, wall_seconds=1)
    stopped = pool.submit(picture(tmp_path / "a.png"), 64)
    stopped.future.result(20)
    _workers()[-1].send_signal(signal.SIGSTOP)  # as a disk that does not answer stops it
    with pytest.raises(Undecodable, match=r"^cannot be read now: not there after 1 seconds$") as caught:
        pool.submit(tmp_path / "a.png", 64).future.result(20)
    assert is_temporary(str(caught.value))
    assert pool.submit(tmp_path / "a.png", 64).future.result(20).shape == (30, 40, 3)
    pool.close()


@pytest.mark.parametrize(
    ("number", "reason"), [("SIGSEGV", "damaged: it made"), ("SIGKILL", "not enough memory")]
)
def test_a_crash_is_a_reason(tmp_path: Path, number: str, reason: str) -> None:
    pool = DecodePool(workers=1)
    task = pool.submit(scans(tmp_path / "scans.jpg"), 640)
    while not pool.busy():
        time.sleep(0.01)
    others = [pool.submit(picture(tmp_path / f"{i}.png"), 640) for i in range(10)]
    _workers()[-1].send_signal(getattr(signal, number))
    with pytest.raises(Undecodable, match=reason):
        task.future.result(20)
    assert all(other.future.result(20).shape == (30, 40, 3) for other in others)
    pool.close()


def _most_memory(stop: threading.Event, most: list[int], before: set[int]) -> None:
    """Note the most bytes of the processes that decode, those of other pools left out."""
    while not stop.wait(0.02):
        used = 0
        for process in _workers():
            if process.pid in before:
                continue
            try:
                used += process.memory_info().rss
            except psutil.Error:
                continue
        most[0] = max(most[0], used)


def test_large_pictures_share_one_budget(tmp_path: Path) -> None:
    pool = DecodePool(workers=2)
    files = [
        png(tmp_path / "rgb.png", 13_300, 13_300),
        png(tmp_path / "rgba.png", 13_300, 13_300, kind=6),
        png(tmp_path / "deep.png", 13_300, 13_300, kind=2, bits=16),
        png(tmp_path / "palette.png", 13_300, 13_300, kind=3),
    ]
    stop, most = threading.Event(), [0]
    before = {process.pid for process in _workers()}
    watch = threading.Thread(target=_most_memory, args=(stop, most, before))
    watch.start()
    tasks = [pool.submit(file, 640) for file in files]
    sizes = [task.future.result(60).shape for task in tasks]
    stop.set()
    watch.join()
    pool.close()
    assert sizes == [(640, 640, 3)] * 4
    assert most[0] < MEMORY + 250 * 2**20, f"{most[0] >> 20} MB"


def test_large_pictures_that_end_too_early_do_not_wait_for_each_other(tmp_path: Path) -> None:
    pool = DecodePool(workers=2)
    for name in ("a.ppm", "b.ppm", "c.ppm"):
        (tmp_path / name).write_bytes(b"P6 13000 13000 255\n" + bytes(1000))
    stop, most = threading.Event(), [0]
    before = {process.pid for process in _workers()}
    watch = threading.Thread(target=_most_memory, args=(stop, most, before))
    watch.start()
    tasks = [pool.submit(tmp_path / name, 640) for name in ("a.ppm", "b.ppm", "c.ppm")]
    for task in tasks:
        with pytest.raises(Undecodable, match="truncated"):
            task.future.result(60)
    stop.set()
    watch.join()
    pool.close()
    assert most[0] < MEMORY + 250 * 2**20, f"{most[0] >> 20} MB"


def test_what_takes_more_than_the_budget_is_refused(tmp_path: Path, pool: DecodePool) -> None:
    file = tmp_path / "large.webp"
    Image.new("RGB", (9000, 9000)).save(file, method=0)
    with pytest.raises(
        Undecodable, match=r"^takes about [0-9,]+ MB of memory to decode; the limit is 768 MB$"
    ):
        pool.submit(file, 640).future.result(20)


def test_what_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    pool = DecodePool(workers=1)
    task = pool.submit(scans(tmp_path / "scans.jpg"), 640)
    while not pool.busy():
        time.sleep(0.01)
    assert pool.busy()[0][0].name == "scans.jpg"
    start = time.monotonic()
    pool.abandon([task])
    assert pool.submit(picture(tmp_path / "a.png"), 64).future.result(20).shape == (30, 40, 3)
    assert time.monotonic() - start < 2
    pool.close()


def test_waiting_asks_whether_to_stop(tmp_path: Path) -> None:
    scans(tmp_path / "scans.jpg")
    collection = scan(tmp_path)
    asked = 0

    def waiting() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise InterruptedError

    start = time.monotonic()
    with pytest.raises(InterruptedError):
        list(decoded(collection, collection.ids, waiting=waiting))
    assert time.monotonic() - start < 3


def test_the_workers_do_not_hear_ctrl_c_and_end_with_the_process(tmp_path: Path) -> None:
    decode_in_worker(picture(tmp_path / "a.png"))
    worker = _workers()[0]
    assert os.getpgid(worker.pid) != os.getpgrp()
    assert shared_pool() is shared_pool()


def test_no_process_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_pool, "_START", "raise SystemExit(3)")
    pool = DecodePool(workers=1)
    with pytest.raises(
        decode_pool.RegroupError, match=r"^cannot start the process .* \(it ended with code 3\)"
    ):
        pool.submit(picture(tmp_path / "a.png"), 64).future.result(20)
    pool.close()
