"""Branches, clusterings side by side, and two criteria crossed."""

from pathlib import Path

import pytest

from assistant.desk import Desk
from tools.errors import UsageError


def test_a_branch_goes_its_own_way(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "mine")
    made = desk.comparing.branch("bold")
    assert (
        made.id == "colour-bold"
        and desk.clusterings.current is not None
        and desk.clusterings.current.id == "colour-bold"
    )
    assert desk.questions.answers("colour-bold") == desk.questions.answers("colour") != ()
    desk.editing.move(["#2"], "other")
    assert len(desk.questions.answers("colour-bold")) == 2 and len(desk.questions.answers("colour")) == 1
    found = desk.comparing.compare("colour", "colour-bold")
    assert sum(map(sum, found.table)) == 12 and found.agreement < 1
    desk.grouping.group("colour", k=2)
    assert "other" in {c.name for c in desk.clusterings.get("colour-bold").clusters}
    with pytest.raises(UsageError, match='there is already a clustering "colour-bold"'):
        desk.comparing.branch("bold", "colour")
    with pytest.raises(UsageError, match="a branch needs a name"):
        desk.comparing.branch(" ")


def test_the_same_is_in_agreement(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.comparing.branch("copy")
    assert desk.comparing.compare("colour", "colour-copy").agreement == 1


def test_crossed_groups_are_folders_in_folders(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    made = desk.comparing.cross("colour", "background colour")
    assert made.id == "colour-x-background-colour" and len(made.clusters) >= 3
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    for cluster in made.clusters:
        folder = tmp_path / "out" / cluster.parts[0] / cluster.parts[1]
        assert len(list(folder.iterdir())) == made.size(cluster.id)
    assert desk.history.undo().startswith("undone: copied 12 images")
    assert not (tmp_path / "out").exists()
    assert desk.history.undo() == f"undone: crossed {made.criterion} into {len(made.clusters)}"


def test_crossed_again_a_locked_group_is_as_it_was_and_ids_stay(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    made = desk.comparing.cross("colour", "background colour")
    kept, other = made.clusters[0], max(made.clusters[1:], key=lambda c: made.size(c.id))
    desk.editing.rename(kept.id, "mine", made.id)
    desk.editing.lock(kept.id, clustering=made.id)
    desk.editing.move(made.members(other.id)[:1], "picked", made.id)
    members = set(made.members(kept.id))
    (moved,) = made.members(other.id)[:1]
    again = desk.comparing.cross("colour", "background colour")
    found = again.clusters[again.index(kept.id)]
    assert found.locked and found.name == "mine" and set(again.members(kept.id)) == members
    assert again.clusters[again.label_of(moved)].name == "picked"
    assert {c.id for c in made.clusters} <= {c.id for c in again.clusters}


def test_what_is_crossed_never_takes_the_place_of_what_it_is_made_of(desk: Desk) -> None:
    desk.grouping.group("the colour of what can be seen in front of everything else in it", k=2)
    long = desk.clusterings.get().id
    desk.grouping.group("colour")
    made = desk.comparing.cross(long, "colour")
    assert made.id not in (long, "colour") and len(desk.clusterings.all()) == 3


def test_a_branch_is_no_other_criterion(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.comparing.branch("bold")
    desk.grouping.group("background colour", k=2)
    assert [made.id for made in desk.clusterings.accepted(desk.clusterings.get("colour"))] == [
        "background-colour"
    ]


def test_crossed_again_the_folders_are_those_of_the_names_now(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    desk.comparing.cross("colour", "background colour")
    desk.editing.rename("red", "crimson", "colour")
    made = desk.comparing.cross("colour", "background colour")
    assert all(cluster.name == " / ".join(cluster.parts) for cluster in made.clusters)
    assert any(cluster.parts[0] == "crimson" for cluster in made.clusters)


def test_what_is_said_of_crossed_groups_moves_nothing_else(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("shape", k=2)
    made = desk.comparing.cross("colour", "shape")
    first, second = made.clusters[:2]
    (a, b) = made.members(first.id)[0], made.members(second.id)[0]
    for after in (desk.editing.link([a, b], made.id), desk.questions.answer([a], "odd", made.id)):
        others = [i for i in made.images if i not in (a, b)]
        was = [made.clusters[made.label_of(i)].id for i in others]
        assert [after.clusters[after.label_of(i)].id for i in others] == was
        assert after.label_of(a) == after.label_of(b) and after.method == "crossed"
    assert after.clusters[after.label_of(a)].name == "odd"
    assert len(desk.grouping.fewer(made.id).clusters) == len(after.clusters) - 1


def test_a_crossing_has_the_groups_of_its_two(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("shape")
    made = desk.comparing.cross("colour", "shape")
    with pytest.raises(UsageError, match="is crossed from two groupings"):
        desk.grouping.group(made.criterion, k=2)
    assert desk.clusterings.get().clusters == made.clusters and desk.clusterings.get().method == "crossed"
    assert made.id not in {kept.id for kept in desk.clusterings.accepted()}
