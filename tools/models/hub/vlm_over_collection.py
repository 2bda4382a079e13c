"""Describes a whole collection with a model of this machine, and embeds it for a criterion: looks only at what is not
kept yet, keeps each batch."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tools.errors import Cancelled, RegroupError
from tools.models.hub.vlm_describer import VlmDescriber
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.ports import Decode, Findings, FindingsCache, Pixels, Question
from tools.progress import Progress, silent

Find = Callable[[Sequence[Pixels]], Findings]
"""What a model finds in a few images."""

INTEREST = "interest"
"""The view under which interest vectors are kept."""

IN_A_ROW = 8
"""After so many images in a row for which the model failed, the run ends."""


@dataclass(slots=True)
class RunResult:
    """What came of a run.

    Attributes:
        calls: Images that the model was shown.
        failures: Image id to reason: the model failed on it.
        unreadable: Image id to reason: it does not decode.
    """

    calls: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def key(describer: VlmDescriber, question: Question) -> str:
    """Under what answers to a question are kept."""
    return f"hub {describer.name} question {question.digest}"


def describe_all(
    describer: VlmDescriber,
    question: Question,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsCache,
    *,
    progress: Progress = silent,
) -> RunResult:
    """Ask one question about every image of which no answer is kept under `key(describer, question)`.

    Each batch is kept when it is answered, so whatever ends the run, the next one asks only for the rest. A batch on
    which the model fails is shown to it again image by image.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
        tools.errors.RegroupError: The model failed on `IN_A_ROW` images in a row.
    """

    def ask(pixels: Sequence[Pixels]) -> Findings:
        return Findings(slots=describer.describe(pixels, question))

    own = key(describer, question)
    return _over(images, own, ask, describer.batch, decode, cache, "asking", progress)


def interest_key(encoder: VlmInterestEncoder, criterion: str) -> str:
    """Under what the vectors for a criterion are kept. The encoder's name says which layer and pooling."""
    digest = hashlib.sha256(criterion.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"hub {encoder.name} criterion {digest}"


def embed_all(
    encoder: VlmInterestEncoder,
    criterion: str,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsCache,
    *,
    progress: Progress = silent,
) -> RunResult:
    """The vectors of every image for a criterion, kept as the view `INTEREST` under `interest_key`. As `describe_all`:
    only what is missing, batch by batch, and the same errors."""

    def embed(pixels: Sequence[Pixels]) -> Findings:
        return Findings({INTEREST: encoder.encode(pixels, criterion)})

    own = interest_key(encoder, criterion)
    return _over(images, own, embed, encoder.batch, decode, cache, "looking again", progress)


def _over(
    images: Sequence[str],
    own: str,
    find: Find,
    size: int,
    decode: Decode,
    cache: FindingsCache,
    stage: str,
    progress: Progress,
) -> RunResult:
    """Have `find` look at those of the images of which nothing is kept under a key, and keep what it finds."""
    missing = cache.missing(own, list(dict.fromkeys(images)))
    ran = RunResult()
    batch: list[tuple[str, Pixels]] = []
    in_a_row = 0

    def done() -> None:
        nonlocal in_a_row
        for some, found in _halved(find, batch, ran):
            in_a_row = 0 if found else in_a_row + 1
            if found:
                cache.put(own, some, found)
            elif in_a_row >= IN_A_ROW:
                reason = next(reversed(ran.failures.values()))
                raise RegroupError(
                    f"stopped after {in_a_row} images in a row on which the model failed: {reason}"
                )
        batch.clear()
        progress(stage, ran.calls + len(ran.unreadable), len(missing))

    if missing:
        progress(stage, 0, len(missing))
    for image, pixels, reason in decode(missing):
        if pixels is None:
            ran.unreadable[image] = reason or "cannot be decoded"
            continue
        batch.append((image, pixels))
        if len(batch) == size:
            done()
    if batch:
        done()
    return ran


def _halved(
    find: Find, batch: Sequence[tuple[str, Pixels]], ran: RunResult
) -> Iterable[tuple[list[str], Findings | None]]:
    """What is found in a batch at once, or image by image; None for each on which the model fails."""
    try:
        found = find([pixels for _, pixels in batch])
        ran.calls += len(batch)
        yield [image for image, _ in batch], found
        return
    except Cancelled:
        raise
    except RegroupError:
        pass  # one of them, or too many at once: alone it shows
    for image, pixels in batch:
        ran.calls += 1
        try:
            yield [image], find([pixels])
        except Cancelled:
            raise
        except RegroupError as error:
            ran.failures[image] = str(error)
            yield [image], None
