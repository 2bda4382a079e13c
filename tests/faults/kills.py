"""Kills processes, or lets an operation of theirs fail, and looks at what is left.

After each fault the collection is opened anew and everything is undone. No byte and no time of an original may be
lost, nothing may be called done that is not, and nobody may see a traceback.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.faults.collection import draw, files, kept, tree_damage
from tests.faults.forked import REPOSITORY, run_forked
from tests.faults.scenario import APART, BEFORE, DO, opened, pictures, renumbered, target, tree
from tools.errors import RegroupError

MOST_UNDOS = 8
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """Names one fault.

    Attributes:
        scenario: What is done meanwhile.
        how: How it strikes: "kill" or the name of an error.
        at: The operation at which it strikes.
        prefix: What the process is run under, which then strikes in place of the saboteur.
        log: Where that says whether it struck.
    """

    scenario: str
    how: str
    at: int
    prefix: tuple[str, ...] = ()
    log: Path | None = None

    def __str__(self) -> str:
        return " ".join([f"{self.how} at {self.at} of {self.scenario}", *self.prefix[-1:]])


def prepared(base: Path, scenario: str) -> None:
    """Draw the collection and do what comes before a scenario."""
    draw(pictures(base))
    (base / "disk").mkdir()
    if scenario.endswith(APART):
        (base / APART).touch()
    for step in BEFORE[scenario]:
        desk = opened(base)
        DO[step](desk, base)
        desk.close()


def run(base: Path, fault: Fault) -> subprocess.CompletedProcess[str]:
    """Run the scenario of a fault in a process of its own."""
    if not fault.prefix:
        return run_forked(base, fault.scenario, fault.how, fault.at, SECONDS)
    command = [*fault.prefix, sys.executable, "-m", "tests.faults.scenario", str(base), fault.scenario]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def operations(template: Path, work: Path, scenario: str, how: str) -> int:
    """Return how many operations a scenario makes that can be attacked in one way."""
    base = copied(template, work)
    done = run(base, Fault(scenario, how, 0))
    if done.returncode:
        raise AssertionError(f"{scenario} fails without a fault: {done.stderr[-2000:]}")
    return int(done.stdout.split()[-1])


def copied(template: Path, work: Path) -> Path:
    """Return a copy of a prepared collection; paths in the workspace are absolute, so it is always the same place."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(template, work, symlinks=True)
    return work


def points(count: int, most: int, seed: int) -> list[int]:
    """Return at most so many of the operations 1 to `count`, spread evenly with chance between."""
    if count <= most:
        return list(range(1, count + 1))
    edges = np.linspace(1, count + 1, most + 1).astype(int)
    rng = np.random.default_rng(seed)
    return [int(rng.integers(low, max(low + 1, high))) for low, high in pairwise(edges)]


def damage(base: Path, fault: Fault, before: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Yield what is wrong after a fault; nothing where it held.

    Args:
        base: The folder of the attacked collection.
        fault: What to do to it.
        before: The files of the collection at first, before anything was exported.
    """
    ended = run(base, fault)
    if fault.how == "kill" and ended.returncode != -signal.SIGKILL:
        yield f"was not struck: {ended.stderr[-300:]}"
    if fault.log and fault.how != "kill" and "(INJECTED)" not in fault.log.read_text(errors="replace"):
        yield "was not struck"
    if fault.how != "kill":
        yield from problem_of(ended, "OSError", "PermissionError")
    if missing := set(before.values()) - kept(pictures(base), base / "disk"):
        yield f"{len(missing)} files were lost right after the fault"
    yield from undone_damage(base, before)


def problem_of(ended: subprocess.CompletedProcess[str], *allowed: str) -> Iterator[str]:
    """Yield what is wrong with the end of a process that may fail only with one line for its user.

    Args:
        ended: The process.
        allowed: The names of other errors that are no problem.
    """
    if ended.returncode:
        *_, last = ["", *ended.stderr.strip().splitlines()]
        if not last.startswith(("tools.errors.", "assistant.desk.undone_export.PartlyUndone", *allowed)):
            yield f"ended with {last}"


def undone_damage(base: Path, before: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Open what a fault has left, undo everything, and yield what is not as it was at first."""
    try:
        desk = opened(base)
    except RegroupError as error:
        yield f"cannot be opened again: {error}"
        return
    try:
        for _ in range(MOST_UNDOS):
            yield from renumbered(desk)
            if desk.shelf.next_undo() is None:
                break
            desk.history.undo()
        else:
            yield "has no end of steps to undo"
    except RegroupError as error:
        yield f"cannot be undone: {error}"
    finally:
        desk.close()
    after = files(pictures(base))
    if after != before:
        changed = sorted(set(before.items()) ^ set(after.items()))
        yield f"after undo not as before: {changed[:2]}"
    yield from tree_damage(tree(base))
    left = [path for path in target(base).rglob("*") if path.is_file()] if target(base).exists() else []
    if left:
        yield f"{len(left)} files are left in the target after undo: {left[0].name}"


def attack(work: Path, scenario: str, how: str, most: int, seed: int = 0) -> tuple[int, list[str]]:
    """Attack a scenario at up to `most` operations. Returns the number of tries, and what was wrong."""
    template, base, before = made(work, scenario)
    chosen = points(operations(template, base, scenario, how), most, seed)
    return struck(template, base, before, [Fault(scenario, how, at) for at in chosen])


def made(work: Path, scenario: str) -> tuple[Path, Path, dict[str, tuple[str, int]]]:
    """Prepare a scenario. Returns the folder with what comes before it, the folder to attack, and the first files."""
    template, base = work / "template", work / "base"
    # Workspaces know folders by their absolute path: the template is prepared where it is attacked.
    shutil.rmtree(base, ignore_errors=True)
    prepared(base, scenario)
    shutil.rmtree(template, ignore_errors=True)
    base.rename(template)
    first = work / "first"
    shutil.rmtree(first, ignore_errors=True)
    draw(first)
    return template, base, files(first)


def struck(
    template: Path, base: Path, before: dict[str, tuple[str, int]], faults: Sequence[Fault]
) -> tuple[int, list[str]]:
    """Let faults strike, each on a fresh copy. Returns their number, and what was wrong."""
    wrong: list[str] = []
    for fault in faults:
        wrong += [f"{fault}: {line}" for line in damage(copied(template, base), fault, before)]
    return len(faults), wrong
