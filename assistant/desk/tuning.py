"""Tunes the embedding of a criterion: nobody waits while it trains, and it is kept only where it helps."""

from dataclasses import replace
from typing import TYPE_CHECKING

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
    Target,
    Task,
    Teacher,
    as_view,
    keep_adapter,
    train,
    training_task,
    why_worse,
)
from assistant.desk.tuning_inputs import taught_pairs, tunable_model
from tools.clustering.clustering import Clustering
from tools.clustering.cross_clusterings import CROSSED
from tools.describe.guided import criterion_key
from tools.errors import UsageError
from tools.fuse.walk.walk import Walk
from tools.names import quoted, visible
from tools.progress import Progress, silent
from tools.views import View

if TYPE_CHECKING:
    from tools.tune.tune_features import Attempt

_TRIED = "tuned"
"""The key of the note that says how many labels each clustering had at the last attempt."""


class Tuning:
    """Learns from many answers, slowly."""

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
        """Return whether there are enough answers, and enough more than at the last attempt, to try without being
        asked.

        Never while something can be done again that was undone: a change that nobody asked for must not take that.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            feedback = self._core.feedback.of(chosen.id)
            labels = len(feedback.labels)
            due = labels >= ENOUGH and labels - self._tried().get(chosen.id, 0) >= MORE
            tunable = chosen.method != CROSSED and not feedback.like
            return tunable and due and self._core.shelf.next_redo() is None

    def tune(
        self,
        clustering: str | None = None,
        progress: Progress = silent,
        target: Target = "map",
        teacher: Teacher = "answers",
    ) -> Outcome:
        """Tune the embedding of a criterion to what the user said under it, and group again by it.

        While it trains, the desk is free. What came of it is taken over only where all that it learned from is still
        said, nothing else was undone meanwhile, where it tells pairs apart better that it never saw, and where it
        foresees the answers, each from the others, as often as before. It is one event: undo takes the features and
        the grouping back.

        Args:
            clustering: By id or criterion; the current one for None.
            progress: Called during the work; what it raises ends it, and nothing is left.
            target: What is tuned: a map over the features, or a model of this machine, which takes minutes.
            teacher: Who labels pairs besides the user.

        Raises:
            UsageError: Too little was said, or all of one kind; the groups are those of two others, crossed, or of a
                folder; or the model or the teacher is not here.
            RegroupError: A model fails.
        """
        with self._core.lock:
            task, undone = self._task(clustering, progress, target, teacher), self._next_redo()
        with self._core.effort.timed("training", f"tune {target}"):
            done = train(task, progress)
        if done.tuned is None:
            return Outcome(task.criterion, False, done.fit.before, done.fit.after, done.line)
        try:
            return self._taken_over(task, done, undone, target, progress)
        finally:
            done.tuned.adapter.rollback()  # a model of the tier goes on as it was

    def _taken_over(
        self, task: Task, done: "Attempt", undone: int, target: Target, progress: Progress
    ) -> Outcome:
        """Group again by what was tuned, and keep it, where nothing speaks against it."""
        assert done.tuned is not None
        fit, features = done.fit, as_view(done.tuned)
        progress(TRAINING, 1, 1)  # it may be held here, not with the lock
        shelf = self._core.shelf
        with self._core.lock:
            progress("taking over", 0, 1)  # who cancelled closes the desk next
            made, line = self._regrouped(task, features, undone, progress)
            if made is None:
                return Outcome(task.criterion, False, fit.before, fit.after, line)
            name = keep_adapter(shelf, task, done.tuned)
            remarks = self._changes.remarks()  # of a change that the user has made, and is told of
            chosen = shelf.noted("current")
            detail = {"criterion": criterion_key(made.criterion), "adapter": name, "target": target}
            self._changes.record(KIND, f"tuned to {made.criterion}", made, detail)
            shelf.note("current", chosen)
            line = "; ".join([f"{done.line}; undo takes it back", *self._changes.remarks()])
            self._changes.remark(*remarks)
            return Outcome(task.criterion, True, fit.before, fit.after, line)

    def _task(self, clustering: str | None, progress: Progress, target: Target, teacher: Teacher) -> Task:
        """Return the training to do, and note with how many answers it was tried."""
        core = self._core
        chosen = self._clusterings.get() if clustering is None else self._clusterings.find(clustering)
        if chosen is None:
            raise UsageError(
                f"there are too few answers to learn from: nothing is grouped by {visible(clustering or '')} yet"
            )
        if chosen.method == CROSSED:
            raise UsageError("these are the groups of two criteria, crossed; tune one of the two instead")
        feedback = core.feedback.of(chosen.id)
        if feedback.like:
            raise UsageError(
                f"these groups are learned from the pictures in {quoted(feedback.like)} already; say: ask me"
            )
        seen = self._experts.look_for(chosen.criterion, progress)
        request = replace(core.request(chosen.criterion, seen), constraints=feedback.constraints)
        judge = self._grouping.method_inputs(Walk.name, seen.images)["judge"] if teacher == "judge" else None
        model = tunable_model(target, chosen.criterion, seen.images, core.collection, core.describing)
        taught, taught_by = taught_pairs(request, teacher, judge, progress)
        core.shelf.note(_TRIED, self._tried() | {chosen.id: len(feedback.labels)})
        return replace(training_task(chosen.id, request, taught, taught_by), model=model)

    def _regrouped(
        self, task: Task, features: View, undone: int, progress: Progress
    ) -> tuple[Clustering | None, str]:
        """Make the clustering again with the tuned features; return None, and the reason, where it is not
        taken over."""
        before = next((made for made in self._clusterings.all() if made.id == task.clustering), None)
        if before is None:
            return None, f"tuning was not taken over: {task.criterion} is no longer grouped"
        feedback = self._core.feedback.of(before.id)
        seen = self._experts.look_for(before.criterion, progress)
        if not task.holds(seen.images, feedback.constraints):
            return None, "tuning was not taken over: your answers or the pictures changed meanwhile"
        if self._next_redo() not in (undone, 0):  # recorded now, it would take what the user may want back
            return None, "tuning was not taken over: you undid something meanwhile; redo still brings it back"
        now = self._grouping.teacher(before, feedback, progress).learned()
        then = self._grouping.teacher(before, feedback, progress, features).learned()
        if now is not None and then is not None and (why := why_worse(now.ridge, then.ridge)):
            return None, f"tuning was rolled back: {why}"
        return self._grouping.again(before, feedback, progress, tuned=features), ""

    def _next_redo(self) -> int:
        """Return the number of the event that redo brings back; 0 where there is none."""
        event = self._core.shelf.next_redo()
        return event.number if event else 0

    def _tried(self) -> dict[str, int]:
        """Return how many labels each clustering had at the last attempt."""
        found = self._core.shelf.noted(_TRIED, {})
        return found if isinstance(found, dict) else {}
