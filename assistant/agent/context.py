"""Holds what the tools share: the desk, the thinker, and the state of questions and confirmations."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from assistant.agent import wording
from assistant.agent.approvals import SendApproval
from assistant.agent.confirmations import Confirmations
from assistant.desk.references import NUMBERED
from assistant.text.formatting import sentence, unread
from assistant.text.question_wording import change_line, moved_images, renamed
from tools.errors import RegroupError
from tools.models.ports import Thinker
from tools.names import visible
from tools.progress import Progress, silent
from tools.singular import in_singular
from tools.teach.question import Question

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering.clustering import Clustering

PROGRESS: ContextVar[Progress] = ContextVar("progress", default=silent)
"""The progress to which the tool that runs in this thread reports."""


class Context:
    """Gives a tool what it runs with: the desk, and what was said and asked so far.

    Attributes:
        desk: The desk that the tools work on.
        thinker: A language model that also proposes criteria; None where there is none.
        shows_pictures: Whether the app shows pictures: it asks the questions about them itself, and their numbers
            stand for them in what a tool says.
        confirmations: What the person was asked to confirm.
        question: The id of a clustering and the question about it that waits for an answer; None where none does.
        questions_left: The number of questions left in this round.
        doubted_name: The new name in the last answer and the existing name that it is close to; None where it is
            close to none.
    """

    def __init__(self, desk: "Desk", thinker: Thinker | None = None, shows_pictures: bool = False) -> None:
        self.desk = desk
        self.thinker = thinker
        self.shows_pictures = shows_pictures
        self.confirmations = Confirmations()
        self.question: tuple[str, Question] | None = None
        self.questions_left = 0
        self.doubted_name: tuple[str, str] | None = None
        self._unreadable_mentioned = len(desk.collection.unreadable)

    @property
    def progress(self) -> Progress:
        """Return the progress to which the running tool reports."""
        return PROGRESS.get()

    @property
    def open_question(self) -> Question | None:
        """Return the question that waits for an answer."""
        return self.question[1] if self.question else None

    def moment(self) -> str:
        """Return what tells one state of the desk from another: the last event of the journal and what is shown."""
        current = self.desk.clusterings.current
        return f"{len(self.desk.shelf.log())} {current.id if current else ''}"

    def group_name(self, text: str) -> str:
        """Return the name of the group that a text refers to by name, number or id; the text where there is none."""
        try:
            return self.desk.clusterings.find_cluster(text).name
        except RegroupError:
            return text

    def elsewhere(self, groups: Sequence[str]) -> "Clustering | None":
        """Return the grouping that has all of these groups, where the one that is shown has none of them; else None."""
        clusterings = self.desk.clusterings
        current = clusterings.current
        if not groups or current is None or any(_has(current, group) for group in groups):
            return None
        if any(NUMBERED.fullmatch(group) for group in groups):
            return None  # by the number or the id of a group that is shown
        return next((c for c in reversed(clusterings.all()) if all(_has(c, group) for group in groups)), None)

    def to_send(
        self, criteria: list[str], groups: int | None, method: str | None = None
    ) -> SendApproval | None:
        """Return the approval that grouping by these criteria needs; None where nothing has to be approved."""
        for criterion in criteria:
            quote = self.desk.models.quote(criterion)
            if quote is not None and quote.needed:
                return SendApproval.of(quote, criteria, groups, method)
        quote = self.desk.models.judge_quote(method)
        if quote is not None and quote.needed:
            return SendApproval.of(quote, criteria, groups, method, judging=True)
        return None

    def changed(
        self, clustering: "Clustering", before: "Clustering | None" = None
    ) -> tuple[str, dict[str, Any]]:
        """Return a changed grouping in words and as ids; given the one before it, also what moved."""
        ids: dict[str, Any] = {
            "clustering": clustering.id,
            "changed": True,
            "groups": len(clustering.clusters)
            if len(clustering.images) > 1
            else 0,  # one picture alone is not split
        }
        lines = self.desk.changes.remarks()
        if before is not None:
            each = moved_images(self.desk.collection, before, clustering)
            lines += [each, *renamed(before, clustering)] if each else [change_line(before, clustering)]
        remarks = "".join(f"{visible(sentence(line))}.\n" for line in lines if line)
        return remarks + self.described(clustering), ids

    def described(self, clustering: "Clustering") -> str:
        """Return a grouping in words, with the images without an answer and the cost of the host so far."""
        failures, usage = self.desk.models.failures(clustering.criterion), self.desk.models.usage()
        unsorted = self.desk.experts.looked and len(clustering.unsorted())
        why = wording.faceless(clustering, self.desk.experts.look()) if unsorted else ""
        text = wording.grouping(clustering) + why + wording.failures(failures) + wording.usage_line(usage)
        collection = self.desk.collection
        if (
            len(collection.unreadable) > self._unreadable_mentioned
        ):  # found out only now, when they were looked at
            self._unreadable_mentioned = len(collection.unreadable)
            text += f"\n{unread(collection)}"
        return text


def _has(clustering: "Clustering", group: str) -> bool:
    """Return whether a grouping has a group of this name, in the singular or the plural."""
    return in_singular(group) in {in_singular(cluster.name) for cluster in clustering.clusters}
