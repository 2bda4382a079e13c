"""The gate through which every clustering is recorded: nothing that was said gets lost in it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.desk import Desk
from tools import refine
from tools.clustering import Clustering
from tools.constraints import CannotLink, Label, MustLink
from tools.errors import UsageError
from tools.settle.match_clusters import violated

Open = Callable[[], Desk]


def name(made: Clustering, image: str) -> str:
    return made.clusters[made.place(image)].name


def careless(desk: Desk) -> Clustering:
    """A clustering that was made without a look at what was said."""
    now = desk.clustering()
    return now.with_changes(labels=np.roll(now.labels, 1))


def test_a_grouping_made_without_what_was_said_obeys_it_when_it_is_recorded(desk: Desk) -> None:
    desk.group("colour")
    a, b, c, d = desk.find_images(["#1", "#2", "#3", "#4"])
    desk.answer([a], "mine")
    desk.link([b, c])
    desk.cut(b, d)
    desk.move(["#5"], None)
    desk.lock("mine")
    locked, said = desk.clustering().members(desk.find_cluster("mine").id), desk.answers()
    made = desk._edited("group", "grouped", careless(desk), {"k": None})
    assert desk.answers() == said and violated(made, said) == [] and desk.remarks() == []
    assert set(desk.find_images(["#5"])) <= set(made.unsorted())
    assert made.members(desk.find_cluster("mine").id) == locked


def test_what_cannot_be_made_to_hold_is_not_recorded(desk: Desk) -> None:
    desk.group("colour")
    desk.lock("red")
    events = len(desk.shelf.log())
    before = desk.clustering().labels.tolist()
    with pytest.raises(RuntimeError, match=r"nothing was changed, as this rename breaks .* is locked"):
        desk._edited("rename", "renamed", careless(desk), {"cluster": "c1"})
    assert len(desk.shelf.log()) == events and desk.clustering().labels.tolist() == before


def test_who_moves_one_of_two_cuts_their_link_and_is_told(desk: Desk) -> None:
    desk.group("colour")
    a, b, c = desk.find_images(["#1", "#4", "#2"])
    desk.link([a, b])
    desk.cut(a, c)
    made = desk.move([a], name(desk.clustering(), c))
    assert name(made, b) == "red" and name(made, a) == name(made, c)
    assert desk.answers() == (Label(a, name(made, c)),)
    assert desk.remarks() == [
        "2 things you said contradict something newer and were left out: the newest counts"
    ]
    desk.undo()
    assert desk.answers() == (MustLink(a, b), CannotLink(a, c))


def test_a_merge_says_that_images_are_together_that_were_apart(desk: Desk) -> None:
    desk.group("colour")
    a, b = desk.find_images(["#1", "#2"])
    desk.cut(a, b)
    desk.merge([name(desk.clustering(), a), name(desk.clustering(), b)])
    assert desk.answers() == () and len(desk.remarks()) == 1


def test_what_was_said_of_a_picture_that_was_away_is_not_lost_by_an_edit(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.group("colour")
    a, b = desk.find_images(["#1", "#4"])
    desk.answer([a], "mine")
    desk.move([b], "mine")
    file = desk.collection.by_id(a).path
    (pictures / file).rename(tmp_path / "away.png")
    open_desk().group("colour")
    (tmp_path / "away.png").rename(pictures / file)
    again = open_desk()
    assert a in again.clustering().unsorted()
    made = again.rename("blue", "sky")  # before the pictures that came since were placed
    assert name(made, a) == name(made, b) == "mine"
    assert set(again.answers()) == {Label(a, "mine"), Label(b, "mine")} and again.remarks() == []


def test_as_before_brings_back_what_was_said_of_a_picture_that_was_away_then(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.group("colour")
    (a,) = desk.find_images(["#1"])
    desk.answer([a], "blue")
    file = desk.collection.by_id(a).path
    (pictures / file).rename(tmp_path / "away.png")
    away = open_desk()
    away.group("colour")
    away.snapshot("without it")
    (tmp_path / "away.png").rename(pictures / file)
    again = open_desk()
    again.rename("green", "grass")
    made = again.as_before("without it")
    assert again.answers() == (Label(a, "blue"),) and name(made, a) == "blue"


def test_an_edit_by_hand_is_as_it_was_made(desk: Desk) -> None:
    desk.group("colour")
    a, b = desk.find_images(["#1", "#4"])
    desk.link([a, b])
    now = desk.clustering()
    made = desk.merge(["red", "blue"])
    wanted = refine.merge(now, [c.id for c in now.clusters if c.name in ("red", "blue")])
    assert made.labels.tolist() == wanted.labels.tolist() and made.clusters == wanted.clusters


def test_undo_comes_back_to_what_was_current_before(desk: Desk) -> None:
    for criterion in ("colour", "shape", "background colour"):
        desk.group(criterion)
    desk.choose("colour")
    desk.group("shape")
    assert desk.current is not None and desk.current.id == "shape"
    desk.undo()
    assert desk.current.id == "colour"
    desk.redo()
    assert desk.current.id == "shape"
    desk.choose("background-colour")
    desk.rename("1", "mine", "colour")
    assert desk.current.id == "colour"
    desk.undo()
    assert desk.current.id == "background-colour"


def test_a_crossing_has_the_groups_of_its_two(desk: Desk) -> None:
    desk.group("colour")
    desk.group("shape")
    made = desk.cross("colour", "shape")
    with pytest.raises(UsageError, match="is made of two groupings"):
        desk.group(made.criterion, k=2)
    assert desk.clustering().clusters == made.clusters and desk.clustering().method == "crossed"
    assert made.id not in {kept.id for kept in desk._accepted("none")}
