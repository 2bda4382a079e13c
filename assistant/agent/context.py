"""What the tools share: the desk, who thinks, and what was told or asked so far in this conversation."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from assistant.agent import wording
from assistant.agent.approvals import SendApproval
from assistant.agent.confirmations import Confirmations
from assistant.text.formatting import sentence, unread
from assistant.text.question_wording import change_line, moved_images, renamed
from tools.models.ports import Thinker
from tools.names import visible
from tools.progress import Progress, silent
from tools.teach.question import Question

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering import Clustering

PROGRESS: ContextVar[Progress] = ContextVar("progress", default=silent)
"""How the tool that runs in this thread tells how far it is."""


class Context:
    """What a tool is run with.

    Attributes:
        desk: What the tools work on.
        thinker: A language model that is asked for criteria as well; None where there is none.
        shows_questions: Whether somebody else shows the pictures of a question and asks it; then none is put into
            words here.
        confirmations: What the person was asked about before it is done.
        question: The clustering and the question that wait for an answer.
        questions_left: How many more are asked in this round.
        doubted_name: A new group's name that was given last, and the existing one that it is close to.
    """

    def __init__(self, desk: "Desk", thinker: Thinker | None = None, shows_questions: bool = False) -> None:
        self.desk = desk
        self.thinker = thinker
        self.shows_questions = shows_questions
        self.confirmations = Confirmations()
        self.question: tuple[str, Question] | None = None
        self.questions_left = 0
        self.doubted_name: tuple[str, str] | None = None
        self._unreadable_told = len(desk.collection.unreadable)

    @property
    def progress(self) -> Progress:
        """Where the tool that runs now tells how far it is."""
        return PROGRESS.get()

    @property
    def open_question(self) -> Question | None:
        """The question that waits for an answer."""
        return self.question[1] if self.question else None

    def to_send(self, criteria: list[str], groups: int | None) -> SendApproval | None:
        """What the person has to be asked before these criteria can be grouped by; None where nothing is sent."""
        for criterion in criteria:
            quote = self.desk.models.quote(criterion)
            if quote is not None and quote.needed:
                return SendApproval.of(quote, criteria, groups)
        return None

    def changed(
        self, clustering: "Clustering", before: "Clustering | None" = None
    ) -> tuple[str, dict[str, Any]]:
        """A grouping that was changed, in words and as ids; with the one before, also what moved in it."""
        ids: dict[str, Any] = {
            "clustering": clustering.id,
            "changed": True,
            "groups": len(clustering.clusters),
        }
        lines = self.desk.changes.remarks()
        if before is not None:
            each = moved_images(self.desk.collection, before, clustering)
            lines += [each, *renamed(before, clustering)] if each else [change_line(before, clustering)]
        remarks = "".join(f"{visible(sentence(line))}.\n" for line in lines if line)
        return remarks + self.described(clustering), ids

    def described(self, clustering: "Clustering") -> str:
        """A grouping, the images without an answer, and what asking a host came to so far."""
        failures, asked = self.desk.models.failures(clustering.criterion), self.desk.models.usage()
        unsorted = self.desk.experts.looked and len(clustering.unsorted())
        why = wording.faceless(clustering, self.desk.experts.look()) if unsorted else ""
        text = wording.grouping(clustering) + why + wording.failures(failures) + wording.asked(asked)
        collection = self.desk.collection
        if len(collection.unreadable) > self._unreadable_told:  # found out only now, when they were looked at
            self._unreadable_told = len(collection.unreadable)
            text += f"\n{unread(collection)}"
        return text
