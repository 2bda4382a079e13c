"""Kills processes at their system calls, or lets a call fail, with strace: SQLite's own writes are among them.

strace counts the calls of each name and thread by themselves, so a fault strikes at the n-th call of one name.
"""

import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

from tests.faults.kills import Fault, copied, made, points, run, struck

WRITING = (
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "copy_file_range", "sendfile", "rename", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "rmdir", "utimensat", "chmod", "fchmod",
)  # fmt: skip
"""The calls that change what is on a disk."""
SQLITE = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
"""Those that SQLite makes by itself."""
_CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\(")


@cache
def can_trace() -> bool:
    """Return whether strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    return not subprocess.run([*_strace(Path("/dev/null"), "fsync"), "true"], capture_output=True).returncode


def calls(template: Path, work: Path, scenario: str) -> list[tuple[str, int]]:
    """Return the calls of the first thread about the attacked folders, each with its number among those of its name."""
    log, base = work.with_name("calls.log"), copied(template, work)
    done = run(base, Fault(scenario, "none", 0, _strace(log, ",".join(WRITING), "-y")))
    if done.returncode:
        raise AssertionError(f"{scenario} fails without a fault: {done.stderr[-2000:]}")
    found, counted, first = list[tuple[str, int]](), Counter[str](), ""
    for line in log.read_text(errors="replace").splitlines():
        if (call := _CALL.match(line)) is None:
            continue
        first = first or call["thread"]
        if call["thread"] != first:
            continue
        counted[call["name"]] += 1
        if str(base) in line:
            found.append((call["name"], counted[call["name"]]))
    return found


def attack_calls(work: Path, scenario: str, how: str, most: int, seed: int = 0) -> tuple[int, list[str]]:
    """Attack a scenario at up to `most` system calls. Returns the number of tries, and what was wrong.

    A process is killed at any call that writes; errors are those of SQLite's own writes, from the call on for ENOSPC,
    as a disk stays full, and once otherwise.
    """
    template, base, before = made(work, scenario)
    found = calls(template, base, scenario)
    if how != "kill":
        found = [(name, number) for name, number in found if name in SQLITE]
    log = work / "struck.log"
    faults = []
    for at in points(len(found), most, seed):
        name, number = found[at - 1]
        what = "signal=KILL" if how == "kill" else f"error={how}"
        when = f"{number}+" if how == "ENOSPC" else str(number)
        prefix = _strace(log, name, "-e", f"inject={name}:{what}:when={when}")
        faults.append(Fault(scenario, how, number, prefix, log))
    return struck(template, base, before, faults)


def _strace(log: Path, names: str, *options: str) -> tuple[str, ...]:
    # Not with --seccomp-bpf, which would be faster: calls are injected nothing then.
    return "strace", "-f", "-o", str(log), "-e", f"trace={names}", *options
