"""Undo and redo are a fold over an append-only list, the same in memory and after a restart."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from assistant.workspace import Event, Shelf
from assistant.workspace.journal import NOTES, Journal
from tools.clustering.clustering import Cluster, Clustering


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path, tmp_path) as shelf:
        yield shelf


def made(id, number=0, n=4):
    return Clustering(
        id=id,
        criterion=id,
        images=tuple(f"image{i}" for i in range(n)),
        clusters=(Cluster("c1", f"name {number}"),),
        labels=np.zeros(n, np.int32),
        confidence=np.full(n, number % 7 / 7, np.float32),
        next_number=2,
    )


def name(clustering):
    return clustering.clusters[0].name


def test_an_edit_is_undone_and_redone(shelf):
    shelf.record(Event("group", "grouped by emotion", after=made("emotion", 1)))
    event = shelf.record(Event("rename", "renamed", after=made("emotion", 2), detail={"to": "name 2"}))
    assert (event.number, event.clustering, name(event.before), name(event.after)) == (
        2,
        "emotion",
        "name 1",
        "name 2",
    )
    undone = shelf.undo()
    assert (undone.number, undone.text, undone.detail) == (2, "renamed", {"to": "name 2"})
    assert name(shelf.clustering("emotion")) == name(undone.before) == "name 1"
    assert shelf.redo().number == 2
    assert name(shelf.clustering("emotion")) == "name 2"
    assert shelf.redo() is None


def test_undoing_the_creation_removes_the_clustering_and_redo_brings_it_back(shelf):
    shelf.record(Event("group", "one", after=made("emotion")))
    shelf.record(Event("group", "two", after=made("colour")))
    shelf.undo()
    assert [c.id for c in shelf.clusterings()] == ["emotion"]
    with pytest.raises(KeyError):
        shelf.clustering("colour")
    shelf.undo()
    assert shelf.clusterings() == []
    assert shelf.undo() is None
    shelf.redo()
    shelf.redo()
    assert [c.id for c in shelf.clusterings()] == ["emotion", "colour"]


def test_a_new_event_ends_what_could_be_redone(shelf):
    shelf.record(Event("group", "one", after=made("emotion", 1)))
    shelf.record(Event("rename", "two", after=made("emotion", 2)))
    shelf.undo()
    shelf.record(Event("rename", "three", after=made("emotion", 3)))
    assert shelf.redo() is None
    shelf.undo()
    assert name(shelf.clustering("emotion")) == "name 1"


def test_the_log_tells_everything_and_done_what_is_in_force(shelf):
    shelf.record(Event("lock", "locked emotion", detail={"criterion": "emotion"}))
    shelf.record(Event("export", "exported", clustering="emotion", detail={"manifest": "/tmp/manifest.json"}))
    assert shelf.next_undo().detail == {"manifest": "/tmp/manifest.json"}
    shelf.undo()
    shelf.undo()
    shelf.redo()
    assert [(e.number, e.kind, e.text) for e in shelf.log()] == [
        (1, "lock", "locked emotion"),
        (2, "export", "exported"),
        (3, "undo", "undo: exported"),
        (4, "undo", "undo: locked emotion"),
        (5, "redo", "redo: locked emotion"),
    ]
    assert [e.detail for e in shelf.log()][2:] == [{"of": 2}, {"of": 1}, {"of": 1}]
    assert [e.kind for e in shelf.done()] == ["lock"]
    assert shelf.next_redo().kind == "export"
    assert all(e.at.endswith("+00:00") for e in shelf.log())


def test_a_note_is_no_step(shelf):
    shelf.record(Event("group", "one", after=made("emotion", 1)))
    shelf.record(Event("rename", "two", after=made("emotion", 2)))
    shelf.record(Event("snapshot", "kept", clustering="emotion", detail={"name": "here"}))
    shelf.record(Event("accept", "accepted emotion"))
    assert shelf.next_undo().text == shelf.undo().text == "two"
    shelf.record(Event("snapshot", "kept again", clustering="emotion", detail={"name": "there"}))
    assert name(shelf.clustering("emotion")) == "name 1"
    assert [e.text for e in shelf.done()] == ["one", "kept", "accepted emotion", "kept again"]
    assert [e.text for e in shelf.done(3)] == ["one", "two", "kept"]
    assert shelf.redo().text == "two" and shelf.redo() is None
    assert name(shelf.clustering("emotion")) == "name 2"


def test_a_journal_of_before_notes_were_no_steps_is_read(tmp_path):
    shelf = Shelf(tmp_path, tmp_path)
    shelf.record(Event("group", "one", after=made("emotion", 1)))
    note = shelf.record(Event("snapshot", "kept", clustering="emotion", detail={"name": "here"}))

    def walk(kind):
        about = json.dumps({"text": f"{kind}: kept", "clustering": "emotion", "detail": {"of": note.number}})
        with shelf._database.write() as connection:
            connection.execute(
                "INSERT INTO events (at, kind, about, target) VALUES ('', ?, ?, ?)",
                (kind, about, note.number),
            )

    walk("undo")
    assert [e.text for e in shelf.done()] == ["one"] and name(shelf.clustering("emotion")) == "name 1"
    walk("redo")
    assert [e.text for e in shelf.done()] == ["one", "kept"]
    walk("undo")
    assert [e.text for e in shelf.done()] == ["one"]
    assert shelf.redo() is None
    assert shelf.undo().text == "one" and shelf.clusterings() == []
    shelf.close()


def test_an_export_changes_no_clustering(shelf):
    shelf.record(Event("group", "one", after=made("emotion", 1)))
    event = shelf.record(Event("export", "exported", clustering="emotion"))
    assert event.before is None and event.after is None
    assert name(shelf.clustering("emotion")) == "name 1"
    shelf.undo()
    assert name(shelf.clustering("emotion")) == "name 1"


def test_names_of_files_that_are_no_utf8_are_kept(shelf):
    text = b"moved caf\xe9.jpg".decode("utf-8", "surrogateescape")
    shelf.record(Event("move", text, detail={"file": text}, after=made("emotion")))
    assert shelf.log()[0].text == shelf.log()[0].detail["file"] == text


def test_what_cannot_be_recorded_leaves_no_trace(shelf):
    with pytest.raises(TypeError):
        shelf.record(Event("move", "moved", detail={"labels": np.zeros(2)}, after=made("emotion")))
    with pytest.raises(ValueError, match="undo and redo are recorded by"):
        shelf.record(Event("undo", "undo"))
    with pytest.raises(ValueError, match="cannot change 'emotion'"):
        shelf.record(Event("move", "moved", clustering="colour", after=made("emotion")))
    assert shelf.log() == shelf.clusterings() == []
    shelf.record(Event("group", "one", after=made("emotion")))
    assert [e.number for e in shelf.log()] == [1]


def test_a_reader_sees_what_the_writer_does(tmp_path):
    writer, reader = Shelf(tmp_path, tmp_path), Shelf(tmp_path, tmp_path, exclusive=False)
    assert reader.clusterings() == []
    writer.record(Event("group", "one", after=made("emotion", 1)))
    assert name(reader.clustering("emotion")) == "name 1"
    writer.undo()
    assert reader.clusterings() == []


class Walk(RuleBasedStateMachine):
    """The journal against two lists of snapshots, with restarts anywhere."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.shelf = Shelf(self.folder, self.folder)
        self.now: dict[str, str] = {}
        self.past: list[tuple[str, dict[str, str]]] = []
        self.future: list[tuple[str, dict[str, str]]] = []
        self.entries: list[str] = []
        self.count = 0

    def teardown(self):
        self.shelf.close()
        shutil.rmtree(self.folder)

    @rule(id=st.sampled_from(["emotion", "colour", "place"]))
    def change(self, id):
        self.count += 1
        self.shelf.record(Event("move", f"event {self.count}", after=made(id, self.count)))
        self.remember({**self.now, id: f"name {self.count}"})

    @rule(kind=st.sampled_from(["lock", "export"]))
    def change_nothing(self, kind):
        self.count += 1
        self.shelf.record(Event(kind, f"event {self.count}", clustering="emotion"))
        self.remember(self.now)

    @rule(kind=st.sampled_from(["accept", "snapshot"]))
    def note(self, kind):
        self.count += 1
        self.shelf.record(Event(kind, f"note {self.count}", clustering="emotion"))
        self.entries.append(f"note {self.count}")

    def remember(self, now):
        self.past.append((f"event {self.count}", self.now))
        self.now, self.future = now, []
        self.entries.append(f"event {self.count}")

    @rule()
    def undo(self):
        self.step(self.shelf.undo(), "undo", self.past, self.future)

    @rule()
    def redo(self):
        self.step(self.shelf.redo(), "redo", self.future, self.past)

    def step(self, event, kind, source, target):
        if not source:
            assert event is None
            return
        text, then = source.pop()
        assert event.text == text
        target.append((text, self.now))
        self.now = then
        self.entries.append(f"{kind}: {text}")

    @rule()
    def reopen(self):
        self.shelf.close()
        self.shelf = Shelf(self.folder, self.folder)

    @invariant()
    def the_same(self):
        assert [(c.id, name(c)) for c in self.shelf.clusterings()] == list(self.now.items())
        assert [e.text for e in self.shelf.log()] == self.entries
        done = self.shelf.done()
        notes = [text for text in self.entries if text.startswith("note")]
        assert [e.text for e in done if e.kind in NOTES] == notes
        assert [e.text for e in done if e.kind not in NOTES] == [text for text, _ in self.past]
        for peek, stack in ((self.shelf.next_undo(), self.past), (self.shelf.next_redo(), self.future)):
            assert (peek and peek.text) == (stack[-1][0] if stack else None)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_the_journal_says_which_event_it_does_not_know(shelf):
    assert isinstance(shelf._journal, Journal)
    with pytest.raises(KeyError):
        shelf.event(1)
