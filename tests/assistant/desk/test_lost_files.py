"""Files that vanish, change or are replaced after the folder was opened: exports leave them out, and say so by name."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.agent.approvals import ExportApproval
from assistant.desk import Desk
from tools.errors import UsageError

Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def grouped(desk: Desk) -> Desk:
    desk.grouping.group("colour", k=3)
    return desk


def vanish(file: Path) -> str:
    file.unlink()
    return "is no longer there"


def grow(file: Path) -> str:
    file.write_bytes(file.read_bytes() + b"more")
    return "was changed; open the folder again"


def fifo(file: Path) -> str:
    file.unlink()
    os.mkfifo(file)
    return "is no file any more"


@pytest.mark.parametrize("happens", [vanish, grow, fifo])
@pytest.mark.parametrize("mode", ["copy", "move", "link"])
def test_the_others_are_exported_and_it_is_named(
    grouped: Desk, pictures: Path, tmp_path: Path, tree: Tree, mode: str, happens: Callable[[Path], str]
) -> None:
    file = grouped.collection.file(grouped.collection.ids[3])
    why = happens(file)
    plan = grouped.exports.plan(tmp_path / "out", mode=mode)  # type: ignore[arg-type]
    assert len(plan.entries) == 11
    assert (file.name, why) in ExportApproval.of(plan).left
    if happens is not fifo:
        before = tree(pictures)
        grouped.exports.carry_out(plan)
        grouped.history.undo()
        assert tree(pictures) == before


@pytest.mark.parametrize("form", ["csv", "jsonl", "coco", "imagefolder", "tags"])
def test_in_every_form(grouped: Desk, tmp_path: Path, form: str) -> None:
    file = grouped.collection.file(grouped.collection.ids[3])
    file.unlink()
    to = None if form == "tags" else tmp_path / "out"
    plan = grouped.exports.plan(to, form=form)  # type: ignore[arg-type]
    assert (Path(file.name), "is no longer there") in plan.left
    assert not any(file.name.encode() in text.content for text in plan.texts)


def test_where_all_are_gone_it_is_said(grouped: Desk, pictures: Path, tmp_path: Path) -> None:
    for file in pictures.iterdir():
        file.unlink()
    with pytest.raises(UsageError, match=r"no longer there.*open the folder again"):
        grouped.exports.plan(tmp_path / "out")


def test_what_vanishes_after_the_plan_is_not_exported_by_an_old_yes(grouped: Desk, tmp_path: Path) -> None:
    first = ExportApproval.of(grouped.exports.plan(tmp_path / "out"))
    grouped.collection.file(grouped.collection.ids[3]).unlink()
    assert ExportApproval.of(grouped.exports.plan(tmp_path / "out")) != first
