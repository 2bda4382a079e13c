"""Tunes features to a criterion: trained, kept with the collection, used while in force.

Training takes up to a minute, or minutes with a large model. A `Task` holds everything it needs, so that the desk is
free meanwhile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zipfile import BadZipFile

import numpy as np

from assistant.workspace import Event, Shelf
from assistant.workspace.files import written
from tools.clustering.constraints import Constraint
from tools.describe.guided import criterion_key
from tools.errors import RegroupError
from tools.models.ports import Vectors
from tools.progress import Progress
from tools.request import Request
from tools.tune.pairs import Pairs, from_constraints, merge_pairs
from tools.tune.tunable import FEATURES, features
from tools.views import View

if TYPE_CHECKING:
    from tools.learn.kernel_ridge import KernelRidge
    from tools.models.hub.lora import Tunable
    from tools.tune.tune_features import Attempt, Tuned
    from tools.tune.tune_model import Decode, Embed

Target = Literal["map", "encoder", "mllm"]
"""What is tuned: a linear map over the features, the image encoder, or the multimodal model."""
Teacher = Literal["answers", "words", "judge"]
"""Who labels pairs besides the user: nobody, the words that models see, or a model that judges pairs."""

KIND = "tune"
"""The kind of the event in the journal. After it is undone, the earlier features are used."""
TRAINING = "tuning"
"""The stage of the work, as reported to progress, in which the desk's lock is not held."""
ENOUGH = 24
"""The fewest answers at which tuning is tried without being asked for."""
MORE = 16
"""The fewest answers since the last attempt at which tuning is tried again."""
_VECTORS = "vectors.npz"
"""The file beside a model's adapter with the vectors that it gave, so that nobody has to load that model for them."""
MOST = 512
"""The most answers that are learned from, the newest ones: the number of pairs grows with the square."""


@dataclass(frozen=True, slots=True, eq=False)
class TunableModel:
    """Holds a model of this machine that can be tuned, with the way to its vectors and to the pictures.

    Attributes:
        model: The model that gets the adapter.
        embed: The vectors of images by that model.
        decode: The pixels of images by row.
    """

    model: "Tunable"
    embed: "Embed"
    decode: "Decode"


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Describes what there is to train.

    Attributes:
        clustering: The id of the clustering with the answers.
        criterion: The criterion of that clustering, in the user's words.
        images: The ids of n images.
        start: The features to tune, (n, d) float32; where a model is tuned, those that it has to be better than.
        answers: The pairs of rows that the user's answers tie together or keep apart.
        taught: The pairs that are learned from: those of another teacher, where there is one, and the answers.
        taught_by: Who labelled them, for people.
        seed: The seed of every random choice.
        model: The model that is tuned in place of a map; None for the map.
    """

    clustering: str
    criterion: str
    images: tuple[str, ...]
    start: Vectors
    answers: Pairs
    taught: Pairs
    taught_by: str
    seed: int
    model: "TunableModel | None" = None

    def holds(self, images: Sequence[str], constraints: Sequence[Constraint]) -> bool:
        """Return whether all answers of the task are still in force for the same images; there may be more now."""
        if tuple(images) != self.images:
            return False
        now = _codes(_pairs(images, constraints), len(images))
        return bool(np.isin(_codes(self.answers, len(images)), now).all())


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tells what tuning came to.

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
    clustering: str, request: Request, taught: Pairs | None = None, taught_by: str = ""
) -> Task:
    """Return what there is to train for the criterion of a request, for the clustering of that id.

    Nothing of it changes any more, whatever is said meanwhile.

    Args:
        clustering: The id of the clustering.
        request: The criterion, the images and the constraints, which are the user's answers.
        taught: The pairs of another teacher. Of a pair that the user answered, too, the answer counts.
        taught_by: Who labelled them, for people.
    """
    images = request.descriptions.images
    answers = _pairs(images, request.constraints)
    both = answers if taught is None else merge_pairs(taught, answers)
    who = taught_by if taught is not None else "your answers"
    return Task(clustering, request.criterion, images, start(request), answers, both, who, request.seed)


def train(task: Task, progress: Progress) -> "Attempt":
    """Tune the views of a criterion, or a model. It keeps nothing, and reads nothing but the task.

    Raises:
        tools.errors.UsageError: There are too few answers, or all are of one kind.
        tools.errors.Cancelled: `progress` raised it; nothing is left of the work.
    """
    from tools.tune.tune_features import attempt
    from tools.tune.tune_model import tune_model

    if (tuned := task.model) is not None:
        return tune_model(
            tuned.model, tuned.embed, tuned.decode, task.start, task.taught,
            taught_by=task.taught_by, seed=task.seed, progress=progress,
        )  # fmt: skip
    return attempt(
        task.images, task.start, task.taught, seed=task.seed, taught_by=task.taught_by, progress=progress
    )


def as_view(tuned: "Tuned") -> View:
    """Return tuned features as a view for grouping."""
    from tools.tune.tune_features import VIEW

    return View(f"{VIEW} {_name(tuned)}", tuned.vectors)


def keep_adapter(shelf: Shelf, task: Task, tuned: "Tuned") -> str:
    """Write the adapter, and the vectors of a model, to the collection's shelf, and return its name there."""
    folder = _folder(shelf) / _name(tuned)
    tuned.adapter.save(folder)
    if task.model is not None:
        with written(folder / _VECTORS) as path, path.open("wb") as file:
            np.savez(file, images=np.array(task.images), vectors=tuned.vectors)
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


def with_tuned_features(request: Request, shelf: Shelf) -> Request:
    """Return the request with the features that were last tuned to its criterion and not undone, unless it has some
    already.

    They cannot be used where images came or went since, as what they start from is standardised over those that were
    there; then it has a note of that.
    """
    name = None if request.tuned else _adapter(shelf, request.criterion)
    if name is None:
        return request
    from tools.tune.tune_features import VIEW, load

    def loaded() -> View:
        folder = _folder(shelf) / name
        if (folder / _VECTORS).exists():
            return View(f"{VIEW} {name}", _kept_vectors(folder / _VECTORS, request.descriptions.images))
        return View(f"{VIEW} {name}", load(folder, start(request)).vectors)

    try:
        return replace(request, tuned=request.descriptions.once(("tuned", name), loaded, 1))
    except RegroupError as error:
        return replace(request, notes=[f"the features tuned to {request.criterion} are not used: {error}"])


def _kept_vectors(file: Path, images: Sequence[str]) -> Vectors:
    """Return the vectors that a tuned model gave to these images. Raises RegroupError where they are of others."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            if kept["images"].tolist() != list(images):
                raise RegroupError("images came or went since")
            return np.asarray(kept["vectors"], np.float32)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise RegroupError(f"{file} cannot be read") from error


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
    return event.kind == KIND and event.detail["criterion"] == criterion_key(criterion)


def start(request: Request) -> Vectors:
    """Return the views that a criterion is grouped by, side by side; where no expert sees it, those of the network."""
    route = request.route
    return features(request.descriptions, [name for name, _ in route.views] if route.sure else FEATURES)


def _pairs(images: Sequence[str], constraints: Sequence[Constraint]) -> Pairs:
    return from_constraints(images, constraints[-MOST:])


def _codes(pairs: Pairs, n: int) -> Vectors:
    """Return (m,) integers, each of which encodes a pair and its constraint."""
    return np.asarray((pairs.rows[:, 0] * n + pairs.rows[:, 1]) * 2 + pairs.same)


def _name(tuned: "Tuned") -> str:
    return re.sub(r"\W", "-", tuned.name)


def _folder(shelf: Shelf) -> Path:
    return shelf.path / "tuned"
