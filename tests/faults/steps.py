"""Takes random steps of export, undo and redo, and compares the disk with a model of it after each.

The model is what the disk was: undo has to bring back what there was before the step, redo what there was after it.
"""

import tempfile
from pathlib import Path

import numpy as np

from assistant.desk import Desk
from tests.faults.collection import draw, files
from tests.faults.scenario import opened, pictures, renumbered
from tools.errors import UsageError
from tools.export.manifest import MANIFEST

State = dict[str, tuple[str, int]]
MODES = ("copy", "move", "link")
IN_ORDER = 0.3
"""The share of exports whose files are numbered."""


def state(base: Path) -> State:
    """Return the files of the collection and of all targets, without the records of the exports."""
    found = {f"pictures/{name}": file for name, file in files(pictures(base)).items()}
    for name, file in files(base / "disk").items():
        if Path(name).stem != Path(MANIFEST).stem:
            found[f"disk/{name}"] = file
    links = [path for path in (base / "disk").rglob("*") if path.is_symlink()]
    return found | {f"link/{path.relative_to(base)}": (str(path.readlink()), 0) for path in links}


def walk(steps: int, seed: int) -> list[str]:
    """Take so many random steps on a drawn collection. Returns what was wrong."""
    with tempfile.TemporaryDirectory(prefix="regroup-steps-") as folder:
        base = Path(folder).resolve()
        draw(pictures(base))
        (base / "disk").mkdir()
        desk = opened(base)
        try:
            desk.grouping.group("colour")
            return _walked(desk, base, steps, np.random.default_rng(seed))
        finally:
            desk.close()


def _walked(desk: Desk, base: Path, steps: int, rng: np.random.Generator) -> list[str]:
    past, future, now = list[State](), list[State](), state(base)
    wrong: list[str] = []
    for step in range(steps):
        wrong += [f"before step {step}: {line}" for line in renumbered(desk)]
        what = str(rng.choice(["export", "undo", "redo"], p=[0.4, 0.35, 0.25]))
        if what == "export":
            names = [cluster.name for cluster in desk.clusterings.get().clusters]
            mode, only = str(rng.choice(MODES)), [str(rng.choice(names))] if rng.random() < 0.7 else []
            order = desk.arranging.whole("name") if rng.random() < IN_ORDER else None
            to = base / "disk" / f"out-{step}"
            try:
                plan = desk.exports.plan(to, mode=mode, only=only, order=order)  # type: ignore[arg-type]
            except UsageError:  # all pictures were moved away
                continue
            desk.exports.carry_out(plan)
            past.append(now)
            future.clear()
            now = state(base)
        elif what == "undo" and past:
            desk.history.undo()
            future.append(now)
            expected, now = past.pop(), state(base)
            wrong += [f"step {step}: undo left {_difference(expected, now)}"] if now != expected else []
        elif what == "redo" and future:
            desk.history.redo()
            past.append(now)
            expected, now = future.pop(), state(base)
            wrong += [f"step {step}: redo left {_difference(expected, now)}"] if now != expected else []
    return wrong


def _difference(expected: State, found: State) -> str:
    return str(sorted(set(expected.items()) ^ set(found.items()))[:2])
