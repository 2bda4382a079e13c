"""Plans, carries out, undoes and redoes exports.

An export is in the journal from its first file on, even if the process ends at any moment, until it is undone. Its
whole record is kept beside the journal, too.
"""

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core, numbered
from assistant.desk.experts import Experts
from assistant.desk.since_last import present
from assistant.desk.undone_export import done_text, undone
from assistant.workspace import Event, Shelf
from tools.clustering.cross_clusterings import PICKED
from tools.errors import RegroupError, UsageError
from tools.export.carry_out import carry_out
from tools.export.forms import plan_form
from tools.export.list_order import ORDERS, By, ListOrder
from tools.export.manifest import Record, read_manifest
from tools.export.plan import Form, Mode, Plan
from tools.export.undo_export import find_target, is_begun, remove_stumps
from tools.names import amount, quoted
from tools.progress import Progress, silent, without_stopping
from tools.scan.collection import Collection as ImageCollection
from tools.scan.collection import scan

INCLUDE_SKIPPED = "include skipped"
"""The key of the note that says whether folders of other programs are entered in this collection."""
_UNDER_WAY = "export under way"
"""The key of the note that older versions had on the shelf while files were being exported."""
CUT_OFF = ", cut off before its end"
"""What the journal adds to an export that was not carried out to its end."""


class Exports:
    """Writes clusterings as folders, and undoes that. After files were moved, the collection is scanned again."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts

    def plan(
        self,
        to: Path | None,
        clustering: str | None = None,
        mode: Mode = "copy",
        only: Sequence[str] = (),
        form: Form = "folders",
        also: Sequence[str] = (),
        progress: Progress = silent,
        *,
        add: bool | None = None,
        images: Collection[str] = (),
        order: ListOrder | None = None,
    ) -> Plan:
        """Plan an export; nothing is touched.

        Args:
            to: The folder for what is written; "~" is the user's home. Keywords go beside the pictures, and what was
                there before is kept in the workspace where this is None.
            clustering: An id or criterion; the current clustering for None.
            mode: Whether files are copied, linked or moved.
            only: The groups to export, by id, name or number; empty for all.
            form: What is made of the groups.
            also: Ids or criteria of further clusterings.
            progress: Called while sidecars are read.
            add: Whether to add folders to what is in the folder, which stays as it is; None for where it is the folder
                of folders that the groups are from.
            images: The ids of the only images to export, in folders; empty for all.
            order: The order of the whole list, as numbers before the names; see `Arranging.whole`.

        Raises:
            UsageError: There is nothing to export, or the folder cannot be used.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            ids = [self._clusterings.find_cluster(name, chosen.id).id for name in only]
            if chosen.method == PICKED and not ids:  # the others are what was not picked
                ids = [cluster.id for cluster in chosen.clusters]
            others = {other.id: other for other in map(self._clusterings.get, also) if other.id != chosen.id}
            if to is None and form != "tags":
                raise UsageError("an export needs a folder; say where to")
            target = self._core.shelf.exports.free_folder() if to is None else to.expanduser()
            if add is None:
                home = self.home(chosen.id) if form == "folders" else None
                add = home is not None and target.resolve() == home.resolve()
            return plan_form(
                form,
                self._core.collection,
                (chosen, *others.values()),
                target,
                mode,
                tuple(dict.fromkeys(ids)),
                self._core.settings.sidecar,
                progress,
                add=add,
                images=images,
                order=order,
            )

    def home(self, clustering: str) -> Path | None:
        """Return the folder of folders that the groups of a clustering are from; None where there is none."""
        like = self._core.feedback.of(clustering).like
        return Path(like) if like else None

    def cut_off(self) -> str:
        """Return in words that the last step is an export that did not come to its end, since the process was killed or
        the power failed; "" where it is none."""
        event = self._core.shelf.next_undo()
        record = self._core.shelf.exports.get(_id(event)) if event and event.kind == "export" else None
        if event is None or record is None or record.state != "running":
            return ""
        moved = sum(not os.path.lexists(item.source) for item in record.entries)
        where = f"; {amount(moved, 'file')} of {len(record.entries):,} went to the new place" if moved else ""
        done = quoted(event.text.removesuffix(CUT_OFF))
        return (
            f"The last export was cut off before its end: {done}{where}. "
            'No file is lost, and "undo" puts everything back as it was before.'
        )

    def moved_away(self) -> str:
        """Return in words where all images are, where an export has moved them away; "" where there are images."""
        return self._core.moved_away()

    def is_begun(self, target: str, adds: bool) -> bool:
        """Return whether the last step is an export to this folder, so that its plan waits for no approval any more.

        What is added to a folder may be followed by more for the same, unless the first was cut off; and where the
        folder is gone, another export to it is planned.
        """
        event = self._core.shelf.next_undo()
        return (
            event is not None
            and event.kind == "export"
            and event.detail.get("target") == target
            and (bool(self.cut_off()) or (not adds and Path(target).exists()))
        )

    def carry_out(self, plan: Plan, progress: Progress = silent) -> Path:
        """Carry out a plan that the user approved. Returns the path of the manifest."""
        with self._core.lock:
            try:
                return export(self._core.shelf, plan, progress)
            finally:
                self._rescan_after(plan.mode, plan.form, progress)

    def undo(self, event: Event, without_missing: bool = False, progress: Progress = silent) -> str:
        """Undo the export of the event that is undone next. Returns in words what happened to the files.

        Args:
            event: The event.
            without_missing: Whether it counts as undone although files of it are nowhere to be found.
            progress: Called with each file; it cannot stop the undo.

        Raises:
            PartlyUndone: Files that were moved are not back, each named with the reason.
            RegroupError: Nothing could be taken back, for example because the disk is not connected.
        """
        shelf = self._core.shelf
        with self._core.lock:
            record = _record_of(shelf, event)
            try:
                outcome = undone(record, find_target(record), event.text, without_missing, progress)
                shelf.exports.keep(replace(record, state="undone"))
                shelf.undo()
                shelf.exports.remove(record.id)
                return outcome
            finally:
                self._rescan_after(event.detail["mode"], event.detail.get("form", "folders"), progress)

    def plan_again(self, event: Event) -> Plan:
        """Plan the export of an event once more. Raises UsageError where its folder cannot be used by now."""
        detail = event.detail
        return self.plan(
            None if detail.get("kept here") else Path(detail["target"]),
            event.clustering,
            detail["mode"],
            detail.get("only", ()),
            detail.get("form", "folders"),
            detail.get("also", ()),
            add=detail.get("adds", False),
            images=detail.get("images", ()),
            order=_order(detail.get("order")),
        )

    def redo(self, event: Event, progress: Progress = silent) -> None:
        """Redo the export of an event as it was approved, also in the journal.

        Raises:
            UsageError: The folder changed since.
        """
        detail = event.detail
        with self._core.lock:
            again = self.plan_again(event)
            try:
                export(self._core.shelf, again, progress, again=event)
            finally:
                self._rescan_after(detail["mode"], again.form, progress)

    def rescan(self, progress: Progress = silent) -> None:
        """Scan the collection again after files came or went. Raises UsageError where it has no image now."""
        with self._core.lock:
            shelf = self._core.shelf
            collection = scanned(shelf, progress)
            if collection.images:
                shelf.pictures.keep_present(present(collection))
            self._core.collection = numbered(collection, shelf)
            self._experts.forget()

    def _rescan_after(self, mode: Mode, form: Form, progress: Progress) -> None:
        """Scan the collection again to its end, where an export made files come or go in it."""
        if mode == "move" or form == "tags":
            self.rescan(without_stopping(progress))


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
    manifest = plan.target / plan.manifest
    detail = {
        "id": uuid4().hex if again is None else _id(again),
        "manifest": str(manifest),
        "target": str(plan.target),
        "mode": plan.mode,
        "only": list(plan.only),
        "form": plan.form,
        "kept here": plan.target.parent == shelf.exports.folder,
        "also": list(plan.also),
        "files": len(plan.entries) or len(plan.texts),
        "approved": _fingerprint(plan),
        "adds": plan.adds,
        "images": [entry.id for entry in plan.entries if entry.id] if plan.adds else [],
    }
    if plan.order is not None:
        detail["order"] = [plan.order.by, *plan.order.images]
    if again is not None and again.detail.get("approved") != detail["approved"]:
        raise UsageError("the folder changed since that export; export again instead")
    try:
        carry_out(plan, progress, shelf.exports.keep, str(detail["id"]))
    finally:
        settle(shelf, {str(detail["id"]): detail})
    return manifest


def settle(shelf: Shelf, details: dict[str, dict[str, Any]] | None = None) -> None:
    """Record the exports that were under way, unless nothing is left of them.

    Opening a collection does this, too: a killed process leaves files in two places, and only an export in the journal
    can be undone. An export that a damaged journal has lost comes back in this way.

    Args:
        shelf: The shelf of the collection.
        details: The details of the events of exports by their id, where they are known.
    """
    _settle_older(shelf)
    for record in shelf.exports.all():
        in_force = record.id in {_id(event) for event in shelf.done() if event.kind == "export"}
        last, next_again = shelf.next_undo(), shelf.next_redo()
        if record.state == "undone":  # the process ended between the files and the journal
            if in_force and last is not None and _id(last) == record.id:
                shelf.undo()
            shelf.exports.remove(record.id)
        elif in_force:
            continue
        elif not is_begun(record):
            remove_stumps(record)
            shelf.exports.remove(record.id)
        elif next_again is not None and _id(next_again) == record.id:
            shelf.redo()
        else:
            detail = (details or {}).get(record.id) or _detail(record, shelf)
            text = done_text(record) + (CUT_OFF if record.state == "running" else "")
            shelf.record(Event("export", text, record.clustering, detail))


def _settle_older(shelf: Shelf) -> None:
    """Record the export that was under way in an older version, which kept no record beside the journal."""
    about: dict[str, Any] | None = shelf.noted(_UNDER_WAY)
    if about is None:
        return
    if Path(about["detail"]["manifest"]).exists():
        if about["redo"]:
            shelf.redo()
        else:
            shelf.record(Event("export", about["text"], about["clustering"], about["detail"]))
    shelf.note(_UNDER_WAY, None)


def _detail(record: Record, shelf: Shelf) -> dict[str, Any]:
    """Return the detail of an export's event as far as its record says it."""
    return {
        "id": record.id,
        "manifest": str(Path(record.target, record.manifest)),
        "target": record.target,
        "mode": record.mode,
        "only": list(record.only),
        "form": record.form,
        "kept here": Path(record.target).parent == shelf.exports.folder,
        "also": list(record.also),
        "files": len(record.entries) or len(record.written),
        "approved": _hashed(
            [
                *(("" if e.of else e.id or e.image, e.source, e.destination) for e in record.entries),
                *((text.sha256, text.before, text.path) for text in record.written),
            ]
        ),
        "adds": record.adds,
        "images": [e.id for e in record.entries if e.id] if record.adds else [],
        **({"order": [record.order, *_in_order(record)]} if record.order else {}),
    }


def _in_order(record: Record) -> list[str]:
    """Return the ids of the exported images in the order of the numbers before their names."""
    numbered = sorted((Path(e.destination).name, e.id) for e in record.entries if e.id)
    return [id for _, id in numbered]


def _order(kept: Sequence[str] | None) -> ListOrder | None:
    """Return the order that an event keeps: by what, and the images."""
    if not kept or kept[0] not in ORDERS:
        return None
    by, *images = kept
    return ListOrder(cast(By, by), tuple(images))


def _id(event: Event) -> str:
    """Return the name of an export's event, under which its record is kept."""
    return str(event.detail.get("id") or f"event-{event.number}")


def _record_of(shelf: Shelf, event: Event) -> Record:
    """Return the record of an export, from the workspace or else from its manifest. Raise RegroupError without any."""
    if (kept := shelf.exports.get(_id(event))) is not None:
        return kept
    manifest = Path(event.detail["manifest"])
    try:
        found = read_manifest(manifest)
    except UsageError as error:
        raise RegroupError(
            f"{quoted(str(manifest))} is not there or cannot be read, so nothing was undone; connect the disk that "
            f"the files were exported to, or put the folder back, and try again ({error})"
        ) from None
    return replace(found, id=_id(event), target=str(manifest.parent))


def _fingerprint(plan: Plan) -> str:
    """Return the pictures and targets of all files as one text: plans that would do the same have the same."""
    return _hashed(
        [
            *((entry.id, str(entry.source), str(entry.destination)) for entry in plan.entries),
            *((text.sha256, text.before, str(text.path)) for text in plan.texts),
        ]
    )


def _hashed(files: Sequence[tuple[str, str, str]]) -> str:
    lines = [" ".join(file) for file in files]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def scanned(shelf: Shelf, progress: Progress, include_skipped: bool | None = None) -> ImageCollection:
    """Scan the collection. Returns an empty one where its folder is gone or an export moved all files away.

    Args:
        shelf: The shelf of the collection.
        progress: Called with the stage "scan".
        include_skipped: Whether folders of other programs are entered, too; None for what was said before.

    Raises:
        UsageError: The folder has no image, or cannot be read.
    """
    everything = bool(shelf.noted(INCLUDE_SKIPPED) if include_skipped is None else include_skipped)
    try:
        return scan(shelf.folder, shelf.index, progress, shelf.pictures, everything)
    except UsageError:
        if not shelf.folder.is_dir() or any(event.kind == "export" for event in shelf.done()):
            return ImageCollection(shelf.folder, ())  # all moved away by an export, which can be undone
        raise
