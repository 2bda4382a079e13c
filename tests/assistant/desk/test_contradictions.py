"""What an event contradicts, and what does not hold in a clustering that is about to be recorded."""

from dataclasses import replace

import numpy as np

from assistant.desk.contradictions import contradicted, unkept
from assistant.desk.feedback import Feedback
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import CannotLink, Label, MustLink


def made(*labels: int) -> Clustering:
    """A clustering of images "a", "b", ... into "red" (c1), "green" (c2) and the unsorted pile."""
    images = tuple("abcdefgh"[: len(labels)])
    clusters = (Cluster("c1", "red"), Cluster("c2", "green"))
    places = np.array(labels, np.int32)
    return Clustering("colour", "colour", images, clusters, places, np.ones(len(labels), np.float32))


def test_an_image_that_was_put_aside_must_be_on_the_pile() -> None:
    feedback = Feedback(set_aside=frozenset({"b", "away"}))
    assert unkept(feedback, None, made(0, UNSORTED, 1)) == []
    assert unkept(feedback, None, made(0, 0, 1)) == ["b was put aside"]


def test_every_constraint_must_hold() -> None:
    feedback = Feedback((MustLink("a", "b"), Label("c", "green")))
    assert unkept(feedback, None, made(0, 0, 1)) == []
    assert unkept(feedback, None, made(0, 1, 0)) == [
        f"{c} does not hold" for c in (MustLink("a", "b"), Label("c", "green"))
    ]


def test_a_locked_cluster_must_be_as_it_was() -> None:
    before = made(0, 0, 1)
    before = before.with_changes(clusters=(replace(before.clusters[0], locked=True), before.clusters[1]))
    assert unkept(Feedback(), before, before) == []
    changed = before.with_changes(labels=np.array([0, 1, 1], np.int32))
    assert unkept(Feedback(), before, changed) == ["c1 is locked and would change"]
    assert unkept(Feedback(), None, changed) == []


def test_a_move_cuts_the_links_of_what_was_moved_and_no_others() -> None:
    feedback = Feedback((MustLink("a", "b"), MustLink("c", "d"), CannotLink("a", "c"), CannotLink("b", "d")))
    after = made(1, 0, 1, 1)
    detail = {"images": ["a"], "to": "green"}
    assert contradicted(feedback, "move", detail, after, after) == [MustLink("a", "b"), CannotLink("a", "c")]


def test_what_is_put_aside_together_stays_linked() -> None:
    linked = Feedback((MustLink("a", "b"),), set_aside=frozenset("a"))
    after, detail = made(UNSORTED, 0), {"images": ["a"], "to": None}
    assert contradicted(linked, "move", detail, after, after) == [MustLink("a", "b")]
    both = Feedback((MustLink("a", "b"),), set_aside=frozenset("ab"))
    after, detail = made(UNSORTED, UNSORTED), {"images": ["a", "b"], "to": None}
    assert contradicted(both, "move", detail, after, after) == []


def test_who_was_put_aside_does_not_follow_one_that_is_moved() -> None:
    """The link of two is cut where one is moved and the other was put aside; one that has no place yet follows."""
    after, detail = made(0, UNSORTED), {"images": ["a"], "to": "red"}
    aside = Feedback((MustLink("a", "b"),), set_aside=frozenset("b"))
    assert contradicted(aside, "move", detail, after, after) == [MustLink("a", "b")]
    assert contradicted(Feedback((MustLink("a", "b"),)), "move", detail, after, after) == []


def test_what_was_said_of_one_that_was_away_does_not_change_a_locked_cluster() -> None:
    before = made(0, 0, 1).over(("a", "b", "c", "back"))
    locked = before.with_changes(clusters=(replace(before.clusters[0], locked=True), before.clusters[1]))
    feedback = Feedback((Label("back", "red"), Label("a", "red"), MustLink("back", "b")))
    gone = contradicted(feedback, "rename", {"cluster": "c2"}, locked, locked)
    assert gone == [Label("back", "red"), MustLink("back", "b")]
