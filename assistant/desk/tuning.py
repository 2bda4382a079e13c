"""Tuning the features of a criterion to the answers: the desk is free while it trains, and it is kept if it helps."""

from dataclasses import replace

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.grouping import Grouping
from assistant.desk.tuned_features import (
    ENOUGH,
    KIND,
    MORE,
    TRAINING,
    Outcome,
    Task,
    as_view,
    keep_adapter,
    train,
    training_task,
    why_worse,
)
from tools.clustering import Clustering
from tools.cross_clusterings import CROSSED
from tools.errors import UsageError
from tools.guided import criterion_key
from tools.names import visible
from tools.progress import Progress, silent
from tools.views import View

_TRIED = "tuned"
"""The key of the note with the number of labels that each clustering had at the last attempt."""


class Tuning:
    """Tunes features to many answers."""

    def __init__(
        self,
        core: Core,
        clusterings: Clusterings,
        experts: Experts,
        changes: Changes,
        grouping: Grouping,
    ) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self._changes, self._grouping = changes, grouping

    def worthwhile(self, clustering: str | None = None) -> bool:
        """Return whether there are enough answers, and enough new ones, to try without being asked.

        It is False while something can be redone, which an unrequested change must not prevent.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            labels = len(self._core.feedback.of(chosen.id).labels)
            due = labels >= ENOUGH and labels - self._tried().get(chosen.id, 0) >= MORE
            return chosen.method != CROSSED and due and self._core.shelf.next_redo() is None

    def tune(self, clustering: str | None = None, progress: Progress = silent) -> Outcome:
        """Tune the features of a criterion to the user's answers, and regroup by them.

        The desk is free during training. The result is kept only where all answers are still in force, nothing was
        undone meanwhile, held-out pairs are separated better, and the answers, each from the others, are predicted as
        often as before. It is one event: undo removes the features and restores the grouping.

        Args:
            clustering: An id or criterion; the current clustering for None.
            progress: Called during the work; an exception from it ends the work without a trace.

        Raises:
            UsageError: There are too few answers, all are of one kind, or the clustering is a crossing of two others.
        """
        with self._core.lock:
            task, undone = self._task(clustering, progress), self._next_redo()
        done = train(task, progress)
        fit = done.fit
        if done.tuned is None:
            return Outcome(task.criterion, False, fit.before, fit.after, done.line)
        features = as_view(done.tuned)
        progress(TRAINING, 1, 1)  # a pause waits here, without the lock
        shelf = self._core.shelf
        with self._core.lock:
            progress("taking over", 0, 1)  # a cancelled job ends here, as the desk may be closed next
            regrouped, line = self._regrouped(task, features, undone, progress)
            if regrouped is None:
                return Outcome(task.criterion, False, fit.before, fit.after, line)
            name = keep_adapter(shelf, done.tuned)
            remarks = self._changes.remarks()  # about an earlier change by the user, to report as well
            chosen = shelf.noted("current")
            detail = {"criterion": criterion_key(made.criterion), "adapter": name}
            self._changes.record(KIND, f"tuned to {made.criterion}", made, detail)
            shelf.note("current", chosen)
            line = "; ".join([f"{done.line}; undo takes it back", *self._changes.remarks()])
            self._changes.remark(*remarks)
            return Outcome(task.criterion, True, fit.before, fit.after, line)

    def _task(self, clustering: str | None, progress: Progress) -> Task:
        """Return the task for training, and note the number of answers of this attempt."""
        core = self._core
        chosen = self._clusterings.get() if clustering is None else self._clusterings.find(clustering)
        if chosen is None:
            raise UsageError(
                f"there are too few answers to learn from: nothing is grouped by {visible(clustering or '')} yet"
            )
        if chosen.method == CROSSED:
            raise UsageError("this grouping crosses two criteria; tune one of the two instead")
        feedback = core.feedback.of(chosen.id)
        seen = self._experts.look_for(chosen.criterion, progress)
        core.shelf.note(_TRIED, self._tried() | {chosen.id: len(feedback.labels)})
        request = replace(core.request(chosen.criterion, seen), constraints=feedback.constraints)
        return training_task(chosen.id, request)

    def _regrouped(
        self, task: Task, features: View, undone: int, progress: Progress
    ) -> tuple[Clustering | None, str]:
        """Return the clustering regrouped with the tuned features; or None and the reason for rejecting them."""
        before = next(
            (clustering for clustering in self._clusterings.all() if clustering.id == task.clustering), None
        )
        if before is None:
            return None, f"tuning was not applied: {task.criterion} is no longer grouped"
        feedback = self._core.feedback.of(before.id)
        seen = self._experts.look_for(before.criterion, progress)
        if not task.holds(seen.images, feedback.constraints):
            return None, "tuning was not applied: your answers or the pictures changed meanwhile"
        if self._next_redo() not in (undone, 0):  # recording it now would prevent the user's redo
            return (
                None,
                "tuning was not applied: you undid something meanwhile, and redo can still bring it back",
            )
        now = self._grouping.teacher(before, feedback, progress).learned()
        then = self._grouping.teacher(before, feedback, progress, features).learned()
        if now is not None and then is not None and (why := why_worse(now.ridge, then.ridge)):
            return None, f"tuning was rolled back: {why}"
        return self._grouping.again(before, feedback, progress, tuned=features), ""

    def _next_redo(self) -> int:
        """Return the number of the event that redo would redo; 0 where there is none."""
        event = self._core.shelf.next_redo()
        return event.number if event else 0

    def _tried(self) -> dict[str, int]:
        """Return the number of labels that each clustering had at the last attempt."""
        tried = self._core.shelf.noted(_TRIED, {})
        return tried if isinstance(tried, dict) else {}
