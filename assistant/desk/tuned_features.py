"""Features tuned to a criterion by the user's feedback: trained, kept with the collection, used while in force.

Training takes up to a minute. A `Task` holds everything it needs, so that the desk is free meanwhile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.workspace import Event, Shelf
from tools.constraints import Constraint
from tools.describe import Descriptions
from tools.embed.route import route_here
from tools.errors import RegroupError
from tools.guided import plain
from tools.models.ports import TextEncoder, Vectors
from tools.progress import Progress
from tools.tune.pairs import Pairs, from_constraints
from tools.tune.tunable import FEATURES, features
from tools.views import View

if TYPE_CHECKING:
    from tools.learn.kernel_ridge import KernelRidge
    from tools.tune.tune_features import Attempt, Tuned

KIND = "tune"
"""The kind of the event in the journal. After it is undone, the earlier features are used."""
TRAINING = "tuning"
"""The stage of the work, as reported to progress, in which the desk's lock is not held."""
ENOUGH = 24
"""The fewest answers at which tuning is tried without being asked for."""
MORE = 16
"""The fewest answers since the last attempt at which tuning is tried again."""
MOST = 512
"""The most answers that are learned from, the newest ones: the number of pairs grows with the square."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A task for training.

    Attributes:
        clustering: The id of the clustering with the answers.
        criterion: The criterion of that clustering, in the user's words.
        images: The ids of n images.
        start: The features to tune, (n, d) float32.
        pairs: The pairs of rows that the answers tie together or keep apart.
        seed: The seed of every random choice.
    """

    clustering: str
    criterion: str
    images: tuple[str, ...]
    start: Vectors
    pairs: Pairs
    seed: int

    def holds(self, images: Sequence[str], constraints: Sequence[Constraint]) -> bool:
        """Return whether all answers of the task are still in force for the same images; there may be more now."""
        if tuple(images) != self.images:
            return False
        now = _codes(_pairs(images, constraints), len(images))
        return bool(np.isin(_codes(self.pairs, len(images)), now).all())


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of tuning.

    Attributes:
        criterion: The criterion.
        kept: Whether the features are used from now on.
        before: The mean area under the ROC curve on held-out pairs without the tuning, in [0, 1].
        after: The same area with the tuning.
        line: A line about it for the user.
    """

    criterion: str
    kept: bool
    before: float
    after: float
    line: str


def training_task(
    clustering: str,
    criterion: str,
    descriptions: Descriptions,
    texts: TextEncoder,
    constraints: Sequence[Constraint],
    seed: int,
) -> Task:
    """Return the task for a criterion; later feedback does not change it."""
    images = descriptions.images
    return Task(
        clustering,
        criterion,
        images,
        _start(criterion, descriptions, texts),
        _pairs(images, constraints),
        seed,
    )


def train(task: Task, progress: Progress) -> "Attempt":
    """Tune the views of a criterion. It keeps nothing, and reads nothing but the task.

    Raises:
        tools.errors.UsageError: There are too few answers, or all are of one kind.
        tools.errors.Cancelled: `progress` raised it; nothing is left of the work.
    """
    from tools.tune.tune_features import attempt

    return attempt(task.images, task.start, task.pairs, seed=task.seed, progress=progress)


def as_view(tuned: "Tuned") -> View:
    """Return tuned features as a view for grouping."""
    from tools.tune.tune_features import VIEW

    return View(f"{VIEW} {_name(tuned)}", tuned.vectors)


def keep_adapter(shelf: Shelf, tuned: "Tuned") -> str:
    """Write the adapter to the collection's shelf, and return its name there."""
    tuned.adapter.save(_folder(shelf) / _name(tuned))
    return _name(tuned)


def why_worse(before: "KernelRidge", after: "KernelRidge") -> str | None:
    """Return why tuned features are rejected, where they predict fewer answers, each from the others; else None.

    Args:
        before: The learner without the tuned features.
        after: The learner with them, trained on the same answers.
    """
    old, new = int(before.right.sum()), int(after.right.sum())
    if new >= old:
        return None
    return f"of {len(after.right)} answers, {old} are predicted from the others without it and {new} with it"


def view_in_force(
    shelf: Shelf, criterion: str, descriptions: Descriptions, texts: TextEncoder
) -> tuple[View | None, list[str]]:
    """Return the features last tuned to a criterion and not undone, and a line for the user where they are unusable.

    They are unusable after images came or went, as their starting point is standardised over the images of that time.
    """
    name = _adapter(shelf, criterion)
    if name is None:
        return None, []
    from tools.tune.tune_features import VIEW, load

    def loaded() -> View:
        tuned = load(_folder(shelf) / name, _start(criterion, descriptions, texts))
        return View(f"{VIEW} {name}", tuned.vectors)

    try:
        return descriptions.once(("tuned", name), loaded, 1), []
    except RegroupError as error:
        return None, [f"the features tuned to {criterion} are not used: {error}"]


def _adapter(shelf: Shelf, criterion: str) -> str | None:
    """Return the adapter made last for a criterion.

    An adapter made after a moment that the user has gone back to does not count, as its answers are not in force.
    """
    tuned = {event.clustering for event in shelf.log() if _tuned_to(event, criterion)}
    latest = [_last(shelf, clustering, criterion) for clustering in tuned]
    return max((each for each in latest if each), default=(0, None))[1]


def _last(shelf: Shelf, clustering: str | None, criterion: str) -> tuple[int, str] | None:
    """Return the number of the event that last tuned a clustering to a criterion, and its adapter.

    After the user went back to a moment, the adapter of that moment counts again, even if it was undone later.
    """
    at: int | None = None
    while True:
        events = (event for event in reversed(shelf.done(at)) if event.clustering == clustering)
        event = next((e for e in events if e.kind == "restore" or _tuned_to(e, criterion)), None)
        if event is None:
            return None
        if event.kind == KIND:
            return event.number, str(event.detail["adapter"])
        at = int(event.detail["of"])


def _tuned_to(event: Event, criterion: str) -> bool:
    return event.kind == KIND and event.detail["criterion"] == plain(criterion)


def _start(criterion: str, descriptions: Descriptions, texts: TextEncoder) -> Vectors:
    """Return the views of a criterion side by side; where no expert sees it, those of the network."""
    chosen = route_here(criterion, descriptions, texts)
    return features(descriptions, [name for name, _ in chosen.views] if chosen.sure else FEATURES)


def _pairs(images: Sequence[str], constraints: Sequence[Constraint]) -> Pairs:
    return from_constraints(images, constraints[-MOST:])


def _codes(pairs: Pairs, n: int) -> Vectors:
    """Return (m,) integers, each of which encodes a pair and its constraint."""
    return np.asarray((pairs.rows[:, 0] * n + pairs.rows[:, 1]) * 2 + pairs.same)


def _name(tuned: "Tuned") -> str:
    return re.sub(r"\W", "-", tuned.name)


def _folder(shelf: Shelf) -> Path:
    return shelf.path / "tuned"
