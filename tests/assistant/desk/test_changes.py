"""The gate through which every clustering is recorded: nothing that was said gets lost in it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.desk import Desk
from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.constraints import CannotLink, Label, MustLink
from tools.settle.match_clusters import violated

Open = Callable[[], Desk]


def name(made: Clustering, image: str) -> str:
    return made.clusters[made.label_of(image)].name


def careless(desk: Desk) -> Clustering:
    """A clustering that was made without a look at what was said."""
    now = desk.clusterings.get()
    return now.with_changes(labels=np.roll(now.labels, 1))


def test_a_grouping_made_without_what_was_said_obeys_it_when_it_is_recorded(desk: Desk) -> None:
    desk.grouping.group("colour")
    a, b, c, d = desk.find_images(["#1", "#2", "#3", "#4"])
    desk.questions.answer([a], "mine")
    desk.editing.link([b, c])
    desk.editing.cut(b, d)
    desk.editing.move(["#5"], None)
    desk.editing.lock("mine")
    locked, said = (
        desk.clusterings.get().members(desk.clusterings.find_cluster("mine").id),
        desk.questions.answers(),
    )
    made = desk.changes.record("group", "grouped", careless(desk), {"k": None})
    assert desk.questions.answers() == said and violated(made, said) == [] and desk.changes.remarks() == []
    assert set(desk.find_images(["#5"])) <= set(made.unsorted())
    assert made.members(desk.clusterings.find_cluster("mine").id) == locked


def test_what_cannot_be_made_to_hold_is_not_recorded(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.lock("red")
    events = len(desk.shelf.log())
    before = desk.clusterings.get().labels.tolist()
    with pytest.raises(RuntimeError, match=r"nothing was changed, as this rename violates .* is locked"):
        desk.changes.record("rename", "renamed", careless(desk), {"cluster": "c1"})
    assert len(desk.shelf.log()) == events and desk.clusterings.get().labels.tolist() == before


def test_who_moves_one_of_two_cuts_their_link_and_is_told(desk: Desk) -> None:
    desk.grouping.group("colour")
    a, b, c = desk.find_images(["#1", "#4", "#2"])
    desk.editing.link([a, b])
    desk.editing.cut(a, c)
    made = desk.editing.move([a], name(desk.clusterings.get(), c))
    assert name(made, b) == "red" and name(made, a) == name(made, c)
    assert desk.questions.answers() == (Label(a, name(made, c)),)
    assert desk.changes.remarks() == [
        "2 things you said contradict newer answers and were ignored: the newest counts"
    ]
    desk.history.undo()
    assert desk.questions.answers() == (MustLink(a, b), CannotLink(a, c))


def test_a_merge_says_that_images_are_together_that_were_apart(desk: Desk) -> None:
    desk.grouping.group("colour")
    a, b = desk.find_images(["#1", "#2"])
    desk.editing.cut(a, b)
    desk.editing.merge([name(desk.clusterings.get(), a), name(desk.clusterings.get(), b)])
    assert desk.questions.answers() == () and len(desk.changes.remarks()) == 1


def test_what_was_said_of_a_picture_that_was_away_is_not_lost_by_an_edit(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    a, b = desk.find_images(["#1", "#4"])
    desk.questions.answer([a], "mine")
    desk.editing.move([b], "mine")
    file = desk.collection.by_id(a).path
    (pictures / file).rename(tmp_path / "away.png")
    open_desk().grouping.group("colour")
    (tmp_path / "away.png").rename(pictures / file)
    again = open_desk()
    assert a in again.clusterings.get().unsorted()
    made = again.editing.rename("blue", "sky")  # before the pictures that came since were placed
    assert name(made, a) == name(made, b) == "mine"
    assert (
        set(again.questions.answers()) == {Label(a, "mine"), Label(b, "mine")}
        and again.changes.remarks() == []
    )


def test_as_before_brings_back_what_was_said_of_a_picture_that_was_away_then(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    (a,) = desk.find_images(["#1"])
    desk.questions.answer([a], "blue")
    file = desk.collection.by_id(a).path
    (pictures / file).rename(tmp_path / "away.png")
    away = open_desk()
    away.grouping.group("colour")
    away.history.snapshot("without it")
    (tmp_path / "away.png").rename(pictures / file)
    again = open_desk()
    again.editing.rename("green", "grass")
    made = again.history.restore("without it")
    assert again.questions.answers() == (Label(a, "blue"),) and name(made, a) == "blue"


def test_an_edit_by_hand_is_as_it_was_made(desk: Desk) -> None:
    desk.grouping.group("colour")
    a, b = desk.find_images(["#1", "#4"])
    desk.editing.link([a, b])
    now = desk.clusterings.get()
    made = desk.editing.merge(["red", "blue"])
    wanted = refine.merge(now, [c.id for c in now.clusters if c.name in ("red", "blue")])
    assert made.labels.tolist() == wanted.labels.tolist() and made.clusters == wanted.clusters


def test_what_was_put_aside_stays_aside_in_a_grouping_made_without_a_look_at_that(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.move(["#5"], None)
    (image,) = desk.find_images(["#5"])
    now = desk.clusterings.get()
    labels = np.where(now.labels == UNSORTED, 0, now.labels)
    made = desk.changes.record("group", "grouped", now.with_changes(labels=labels), {"k": None})
    assert made.unsorted() == (image,)
