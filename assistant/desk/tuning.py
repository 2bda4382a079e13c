"""Tuning the features of a criterion to the answers: nobody waits while it trains; kept only where it helps."""

from assistant import tuning
from assistant.desk.closer import LookingCloser
from assistant.tuning import ENOUGH, KIND, MORE, Outcome, Task
from tools.clustering import Clustering
from tools.cross_clusterings import CROSSED
from tools.errors import UsageError
from tools.guided import plain
from tools.names import visible
from tools.progress import Progress, silent
from tools.views import View

_TRIED = "tuned"
"""The note of how many answers there were at the last attempt, by clustering."""


class Tuning(LookingCloser):
    """What learns slowly."""

    def worth_tuning(self, clustering: str | None = None) -> bool:
        """Whether there are enough answers, and enough more than at the last attempt, to try without being asked.

        Never while something can be done again that was undone: a change that nobody asked for must not take that.
        """
        with self._lock:
            chosen = self.clustering(clustering)
            labels, tried = len(self._said(chosen.id).labels), self._tried().get(chosen.id, 0)
            due = labels >= ENOUGH and labels - tried >= MORE
            return chosen.method != CROSSED and due and self.shelf.next_redo() is None

    def tune(self, clustering: str | None = None, progress: Progress = silent) -> Outcome:
        """Tune the features of a criterion to what the user said under it, and group again by them.

        While it trains, the desk is free. What came of it is taken over only where all that it learned from is still
        said, nothing else was undone meanwhile, where it tells pairs apart better that it never saw, and where it
        foresees the answers, each from the others, as often as before. It is one event: undo takes the features and
        the grouping back.

        Args:
            clustering: By id or criterion; the current one for None.
            progress: Called during the work; what it raises ends it, and nothing is left.

        Raises:
            UsageError: Too little was said, or all of one kind; or the groups are those of two others, crossed.
        """
        with self._lock:
            work, undone = self._task(clustering, progress), self._undone()
        done = tuning.train(work, progress)
        fit = done.fit
        if done.tuned is None:
            return Outcome(work.criterion, False, fit.before, fit.after, done.line)
        found = tuning.view(done.tuned)
        progress(tuning.TRAINING, 1, 1)  # it may be held here, not with the lock
        with self._lock:
            progress("taking over", 0, 1)  # who cancelled closes the desk next
            made, line = self._with(work, found, undone, progress)
            if made is None:
                return Outcome(work.criterion, False, fit.before, fit.after, line)
            name = tuning.keep(self.shelf, done.tuned)
            remarks = self._remarks  # of a change that the user has made, and is told of
            chosen = self.shelf.noted("current")
            detail = {"criterion": plain(made.criterion), "adapter": name}
            self._edited(KIND, f"tuned to {made.criterion}", made, detail)
            self.shelf.note("current", chosen)
            told = "; ".join([f"{done.line}; undo takes it back", *self._remarks])
            self._remarks = remarks
            return Outcome(work.criterion, True, fit.before, fit.after, told)

    def _task(self, clustering: str | None, progress: Progress) -> Task:
        chosen = self.clustering() if clustering is None else self._there(clustering)
        if chosen is None:
            raise UsageError(
                f"there are too few answers to learn from: nothing is grouped by {visible(clustering or '')} yet"
            )
        if chosen.method == CROSSED:
            raise UsageError("these are the groups of two criteria, crossed; tune one of the two instead")
        known = self._said(chosen.id)
        seen = self.look_for(chosen.criterion, progress)
        self.shelf.note(_TRIED, self._tried() | {chosen.id: len(known.labels)})
        return tuning.task(
            chosen.id, chosen.criterion, seen, self._texts, known.constraints, self.settings.seed
        )

    def _with(
        self, work: Task, found: View, undone: int, progress: Progress
    ) -> tuple[Clustering | None, str]:
        """The clustering with the tuned features; or None, and why not."""
        before = next((made for made in self.clusterings() if made.id == work.clustering), None)
        if before is None:
            return None, f"tuning was not taken over: {work.criterion} is not grouped any more"
        known = self._said(before.id)
        seen = self.look_for(before.criterion, progress)
        if not work.holds(seen.images, known.constraints):
            return None, "tuning was not taken over: your answers or the pictures changed meanwhile"
        if self._undone() not in (undone, 0):  # recorded now, it would take what the user may want back
            return None, "tuning was not taken over: you undid something meanwhile; redo still brings it back"
        now = self._teacher(before, known, progress).learned()
        then = self._teacher(before, known, progress, found).learned()
        if now is not None and then is not None and (why := tuning.worse(now.ridge, then.ridge)):
            return None, f"tuning was rolled back: {why}"
        return self._again(before, known, progress, tuned=found), ""

    def _undone(self) -> int:
        """The number of the event that redo brings back; 0 where there is none."""
        event = self.shelf.next_redo()
        return event.number if event else 0

    def _tried(self) -> dict[str, int]:
        found = self.shelf.noted(_TRIED, {})
        return found if isinstance(found, dict) else {}
