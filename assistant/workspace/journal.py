"""Keeps the journal of a collection: an append-only list of events, of which undo and redo are also two kinds."""

import json
import sqlite3
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from assistant.workspace.database import Database
from assistant.workspace.versions import Versions
from tools.clustering.clustering import Clustering

SCHEMA = (
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        about TEXT NOT NULL,
        before INTEGER REFERENCES versions,
        after INTEGER REFERENCES versions,
        target INTEGER REFERENCES events
    )""",
)


NOTES = frozenset({"snapshot", "accept"})
"""The kinds of events that change nothing: they are in the log, but are no steps for undo and redo."""


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Records one event of a collection.

    Attributes:
        kind: "group", "merge", "split", "move", "rename", "lock", "unlock", "answer", "link", "cut", "place", "branch",
            "cross", "tune", "restore", "snapshot", "export", "accept"; in the log also "undo", "redo".
        text: One line for people.
        clustering: The id of the clustering that it is about; "" for none.
        detail: The facts from which undo, learning and explanations work; JSON, so tuples come back as lists.
        before: The clustering before the event; None where it did not exist or was not changed.
        after: The clustering after the event; None where no clustering was changed, as by an export.
        number: 1, 2, 3, ... in the order of the log; set by the journal.
        at: The time, ISO 8601 in UTC; set by the journal.
    """

    kind: str
    text: str
    clustering: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    before: Clustering | None = None
    after: Clustering | None = None
    number: int = 0
    at: str = ""


@dataclass(slots=True)
class _State:
    """Holds the state that the list of events adds up to."""

    last: int = 0
    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    """The undone steps, the next one to redo last; `done` are the steps in force (see `_step`)."""
    heads: dict[str, int] = field(default_factory=dict)
    """The current version of each clustering id, in order of creation."""
    changes: dict[int, tuple[str, int | None, int]] = field(default_factory=dict)
    """The change by each event number: (clustering id, version before, version after)."""


class Journal:
    """Appends events and walks back and forth over them. May be used from several threads."""

    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions
        self._lock = threading.RLock()
        self._state = _State()

    def record(self, event: Event) -> Event:
        """Append an event. Undone steps can no longer be redone, unless the event is one of `NOTES`.

        The clustering `event.after`, if there is one, becomes the current one of its id. Undo goes back to the
        current one until then, whatever `event.before` says.

        Returns:
            The event with its number, time and `before`.

        Raises:
            ValueError: The kind is "undo" or "redo", or `clustering` is not the id of `after`.
            TypeError: `detail` is not JSON.
        """
        if event.kind in ("undo", "redo"):
            raise ValueError("undo and redo are recorded by undo() and redo()")
        id = event.clustering
        if event.after is not None:
            if id is not None and id != event.after.id:
                raise ValueError(f"an event about {id!r} cannot change {event.after.id!r}")
            id = event.after.id
        with self._lock, self._database.write(durable=True) as connection:
            heads = self._now().heads
            before = after = None
            if event.after is not None:
                before, after = heads.get(event.after.id), self._versions.add(connection, event.after)
            number = _append(connection, replace(event, clustering=id), before=before, after=after)
        return self._event(number)

    def undo(self) -> Event | None:
        """Undo the last step in force and return it; None where there is none."""
        return self._walk("undo")

    def redo(self) -> Event | None:
        """Redo the step that was undone last and return it; None where there is none."""
        return self._walk("redo")

    def next_undo(self) -> Event | None:
        """Return the event that `undo` would undo; None where there is none."""
        with self._lock:
            done = self._now().done
            return self._event(done[-1]) if done else None

    def next_redo(self) -> Event | None:
        """Return the event that `redo` would redo; None where there is none."""
        with self._lock:
            undone = self._now().undone
            return self._event(undone[-1]) if undone else None

    def log(self) -> list[Event]:
        """Return all events, undo and redo included, oldest first, without `before` and `after`."""
        return self.since(0)

    def since(self, number: int) -> list[Event]:
        """Return the events after the one of a number, as `log` does."""
        rows = self._database.read("SELECT * FROM events WHERE number > ? ORDER BY number", (number,))
        return [_plain(row) for row in rows]

    def done(self, at: int | None = None) -> list[Event]:
        """Return the events in force, which were not undone, oldest first, without `before` and `after`.

        Args:
            at: The number of an event, for the events in force right after it; None for those in force now.
        """
        with self._lock:
            log = [event for event in self.log() if at is None or event.number <= at]
            steps: list[int] = []
            undone: list[int] = []
            notes: dict[int, bool] = {}  # number to whether it is in force
            for event in log:
                _step(event.kind, event.number, event.detail.get("of"), steps, undone)
                if event.kind in NOTES:
                    notes[event.number] = True
                elif event.kind in ("undo", "redo") and event.detail["of"] in notes:
                    # an older journal, in which notes were steps
                    notes[event.detail["of"]] = event.kind == "redo"
            force = {*steps, *(number for number, kept in notes.items() if kept)}
            return [event for event in log if event.number in force]

    def event(self, number: int) -> Event:
        """Return one event with its clusterings. Raises KeyError for an unknown number."""
        return self._event(number)

    def clusterings(self) -> list[Clustering]:
        """Return the current clusterings, in order of creation."""
        with self._lock:
            return [self._versions.get(version) for version in self._now().heads.values()]

    def clustering(self, id: str) -> Clustering:
        """Return the current clustering of an id. Raises KeyError for an unknown id."""
        with self._lock:
            return self._versions.get(self._now().heads[id])

    def _walk(self, kind: str) -> Event | None:
        with self._lock:
            with self._database.write(durable=True) as connection:
                state = self._now()
                numbers = state.done if kind == "undo" else state.undone
                if not numbers:
                    return None
                target = self._event(numbers[-1])
                entry = Event(kind, f"{kind}: {target.text}", target.clustering, {"of": target.number})
                _append(connection, entry, target=target.number)
            return target

    def _now(self) -> _State:
        """Return the state, updated with the events that were appended meanwhile, here or by another process.

        It is called before an event is appended and never between that and the commit, so that a failed append leaves
        no trace in memory.
        """
        state = self._state
        rows = self._database.read(
            "SELECT number, kind, about, before, after, target FROM events WHERE number > ? ORDER BY number",
            (state.last,),
        )
        for number, kind, about, before, after, target in rows:
            _step(kind, number, target, state.done, state.undone)
            if kind in ("undo", "redo"):
                self._turn(target, back=kind == "undo")
            else:
                if after is not None:
                    state.changes[number] = (json.loads(about)["clustering"], before, after)
                self._turn(number, back=False)
            state.last = number
        return state

    def _turn(self, number: int, back: bool) -> None:
        if number not in self._state.changes:
            return
        id, before, after = self._state.changes[number]
        version = before if back else after
        if version is None:
            del self._state.heads[id]
        else:
            self._state.heads[id] = version

    def _event(self, number: int) -> Event:
        rows = self._database.read("SELECT * FROM events WHERE number = ?", (number,))
        if not rows:
            raise KeyError(number)
        before, after = rows[0][4:6]
        return replace(
            _plain(rows[0]),
            before=None if before is None else self._versions.get(before),
            after=None if after is None else self._versions.get(after),
        )


def _step(kind: str, number: int, target: int | None, done: list[int], undone: list[int]) -> None:
    """Apply an event to the lists of steps in force and of undone steps.

    An older journal, in which notes were steps, may say that a note was undone; that undoes nothing.
    """
    if kind in NOTES:
        return
    if kind not in ("undo", "redo"):
        done.append(number)
        undone.clear()
        return
    source, goal = (done, undone) if kind == "undo" else (undone, done)
    if source and source[-1] == target:
        goal.append(source.pop())


def _append(
    connection: sqlite3.Connection,
    event: Event,
    before: int | None = None,
    after: int | None = None,
    target: int | None = None,
) -> int:
    # One JSON text for everything that may hold names of files: it can carry bytes that are not UTF-8.
    about = json.dumps({"text": event.text, "clustering": event.clustering, "detail": event.detail})
    cursor = connection.execute(
        "INSERT INTO events (at, kind, about, before, after, target) VALUES (?, ?, ?, ?, ?, ?)",
        (datetime.now(UTC).isoformat(timespec="seconds"), event.kind, about, before, after, target),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _plain(row: tuple[Any, ...]) -> Event:
    number, at, kind, about = row[:4]
    return Event(kind=kind, number=number, at=at, **json.loads(about))
