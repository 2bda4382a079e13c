"""Attacks the program, and prints what held: `python -m tests.faults [KIND ...] [--full]`.

Without --full it takes some minutes; with it, hours on a busy machine: for each of 31 scenarios 20 kills at operations
and 20 at system calls, 30 failing operations and 20 failing calls, 50 power cuts and 20 full disks; then 10,000 random
steps, ten minutes for each thing that is fuzzed, and 2,000 odd files.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.agent.gguf.gguf_brain import GgufBrain
from tests.conversations.models import found
from tests.faults import memory
from tests.faults.full_disk import attack_full, can_mount, talk_on_full_disk
from tests.faults.fuzz import FUZZED, fuzz
from tests.faults.hostile_texts import HOSTILE_TEXTS, HostileText
from tests.faults.kills import attack
from tests.faults.power_loss import attack_power
from tests.faults.scenario import BEFORE
from tests.faults.steps import walk
from tests.faults.system_calls import attack_calls, can_trace
from tests.faults.talks import attacked

ERRORS = ("ENOSPC", "EIO", "EACCES")
CALL_ERRORS = ("EIO", "ENOSPC")

Row = tuple[str, int, list[str]]
"""What was attacked, how often, and what was wrong."""
Attack = Callable[[Path, str, str, int, int], tuple[int, list[str]]]


def _struck(attacked: Attack, how: str, what: str, most: int, seed: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="regroup-faults-") as work:
        for scenario in BEFORE:
            yield (f"{what}: {scenario}", *attacked(Path(work).resolve(), scenario, how, most, seed))


def kills(full: bool, seed: int) -> Iterator[Row]:
    """Kill processes at Python's operations on files."""
    yield from _struck(attack, "kill", "kill", 20 if full else 4, seed)


def errors(full: bool, seed: int) -> Iterator[Row]:
    """Let Python's operations on files fail."""
    for error in ERRORS:
        yield from _struck(attack, error, error, 10 if full else 1, seed)


def calls(full: bool, seed: int) -> Iterator[Row]:
    """Kill processes at their system calls, and let SQLite's writes fail."""
    if not can_trace():
        print("strace is not here, or may not trace: no system calls are attacked", file=sys.stderr)
        return
    yield from _struck(attack_calls, "kill", "kill at a system call", 20 if full else 2, seed)
    for error in CALL_ERRORS:
        yield from _struck(attack_calls, error, f"{error} of SQLite", 10 if full else 1, seed)


def power(full: bool, seed: int) -> Iterator[Row]:
    """Cut the power, and lose what was not synced."""
    if not can_trace():
        print("strace is not here, or may not trace: the power is not cut", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="regroup-faults-") as work:
        for scenario in BEFORE:
            row = attack_power(Path(work).resolve(), scenario, 50 if full else 10, seed)
            yield (f"power cut: {scenario}", *row)


def full_disks(full: bool, seed: int) -> Iterator[Row]:
    """Fill the disk of the workspace, or the one on which everything is."""
    if not can_mount():
        print("no disk can be mounted here: none is filled; try again under unshare -rm", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="regroup-faults-") as work:
        for where in ("workspace", "."):
            for scenario in BEFORE:
                row = attack_full(Path(work).resolve(), scenario, where, 10 if full else 2, seed)
                yield (f"full disk of {'everything' if where == '.' else where}: {scenario}", *row)


def talks(full: bool, seed: int) -> Iterator[Row]:
    """Talk to the program while the disk of its workspace is full."""
    if not can_mount():
        return
    wrong, tried = list[str](), range(0, 400, 20 if full else 100)
    for pages in tried:
        with tempfile.TemporaryDirectory(prefix="regroup-faults-") as work:
            if told := talk_on_full_disk(Path(work).resolve(), pages):
                wrong.append(f"{pages} pages are left: {told}")
    yield "talk on a full disk", len(tried), wrong


def steps(full: bool, seed: int) -> Iterator[Row]:
    """Take random steps; in parts, since a journal of thousands of exports takes its time."""
    count, part = (10_000, 500) if full else (300, 300)
    wrong = [line for number in range(count // part) for line in walk(part, seed + number)]
    yield "random export, undo, redo", count, wrong


def fuzzing(full: bool, seed: int) -> Iterator[Row]:
    """Feed what is broken or hostile to what reads it."""
    for what in FUZZED:
        yield (f"fuzzed {what}", *fuzz(what, 600 if full else 5, seed))


def texts(full: bool, seed: int) -> Iterator[Row]:
    """Put hostile texts everywhere, and talk about them with the built-in brain, and with a small model if there is
    one."""
    yield "hostile texts, built-in brain", len(HOSTILE_TEXTS), _talked(HOSTILE_TEXTS, None)
    if (file := found("0.5b")) is None:
        print("there is no 0.5B model; set REGROUP_TEST_GGUF to its file", file=sys.stderr)
        return
    model = GgufBrain(gguf=file)
    from_elsewhere = [hostile for hostile in HOSTILE_TEXTS if hostile.place != "model"]
    chosen = from_elsewhere if full else from_elsewhere[::15]
    try:
        yield "hostile texts, model of 0.5B", len(chosen), _talked(chosen, model)
    finally:
        model.close()


def _talked(attacks: Sequence[HostileText], model: GgufBrain | None) -> list[str]:
    wrong: list[str] = []
    for hostile in attacks:
        with tempfile.TemporaryDirectory(prefix="regroup-texts-") as folder:
            wrong += [f"{hostile}: {line}" for line in attacked(Path(folder, "base"), hostile, model)[:1]]
    return wrong


def odd_files(full: bool, seed: int) -> Iterator[Row]:
    """Group a folder of odd files, and measure the memory."""
    count, used = memory.look_at_odd_files(1950 if full else 100)
    print(f"{count:,} odd files: {used}", file=sys.stderr)
    wrong = [f"it ended with {used.code}"] if used.code else []
    wrong += ["it took too much memory"] if used.together > memory.ALLOWED else []
    yield "odd files", count, wrong
    taken = memory.seconds_of_each(1950 if full else 100)
    for name in sorted(taken, key=lambda name: -taken[name])[:5]:
        print(f"{name}: {taken[name]:.1f} s", file=sys.stderr)
    late = [
        f"{name} took {seconds:.1f} s" for name, seconds in taken.items() if seconds > memory.ALLOWED_SECONDS
    ]
    yield "odd files, one by one", len(taken), late


KINDS: dict[str, Callable[[bool, int], Iterator[Row]]] = {
    "kills": kills, "errors": errors, "calls": calls, "power": power, "full": full_disks, "talks": talks,
    "steps": steps, "fuzz": fuzzing, "texts": texts, "memory": odd_files,
}  # fmt: skip


def main() -> None:
    """Run the attacks and print a row for each: what, tries, held, broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all without any")
    parser.add_argument("--full", action="store_true", help="all of it, which takes hours")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := set(options.kinds) - set(KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    broke = 0
    print("| attack | tries | held | broke |\n|---|---|---|---|")
    for kind in options.kinds or KINDS:
        for what, tries, wrong in KINDS[kind](options.full, options.seed):
            broke += len(wrong)
            print(f"| {what} | {tries:,} | {tries - len(wrong):,} | {len(wrong)} |", flush=True)
            for line in wrong[:5]:
                print(f"{what}: {line}", file=sys.stderr, flush=True)
    sys.exit(1 if broke else 0)


if __name__ == "__main__":
    main()
