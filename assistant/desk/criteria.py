"""Criteria to group by: which ones fit the collection, which ones the user accepted, and how one is spelt."""

from collections.abc import Sequence

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.workspace import Event
from tools.models.ports import Thinker
from tools.names import spelling_suggestion
from tools.progress import Progress, silent
from tools.propose import Proposal, propose


class Criteria:
    """Proposes criteria.

    Attributes:
        failures: Why the language model proposed nothing the last time it was asked, a line each.
    """

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self.failures: list[str] = []

    def propose(
        self, progress: Progress = silent, own: Sequence[str] = (), thinker: Thinker | None = None
    ) -> list[Proposal]:
        """Criteria that fit this collection: the user's own first, then the others, best first.

        Args:
            progress: Called during the work.
            own: What the user wants to be among them.
            thinker: A language model to ask as well; it is told what was seen, in words. Where it fails, `failures`
                says why.
        """
        with self._core.lock:
            self.failures.clear()
            return propose(
                self._experts.look(progress),
                seed=self._core.settings.seed,
                own=own,
                texts=self._core.texts,
                thinker=thinker,
                describes=self._core.describing.asks,
                progress=progress,
                tell=self.failures.append,
            )

    def accept(self, criteria: Sequence[str]) -> None:
        """Remember in the journal which criteria the user accepted. It is no step for undo."""
        with self._core.lock:
            text = f"accepted: {', '.join(criteria)}"
            self._core.shelf.record(Event("accept", text, detail={"criteria": list(criteria)}))

    def correction(self, criterion: str) -> str | None:
        """The criterion that is known here and of which this one is probably a misspelling; None where it is none."""
        known = [made.criterion for made in self._clusterings.all()]
        known += [spec.title or spec.name for spec in self._experts.specs()]
        if any(_spelling(criterion) == _spelling(name) for name in known):
            return None
        return spelling_suggestion(criterion, known)


def _spelling(criterion: str) -> str:
    """A criterion in one spelling, whether it is written in American or British English, of one or of many."""
    words = " ".join(criterion.casefold().split()).replace("color", "colour").replace("gray", "grey")
    return words.removesuffix("s")
