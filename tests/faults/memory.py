"""Measures the memory and the time that a folder of odd files takes: `python -m tests.faults memory`.

What counts is the memory of the whole tree of processes. A page that several of them share counts once, as in the
proportional set size (PSS); but pages that processes outside the tree have in common with it count in full, so that the
figure is that of a machine on which nothing else runs.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.odd_files import draw_odd_files
from tools.decode.decode import Undecodable
from tools.decode.decode_pool import decode_in_worker

REPOSITORY = Path(__file__).parents[2]
ALLOWED_SECONDS = 20.0
"""The most seconds that any picture may take."""
ALLOWED = 1.5e9
"""The most bytes that all processes may take together."""
_PAUSE = 0.1
_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Used:
    """Holds what a run took at its worst.

    Attributes:
        code: Its exit status.
        seconds: How long it took.
        together: The most bytes of all processes at one moment, each shared page once.
        pss: The most bytes by PSS, which processes outside the tree make smaller.
        main: The most bytes of the first process by itself.
        workers: The most bytes of all others.
    """

    code: int
    seconds: float
    together: int
    pss: int
    main: int
    workers: int

    def __str__(self) -> str:
        return (
            f"exit {self.code} after {self.seconds:.0f} s; together {self.together >> 20} MB "
            f"(PSS {self.pss >> 20} MB), main process {self.main >> 20} MB, workers {self.workers >> 20} MB"
        )


def measured(command: list[str], environment: dict[str, str]) -> Used:
    """Run a command and watch the memory of its processes, on Linux."""
    start = time.monotonic()
    together = pss = first = others = 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and time.monotonic() - start < _SECONDS:
            tree = _tree(process.pid)
            pages = {pid: _pages(pid) for pid in tree}
            together = max(together, _once(list(pages.values())))
            pss = max(pss, sum(_pss(pid) for pid in tree))
            first = max(first, _once([pages[process.pid]]))
            others = max(others, _once([held for pid, held in pages.items() if pid != process.pid]))
            time.sleep(_PAUSE)
        process.kill()
        return Used(process.wait(), time.monotonic() - start, together, pss, first, others)


def look_at_odd_files(broken: int = 1950) -> tuple[int, Used]:
    """Draw odd files and group them. Returns their number, and what it took."""
    with tempfile.TemporaryDirectory(prefix="regroup-odd-") as folder:
        count = draw_odd_files(Path(folder) / "pictures", broken)
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
        command = [sys.executable, "-m", "assistant", "--workspace", f"{folder}/workspace"]
        return count, measured([*command, "cluster", f"{folder}/pictures", "--by", "colour"], environment)


def seconds_of_each(broken: int = 1950) -> dict[str, float]:
    """Draw odd files and decode them one by one, as the program does. Returns the seconds of each by its name."""
    taken = {}
    with tempfile.TemporaryDirectory(prefix="regroup-odd-") as folder:
        draw_odd_files(Path(folder), broken)
        for file in sorted(Path(folder).iterdir()):
            begin = time.monotonic()
            with suppress(Undecodable):
                decode_in_worker(file, 640)
            taken[file.name] = time.monotonic() - begin
    return taken


def _tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:  # it has ended
                continue
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def _pages(pid: int) -> dict[str, int]:
    """Return the bytes of a process that are in memory: its own ones under "", those of each file by its path."""
    held: dict[str, int] = defaultdict(int)
    file = ""
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines()
    except OSError:
        return held
    rss = 0
    for line in lines:
        words = line.split(maxsplit=5)
        if not words[0].endswith(":"):
            file = words[5] if len(words) == 6 and words[5].startswith("/") else ""
        elif words[0] == "Rss:":
            rss = int(words[1]) << 10
        elif words[0] == "Anonymous:":
            own = int(words[1]) << 10
            held[""] += own
            held[file] += rss - own
    return held


def _once(processes: list[dict[str, int]]) -> int:
    """Return the bytes of some processes; of a file as many as the one that has most of it in memory."""
    files = {file for held in processes for file in held} - {""}
    shared = sum(max(held.get(file, 0) for held in processes) for file in files)
    return sum(held.get("", 0) for held in processes) + shared
