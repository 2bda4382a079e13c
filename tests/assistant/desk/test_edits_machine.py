"""A long session of random answers, edits, locks, snapshots, undos and redos keeps every promise."""

import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image, ImageDraw

from assistant.desk import Desk
from assistant.desk.feedback import Feedback, images_of
from assistant.desk.feedback_log import constraints_from_json
from assistant.settings import Settings
from tests.assistant.conftest import COLOURS
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.constraints import Label, MustLink, consistent, tie
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.settle.match_clusters import violated

STEPS = 300
COUNT = 14
NAMES = ("red", "Rot", "green", "mine", "odd ones", "blue 2", "x / y")

images = st.integers(1, COUNT).map(lambda i: f"#{i}")
names = st.sampled_from(NAMES)
Shape = dict[str, tuple[str, bool, frozenset[str]]]


def shape(clustering: Clustering) -> Shape:
    """Cluster id to its name, whether it is locked, and its members."""
    return {c.id: (c.name, c.locked, frozenset(clustering.members(c.id))) for c in clustering.clusters}


class Session(RuleBasedStateMachine):
    """One collection under one criterion."""

    def __init__(self) -> None:
        super().__init__()
        self._place = tempfile.TemporaryDirectory()
        self._experts = patch.object(tier, "experts", lambda store: [ColourExpert()])
        self._experts.start()
        folder = Path(self._place.name) / "pictures"
        folder.mkdir()
        for i in range(COUNT):
            picture = Image.new("RGB", (48, 48), (240, 240, 240))
            pen = ImageDraw.Draw(picture)
            (pen.ellipse if i % 2 else pen.rectangle)((6 + i, 6, 30 + i, 36), fill=COLOURS[i % 3])
            picture.save(folder / f"{i:02}.png")
        self.settings = Settings(workspace=Path(self._place.name) / "workspace", offline=True)
        self.desk = Desk.open(folder, self.settings)
        self.desk.grouping.group("colour")
        # What undo goes back to: the shape after each event in force that changed the clustering.
        self.done: list[Shape] = [shape(self.desk.clusterings.get())]
        self.undone: list[Shape] = []
        # And what was said then.
        self.told: list[Feedback] = [self.desk.feedback.of(self.now.id)]
        self.untold: list[Feedback] = []
        self.kept: dict[str, tuple[Shape, Feedback]] = {}

    def teardown(self) -> None:
        self.desk.close()
        self._experts.stop()
        self._place.cleanup()

    @property
    def now(self) -> Clustering:
        return self.desk.clusterings.get()

    def one(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([c.id for c in self.now.clusters]))

    def change(self, edit: Any, *arguments: Any, frees: str | None = None) -> None:
        """Do something forward. Where it is refused, nothing changed; what was locked is as it was either way."""
        before, events = shape(self.now), len(self.desk.shelf.log())
        held, stood = self.desk.feedback.of(self.now.id), self.now
        try:
            edit(*arguments)
        except UsageError:
            assert len(self.desk.shelf.log()) == events
            assert shape(self.now) == before
            return
        after = shape(self.now)
        for id, (name, locked, members) in before.items():
            if locked and id != frees:
                assert after[id] == (name, True, members), "a locked cluster changed"
        ever = set().union(*self.done)  # what was undone was never there
        assert not (after.keys() - before.keys()) & ever, "an id was used twice"
        known = {(name, members): id for id, (name, _, members) in before.items()}
        for id, (name, _, members) in after.items():
            assert known.get((name, members), id) == id, "the same cluster has another id"
        if len(self.desk.shelf.log()) > events:
            self.nothing_is_lost(held, stood)
            self.done.append(after)
            self.told.append(self.desk.feedback.of(self.now.id))
            self.forget_undone()

    def forget_undone(self) -> None:
        self.undone.clear()
        self.untold.clear()

    def as_it_was(self) -> None:
        assert shape(self.now) == self.done[-1]
        assert self.desk.feedback.of(self.now.id) == self.told[-1]

    def nothing_is_lost(self, held: Feedback, stood: Clustering) -> None:
        """What was said leaves only where something newer says otherwise: a constraint, or the edit itself."""
        event, now = self.desk.shelf.log()[-1], self.now
        known = self.desk.feedback.of(now.id)
        new = constraints_from_json(event.detail["said"]) if "said" in event.detail else []
        moved = set(event.detail["images"]) if event.kind == "move" else set()
        merged = set(event.detail["clusters"]) if event.kind == "merge" else set()
        spoken = moved | {image for c in new for image in images_of(c)}
        clashing = consistent([*held.constraints, *new])[1]
        held_links = [c for c in held.constraints if isinstance(c, MustLink)]
        tied = dict(zip(now.images, tie(now.images, held_links).block, strict=True))
        taken_along = {tied[image] for image in moved}  # what belongs together moves together
        for c in held.constraints:
            if isinstance(c, Label):  # its name may have changed with the cluster's
                left, otherwise = c.image not in known.labels, c.image in moved
            else:
                left = c not in known.constraints
                touched = not taken_along.isdisjoint(tied[image] for image in images_of(c))
                together = now.label_of(c.a) == now.label_of(c.b) != UNSORTED
                if isinstance(c, MustLink):
                    otherwise = touched and not together
                else:
                    came = {stood.clusters[stood.label_of(image)].id for image in images_of(c)}
                    otherwise = together and (touched or came <= merged)
            assert not left or otherwise or c in clashing, f"{c} was lost by {event.kind} {event.detail}"
        links = [c for c in known.constraints if isinstance(c, MustLink)]
        block = dict(zip(now.images, tie(now.images, links).block, strict=True))
        back = {block[image] for image in held.set_aside - known.set_aside}
        assert back <= {block[image] for image in spoken}, "what was put aside came back by itself"

    @initialize()
    def start(self) -> None:
        assert len(self.now.images) == COUNT

    @rule(image=images, name=names)
    def answer(self, image: str, name: str) -> None:
        self.change(self.desk.questions.answer, [image], name)

    @rule(data=st.data(), image=images)
    def answer_with_a_group(self, data: st.DataObject, image: str) -> None:
        self.change(self.desk.questions.answer, [image], self.one(data))

    @rule(a=images, b=images, same=st.booleans())
    def answer_about_two(self, a: str, b: str, same: bool) -> None:
        self.change(self.desk.questions.answer, [a, b], same)

    @rule(some=st.lists(images, min_size=1, max_size=3))
    def link(self, some: list[str]) -> None:
        self.change(self.desk.editing.link, some)

    @rule(a=images, b=images)
    def cut(self, a: str, b: str) -> None:
        self.change(self.desk.editing.cut, a, b)

    @rule(data=st.data(), some=st.lists(images, max_size=3), away=st.booleans())
    def move(self, data: st.DataObject, some: list[str], away: bool) -> None:
        self.change(self.desk.editing.move, some, None if away else self.one(data))

    @rule(some=st.lists(images, min_size=1, max_size=3), name=names)
    def move_to_a_new_one(self, some: list[str], name: str) -> None:
        self.change(self.desk.editing.move, some, name, None, True)

    @rule(data=st.data(), name=st.none() | names)
    def merge(self, data: st.DataObject, name: str | None) -> None:
        self.change(self.desk.editing.merge, [self.one(data), self.one(data)], name)

    @rule(data=st.data(), parts=st.integers(2, 3))
    def split(self, data: st.DataObject, parts: int) -> None:
        self.change(self.desk.editing.split, self.one(data), parts)

    @rule(data=st.data(), name=names)
    def rename(self, data: st.DataObject, name: str) -> None:
        self.change(self.desk.editing.rename, self.one(data), name)

    @rule(data=st.data())
    def lock(self, data: st.DataObject) -> None:
        self.change(self.desk.editing.lock, self.one(data))

    @rule(data=st.data())
    def unlock(self, data: st.DataObject) -> None:
        id = self.one(data)
        self.change(self.desk.editing.lock, id, False, frees=id)

    @rule(finer=st.booleans())
    def number(self, finer: bool) -> None:
        self.change(self.desk.grouping.more if finer else self.desk.grouping.fewer)

    @rule(k=st.none() | st.integers(1, 5))
    def group_again(self, k: int | None) -> None:
        self.change(self.desk.grouping.group, "colour", k)

    @rule(name=st.sampled_from(("one", "two")))
    def snapshot(self, name: str) -> None:
        before = shape(self.now)
        self.desk.history.snapshot(name)
        self.kept[name] = (before, self.desk.feedback.of(self.now.id))
        assert shape(self.now) == before  # and undo and redo go past it

    @rule(name=st.sampled_from(("one", "two")))
    def back_to_a_snapshot(self, name: str) -> None:
        if not any(entry.name == name for entry in self.desk.history.snapshots()):
            return
        self.desk.history.restore(name)
        self.forget_undone()
        self.done.append(shape(self.now))
        self.told.append(self.desk.feedback.of(self.now.id))
        assert (self.done[-1], self.told[-1]) == self.kept[name], "a snapshot is as it was kept"

    @rule()
    def undo(self) -> None:
        if len(self.done) == 1:  # the first grouping
            return
        self.desk.history.undo()
        self.undone.append(self.done.pop())
        self.untold.append(self.told.pop())
        self.as_it_was()

    @rule()
    def redo(self) -> None:
        if not self.undone:
            return
        self.desk.history.redo()
        self.done.append(self.undone.pop())
        self.told.append(self.untold.pop())
        self.as_it_was()

    @rule()
    def close_and_open(self) -> None:
        folder, before = self.desk.collection.folder, shape(self.now)
        self.desk.close()
        self.desk = Desk.open(folder, self.settings)
        assert shape(self.now) == before

    @rule()
    def ask(self) -> None:
        question = self.desk.questions.ask()
        if question is not None:
            told = self.desk.feedback.of(self.now.id).labels
            assert not (len(question.images) == 1 and question.images[0] in told), "asked again"

    @invariant()
    def each_image_is_in_one_place(self) -> None:
        now = self.now
        members = [set(now.members(c.id)) for c in now.clusters] + [set(now.unsorted())]
        assert sum(map(len, members)) == len(set().union(*members)) == COUNT
        assert all(members[:-1]), "an empty cluster"
        assert len({c.id for c in now.clusters}) == len(now.clusters)
        assert len({c.name.casefold() for c in now.clusters}) == len(now.clusters)
        assert all(int(c.id[1:]) < now.next_number for c in now.clusters)
        assert now.labels.min() >= UNSORTED and np.all((now.confidence >= 0) & (now.confidence <= 1))

    @invariant()
    def all_that_was_said_holds(self) -> None:
        now, known = self.now, self.desk.feedback.of(self.now.id)
        assert violated(now, known.constraints) == []
        assert set(known.set_aside) <= set(now.unsorted())
        there = {c.name for c in now.clusters}
        assert {c.name for c in known.constraints if isinstance(c, Label)} <= there


TestSession = Session.TestCase
TestSession.settings = settings(
    max_examples=3,  # the first of them is the simplest session that there is
    phases=(Phase.generate,),
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
