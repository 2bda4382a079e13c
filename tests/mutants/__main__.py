"""Break the code on purpose, line by line, and see whether its tests notice: `python -m tests.mutants [NAME ...]`.

Every `*.toml` beside this file lists mutants of one subject, which NAME picks out (`mllm_mc`); without a NAME all run.
A mutant says what it breaks, in which file, which text becomes which, and the tests that must fail:

    [[mutant]]
    breaks = "the residual is dropped"
    file = "tools/fuse/mllm_mc.py"
    old = "aligned.z + star"
    new = "star"
    tests = ["tests/tools/fuse/test_mllm_mc.py"]

The tests run in a copy of the tree, so that nothing here is touched. They must pass there before anything is broken;
a mutant under which they still pass has survived. The exit status is 1 where one survives or could not be tried.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TREE = HERE.parents[1]
PATIENCE = 900.0
"""The most seconds that the tests of one mutant may take; those of a mutant that never ends have noticed it."""
PASSED, FAILED = 0, 1
"""What pytest says where all tests pass, and where at least one fails; anything else is no verdict."""
_IGNORED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line that is broken.

    Attributes:
        breaks: What no longer holds, in a few words.
        file: The file, from the top of the tree.
        old: The text that is replaced, which the file has exactly once.
        new: The text that takes its place.
        tests: What pytest is given; at least one test of it must fail.
    """

    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def problem(self, tree: Path) -> str:
        """Return one line on why the mutant cannot be tried in a tree; "" where it can."""
        path = tree / self.file
        if not path.is_file():
            return f"there is no file {self.file}"
        if (times := path.read_text("utf-8").count(self.old)) != 1:
            return f"{self.file} has {self.old!r} {times} times"
        lacking = [test for test in self.tests if not (tree / test.partition("::")[0]).exists()]
        return f"there is no test {lacking[0]}" if lacking else "" if self.tests else "no test is named"


def read(file: Path) -> list[Mutant]:
    """Return the mutants of a file."""
    listed = tomllib.loads(file.read_text("utf-8"))["mutant"]
    return [Mutant(**{**mutant, "tests": tuple(mutant["tests"])}) for mutant in listed]


def subjects() -> dict[str, list[Mutant]]:
    """Return the mutants of each subject, by its name."""
    return {file.stem: read(file) for file in sorted(HERE.glob("*.toml"))}


def run(tests: Sequence[str], tree: Path) -> int | None:
    """Run tests in a tree, and return what pytest says; None where they did not end in time."""
    # A broken file of the same length, written in the same second, would be taken for the compiled one.
    own = {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=tree,
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def attempt(mutant: Mutant, tree: Path) -> str:
    """Break the tree, run the tests, mend the tree, and return "killed", "survived" or why there is no verdict."""
    if problem := mutant.problem(tree):
        return problem
    path = tree / mutant.file
    sound = path.read_text("utf-8")
    path.write_text(sound.replace(mutant.old, mutant.new), "utf-8")
    try:
        verdict = run(mutant.tests, tree)
    finally:
        path.write_text(sound, "utf-8")
    if verdict in (FAILED, None):
        return "killed"
    return "survived" if verdict == PASSED else f"the tests could not run (pytest says {verdict})"


def verdicts(mutants: Sequence[Mutant], tree: Path) -> Iterator[tuple[Mutant, str, float]]:
    """Yield each mutant with its verdict and its seconds, tried in a copy of a tree.

    Raises:
        SystemExit: The tests fail, or do not run, although nothing is broken.
    """
    tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, ignore=_IGNORED)
        if run(tests, copy) != PASSED:
            raise SystemExit(f"the tests do not pass although nothing is broken: {' '.join(tests)}")
        for mutant in mutants:
            began = time.monotonic()
            yield mutant, attempt(mutant, copy), time.monotonic() - began


def main(names: Sequence[str]) -> int:
    """Try the mutants of the named subjects, print a line for each, and return the exit status."""
    known = subjects()
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"there are no mutants of {unknown[0]}; there are those of {', '.join(known)}")
    killed = tried = 0
    for name in names or known:
        own = 0
        for mutant, verdict, seconds in verdicts(known[name], TREE):
            own += verdict == "killed"
            print(f"{name}: {mutant.breaks}: {verdict} ({seconds:.0f} s)", flush=True)
        print(f"{name}: {own} of {len(known[name])} killed", flush=True)
        killed, tried = killed + own, tried + len(known[name])
    print(f"{killed} of {tried} mutants killed")
    return 0 if killed == tried else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
