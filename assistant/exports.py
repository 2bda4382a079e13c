"""Exports and the journal: each is in it from the first file on, whenever the process ends, until it is taken back."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.workspace import Event, Shelf
from tools.collection import Collection, scan
from tools.errors import RegroupError, UsageError
from tools.export.carry_out import carry_out
from tools.export.manifest import MANIFEST
from tools.export.plan import Plan
from tools.export.undo_export import Reversal, undo_export
from tools.names import amount, quoted
from tools.progress import Progress, silent

_UNDER_WAY = "export under way"
_SHOWN = 3  # files that are named in one line
_VERBS = {"copy": "copied", "link": "linked", "move": "moved"}


def export(shelf: Shelf, plan: Plan, progress: Progress = silent, again: Event | None = None) -> Path:
    """Carry out an approved plan and record it. Returns the path of the manifest.

    Args:
        shelf: Of the collection.
        plan: As the user approved it.
        progress: As for `carry_out`.
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
    """Record the export that was under way, unless nothing is left of it. Done when a collection is opened, too:
    a killed process leaves files in two places, and only what is in the journal can be undone."""
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
    """Take the export of an event back; the journal is left to the caller.

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
        return _told(undone), True
    nothing_done = undone.kept and not undone.removed + undone.restored
    if nothing_done and (
        undone.waiting or not len(collection)
    ):  # an empty collection has nothing else to undo
        raise RegroupError(
            f"none of the files could be moved back: {_named(undone.kept)}; see to it and undo again"
        )
    if undone.waiting:
        return f"{_told(undone)}; see to it and undo again, which tries the rest", False
    return _told(undone), True


def _fingerprint(plan: Plan) -> str:
    """Of every file and where it goes: two plans that would do the same have the same."""
    lines = [f"{e.image} {e.source} {e.destination}" for e in plan.entries]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _told(reversal: Reversal) -> str:
    """What became of the files of an export that was taken back."""
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
