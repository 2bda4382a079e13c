"""The engine of Ray, for real, with two processes of this machine.

It is skipped where Ray is not installed. To run it: pip install -e ".[ray,dev]", then
pytest -n 0 tests/assistant/engine/test_ray_engine.py
"""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.engine.look_at_shard import PICTURES
from assistant.engine.shard_manifest import BATCHES
from tests.conftest import REPOSITORY, Draw, Run

installed = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="pip install -e '.[ray]'")

_LOOK = """
import sys
from assistant.cli import main
from assistant.engine import look_at_files

look_at_files.BATCH = 4
sys.exit(main(sys.argv[1:]))
"""


def begin(*arguments: object) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, with small batches."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", _LOOK, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def below(pid: int) -> dict[int, bytes]:
    """The processes that a process started, directly or not, with their command lines."""
    parents, names = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(place.name)] = (place / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
    found = {}
    for process, name in names.items():
        above = process
        while above in parents and above != pid:
            above = parents[above]
        if above == pid and process != pid:
            found[process] = name
    return found


def workers_of(pid: int) -> list[int]:
    """The processes that look, of those that a process started."""
    return [process for process, name in below(pid).items() if name.startswith(b"ray::MapWorker")]


def listening(processes: Iterable[int]) -> set[str]:
    """The addresses, as /proc/net writes them, at which these processes wait for connections."""
    own = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").glob("*"):
            with suppress(OSError):
                own.add(str(handle.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                found.add(fields[1].partition(":")[0])
    return found


@pytest.fixture
def folder(tmp_path: Path, draw: Draw) -> Path:
    """Forty pictures."""
    for i in range(40):
        colour, shape = ("red", "green", "blue")[i % 3], ("circle", "square", "triangle")[i // 3 % 3]
        draw(tmp_path / "pictures" / f"{i}.png", colour, shape, variant=i)
    return tmp_path / "pictures"


@installed
@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_a_worker_that_is_killed_loses_nothing(process: Run, folder: Path, tmp_path: Path) -> None:
    plain = process("--workspace", tmp_path / "other", "cluster", folder, "--by", "colour", "--json").document
    running = begin("look", folder, "--engine", "ray", "--workers", 2, "--to", tmp_path / "out", "--json")
    place = tmp_path / "out" / "shard-1-of-1"
    killed, addresses = 0, set()
    for _ in range(1200):
        if running.poll() is not None:
            break
        if (
            not killed
            and list((place / BATCHES).glob("*.safetensors"))
            and (workers := workers_of(running.pid))
        ):
            addresses = listening([*below(running.pid), running.pid])
            killed = workers[0]
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.1)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0 and killed, err.decode()
    assert out, err.decode()
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert addresses and addresses <= loopback
    assert json.loads(out)["pictures"] == json.loads(out)["new"] == 40
    files = [json.loads(line)["path"] for line in (place / PICTURES).open()]
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    assert len(list((place / BATCHES).iterdir())) == 10
    assert process("merge", tmp_path / "out", "--json").document["new"] == 40
    after = process("cluster", folder, "--by", "colour", "--json").document
    assert after["model_calls"] == 0 and after["clusters"] == plain["clusters"]
    assert workers_of(running.pid) == []


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_it_is_said_how_to_get_it(regroup: Run, folder: Path) -> None:
    complaint = regroup("look", folder, "--engine", "ray").complaint(2)
    assert 'pip install "ray[data]' in complaint
    assert not folder.with_name("pictures-shards").exists()
