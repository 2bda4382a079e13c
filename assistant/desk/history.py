"""Back and forth: undo, redo, what happened, named snapshots, and as it was before."""

from dataclasses import dataclass

from assistant.desk.arriving import Arriving
from assistant.said import packed, said
from assistant.workspace import Event
from tools.clustering import Clustering
from tools.errors import UsageError
from tools.names import visible
from tools.refine import free_number


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history.

    Attributes:
        number: Of the event, from 1 on.
        at: When, ISO 8601 in UTC.
        kind: See `assistant.workspace.Event`.
        text: One line for people.
        clustering: Id of the clustering it was about, if any.
        in_force: Whether it counts: it was not undone, and is no undo or redo itself.
        name: Of a snapshot, else "".
    """

    number: int
    at: str
    kind: str
    text: str
    clustering: str | None
    in_force: bool
    name: str = ""


class Remembering(Arriving):
    """What happened to a collection."""

    def history(self) -> list[Entry]:
        """Everything that happened, undo and redo included, oldest first."""
        with self._lock:
            force = {event.number for event in self.shelf.done()}
            return [
                Entry(
                    event.number, event.at, event.kind, event.text, event.clustering, event.number in force,
                    event.detail["name"] if event.kind == "snapshot" else "",
                )
                for event in self.shelf.log()
            ]  # fmt: skip

    def snapshot(self, name: str, clustering: str | None = None) -> Entry:
        """Give the clustering as it is now a name, to come back to. The newest of a name counts.

        It is no step: undo takes back the change before it, and it stays.

        Raises:
            UsageError: There is no name, or nothing is grouped.
        """
        with self._lock:
            chosen, name = self.clustering(clustering), " ".join(name.split())
            if not name:
                raise UsageError("a snapshot needs a name, such as: before the holidays")
            text = f'kept as "{visible(name)}"'
            self.shelf.record(Event("snapshot", text, chosen.id, {"name": name}))
            return self.history()[-1]

    def snapshots(self) -> list[Entry]:
        """The snapshots in force, oldest first."""
        return [entry for entry in self.history() if entry.kind == "snapshot" and entry.in_force]

    def as_before(self, moment: int | str, clustering: str | None = None) -> Clustering:
        """The clustering as it was right after an event, as one more change. What was said since counts no more.

        Args:
            moment: The number of an event, or the name of a snapshot.
            clustering: By default that of the snapshot, else the current one.

        Raises:
            UsageError: There is no such event or snapshot, or the clustering did not exist then.
        """
        with self._lock:
            entry = self._moment(moment)
            chosen = self.clustering(clustering or (entry.clustering if entry.name else None))
            then = [event for event in self.shelf.done(entry.number) if event.clustering == chosen.id]
            changes = (found for event in reversed(then) if (found := self.shelf.event(event.number).after))
            past = next(changes, None)
            if past is None:
                raise UsageError(f"{chosen.criterion} was not grouped yet at step {entry.number}")
            at = f'as "{visible(entry.name)}"' if entry.name else f"as after step {entry.number}"
            detail = {"of": entry.number, "state": packed(said(chosen.id, then))}
            number = max(free_number(past), free_number(chosen))  # an id is never used twice
            made = past.over(self.collection.ids).with_changes(next_number=number)
            return self._edited("restore", f"{chosen.criterion} {at}", made, detail)

    def _moment(self, moment: int | str) -> Entry:
        entries = self.history()
        wanted = str(moment).strip().lstrip("#")
        named = [e for e in entries if e.in_force and e.name.casefold() == wanted.casefold() and e.name]
        if named:
            return named[-1]
        if wanted.isdecimal() and 1 <= int(wanted) <= len(entries):
            return entries[int(wanted) - 1]
        have = ", ".join(f'"{visible(e.name)}"' for e in entries if e.in_force and e.name) or "none"
        raise UsageError(
            f"there is no step or snapshot {visible(wanted)!r}; steps are 1 to {len(entries)}, snapshots: {have}"
        )
