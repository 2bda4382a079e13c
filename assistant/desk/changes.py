"""The one gate through which a clustering is made, changed or replaced: nothing that the user said is lost in it."""

from typing import Any

from assistant.desk.clusterings import Clusterings
from assistant.desk.contradictions import contradicted, unkept
from assistant.desk.core import Core
from assistant.desk.feedback import Feedback, images_of, locked_out
from assistant.desk.feedback_log import after_event, constraints_to_json
from assistant.workspace import Event
from tools.clustering import Clustering
from tools.constraints import Constraint, Label, MustLink, consistent, dropped_note
from tools.names import visible
from tools.settle.match_clusters import match_clusters

_REPLACES = frozenset({"group", "answer", "link", "cut", "place", "cross", "tune"})
"""The kinds of events that put a new clustering in place of the old one, whose ids and locked clusters are kept."""
_FREES = frozenset({"unlock", "restore"})
"""The kinds of events after which a cluster that was locked may be otherwise."""


class Changes:
    """Records changes in the journal, and has what to say about the last one."""

    def __init__(self, core: Core, clusterings: Clusterings) -> None:
        self._core, self._clusterings = core, clusterings
        self._remarks: list[str] = []

    def record(self, kind: str, text: str, after: Clustering, detail: dict[str, Any]) -> Clustering:
        """Record a change; its clustering becomes the current one.

        Only what the event contradicts is dropped, which `remarks` tells. All else that was said holds in what is
        recorded: where it did not, because an image came back or whoever made the clustering did not see to it, it
        does now.

        Args:
            kind: Of the event; see `assistant.workspace.Event`.
            text: One line for people.
            after: The clustering as the change makes it.
            detail: The facts of the event as JSON, from which `FeedbackLog` reads what it says.

        Raises:
            RuntimeError: Something does not hold whatever is done, which is a bug. Nothing was recorded.
        """
        feedback = after_event(self._core.feedback.of(after.id), kind, detail)
        before = None if kind in _FREES else self._clusterings.recorded(after.id)
        stands = before if before and kind in _REPLACES else after
        gone = contradicted(feedback, kind, detail, after, stands)
        said, feedback = feedback.constraints, feedback.without(gone)
        if unkept(feedback, before, after):
            after = self.hold(stands, after, feedback)
            if wrong := unkept(feedback, before, after):
                raise RuntimeError(
                    f"nothing was changed, as this {kind} breaks what was said: {'; '.join(wrong)}"
                )
        self._remarks = []
        if gone:
            detail = {**detail, "dropped": constraints_to_json(gone)}
            note = dropped_note(gone, said, self._in_words)
            self._remarks = [note] if note else []
        was = self._clusterings.current
        detail = detail | {"was": was.id if was else None}  # what an undo comes back to
        self._core.shelf.record(Event(kind, text, after.id, detail, after=after))
        self._core.shelf.note("current", after.id)
        return after

    def hold(
        self, before: Clustering, made: Clustering, feedback: Feedback, keep_names: bool = True
    ) -> Clustering:
        """A new grouping in place of the one before, in which what was said holds and locked clusters are as they were.

        What was said of an image that was away while its cluster was locked counts no more, as it would change that.

        Args:
            before: The clustering that is replaced; clusters that are still there keep their ids.
            made: The new one.
            feedback: What holds in it.
            keep_names: Whether clusters keep their names also where the user did not give them.
        """
        here = before.over(made.images)
        constraints = consistent(feedback.constraints)[0]
        out = locked_out(here, constraints)
        return match_clusters(
            here,
            made,
            [c for c in constraints if c not in out],
            set_aside=feedback.set_aside,
            named=None if keep_names else feedback.named_ids,
            merged_ids=feedback.merged_ids,
        )

    def remarks(self) -> list[str]:
        """What there is to say about the last change, a line each, such as what it contradicts. It is said once."""
        with self._core.lock:
            lines, self._remarks = self._remarks, []
            return lines

    def remark(self, *lines: str) -> None:
        """Add lines to what there is to say about the last change."""
        self._remarks.extend(lines)

    def _in_words(self, said: Constraint) -> str:
        """A constraint in words, by the numbers of its images."""
        here = set(self._core.collection.ids)
        names = [
            f"#{self._core.collection.number(i)}" if i in here else "an image that is gone"
            for i in images_of(said)
        ]
        if isinstance(said, Label):
            return f"{names[0]} is {visible(said.name)}"
        return f"{names[0]} and {names[1]} belong {'together' if isinstance(said, MustLink) else 'apart'}"
