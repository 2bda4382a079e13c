"""Decides whether an image belongs to a group, by the user, by sure evidence, by a judge, or by likelihood."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tools.describe.judging import Membership
from tools.errors import Cancelled, RegroupError
from tools.names import amount
from tools.relational_graph import sigmoid

PATIENCE = 3
"""The number of failures in a row after which a judge is not asked again."""


By = Literal["user", "sure", "judge", "words", "graph"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Records one decision of a walk.

    Attributes:
        row: The row of the image; for two groups that of an image of the smaller one.
        cluster: The group, in the end as the number of its column.
        score: The cosine with the group.
        by: Who decided: the user, sure evidence, the judge, or the likelier side by words or by the graph.
        probability: The probability in [0, 1] that the image belongs to the group, which takes it in from 1/2.
    """

    row: int
    cluster: int
    score: float
    by: By
    probability: float


_REASONS: dict[By, str] = {
    "user": "you said so",
    "judge": "the model was asked and gave {}",
    "sure": "the evidence left no doubt ({})",
    "words": "the words about it made it {} likely",
    "graph": "its likeness made it {} likely",
}


def reasons(log: Iterable[Decision]) -> dict[int, str]:
    """Map the row of each image to the reason, for the user, why the last decision took it into its group."""
    taken = {decision.row: decision for decision in log if decision.probability >= 0.5}
    return {
        row: _REASONS[decision.by].format(f"{decision.probability:.0%}") for row, decision in taken.items()
    }


_DECIDED: dict[By, str] = {
    "user": "by you",
    "judge": "by the judge",
    "sure": "for sure",
    "words": "by words",
    "graph": "by likeness",
}


def told(log: Iterable[Decision]) -> str:
    """Return how many decisions were made by whom, in words for the user; "" where none was made."""
    count = Counter(decision.by for decision in log)
    by = [f"{count[who]} {words}" for who, words in _DECIDED.items() if count[who]]
    return f"{amount(count.total(), 'decision')}: {', '.join(by)}" if by else ""


@dataclass(slots=True, eq=False)
class Decider:
    """Decides for one walker, with its own budget and log, so that the result does not depend on timing.

    Attributes:
        judge: The judge that is asked; None where nobody is.
        criterion: The criterion in the user's words.
        budget: The number of calls that are left; None for no limit.
        bound: The distance of log-odds from 0 from which they are sure.
        prior: Who decides where nobody is asked: words or graph.
        stop: Set once the work was cancelled.
        tell: Called after each call.
        log: All decisions so far.
        calls: The number of calls so far.
        failed: The number of failures of the judge in a row.
        lost: Whether the judge has failed too often to be asked again.
    """

    judge: Membership | None
    criterion: str
    budget: int | None
    bound: float
    prior: By
    stop: threading.Event
    tell: Callable[[], None]
    log: list[Decision] = field(default_factory=list)
    calls: int = 0
    failed: int = 0
    lost: bool = False

    @property
    def able(self) -> bool:
        """Return whether a question can be asked."""
        return self.judge is not None and not self.lost and (self.budget is None or self.budget > 0)

    def decide(
        self, row: int, cluster: int, score: float, odds: float, shown: tuple[Sequence[int], Sequence[str]]
    ) -> bool:
        """Return whether an image belongs to a group; the answer is logged.

        Args:
            row: The row of the image.
            cluster: The start of the group, by which it is identified.
            score: The cosine of the two.
            odds: The log-odds before anybody is asked.
            shown: The exemplars and the tags of the group.

        Raises:
            tools.errors.Cancelled: The user stopped it.
        """
        by: By = "sure" if abs(odds) >= self.bound else self.prior
        probability = float(sigmoid(odds))
        if by != "sure" and (answer := self.ask(row, *shown)) is not None:
            by, probability = "judge", answer
        self.log.append(Decision(row, cluster, score, by, probability))
        return probability >= 0.5

    def ask(self, row: int, exemplars: Sequence[int], tags: Sequence[str]) -> float | None:
        """Ask the judge for a probability; None where it cannot be asked or fails. Raise Cancelled after a stop."""
        if self.stop.is_set():
            raise Cancelled("cancelled; what was finished is kept")
        if not self.able or self.judge is None:
            return None
        if self.budget is not None:
            self.budget -= 1
        self.calls += 1
        try:
            answer = float(self.judge.belongs(row, exemplars, tags, self.criterion))
            self.failed = 0
        except Cancelled:
            self.stop.set()
            raise
        except RegroupError:
            self.failed += 1
            self.lost = self.failed >= PATIENCE
            return None
        finally:
            if not self.stop.is_set():
                self.tell()
        return min(1.0, max(0.0, answer)) if answer == answer else None
