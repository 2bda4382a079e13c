"""What C libraries print while the app draws goes to a file, and the terminal is as before afterwards."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

PRINTS = """
import ctypes, os, sys
from pathlib import Path
from assistant.tui.stray_output import stray_output_in
libc = ctypes.CDLL(None)
def library(text):
    os.write(2, f"TIFF {text}\\n".encode())
    libc.puts(f"puts {text}".encode())
    libc.fflush(None)
with stray_output_in(Path(sys.argv[1])):
    library("inside")
    print("python inside", file=sys.stderr)
    print("drawn", file=sys.__stderr__)
    print("picture", file=sys.__stdout__)
    subprocess = __import__("subprocess").run(["sh", "-c", "echo child >&2"])
library("after")
print("python after")
"""


def test_only_what_is_drawn_reaches_the_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTS, tmp_path / "cache"],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["drawn", "TIFF after"]
    assert sorted(done.stdout.splitlines()) == ["picture", "puts after", "python after"]
    log = tmp_path / "cache" / "messages.log"
    assert set(log.read_text().splitlines()) == {"TIFF inside", "puts inside", "python inside", "child"}
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_long_file_is_begun_anew_and_none_is_needed(tmp_path: Path) -> None:
    (tmp_path / "messages.log").write_text("x" * 600_000)
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "file" / "cache"):
        done = subprocess.run(
            [sys.executable, "-c", PRINTS, folder], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
        )
        assert done.stderr.splitlines() == ["drawn", "TIFF after"]
    assert (tmp_path / "messages.log").stat().st_size < 1000
    assert (tmp_path / "messages.1.log").stat().st_size == 600_000


def test_what_a_decoder_prints_is_logged_with_its_file(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from PIL import Image
from assistant.tui.stray_output import stray_output_in
from tools.decode.decode_pool import shared_pool
file = Path(sys.argv[1]) / "a.tif"
Image.new("RGB", (64, 64), "red").save(file, compression="tiff_lzw")
data = bytearray(file.read_bytes())
data[8:60] = b"\\xff" * 52  # in the middle of the coded picture
file.write_bytes(data)
with stray_output_in(Path(sys.argv[1])):
    try:
        shared_pool().submit(file, 64).future.result(20)
    except Exception:
        pass
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (
        "a.tif: tempfile.tif: Using code not yet in table. tempfile.tif"
        in (tmp_path / "messages.log").read_text()
    )


def test_what_workers_print_that_ran_before_the_app_draws_is_logged_as_well(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from PIL import Image
from assistant.tui.stray_output import stray_output_in
from tools.decode.decode_pool import shared_pool
good, file = Path(sys.argv[1]) / "good.png", Path(sys.argv[1]) / "b.tif"
Image.new("RGB", (64, 64), "red").save(good)
Image.new("RGB", (64, 64), "red").save(file, compression="tiff_lzw")
data = bytearray(file.read_bytes())
data[8:60] = b"\\xff" * 52
file.write_bytes(data)
shared_pool().submit(good, 64).future.result(20)
with stray_output_in(Path(sys.argv[1])):
    for _ in range(2):
        try:
            shared_pool().submit(file, 64).future.result(20)
        except Exception:
            pass
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "messages.log").read_text().count("b.tif: tempfile.tif: Using code") == 2
