"""Measure answering: `python -m tests.benchmarks.answers FOLDER --by rank --workspace WS --answers 200`.

FOLDER holds `labels.csv`, whose column plays the user, and was looked at before in that workspace. Told is how long it
takes from an answer until the next question is known, by the clock and in the process's own time, and the memory as
the answers grow. The answers are kept in the workspace as a user's are: use a copy.
"""

import argparse
import statistics
import time
from pathlib import Path

import psutil

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.settings import Settings

STEP = 20
"""The number of answers after which the report has another line."""


def measure(desk: Desk, truth: dict[str, str], criterion: str, answers: int) -> None:
    """Answer so many questions, and print a line for each `STEP` of them."""
    made = desk.grouping.group(criterion)
    print(f"{len(made.images):,} images, {len(made.clusters)} groups", flush=True)
    question = desk.questions.ask(made.id)
    clock: list[float] = []
    own: list[float] = []
    for number in range(1, answers + 1):
        if question is None:
            print(f"no question is left after {number - 1} answers")
            break
        names = [truth[str(desk.collection.by_id(image).path)] for image in question.images]
        begun, process = time.perf_counter(), time.process_time()
        desk.questions.answer(question.images, names[0] == names[1] if question.pair else names[0], made.id)
        question = desk.questions.ask(made.id)
        clock.append(time.perf_counter() - begun)
        own.append(time.process_time() - process)
        if number % STEP == 0:
            rss = psutil.Process().memory_info().rss / 1e6
            print(
                f"{number:4} answers: {_line(clock[-STEP:])}; own {_line(own[-STEP:])}; {rss:.0f} MB",
                flush=True,
            )
    print(f"all: {_line(clock)}; own {_line(own)}")


def _line(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--by", required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--answers", type=int, default=200)
    given = parser.parse_args()
    truth = read_labels(given.folder)[given.by]
    with Desk.open(given.folder, Settings(workspace=given.workspace, offline=True)) as desk:
        measure(desk, truth, given.by, given.answers)


if __name__ == "__main__":
    main()
