"""Undoes and redoes everything, exports included; lists the events; keeps snapshots and goes back to them."""

from dataclasses import dataclass

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.exports import Exports
from assistant.desk.feedback_log import feedback_from, feedback_to_json
from assistant.workspace import Event
from tools.clustering.clustering import Clustering
from tools.clustering.refine import free_number
from tools.errors import UsageError
from tools.names import quoted, visible
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Entry:
    """Describes one event in a line of the history.

    Attributes:
        number: The number of the event, from 1 on.
        at: The time, ISO 8601 in UTC.
        kind: The kind of the event; see `assistant.workspace.Event`.
        text: One line for people.
        clustering: The id of the clustering that it is about; "" for none.
        in_force: Whether it was not undone, and is not an undo or redo itself.
        name: The name of a snapshot; else "".
    """

    number: int
    at: str
    kind: str
    text: str
    clustering: str | None
    in_force: bool
    name: str = ""


class History:
    """Undoes and redoes the steps of a collection's journal."""

    def __init__(self, core: Core, clusterings: Clusterings, changes: Changes, exports: Exports) -> None:
        self._core, self._clusterings, self._changes, self._exports = core, clusterings, changes, exports

    def undo(self, without_missing: bool = False, progress: Progress = silent) -> str:
        """Undo the last change, an export included. Returns a line that says what was undone.

        Events that changed nothing, such as snapshots and accepted criteria, are no steps and stay. Where files of an
        export are not back, it stays the next step to undo.

        Args:
            without_missing: Whether an export counts as undone although files of it are nowhere to be found.
            progress: Called with each file of an export; it cannot stop the undo.

        Raises:
            UsageError: There is nothing to undo.
            assistant.desk.exports.PartlyUndone: Some files of an export could not be taken back.
            RegroupError: None of the files could be taken back.
        """
        shelf = self._core.shelf
        with self._core.lock:
            event = shelf.next_undo()
            if event is None:
                raise UsageError("there is nothing to undo")
            if event.kind != "export":
                shelf.undo()
                shelf.note("current", event.detail.get("was", shelf.noted("current")))
                return f"undone: {event.text}"
            return f"undone: {event.text} ({self._exports.undo(event, without_missing, progress)})"

    def redo(self, progress: Progress = silent) -> str:
        """Redo the step that was undone last, an export as it was approved. Raises UsageError where there is none."""
        shelf = self._core.shelf
        with self._core.lock:
            event = shelf.next_redo()
            if event is None:
                raise UsageError("there is nothing to redo")
            if event.kind == "export":
                self._exports.redo(event, progress)
            else:
                shelf.redo()
                shelf.note("current", event.clustering or shelf.noted("current"))
            return f"redone: {event.text}"

    def answered_last(self) -> bool:
        """Return whether the next step to undo is an answer; the answer "no group" is recorded as a move."""
        event = self._core.shelf.next_undo()
        if event is None:
            return False
        to_unsorted = (
            event.kind == "move" and event.detail.get("to", "") is None and len(event.detail["images"]) == 1
        )
        return event.kind == "answer" or to_unsorted

    def undo_answer(self) -> str:
        """Undo the last answer, if nothing else was done since. Returns a line about the outcome."""
        with self._core.lock:
            return self.undo() if self.answered_last() else "there is no answer to take back"

    def entries(self) -> list[Entry]:
        """Return all events, undo and redo included, oldest first."""
        with self._core.lock:
            force = {event.number for event in self._core.shelf.done()}
            return [
                Entry(
                    event.number, event.at, event.kind, event.text, event.clustering, event.number in force,
                    event.detail["name"] if event.kind == "snapshot" else "",
                )
                for event in self._core.shelf.log()
            ]  # fmt: skip

    def snapshot(self, name: str, clustering: str | None = None) -> Entry:
        """Name the clustering as it is now, to come back to it. The newest snapshot of a name counts.

        A snapshot is not a step: undo undoes the change before it, and the snapshot stays.

        Raises:
            UsageError: The name is empty, or nothing is grouped.
        """
        with self._core.lock:
            chosen, name = self._clusterings.get(clustering), " ".join(name.split())
            if not name:
                raise UsageError("a snapshot needs a name, such as: before the holidays")
            text = f'kept as "{visible(name)}"'
            self._core.shelf.record(Event("snapshot", text, chosen.id, {"name": name}))
            return self.entries()[-1]

    def snapshots(self) -> list[Entry]:
        """Return the snapshots in force, oldest first."""
        return [entry for entry in self.entries() if entry.kind == "snapshot" and entry.in_force]

    def restore(self, moment: int | str, clustering: str | None = None) -> Clustering:
        """Restore the clustering as it was right after an event, as a new change. Later feedback no longer counts.

        Args:
            moment: The number of an event, or the name of a snapshot.
            clustering: An id or criterion; for None that of the snapshot, else the current one.

        Raises:
            UsageError: There is no such event or snapshot, or the clustering did not exist then.
        """
        core = self._core
        with core.lock:
            entry = self._moment(moment)
            chosen = self._clusterings.get(clustering or (entry.clustering if entry.name else None))
            then = [event for event in core.shelf.done(entry.number) if event.clustering == chosen.id]
            changes = (after for event in reversed(then) if (after := core.shelf.event(event.number).after))
            past = next(changes, None)
            if past is None:
                raise UsageError(f"{chosen.criterion} was not grouped yet at step {entry.number}")
            at = f'as "{visible(entry.name)}"' if entry.name else f"as after step {entry.number}"
            detail = {"of": entry.number, "state": feedback_to_json(feedback_from(chosen.id, then))}
            number = max(free_number(past), free_number(chosen))  # an id is never used twice
            restored = past.over(core.collection.ids).with_changes(next_number=number)
            return self._changes.record("restore", f"{chosen.criterion} {at}", restored, detail)

    def _moment(self, moment: int | str) -> Entry:
        """Return the entry of a snapshot's name or of an event's number; a name takes precedence."""
        entries = self.entries()
        wanted = str(moment).strip().lstrip("#")
        named = [e for e in entries if e.in_force and e.name.casefold() == wanted.casefold() and e.name]
        if named:
            return named[-1]
        if wanted.isdecimal() and 1 <= int(wanted) <= len(entries):
            return entries[int(wanted) - 1]
        have = ", ".join(f'"{visible(e.name)}"' for e in entries if e.in_force and e.name) or "none"
        raise UsageError(
            f"there is no step or snapshot {quoted(wanted)}; steps are 1 to {len(entries)}, snapshots: {have}"
        )
