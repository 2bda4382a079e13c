"""Export to folders, and undo and redo of everything, exports included."""

from collections.abc import Sequence
from pathlib import Path

from assistant import exports
from assistant.desk.history import Remembering
from tools.errors import UsageError
from tools.export.plan import Mode, Plan, plan
from tools.progress import Progress, silent


class Exporting(Remembering):
    """What touches files, and what goes back."""

    def undo(self) -> str:
        """Take back the last change, an export included. One line that says what.

        What changed nothing, a snapshot or that criteria were accepted, is no step and stays.

        Where something is in the way of files that were moved, the export stays what is undone next.

        Raises:
            UsageError: Nothing is left to undo.
            RegroupError: None of the files that were moved could be put back.
        """
        with self._lock:
            event = self.shelf.next_undo()
            if event is None:
                raise UsageError("there is nothing to undo")
            if event.kind != "export":
                self.shelf.undo()
                self.shelf.note("current", event.detail.get("was", self.shelf.noted("current")))
                return f"undone: {event.text}"
            try:
                told, whole = exports.take_back(self.shelf, event, self.collection)
                if whole:
                    self.shelf.undo()
            finally:
                self._after_files(event.detail["mode"])
            return f"{'undone' if whole else 'partly undone'}: {event.text} ({told})"

    def redo(self, progress: Progress = silent) -> str:
        """Do again what was undone last. An export is done again as it was approved. Raises UsageError."""
        with self._lock:
            event = self.shelf.next_redo()
            if event is None:
                raise UsageError("there is nothing to redo")
            if event.kind == "export":
                planned = self.plan_export(
                    Path(event.detail["target"]),
                    event.clustering,
                    event.detail["mode"],
                    event.detail.get("only", ()),
                )
                exports.export(self.shelf, planned, progress, again=event)
            else:
                self.shelf.redo()
                self.shelf.note("current", event.clustering or self.shelf.noted("current"))
            self._after_files(event.detail.get("mode"))
            return f"redone: {event.text}"

    def plan_export(
        self, to: Path, clustering: str | None = None, mode: Mode = "copy", only: Sequence[str] = ()
    ) -> Plan:
        """What an export would do; nothing is touched. With `only`, these groups alone."""
        with self._lock:
            chosen = self.clustering(clustering)
            ids = tuple(dict.fromkeys(self.find_cluster(name, chosen.id).id for name in only))
            return plan(self.collection, chosen, to.expanduser(), mode, ids)

    def export(self, plan: Plan, progress: Progress = silent) -> Path:
        """Carry out a plan that the user approved. Returns the path of the manifest."""
        with self._lock:
            try:
                return exports.export(self.shelf, plan, progress)
            finally:
                self._after_files(plan.mode)
