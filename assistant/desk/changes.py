"""Makes, changes or replaces every clustering at one gate, without losing any of the user's feedback."""

from typing import Any

from assistant.desk.clusterings import Clusterings
from assistant.desk.contradictions import contradicted, unkept
from assistant.desk.core import Core
from assistant.desk.feedback import Feedback, images_of, locked_out
from assistant.desk.feedback_log import after_event, constraints_to_json
from assistant.workspace import Event
from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Constraint, Label, MustLink, consistent, dropped_note
from tools.names import visible
from tools.settle.match_clusters import match_clusters

_REPLACES = frozenset({"group", "answer", "link", "cut", "place", "cross", "tune"})
"""The kinds of events that replace a clustering by a new one, which keeps its ids and locked clusters."""
_FREES = frozenset({"unlock", "restore"})
"""The kinds of events that may change a locked cluster."""


class Changes:
    """Records changes in the journal, and keeps the remarks about the last one."""

    def __init__(self, core: Core, clusterings: Clusterings) -> None:
        self._core, self._clusterings = core, clusterings
        self._remarks: list[str] = []

    def record(self, kind: str, text: str, after: Clustering, detail: dict[str, Any]) -> Clustering:
        """Record a change; its clustering becomes the current one.

        Only constraints that the event contradicts are dropped, which `remarks` reports. All others hold in the
        recorded clustering: where the given one violates some, as after an image came back, it is corrected first.

        Args:
            kind: The kind of the event; see `assistant.workspace.Event`.
            text: One line for people.
            after: The clustering after the change.
            detail: The facts of the event as JSON, from which `FeedbackLog` reads the feedback.

        Returns:
            The clustering as it was recorded.

        Raises:
            RuntimeError: The constraints cannot be satisfied, which is a bug. Nothing was recorded.
        """
        feedback = after_event(self._core.feedback.of(after.id), kind, detail)
        before = None if kind in _FREES else self._clusterings.recorded(after.id)
        stands = before if before and kind in _REPLACES else after
        gone = contradicted(feedback, kind, detail, after, stands)
        constraints, feedback = feedback.constraints, feedback.without(gone)
        if unkept(feedback, before, after):
            after = self.hold(stands, after, feedback)
            if wrong := unkept(feedback, before, after):
                raise RuntimeError(
                    f"nothing was changed, as this {kind} violates your answers: {'; '.join(wrong)}"
                )
        self._remarks = []
        if gone:
            detail = {**detail, "dropped": constraints_to_json(gone)}
            note = dropped_note(gone, constraints, self._in_words)
            self._remarks = [note] if note else []
        was = self._clusterings.current
        detail = detail | {"was": was.id if was else None}  # what an undo comes back to
        self._core.shelf.record(Event(kind, text, after.id, detail, after=after))
        self._core.shelf.note("current", after.id)
        return after

    def hold(
        self, before: Clustering, after: Clustering, feedback: Feedback, keep_names: bool = True
    ) -> Clustering:
        """Return a new clustering, changed so that the feedback holds and locked clusters stay as they were.

        A constraint on an image that was away while its cluster was locked is ignored, as it would change the cluster.

        Args:
            before: The clustering that is replaced; clusters that still exist keep their ids.
            after: The new clustering.
            feedback: The feedback that must hold.
            keep_names: Whether clusters also keep names that the user did not give them.
        """
        here = before.over(after.images)
        constraints = consistent(feedback.constraints)[0]
        out = locked_out(here, constraints)
        whole = () if feedback.of_value else feedback.merged_ids  # what files say is held by its values
        return match_clusters(
            here,
            after,
            [c for c in constraints if c not in out],
            set_aside=feedback.set_aside,
            named=None if keep_names else feedback.named_ids,
            merged_ids=whole,
        )

    def remarks(self) -> list[str]:
        """Return the remarks about the last change, such as what it contradicts, a line each, and forget them."""
        with self._core.lock:
            lines, self._remarks = self._remarks, []
            return lines

    def remark(self, *lines: str) -> None:
        """Add remarks about the last change, a line each."""
        self._remarks.extend(lines)

    def _in_words(self, constraint: Constraint) -> str:
        """Return a constraint in words, with the numbers of its images."""
        here = set(self._core.collection.ids)
        names = [
            f"#{self._core.collection.number(i)}" if i in here else "an image that is gone"
            for i in images_of(constraint)
        ]
        if isinstance(constraint, Label):
            return f"{names[0]} is {visible(constraint.name)}"
        return (
            f"{names[0]} and {names[1]} belong {'together' if isinstance(constraint, MustLink) else 'apart'}"
        )
