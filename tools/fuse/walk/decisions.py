"""Who decides whether an image belongs to a group: the user, what is sure already, a judge, or what is likely."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tools.errors import Cancelled, RegroupError
from tools.judging import Membership
from tools.relate import sigmoid

PATIENCE = 3
"""A judge that fails this many times in a row is not asked again."""

By = Literal["user", "sure", "judge", "words", "graph"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a walk.

    Attributes:
        row: The image; for two groups, one that stands for the smaller.
        cluster: The group, as the number of its column in the end.
        score: Cosine with the group.
        by: Who decided: the user's word, a prior that is sure, the judge, or the likelier side by words or graph.
        probability: In [0, 1] that the image belongs to the group; at least 1/2 means it was taken in.
    """

    row: int
    cluster: int
    score: float
    by: By
    probability: float


_SPOKEN: dict[By, str] = {
    "user": "you said so",
    "judge": "the model was asked and gave {}",
    "sure": "what is seen and said left no doubt ({})",
    "words": "what is said of it spoke for {}",
    "graph": "its likeness spoke for {}",
}


def reasons(log: Iterable[Decision]) -> dict[int, str]:
    """Return row to why that image was taken into its group: the last decision that took it in."""
    taken = {one.row: one for one in log if one.probability >= 0.5}
    return {row: _SPOKEN[one.by].format(f"{one.probability:.0%}") for row, one in taken.items()}


@dataclass(slots=True, eq=False)
class Decider:
    """Decides for one walker, with a budget and a log of its own: what one does never depends on when others do it.

    Attributes:
        judge: None where nobody is asked.
        criterion: In the user's words.
        budget: Calls that are left; None for no limit.
        bound: Log-odds at least this far from 0 are sure.
        prior: Who decides where nobody is asked.
        stop: Set once the work was cancelled.
        tell: Called after each call.
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
        """Whether a question can be asked."""
        return self.judge is not None and not self.lost and (self.budget is None or self.budget > 0)

    def decide(
        self, row: int, cluster: int, score: float, odds: float, shown: tuple[Sequence[int], Sequence[str]]
    ) -> bool:
        """Return whether an image belongs to a group; the answer is logged.

        Args:
            row: The image.
            cluster: What the group is known by.
            score: Cosine of the two.
            odds: Log-odds as they are believed.
            shown: Exemplars and tags of the group.

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
        """Return the judge's probability; None where it cannot be asked or fails."""
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
