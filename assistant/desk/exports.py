"""Plans, carries out, undoes and redoes exports.

An export is in the journal from its first file on, even if the process ends at any moment, until it is undone.
"""

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
"""The key of the note on the shelf while files are being exported."""
_SHOWN = 3
"""The most files that are named in one line."""
_VERBS = {"copy": "copied", "link": "linked", "move": "moved"}


class Exports:
    """Writes clusterings as folders, and undoes that. After files were moved, the collection is scanned again."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts

    def plan(
        self, to: Path, clustering: str | None = None, mode: Mode = "copy", only: Sequence[str] = ()
    ) -> Plan:
        """Plan an export; nothing is touched.

        Args:
            to: The folder for the groups' folders; "~" is the user's home.
            clustering: An id or criterion; the current clustering for None.
            mode: Whether files are copied, linked or moved.
            only: The groups to export, by id, name or number; empty for all.

        Raises:
            UsageError: There is nothing to export, or the folder cannot be used.
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
        """Undo the export of the event that is undone next, and in the journal once all of it is undone.

        It returns and raises the same as `take_back`.
        """
        with self._core.lock:
            try:
                outcome, complete = take_back(self._core.shelf, event, self._core.collection)
                if complete:
                    self._core.shelf.undo()
                return outcome, complete
            finally:
                self._rescan_after(event.detail["mode"])

    def redo(self, event: Event, progress: Progress = silent) -> None:
        """Redo the export of an event as it was approved, also in the journal.

        Raises:
            UsageError: The folder changed since.
        """
        detail = event.detail
        with self._core.lock:
            again = self.plan(
                Path(detail["target"]), event.clustering, detail["mode"], detail.get("only", ())
            )
            try:
                export(self._core.shelf, again, progress, again=event)
            finally:
                self._rescan_after(detail["mode"])

    def _rescan_after(self, mode: Mode) -> None:
        """Scan the collection again, where an export of this mode made files come or go."""
        if mode == "move":
            shelf = self._core.shelf
            self._core.collection = scanned(shelf, silent).without(shelf.unreadable())
            self._experts.forget()


def export(shelf: Shelf, plan: Plan, progress: Progress = silent, again: Event | None = None) -> Path:
    """Carry out an approved plan and record it. Returns the path of the manifest.

    Args:
        shelf: The shelf of the collection.
        plan: The plan that the user approved.
        progress: Called as by `tools.export.carry_out`.
        again: The event to redo; None where this is not a redo.

    Raises:
        UsageError: `again` was approved for other files than these.
        RegroupError: The same as `carry_out`. Files that could not be put back are in the journal, for another undo.
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
    except UsageError:  # the target is no longer empty, and its files are not ours
        shelf.note(_UNDER_WAY, None)
        raise
    finally:
        settle(shelf)
    return manifest


def settle(shelf: Shelf) -> None:
    """Record the export that was under way, unless nothing is left of it.

    Opening a collection does this, too: a killed process leaves files in two places, and only an export in the journal
    can be undone.
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
    """Undo the export of an event. The journal is left to the caller.

    Returns:
        What happened to the files, in words, and whether the undo is complete. It is not complete where other files
        are in the way of moved ones; the export then stays in the journal for another undo.

    Raises:
        RegroupError: None of the moved files can be moved back, for example because their disk is not connected. The
            export then stays in the journal, too.
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
            f"none of the files could be moved back: {_named(undone.kept)}; fix that and undo again"
        )
    if undone.waiting:
        return f"{_outcome(undone)}; fix that and undo again to restore the rest", False
    return _outcome(undone), True


def _fingerprint(plan: Plan) -> str:
    """Return the hashes and targets of all files as one text: plans that would do the same have the same."""
    lines = [f"{e.image} {e.source} {e.destination}" for e in plan.entries]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _outcome(reversal: Reversal) -> str:
    """Return in words what happened to the files of an undone export."""
    parts = [f"{amount(reversal.removed, 'file')} removed from the export"]
    if reversal.restored:
        parts.append(f"{reversal.restored} put back")
    if reversal.others:
        parts.append(f"{len(reversal.others)} left that the export did not put there")
    if reversal.kept:
        parts.append(f"{len(reversal.kept)} kept: {_named(reversal.kept)}")
    return ", ".join(parts)


def _named(kept: Sequence[tuple[Path, str]]) -> str:
    """Return the first few files that were kept, each with the reason; the manifest has all of them."""
    named = "; ".join(f"{quoted(str(path))}: {why}" for path, why in kept[:_SHOWN])
    more = len(kept) - _SHOWN
    return named + (f"; and {more} more" if more > 0 else "")


def scanned(shelf: Shelf, progress: Progress) -> Collection:
    """Scan the collection; returns an empty one where an export moved all files away. Raises UsageError."""
    try:
        return scan(shelf.folder, shelf.index, progress)
    except UsageError:
        if any(event.kind == "export" for event in shelf.done()):
            return Collection(shelf.folder, ())  # all moved away by an export, which can be undone
        raise
