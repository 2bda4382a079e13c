"""What happened, snapshots, and as it was before."""

from collections.abc import Callable

import pytest

from assistant.desk import Desk
from tools.errors import UsageError

Open = Callable[[], Desk]


def names(desk: Desk) -> set[str]:
    return {cluster.name for cluster in desk.clustering().clusters}


def test_the_history_has_everything_and_says_what_counts(desk: Desk, open_desk: Open) -> None:
    desk.group("colour")
    desk.rename("red", "rot")
    desk.undo()
    entries = open_desk().history()
    assert [(e.number, e.kind, e.in_force) for e in entries] == [
        (1, "group", True), (2, "rename", False), (3, "undo", False)
    ]  # fmt: skip
    assert entries[1].text == "renamed red to rot" and entries[1].clustering == "colour"


def test_back_to_a_snapshot_and_what_was_said_then(desk: Desk, open_desk: Open) -> None:
    desk.group("colour")
    desk.answer(["#1"], "mine")
    assert desk.snapshot(" first  try ").name == "first try"
    said = desk.answers()
    desk.answer(["#2"], "another")
    desk.merge(["mine", "another"])
    again = open_desk()
    assert [e.name for e in again.snapshots()] == ["first try"]
    made = again.as_before("First Try")
    assert "mine" in names(again) and "another" not in names(again)
    assert again.answers() == said
    assert made.next_number > max(int(c.id[1:]) for c in made.clusters)
    again.group("colour", seed=4)  # what was said after the snapshot holds no more
    assert "another" not in names(again)
    again.undo()
    assert again.undo() == 'undone: colour as "first try"'
    assert len(again.answers()) == 2


def test_undo_goes_past_what_changed_nothing(desk: Desk, open_desk: Open) -> None:
    desk.accept(["colour"])
    desk.group("colour")
    desk.rename("red", "rot")
    desk.snapshot("here")
    assert desk.undo() == "undone: renamed red to rot"
    desk.snapshot("there")  # it does not stand in the way of a redo, either
    assert desk.redo() == "redone: renamed red to rot"
    desk.undo()
    again = open_desk()
    assert [(e.kind, e.name) for e in again.history() if e.in_force] == [
        ("accept", ""), ("group", ""), ("snapshot", "here"), ("snapshot", "there")
    ]  # fmt: skip
    again.as_before("here")
    assert names(again) == {"rot", "green", "blue"}
    again.undo()
    again.undo()
    with pytest.raises(UsageError, match="nothing to undo"):
        again.undo()


def test_back_to_a_step(desk: Desk) -> None:
    desk.group("colour")
    desk.rename("red", "rot")
    desk.rename("green", "gruen")
    desk.undo()
    desk.rename("blue", "blau")
    desk.as_before(2)
    assert names(desk) == {"rot", "green", "blue"}
    desk.as_before("#4")  # the undo: as it was then
    assert names(desk) == {"rot", "green", "blue"}
    desk.as_before(3)
    assert names(desk) == {"rot", "gruen", "blue"}


@pytest.mark.parametrize("moment", [0, 99, "never", ""])
def test_a_moment_that_was_not_is_said(desk: Desk, moment: int | str) -> None:
    desk.group("colour")
    desk.snapshot("here")
    with pytest.raises(
        UsageError, match=r'there is no step or snapshot .*; steps are 1 to 2, snapshots: "here"'
    ):
        desk.as_before(moment)


def test_a_clustering_that_was_not_there_yet(desk: Desk) -> None:
    desk.group("colour")
    desk.group("background colour", k=2)
    with pytest.raises(UsageError, match="background colour was not grouped yet at step 1"):
        desk.as_before(1)
    with pytest.raises(UsageError, match="a snapshot needs a name"):
        desk.snapshot("  ")
