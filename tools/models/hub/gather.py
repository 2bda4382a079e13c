"""Describes a whole collection with a model of this machine: looks only at what is not kept yet, keeps each batch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tools.errors import Cancelled, RegroupError
from tools.models.hub.describer import HubDescriber
from tools.models.ports import Findings, Pixels, Question, Slot
from tools.progress import Progress, silent

Decode = Callable[[Sequence[str]], Iterable[tuple[str, Pixels | None, str]]]
"""Gives (image id, pixels or None, reason) of the ids it is asked for."""

IN_A_ROW = 8
"""After so many images in a row for which the model failed, the run ends."""


class Kept(Protocol):
    """Where answers are kept."""

    def missing(self, expert: str, images: Sequence[str]) -> list[str]:
        """Those of `images` of which nothing is kept yet under this key."""
        ...

    def put(self, expert: str, images: Sequence[str], findings: Findings) -> None:
        """Keep the findings of some images."""
        ...


@dataclass(slots=True)
class Ran:
    """What came of a run.

    Attributes:
        calls: Images that the model was shown.
        failures: Image id to reason: the model failed on it.
        unreadable: Image id to reason: it does not decode.
    """

    calls: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def key(describer: HubDescriber, question: Question) -> str:
    """Under what answers to a question are kept."""
    return f"hub {describer.name} question {question.digest}"


def describe_all(
    describer: HubDescriber,
    question: Question,
    images: Sequence[str],
    decode: Decode,
    cache: Kept,
    *,
    progress: Progress = silent,
) -> Ran:
    """Ask one question about every image of which no answer is kept under `key(describer, question)`.

    Each batch is kept when it is answered, so whatever ends the run, the next one asks only for the rest. A batch on
    which the model fails is shown to it again image by image.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
        tools.errors.RegroupError: The model failed on `IN_A_ROW` images in a row.
    """
    own = key(describer, question)
    missing = cache.missing(own, list(dict.fromkeys(images)))
    ran = Ran()
    batch: list[tuple[str, Pixels]] = []
    in_a_row = 0

    def done() -> None:
        nonlocal in_a_row
        for some in _halved(describer, question, batch, ran):
            in_a_row = 0 if some else in_a_row + 1
            if some:
                cache.put(own, list(some), Findings(slots=list(some.values())))
            elif in_a_row >= IN_A_ROW:
                reason = next(reversed(ran.failures.values()))
                raise RegroupError(
                    f"stopped after {in_a_row} images in a row on which the model failed: {reason}"
                )
        batch.clear()
        progress("asking", ran.calls + len(ran.unreadable), len(missing))

    if missing:
        progress("asking", 0, len(missing))
    for image, pixels, reason in decode(missing):
        if pixels is None:
            ran.unreadable[image] = reason or "cannot be decoded"
            continue
        batch.append((image, pixels))
        if len(batch) == describer.batch:
            done()
    if batch:
        done()
    return ran


def _halved(
    describer: HubDescriber, question: Question, batch: Sequence[tuple[str, Pixels]], ran: Ran
) -> Iterable[dict[str, list[Slot]]]:
    """The answers about a batch at once, or image by image; {} for each that fails."""
    try:
        said = describer.describe([pixels for _, pixels in batch], question)
        ran.calls += len(batch)
        yield dict(zip((image for image, _ in batch), said, strict=True))
        return
    except Cancelled:
        raise
    except RegroupError:
        pass  # one of them, or too many at once: alone it shows
    for image, pixels in batch:
        ran.calls += 1
        try:
            (slots,) = describer.describe([pixels], question)
            yield {image: slots}
        except Cancelled:
            raise
        except RegroupError as error:
            ran.failures[image] = str(error)
            yield {}
