"""What was said is read from the journal once, and is right after everything that can happen to a journal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.desk.feedback_log import FeedbackLog, constraints_to_json, feedback_from
from assistant.workspace import Event, Shelf, Workspace
from tools.clustering.constraints import Label


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    (tmp_path / "pictures").mkdir()
    with Workspace(tmp_path / "workspace").open(tmp_path / "pictures") as opened:
        yield opened


def answer(number: int, clustering: str = "mood") -> Event:
    label = Label(f"image {number % 300}", f"name {number % 7}")
    return Event("answer", "an answer", clustering, {"said": constraints_to_json([label])})


def test_each_event_is_read_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, read = [], shelf.since

    def counted(number: int) -> list[Event]:
        found = read(number)
        rows.extend(found)
        return found

    monkeypatch.setattr(shelf, "since", counted)
    monkeypatch.setattr(shelf, "done", lambda at=None: pytest.fail("all of the journal was read"))
    log, count = FeedbackLog(shelf), 2000
    for number in range(count):
        shelf.record(answer(number, ("mood", "colour")[number % 2]))
        log.of("mood")
        log.of("colour")
    assert len(rows) == count
    assert log.of("mood") == feedback_from("mood", rows) and log.of("colour") == feedback_from("colour", rows)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.sampled_from(["answer", "answer", "other", "undo", "redo", "ask"]), max_size=40))
def test_it_is_what_the_events_in_force_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    place = tmp_path_factory.mktemp("shelf")
    (place / "pictures").mkdir()
    with Workspace(place / "workspace").open(place / "pictures") as shelf:
        log = FeedbackLog(shelf)
        for number, step in enumerate(steps):
            if step in ("undo", "redo"):
                (shelf.undo if step == "undo" else shelf.redo)()
            elif step != "ask":
                shelf.record(answer(number, "mood" if step == "answer" else "colour"))
            if step == "ask" or number == len(steps) - 1:
                for clustering in ("mood", "colour", "nothing"):
                    assert log.of(clustering) == feedback_from(clustering, shelf.done())


def test_who_came_last_and_is_not_clear_is_first(shelf: Shelf) -> None:
    log = FeedbackLog(shelf)
    shelf.record(Event("place", "", "mood", {"images": ["a", "b"], "unclear": ["a", "b"]}))
    shelf.record(Event("place", "", "mood", {"images": ["c"], "unclear": ["c"]}))
    assert log.unclear("mood") == ["c", "a", "b"] and log.unclear("colour") == []
    shelf.undo()
    assert log.unclear("mood") == ["a", "b"]


def test_what_is_appended_while_the_journal_is_read_again_counts_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.record(answer(1))
    shelf.undo()
    done = shelf.done

    def late(at: int | None = None) -> list[Event]:
        monkeypatch.setattr(shelf, "done", done)
        shelf.record(Event("place", "", "mood", {"images": ["a"], "unclear": ["a"]}))
        return done(at)

    monkeypatch.setattr(shelf, "done", late)
    log = FeedbackLog(shelf)
    assert log.unclear("mood") == [] and log.unclear("mood") == ["a"]
