"""Fills a disk: does something while a few kilobytes are left for the workspace, or for everything, and looks after.

The disk is a small one in memory (tmpfs), which is really full: SQLite's writes fail as well as Python's.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.faults.collection import draw, files, kept
from tests.faults.kills import REPOSITORY, SECONDS, Fault, made, points, problem_of, run, undone_damage
from tests.faults.scenario import pictures

PAGE = 4096
SIZE = 32 << 20
"""The bytes of the disk: more than any scenario needs."""
_FILLER = "filler"
_MOST_PAGES = 512


@cache
def can_mount() -> bool:
    """Return whether a disk in memory can be mounted here; `unshare -rm` before the command makes it possible."""
    if sys.platform != "linux" or shutil.which("mount") is None:
        return False
    return not subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    ).returncode


@contextmanager
def mounted(place: Path) -> Iterator[None]:
    """Mount an empty disk over a folder, until the end of the block."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def attack_full(work: Path, scenario: str, where: str, most: int, seed: int = 0) -> tuple[int, list[str]]:
    """Do something with so little room left that it fails: with none, and with more and more until it fits.

    Args:
        work: A folder for all that is needed.
        scenario: What is done.
        where: The folder that is on the small disk: "workspace", or "." for everything.
        most: The most tries.
        seed: Seeds the choice of how much is left.

    Returns:
        The number of tries, and what was wrong.
    """
    template, base, before = made(work, scenario)
    enough = _enough(template, base, scenario, where)
    chosen = [number - 1 for number in points(enough, most, seed)]
    wrong = []
    for pages in chosen:
        for line in list(_damage(template, base, scenario, where, pages, before))[:1]:
            wrong.append(f"{pages} pages are left for {scenario} in {where}: {line}")
    return len(chosen), wrong


def _enough(template: Path, base: Path, scenario: str, where: str) -> int:
    """Return the number of pages with which a scenario does not fail."""
    low, high = 0, _MOST_PAGES
    while low < high:
        middle = (low + high) // 2
        with _disk(template, base, where):
            _fill(base / where, middle)
            if run(base, Fault(scenario, "none", 0)).returncode:
                low = middle + 1
            else:
                high = middle
    return max(1, low)


def _damage(
    template: Path, base: Path, scenario: str, where: str, pages: int, before: dict[str, tuple[str, int]]
) -> Iterator[str]:
    with _disk(template, base, where):
        _fill(base / where, pages)
        yield from problem_of(run(base, Fault(scenario, "none", 0)))
        yield from _lost(base, before)
        yield from problem_of(run(base, Fault("scan", "none", 0)))  # the disk is still full
        yield from _lost(base, before)
        (base / where / _FILLER).unlink()
        yield from undone_damage(base, before)


def _lost(base: Path, before: dict[str, tuple[str, int]]) -> Iterator[str]:
    if missing := set(before.values()) - kept(pictures(base), base / "disk"):
        yield f"{len(missing)} files were lost"


@contextmanager
def _disk(template: Path, base: Path, where: str) -> Iterator[None]:
    """Put a fresh copy of a prepared collection where it belongs, a part of it on the small disk."""
    shutil.rmtree(base, ignore_errors=True)
    if where != ".":
        shutil.copytree(template, base, symlinks=True, ignore=shutil.ignore_patterns(where))
    with mounted(base / where):
        if (template / where).exists():
            shutil.copytree(template / where, base / where, symlinks=True, dirs_exist_ok=True)
        yield


def _fill(place: Path, pages: int) -> None:
    """Leave so many pages of a disk free."""
    with (place / _FILLER).open("wb", buffering=0) as file:
        free = shutil.disk_usage(place).free // PAGE
        for _ in range(free - pages):
            file.write(bytes(PAGE))


def talk_on_full_disk(work: Path, pages: int) -> str:
    """Talk to the program while so many pages are left for its workspace. Returns what is wrong, "" where it held."""
    folder, workspace, out = work / "pictures", work / "workspace", work / "out"
    draw(folder)
    first = files(folder)
    with mounted(workspace):
        _talk(workspace, folder, "group by colour")
        _fill(workspace, pages)
        said = (
            "group by light",
            "rename 1 to cats",
            "lock 1",
            f"export to {out} as moves",
            "yes",
            "undo",
            "yes",
        )
        told = _talk(workspace, folder, *said)
        (workspace / _FILLER).unlink()
        told += _talk(workspace, folder, "undo", "yes", "undo", "yes", "undo", "yes")
    if "Traceback" in told:
        return "it showed a traceback"
    return "" if files(folder) == first else "the files are not as they were"


def _talk(workspace: Path, folder: Path, *said: str) -> str:
    command = [
        sys.executable,
        "-m",
        "assistant",
        "--workspace",
        str(workspace),
        "--offline",
        "chat",
        "--plain",
    ]
    done = subprocess.run(
        [*command, str(folder)],
        cwd=REPOSITORY,
        input="\n".join(said) + "\n",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout + done.stderr
