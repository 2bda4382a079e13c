"""Exports: planned, carried out, undone and redone. Each is in the journal from its first file on, whenever the process
ends, until it is taken back."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.workspace import Event, Shelf
from tools.collection import Collection, scan
from tools.errors import RegroupError, UsageError
from tools.export.carry_out import carry_out
from tools.export.manifest import MANIFEST
from tools.export.plan import Mode, Plan, plan
from tools.export.undo_export import Reversal, undo_export
from tools.names import amount, quoted
from tools.progress import Progress, silent

_UNDER_WAY = "export under way"
"""The key of the note that is on the shelf while files are exported."""
_SHOWN = 3
"""The number of files that are named in one line at most."""
_VERBS = {"copy": "copied", "link": "linked", "move": "moved"}


class Exports:
    """Writes clusterings as folders, and takes that back. After files were moved the collection is scanned again."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts

    def plan(
        self, to: Path, clustering: str | None = None, mode: Mode = "copy", only: Sequence[str] = ()
    ) -> Plan:
        """What an export would do; nothing is touched.

        Args:
            to: The folder in which the groups' folders will be; "~" is the user's home.
            clustering: By id or criterion; the current one for None.
            mode: Whether files are copied, linked or moved.
            only: The groups, by id, name or number, that are exported alone; without any all are.

        Raises:
            UsageError: Nothing is there to export, or the folder cannot take it.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            ids = [self._clusterings.find_cluster(name, chosen.id).id for name in only]
            return plan(self._core.collection, chosen, to.expanduser(), mode, tuple(dict.fromkeys(ids)))

    def carry_out(self, plan: Plan, progress: Progress = silent) -> Path:
        """Carry out a plan that the user approved. Returns the path of the manifest."""
        with self._core.lock:
            try:
                return export(self._core.shelf, plan, progress)
            finally:
                self._rescan_after(plan.mode)

    def undo(self, event: Event) -> tuple[str, bool]:
        """Take back the export of the event that is undone next, in the journal as well once all of it is.

        Returns and raises as `take_back`.
        """
        with self._core.lock:
            try:
                outcome, whole = take_back(self._core.shelf, event, self._core.collection)
                if whole:
                    self._core.shelf.undo()
                return outcome, whole
            finally:
                self._rescan_after(event.detail["mode"])

    def redo(self, event: Event, progress: Progress = silent) -> None:
        """Do the export of an event again as it was approved, in the journal as well.

        Raises:
            UsageError: The folder changed since.
        """
        detail = event.detail
        with self._core.lock:
            again = self.plan(
                Path(detail["target"]), event.clustering, detail["mode"], detail.get("only", ())
            )
            export(self._core.shelf, again, progress, again=event)
            self._rescan_after(detail["mode"])

    def _rescan_after(self, mode: Mode) -> None:
        """See what is there now, where an export of this mode made files come or go."""
        if mode == "move":
            shelf = self._core.shelf
            self._core.collection = scanned(shelf, silent).without(shelf.unreadable())
            self._experts.forget()


def export(shelf: Shelf, plan: Plan, progress: Progress = silent, again: Event | None = None) -> Path:
    """Carry out an approved plan and record it. Returns the path of the manifest.

    Args:
        shelf: Of the collection.
        plan: As the user approved it.
        progress: As for `tools.export.carry_out`.
        again: The event that is redone, where this is a redo.

    Raises:
        UsageError: `again` was approved for other files than these.
        RegroupError: As `carry_out`. What could not be taken back then is in the journal, so that undo tries again.
    """
    manifest = plan.target / MANIFEST
    detail = {
        "manifest": str(manifest),
        "target": str(plan.target),
        "mode": plan.mode,
        "only": list(plan.only),
        "files": len(plan.entries),
        "approved": _fingerprint(plan),
    }
    if again is not None and again.detail.get("approved") != detail["approved"]:
        raise UsageError("the folder changed since that export; export again instead")
    text = f"{_VERBS[plan.mode]} {amount(len(plan.entries), 'image')} to {plan.target}"
    shelf.note(
        _UNDER_WAY,
        {"text": text, "clustering": plan.clustering, "detail": detail, "redo": again is not None},
    )
    try:
        carry_out(plan, progress)
    except UsageError:  # the target is no longer free: what lies there is not ours
        shelf.note(_UNDER_WAY, None)
        raise
    finally:
        settle(shelf)
    return manifest


def settle(shelf: Shelf) -> None:
    """Record the export that was under way, unless nothing is left of it.

    This is done when a collection is opened, too: a killed process leaves files in two places, and only what is in the
    journal can be undone.
    """
    about: dict[str, Any] | None = shelf.noted(_UNDER_WAY)
    if about is None:
        return
    if Path(about["detail"]["manifest"]).exists():
        if about["redo"]:
            shelf.redo()
        else:
            shelf.record(Event("export", about["text"], about["clustering"], about["detail"]))
    shelf.note(_UNDER_WAY, None)


def take_back(shelf: Shelf, event: Event, collection: Collection) -> tuple[str, bool]:
    """Take the export of an event back. The journal is left to the caller.

    Returns:
        What became of the files, in words, and whether that was all: False where files that were moved wait for
        something to get out of their way. The export stays in the journal then, so that undo tries again.

    Raises:
        RegroupError: Files were moved, and none of them can be had back: the disk that they are on is not connected.
            The export stays in the journal then, too.
    """
    manifest = Path(event.detail["manifest"])
    if event.detail["mode"] == "move" and not manifest.exists():
        exported = shelf.clustering(str(event.clustering)).images
        if not set(exported) & set(collection.ids):
            raise RegroupError(
                f"{quoted(str(manifest))} is not there, so nothing was undone; connect the disk that the files were "
                "moved to, or put the folder back, and try again"
            )
    undone = undo_export(manifest)
    if event.detail["mode"] != "move":
        return _outcome(undone), True
    nothing_done = undone.kept and not undone.removed + undone.restored
    if nothing_done and (
        undone.waiting or not len(collection)
    ):  # an empty collection has nothing else to undo
        raise RegroupError(
            f"none of the files could be moved back: {_named(undone.kept)}; see to it and undo again"
        )
    if undone.waiting:
        return f"{_outcome(undone)}; see to it and undo again, which tries the rest", False
    return _outcome(undone), True


def _fingerprint(plan: Plan) -> str:
    """The hash of every file and where it goes: two plans that would do the same have the same."""
    lines = [f"{e.image} {e.source} {e.destination}" for e in plan.entries]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _outcome(reversal: Reversal) -> str:
    """What became of the files of an export that was taken back, in words."""
    parts = [f"{amount(reversal.removed, 'file')} removed from the export"]
    if reversal.restored:
        parts.append(f"{reversal.restored} put back")
    if reversal.others:
        parts.append(f"{len(reversal.others)} left that the export did not put there")
    if reversal.kept:
        parts.append(f"{len(reversal.kept)} kept: {_named(reversal.kept)}")
    return ", ".join(parts)


def _named(kept: Sequence[tuple[Path, str]]) -> str:
    """The first of the files that were kept, and why; the manifest has them all."""
    named = "; ".join(f"{quoted(str(path))}: {why}" for path, why in kept[:_SHOWN])
    more = len(kept) - _SHOWN
    return named + (f"; and {more} more" if more > 0 else "")


def scanned(shelf: Shelf, progress: Progress) -> Collection:
    """The collection as it lies there now; an empty one where an export moved all of it away. Raises UsageError."""
    try:
        return scan(shelf.folder, shelf.index, progress)
    except UsageError:
        if any(event.kind == "export" for event in shelf.done()):
            return Collection(shelf.folder, ())  # all moved away by an export, which can be undone
        raise
