"""Runs scenarios in processes that are forked from one which has imported the program already.

Importing it takes three times as long as most scenarios. The process that is forked has done nothing else, and has one
thread; it begins with the first scenario and ends with this process.
"""

import multiprocessing
import os
import subprocess
import tempfile
from pathlib import Path
from unittest.mock import patch

from tests.faults.scenario import main

REPOSITORY = Path(__file__).parents[2]
_FORKS = multiprocessing.get_context("forkserver")


def run_forked(
    base: Path, scenario: str, how: str, at: int, seconds: float
) -> "subprocess.CompletedProcess[str]":
    """Run a scenario with a saboteur at work, and return how it ended and what it said.

    Raises:
        subprocess.TimeoutExpired: It took longer than so many seconds, and was ended.
    """
    _FORKS.set_forkserver_preload(["tests.faults.scenario", "assistant.agent"])
    with tempfile.TemporaryDirectory(prefix="regroup-said-") as folder:
        said, complaint = Path(folder, "said"), Path(folder, "complaint")
        process = _FORKS.Process(target=_run, args=(base, scenario, how, at, said, complaint))
        with patch.dict(os.environ, {"PYTHONPATH": str(REPOSITORY)}):
            process.start()
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(scenario, seconds)
        code = process.exitcode or 0
        return subprocess.CompletedProcess([scenario], code, said.read_text(), complaint.read_text())


def _run(base: Path, scenario: str, how: str, at: int, said: Path, complaint: Path) -> None:
    for file, number in ((said, 1), (complaint, 2)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    main(base, scenario, how, at)
