"""Record one lesson on the demo: `python -m tests.assistant.tui.walkthrough.teaching regroup-demo`.

FOLDER is what `regroup demo` made: `pictures` and `pictures.csv`, which plays the user here. No expert sees the pattern
of a shirt. Writes teaching.txt: panes of a real terminal (tmux) before, during and after, and how the groups agree with
what was drawn.
"""

import argparse
import csv
import re
import shutil
import tempfile
import time
from pathlib import Path

from assistant.desk import Desk
from assistant.settings import Settings
from tests.assistant.tui.walkthrough.record import HERE, SHOWN, Recorder
from tools.clustering.evaluate import evaluate

CRITERION, ANSWERS = "shirt pattern", 16
_ASKED = re.compile(r"#\d+ (portrait-\d+\.jpg)")


def lesson(home: Path, truth: dict[str, str]) -> str:
    """Ask for the criterion, accept the questions, answer them as it was drawn; the panes worth keeping."""
    recorder = Recorder(home)
    recorder.open()
    recorder.keep("regroup chat portraits", "Try:", "bundled models")
    recorder.say(f"group by {CRITERION}")
    recorder.keep(f"group by {CRITERION}", "I cannot see this yet", "Shall I ask you eight quick questions?")
    recorder.say("yes")
    for number in range(1, ANSWERS + 1):
        pane = recorder.wait(f"question {number} of")
        if number in (1, 5, ANSWERS):
            recorder.keep(f"Question {number}", f"question {number} of")
        answer(recorder, pane, truth)
        if number == 8:
            recorder.keep("Eight answers", "8 more")
            recorder.press("Enter")
    recorder.keep(f"{ANSWERS} answers", "8 more")
    recorder.press("Escape")
    recorder.keep("Back in the conversation: escape", "Send")
    return recorder.close()


def answer(recorder: Recorder, pane: str, truth: dict[str, str]) -> None:
    """Type the name of the group of the picture that a pane asks about; of two, whether it is the same one."""
    names = [truth[file] for file in dict.fromkeys(_ASKED.findall(pane))]
    if "The same group?" in pane:
        recorder.press("y" if names[0] == names[1] else "d")
        return
    recorder.press("Enter")
    recorder.say(names[0])


def agreement(home: Path, truth: dict[str, str]) -> float:
    """NMI of the groups with what was drawn."""
    settings = Settings(workspace=home / "workspace", offline=True)
    with Desk.open(home / "portraits", settings) as desk:
        made = desk.clusterings.get(CRITERION)
        names = [truth[desk.collection.by_id(image).path.name] for image in made.images]
        return evaluate(names, made.labels.tolist()).nmi


def main() -> None:
    """Copy the demo, hold the lesson, and write the file beside this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, help="what `regroup demo` made")
    given = parser.parse_args()
    with (given.demo / "pictures.csv").open(newline="", encoding="utf-8") as rows:
        truth = {row["file"]: row[CRITERION] for row in csv.DictReader(rows)}
    with tempfile.TemporaryDirectory(prefix="regroup-", dir="/tmp") as scratch:
        home = Path(scratch)
        shutil.copytree(given.demo / "pictures", home / "portraits")
        begun = time.monotonic()
        panes = lesson(home, truth)
        print(f"{time.monotonic() - begun:.0f} s")
        told = f"After {ANSWERS} answers: NMI with what was drawn {agreement(home, truth):.2f}."
        (HERE / "teaching.txt").write_text(f"{panes.replace(scratch, SHOWN)}\n{told}\n", encoding="utf-8")
        print(told)


if __name__ == "__main__":
    main()
