"""Describes a whole collection with a vision-language model, or encodes it for a criterion.

Only what is not in the cache is looked at, and each batch is cached as soon as it is done.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tools.errors import Cancelled, RegroupError
from tools.models.hub.vlm_describer import VlmDescriber
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.ports import Decode, Findings, FindingsStore, Pixels, Question
from tools.progress import Progress, silent

Find = Callable[[Sequence[Pixels]], Findings]
"""Gives the findings of a model in a few images; may raise RegroupError."""

INTEREST = "interest"
"""The name of the view under which interest vectors are cached."""

IN_A_ROW = 8
"""The number of images in a row on which the model may fail before the run ends."""


@dataclass(slots=True)
class RunResult:
    """Holds the result of a run.

    Attributes:
        calls: The number of images that the model was shown.
        failures: Image id to the reason why the model failed on it.
        unreadable: Image id to the reason why it could not be decoded.
    """

    calls: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def key(describer: VlmDescriber, question: Question) -> str:
    """Return the key under which answers to a question are cached."""
    return f"hub {describer.name} question {question.digest}"


def describe_all(
    describer: VlmDescriber,
    question: Question,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsStore,
    *,
    progress: Progress = silent,
    result: RunResult | None = None,
) -> RunResult:
    """Ask one question about every image for which no answer is cached under `key(describer, question)`.

    Each batch is cached when it is answered, so whatever ends the run, the next one asks only about the rest. A batch
    on which the model fails is shown to it again image by image.

    Returns:
        The result; `result` itself where it is given, which then has what was done also where this raises.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
        tools.errors.RegroupError: The model failed on `IN_A_ROW` images in a row.
    """

    def ask(pixels: Sequence[Pixels]) -> Findings:
        return Findings(slots=describer.describe(pixels, question))

    cache_key = key(describer, question)
    return _over(images, cache_key, ask, describer.batch, decode, cache, "asking", progress, result)


def interest_key(encoder: VlmInterestEncoder, criterion: str) -> str:
    """Return the key under which the vectors for a criterion are cached; the encoder's name includes layer and
    pooling."""
    digest = hashlib.sha256(criterion.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"hub {encoder.name} criterion {digest}"


def embed_all(
    encoder: VlmInterestEncoder,
    criterion: str,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsStore,
    *,
    progress: Progress = silent,
    result: RunResult | None = None,
) -> RunResult:
    """Encode every image for a criterion and cache the vectors as the view `INTEREST` under `interest_key`.

    As in `describe_all`, only what is missing is encoded, batch by batch, with the same result and errors.
    """

    def embed(pixels: Sequence[Pixels]) -> Findings:
        return Findings({INTEREST: encoder.encode(pixels, criterion)})

    cache_key = interest_key(encoder, criterion)
    return _over(images, cache_key, embed, encoder.batch, decode, cache, "looking again", progress, result)


def _over(
    images: Sequence[str],
    cache_key: str,
    find: Find,
    size: int,
    decode: Decode,
    cache: FindingsStore,
    stage: str,
    progress: Progress,
    given: RunResult | None,
) -> RunResult:
    """Have `find` look at the images for which nothing is cached under a key, and cache its findings."""
    missing = cache.missing(cache_key, list(dict.fromkeys(images)))
    result = RunResult() if given is None else given
    batch: list[tuple[str, Pixels]] = []
    in_a_row = 0

    def done() -> None:
        nonlocal in_a_row
        for ids, findings in _one_by_one_on_failure(find, batch, result):
            in_a_row = 0 if findings else in_a_row + 1
            if findings:
                cache.put(cache_key, ids, findings)
            elif in_a_row >= IN_A_ROW:
                reason = next(reversed(result.failures.values()))
                raise RegroupError(
                    f"stopped after {in_a_row} images in a row on which the model failed: {reason}"
                )
        batch.clear()
        progress(stage, result.calls + len(result.unreadable), len(missing))

    if missing:
        progress(stage, 0, len(missing))
    for image, pixels, reason in decode(missing):
        if pixels is None:
            result.unreadable[image] = reason or "cannot be decoded"
            continue
        batch.append((image, pixels))
        if len(batch) == size:
            done()
    if batch:
        done()
    return result


def _one_by_one_on_failure(
    find: Find, batch: Sequence[tuple[str, Pixels]], result: RunResult
) -> Iterable[tuple[list[str], Findings | None]]:
    """Yield the findings in a batch at once or, where that fails, image by image; None for an image on which it
    fails."""
    try:
        findings = find([pixels for _, pixels in batch])
        result.calls += len(batch)
        yield [image for image, _ in batch], findings
        return
    except Cancelled:
        raise
    except RegroupError:
        pass  # one image, or too many at a time: one by one it shows
    for image, pixels in batch:
        result.calls += 1
        try:
            yield [image], find([pixels])
        except Cancelled:
            raise
        except RegroupError as error:
            result.failures[image] = str(error)
            yield [image], None
