"""What happened, snapshots, and as it was before."""

from collections.abc import Callable

import pytest

from assistant.desk import Desk
from tools.errors import UsageError

Open = Callable[[], Desk]


def names(desk: Desk) -> set[str]:
    return {cluster.name for cluster in desk.clusterings.get().clusters}


def test_the_history_has_everything_and_says_what_counts(desk: Desk, open_desk: Open) -> None:
    desk.grouping.group("colour")
    desk.editing.rename("red", "rot")
    desk.history.undo()
    entries = open_desk().history.entries()
    assert [(e.number, e.kind, e.in_force) for e in entries] == [
        (1, "group", True), (2, "rename", False), (3, "undo", False)
    ]  # fmt: skip
    assert entries[1].text == "renamed red to rot" and entries[1].clustering == "colour"


def test_back_to_a_snapshot_and_what_was_said_then(desk: Desk, open_desk: Open) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "mine")
    assert desk.history.snapshot(" first  try ").name == "first try"
    said = desk.questions.answers()
    desk.questions.answer(["#2"], "another")
    desk.editing.merge(["mine", "another"])
    again = open_desk()
    assert [e.name for e in again.history.snapshots()] == ["first try"]
    made = again.history.restore("First Try")
    assert "mine" in names(again) and "another" not in names(again)
    assert again.questions.answers() == said
    assert made.next_number > max(int(c.id[1:]) for c in made.clusters)
    again.grouping.group("colour", seed=4)  # what was said after the snapshot holds no more
    assert "another" not in names(again)
    again.history.undo()
    assert again.history.undo() == 'undone: colour as "first try"'
    assert len(again.questions.answers()) == 2


def test_undo_goes_past_what_changed_nothing(desk: Desk, open_desk: Open) -> None:
    desk.criteria.accept(["colour"])
    desk.grouping.group("colour")
    desk.editing.rename("red", "rot")
    desk.history.snapshot("here")
    assert desk.history.undo() == "undone: renamed red to rot"
    desk.history.snapshot("there")  # it does not stand in the way of a redo, either
    assert desk.history.redo() == "redone: renamed red to rot"
    desk.history.undo()
    again = open_desk()
    assert [(e.kind, e.name) for e in again.history.entries() if e.in_force] == [
        ("accept", ""), ("group", ""), ("snapshot", "here"), ("snapshot", "there")
    ]  # fmt: skip
    again.history.restore("here")
    assert names(again) == {"rot", "green", "blue"}
    again.history.undo()
    again.history.undo()
    with pytest.raises(UsageError, match="nothing to undo"):
        again.history.undo()


def test_back_to_a_step(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.rename("red", "rot")
    desk.editing.rename("green", "gruen")
    desk.history.undo()
    desk.editing.rename("blue", "blau")
    desk.history.restore(2)
    assert names(desk) == {"rot", "green", "blue"}
    desk.history.restore("#4")  # the undo: as it was then
    assert names(desk) == {"rot", "green", "blue"}
    desk.history.restore(3)
    assert names(desk) == {"rot", "gruen", "blue"}


@pytest.mark.parametrize("moment", [0, 99, "never", ""])
def test_a_moment_that_was_not_is_said(desk: Desk, moment: int | str) -> None:
    desk.grouping.group("colour")
    desk.history.snapshot("here")
    with pytest.raises(
        UsageError, match=r'there is no step or snapshot .*; steps are 1 to 2, snapshots: "here"'
    ):
        desk.history.restore(moment)


def test_a_clustering_that_was_not_there_yet(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    with pytest.raises(UsageError, match="background colour was not grouped yet at step 1"):
        desk.history.restore(1)
    with pytest.raises(UsageError, match="a snapshot needs a name"):
        desk.history.snapshot("  ")


def test_undo_comes_back_to_what_was_current_before(desk: Desk) -> None:
    for criterion in ("colour", "shape", "background colour"):
        desk.grouping.group(criterion)
    desk.clusterings.choose("colour")
    desk.grouping.group("shape")
    assert desk.clusterings.current is not None and desk.clusterings.current.id == "shape"
    desk.history.undo()
    assert desk.clusterings.current.id == "colour"
    desk.history.redo()
    assert desk.clusterings.current.id == "shape"
    desk.clusterings.choose("background-colour")
    desk.editing.rename("1", "mine", "colour")
    assert desk.clusterings.current.id == "colour"
    desk.history.undo()
    assert desk.clusterings.current.id == "background-colour"
