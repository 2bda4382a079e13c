"""Counts what models took: the calls of describers and judges, and the time of training; and says what may be taken."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from assistant.models.consent import Notes
from assistant.text.formatting import duration
from tools.errors import Cancelled
from tools.names import amount

Kind = Literal["describer", "judge", "training"]
"""What takes effort: a model that describes, one that judges, or training, which is counted in runs."""

_PACE = "pace"
"""The key of the note that says how many seconds one call of each model took last."""


@dataclass(slots=True)
class Taken:
    """Holds what one kind of work took, or may take.

    Attributes:
        calls: The number of calls; of training, the number of runs.
        seconds: The time that they took together.
    """

    calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Over:
    """Says what a step of a plan would take too much of.

    Attributes:
        kind: A kind of work, or the time.
        taken: What was taken since the approval: calls, or seconds.
        allowed: What is allowed of it.
        needed: The calls that would have been made next.
    """

    kind: Literal["describer", "judge", "training", "time"]
    taken: int
    allowed: int
    needed: int = 0


class Effort:
    """Counts the effort since the desk was opened. Any thread may add to it.

    Attributes:
        allowed: What the user has allowed for the plan in work, by kind; empty where there is no plan. What a kind took
            is compared with it from the time of the approval on.
        over: What the step of the plan that is done now, or was done last, would have taken too much of; None where it
            stayed within what is allowed.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes, self._lock = notes, threading.Lock()
        self._seconds: float | None = None
        self._spent, self._since = 0.0, 0.0
        self._within = False
        self.over: Over | None = None
        self._taken: dict[Kind, Taken] = {}
        self._by_model: dict[str, Taken] = {}
        self._before: dict[Kind, Taken] = {}
        self.allowed: dict[Kind, Taken] = {}

    def add(self, kind: Kind, model: str, calls: int, seconds: float) -> None:
        """Count calls of a model, and the time that they took together."""
        with self._lock:
            counters = (
                self._taken.setdefault(kind, Taken()),
                self._by_model.setdefault(f"{kind} {model}", Taken()),
            )
            for taken in counters:
                taken.calls += calls
                taken.seconds += seconds

    @contextmanager
    def timed(self, kind: Kind, model: str) -> Iterator[None]:
        """Count what is done inside as one call of a model, also where it fails or is stopped."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.add(kind, model, 1, time.monotonic() - start)

    def taken(self, kind: Kind) -> Taken:
        """Return what one kind of work took since the desk was opened."""
        with self._lock:
            taken = self._taken.get(kind, Taken())
            return Taken(taken.calls, taken.seconds)

    def pace(self, kind: Kind, model: str) -> float | None:
        """Return the seconds that one call of a model took, now or when it was used last; None where that is not
        known."""
        key = f"{kind} {model}"
        with self._lock:
            taken = self._by_model.get(key)
        if taken is not None and taken.calls:
            return taken.seconds / taken.calls
        noted = self._noted().get(key)
        return float(noted) if isinstance(noted, int | float) else None

    def keep(self) -> None:
        """Note the paces for the next time that the collection is opened."""
        with self._lock:
            paces = {key: round(t.seconds / t.calls, 4) for key, t in self._by_model.items() if t.calls}
            self._by_model.clear()
        if paces:
            self._notes.note(_PACE, self._noted() | paces)

    def allow(self, allowed: dict[Kind, Taken], seconds: float | None = None) -> None:
        """Note what the user has allowed a plan from now on: calls by kind, and seconds for all its steps; None for no
        limit."""
        self._before = {kind: self.taken(kind) for kind in allowed}
        self.allowed, self._seconds, self._spent = allowed, seconds, 0.0

    @contextmanager
    def within_plan(self) -> Iterator[None]:
        """Hold what is done inside, a step of the plan, to what is allowed. Outside of it nothing is held to that."""
        self.over, self._since, self._within = None, time.monotonic(), True
        try:
            yield
        finally:
            self._spent += time.monotonic() - self._since
            self._within = False

    def check(self, kind: Kind | None = None, calls: int = 0) -> None:
        """Ask whether a step of a plan may go on, and make further calls; outside of a plan it always may.

        Raises:
            tools.errors.Cancelled: The calls, or the time so far, would be more than is allowed; `over` says which.
        """
        if not self._within:
            return
        if kind is not None:
            most = self.allowed.get(kind, Taken()).calls
            made = self.taken(kind).calls - self._before.get(kind, Taken()).calls
            if made + calls > most:
                self._end(Over(kind, made, most, calls))
        took = self._spent + time.monotonic() - self._since
        if self._seconds is not None and took > self._seconds:
            self._end(Over("time", round(took), round(self._seconds)))

    def waited(self, seconds: float) -> None:
        """Leave out of the time of a step what it waited for the user."""
        self._since += seconds

    def _end(self, over: "Over") -> None:
        with self._lock:
            self.over = self.over or over
        raise Cancelled("the plan would take more than was allowed; what was finished is kept")

    def words(self) -> tuple[str, ...]:
        """Return what was taken in words, each kind with what is allowed: "judge 3 of 36 calls", "training 41 s"."""
        lines = []
        kinds: tuple[Kind, ...] = ("describer", "judge")
        for kind in kinds:
            taken, limit = self.taken(kind), self.allowed.get(kind)
            if limit is not None and limit.calls:
                since = taken.calls - self._before[kind].calls
                lines.append(f"{kind} {since:,} of {amount(limit.calls, 'call')}")
            elif taken.calls:
                lines.append(f"{kind} {amount(taken.calls, 'call')}")
        if training := self.taken("training").seconds:
            lines.append(f"training {duration(training)}")
        return tuple(lines)

    def _noted(self) -> dict[str, float]:
        noted = self._notes.noted(_PACE, {})
        return noted if isinstance(noted, dict) else {}
