"""Does one thing to the attacked collection, in a process that may be broken: `python -m tests.faults.scenario`.

Usage: python -m tests.faults.scenario BASE NAME [HOW AT]
Prints the number of operations that were made, where it comes to its end.
"""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.desk import Desk
from assistant.settings import Settings
from tests.faults.collection import draw_tree
from tests.faults.saboteur import Saboteur
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

APART = "apart"
"""The last word of scenarios in which the target is on another disk, and the file that says so."""
SAID = "said"
"""The file whose name shows the moment at which a process says that it is done."""


def pictures(base: Path) -> Path:
    """Return the folder of the pictures."""
    return base / "pictures"


def target(base: Path) -> Path:
    """Return the folder of the export."""
    return base / "disk" / "out"


class _Link:
    """Makes hard links, but none between a folder and what is outside, as if that were another disk."""

    def __init__(self) -> None:
        self.disk = ""
        self._link = os.link

    def __call__(self, old: Any, new: Any, **options: Any) -> None:
        """Make a link as `os.link` does. Raise OSError where it would lead from one disk to another."""
        if self.disk and str(old).startswith(self.disk) != str(new).startswith(self.disk):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(old))
        self._link(old, new, **options)


_link = _Link()
os.link = _link


def opened(base: Path) -> Desk:
    """Open the desk over the attacked collection, with one quick expert."""
    _link.disk = str(base / "disk") if (base / APART).exists() else ""
    tier.experts = lambda store: [ColourExpert()]  # type: ignore[assignment]
    return Desk.open(pictures(base), Settings(workspace=base / "workspace", offline=True), gone=True)


def renumbered(desk: Desk) -> list[str]:
    """Return the pictures that are called by another number than at first, also while others are away."""
    called = {image.path.name: desk.collection.number(image.sha256) for image in desk.collection.images}
    return [f"{name} is #{n} now" for name, n in called.items() if name != f"picture-{n - 1}.png"]


def _export(mode: str) -> Callable[[Desk, Path], None]:
    def export(desk: Desk, base: Path) -> None:
        desk.exports.carry_out(desk.exports.plan(target(base), mode=mode))  # type: ignore[arg-type]

    return export


def _export_as(form: str) -> Callable[[Desk, Path], None]:
    def export(desk: Desk, base: Path) -> None:
        desk.exports.carry_out(desk.exports.plan(target(base), form=form))  # type: ignore[arg-type]

    return export


def _move_in_order(desk: Desk, base: Path) -> None:
    order = desk.arranging.whole("name")
    desk.exports.carry_out(desk.exports.plan(target(base), mode="move", order=order))


def tree(base: Path) -> Path:
    """Return the folder of the user's own to which an export adds."""
    return base / "disk" / "own"


def _add(mode: str) -> Callable[[Desk, Path], None]:
    def add(desk: Desk, base: Path) -> None:
        desk.exports.carry_out(desk.exports.plan(tree(base), mode=mode, add=True))  # type: ignore[arg-type]

    return add


def _undo(desk: Desk, base: Path) -> None:
    desk.history.undo()


def _redo(desk: Desk, base: Path) -> None:
    desk.history.redo()


DO: dict[str, Callable[[Desk, Path], object]] = {
    "scan": lambda desk, base: None,
    "look": lambda desk, base: desk.grouping.group("colour"),
    "teach": lambda desk, base: desk.questions.answer(["#1"], "red"),
    "copy": _export("copy"),
    "move": _export("move"),
    "link": _export("link"),
    "order-move": _move_in_order,
    "tags": _export_as("tags"),
    "dataset": _export_as("imagefolder"),
    "tree": lambda desk, base: draw_tree(tree(base)),
    "add-copy": _add("copy"),
    "add-move": _add("move"),
    "add-link": _add("link"),
    "edit": lambda desk, base: desk.editing.rename("#1", "of one colour"),
    "leave": lambda desk, base: pictures(base).rmdir(),
    "undo": _undo,
    "redo": _redo,
}
"""What a process does, by name."""
BEFORE = {
    "scan": (), "look": (), "teach": ("look",), "copy": ("look",), "move": ("look",), "link": ("look",),
    "edit": ("look",), "undo edit": ("look", "edit"),
    "undo copy": ("look", "copy"), "undo move": ("look", "move"), "undo link": ("look", "link"),
    "undo move of all": ("look", "move", "leave"),
    "move apart": ("look",), "undo move apart": ("look", "move"),
    "add-copy": ("look", "tree"), "add-move": ("look", "tree"), "add-link": ("look", "tree"),
    "undo add-copy": ("look", "tree", "add-copy"), "undo add-move": ("look", "tree", "add-move"),
    "redo add-move": ("look", "tree", "add-move", "undo"),
    "redo copy": ("look", "copy", "undo"), "redo move": ("look", "move", "undo"), "redo link": ("look", "link", "undo"),
    "order-move": ("look",), "undo order-move": ("look", "order-move"),
    "redo order-move": ("look", "order-move", "undo"),
    "tags": ("look",), "undo tags": ("look", "tags"), "redo tags": ("look", "tags", "undo"),
    "dataset": ("look",), "undo dataset": ("look", "dataset"),
}  # fmt: skip
"""What was done, without a fault, before the process that is attacked."""


def main(base: Path, name: str, how: str = "kill", at: int = 0) -> None:
    """Do one thing, with a saboteur at work."""
    import assistant.agent  # noqa: F401 - what is imported later is not what is attacked

    saboteur = Saboteur([pictures(base), base / "disk", base / "workspace"], how, at)
    desk = opened(base)
    try:
        DO[name.split()[0]](desk, base)
        (base / SAID).touch()
    finally:
        desk.close()
    print(saboteur.seen)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *sys.argv[3:4], *map(int, sys.argv[4:5]))
