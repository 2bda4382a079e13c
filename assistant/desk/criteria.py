"""Finds criteria to group by: proposals for the collection, the criteria that the user accepted, corrected
spellings."""

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
        failures: Why the language model's last proposal failed, a line each.
    """

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self.failures: list[str] = []

    def propose(
        self, progress: Progress = silent, own: Sequence[str] = (), thinker: Thinker | None = None
    ) -> list[Proposal]:
        """Propose criteria that fit this collection: the user's own first, then the others, best first.

        Args:
            progress: Called during the work.
            own: Criteria of the user's own to include.
            thinker: A language model to ask as well, which reads the findings in words. Where it fails, `failures`
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
        """Record in the journal which criteria the user accepted. This is not a step for undo."""
        with self._core.lock:
            text = f"accepted: {', '.join(criteria)}"
            self._core.shelf.record(Event("accept", text, detail={"criteria": list(criteria)}))

    def correction(self, criterion: str) -> str | None:
        """Return the known criterion that this one probably misspells; None where it is known or close to none."""
        names = [clustering.criterion for clustering in self._clusterings.all()]
        names += [spec.title or spec.name for spec in self._experts.specs()]
        if any(_spelling(criterion) == _spelling(name) for name in names):
            return None
        return spelling_suggestion(criterion, names)


def _spelling(criterion: str) -> str:
    """Return a criterion in one spelling, whether it is written in American or British English, singular or plural."""
    words = " ".join(criterion.casefold().split()).replace("color", "colour").replace("gray", "grey")
    return words.removesuffix("s")
