"""Ctrl+c is answered within a second, whatever is being done, and says what is being stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Draw
from tests.hostile_pictures import scans

pytestmark = pytest.mark.timeout(150)

TOO_LONG = re.compile(r"cannot read endless.jpg: takes more than 1[08] seconds to decode")
"""Ten of computing, or eighteen in all where the machine is busy."""
SLOW = 2.5
"""The seconds within which a command that was stopped has ended, on a busy machine."""


@pytest.fixture
def endless(tmp_path: Path, draw: Draw) -> Path:
    """Three pictures, and one that takes longer than anybody waits."""
    for i in range(3):
        draw(tmp_path / "album" / f"{i}.png", variant=i)
    scans(tmp_path / "album" / "endless.jpg")
    return tmp_path / "album"


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a command as users do."""

    def run(*arguments: object, code: str = "") -> "subprocess.Popen[str]":
        own = {
            "PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1", "NO_COLOR": "1",
            "REGROUP_WORKSPACE": str(tmp_path / "workspace"), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        command = ["-c", code] if code else ["-m", "assistant"]
        return subprocess.Popen(
            [sys.executable, *command, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | own,
        )

    return run


COLOUR_ONLY = (
    "import sys; from tools.models.bundled import tier; "
    "from tools.models.bundled.colour_expert import ColourExpert; "
    "tier.experts = lambda store: [ColourExpert()]; sys.argv[0] = 'regroup'; "
    "from assistant.cli import main; sys.exit(main())"
)


def until(stream: "subprocess.Popen[str]", *texts: str) -> str:
    """Read lines of stderr until one has the texts."""
    assert stream.stderr is not None
    while line := stream.stderr.readline():
        if all(text in line for text in texts):
            return line
    raise AssertionError(f"{texts} was never said")


def test_a_command_stops_although_a_picture_has_no_end(endless: Path, start: Start) -> None:
    running = start("cluster", endless, "--by", "colour", code=COLOUR_ONLY)
    until(running, "loading the models")
    stopped = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert time.monotonic() - stopped < SLOW
    assert running.returncode == 130
    assert err.splitlines()[-1] == "regroup: stopped; what was finished is kept"


def test_what_takes_too_long_is_said_once_and_remembered(endless: Path, start: Start) -> None:
    began = time.monotonic()
    first = start("cluster", endless, "--by", "colour", code=COLOUR_ONLY)
    out, err = first.communicate(timeout=120)
    assert first.returncode == 0, err
    assert TOO_LONG.search(out)
    first_took = time.monotonic() - began
    began = time.monotonic()
    again = start("cluster", endless, "--by", "colour", code=COLOUR_ONLY)
    out, _ = again.communicate(timeout=120)
    assert TOO_LONG.search(out)
    assert time.monotonic() - began < 2 / 3 * first_took


def test_a_call_that_does_not_hear_is_named_and_left(tmp_path: Path, start: Start) -> None:
    """A library that works for long in one call keeps Python from raising KeyboardInterrupt."""
    code = (
        "import sys, time, ctypes, click; from assistant.cli import regroup, main, progress_bar\n"
        "@click.command()\n"
        "def deaf():\n"
        "    with progress_bar.bar() as progress:\n"
        "        progress('fusing', 3, 9)\n"
        "        libc = ctypes.CDLL(None)\n"
        "        until = time.monotonic() + 60\n"
        "        try:\n"
        "            print('begun', flush=True)\n"
        "            while time.monotonic() < until: libc.usleep(900000)\n"
        "        except KeyboardInterrupt:\n"
        "            while time.monotonic() < until: libc.usleep(900000)\n"
        "regroup.add_command(deaf); sys.argv[0] = 'regroup'; sys.exit(main())"
    )
    running = start("deaf", code=code)
    assert running.stdout is not None and running.stdout.readline() == "begun\n"
    stopped = time.monotonic()
    running.send_signal(signal.SIGINT)
    line = until(running, "stopping")
    assert line == "regroup: stopping (fusing, 3 of 9); ctrl+c again leaves at once\n"
    assert time.monotonic() - stopped < 1.2
    running.send_signal(signal.SIGINT)
    assert running.wait(5) == 130


def test_the_plain_chat_says_what_it_stops_and_leaves(endless: Path, start: Start) -> None:
    running = start("chat", endless, "--plain", code=COLOUR_ONLY)
    assert running.stdin is not None and running.stdout is not None
    running.stdin.write("group by colour\n")
    running.stdin.flush()
    until(running, "loading the models")
    time.sleep(1.5)
    stopped = time.monotonic()
    running.send_signal(signal.SIGINT)
    while "ctrl+c again leaves" not in (line := running.stdout.readline()):
        assert line
    assert time.monotonic() - stopped < 1.2
    assert "stopping (loading the models; " in line and "decoding endless.jpg for" in line
    assert "Stopped, as you asked. What was finished before is kept." in running.stdout.readline()
    assert time.monotonic() - stopped < SLOW
    running.send_signal(signal.SIGINT)
    running.stdin.close()
    assert running.wait(10) in (0, 1, 130)
