"""Describes a whole collection: asks only for what is not kept yet, keeps each answer as it comes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tools.errors import RegroupError
from tools.models.hosted.chat_client import Job, Ticket
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_port import Failed
from tools.models.hosted.usage_meter import UsageMeter
from tools.models.ports import Decode, Findings, FindingsCache, Question, Slot
from tools.progress import Progress, silent


@dataclass(slots=True)
class Described:
    """What is known of n images after a run. Every image is in exactly one of the three.

    Attributes:
        slots: Image id to the slots that are visible, for each that is described, now or before.
        failures: Image id to reason: there was no usable answer. A new run asks for them again.
        unreadable: Image id to reason: it does not decode.
        meter: What all runs through this client sent so far.
    """

    meter: UsageMeter
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


class Stopped(RegroupError):
    """The host failed for many images in a row, and the rest was not asked."""


def describe_all(
    describer: ChatDescriber,
    question: Question,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsCache,
    *,
    progress: Progress = silent,
    failed: Callable[[str, str], None] = lambda image, reason: None,
) -> Described:
    """Ask one question about every image of which no answer is kept.

    Each answer is kept the moment it comes, so whatever ends the run (a kill, a cancel, a lost connection), the next
    one asks only for the rest.

    Args:
        describer: Asks.
        question: What.
        images: Image ids.
        decode: Gives their pixels; at least as large as the describer's `side`, or they are sent smaller.
        cache: Where answers are kept, under `describer.key(question)`. It is written to from another thread.
        progress: Called several times a second; raises Cancelled to stop, which takes at most the client's grace.
        failed: Given an image id and the reason as soon as there is no usable answer, also where the run then ends
            with an error: that was paid for. Not called where the host failed: asking again may help.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
        tools.errors.UsageError: The user did not allow it. Nothing was sent.
        Fatal: The host takes no request: wrong key, no credit, no such model.
        Stopped: The host failed for many images in a row.
    """
    key = describer.key(question)
    missing = cache.missing(key, list(dict.fromkeys(images)))
    result = Described(describer.client.meter)
    run = _Run(describer, key, cache, result, progress, failed, len(missing))
    if missing:
        progress(_STAGE, 0, len(missing))

        def jobs() -> Iterator[Job[list[Slot]]]:
            for image, pixels, reason in decode(missing):
                if pixels is None:
                    result.unreadable[image] = reason or "cannot be decoded"
                else:
                    yield run.kept(describer.job(image, pixels, question))

        describer.client.run(jobs(), run.done, run.tick)
    known = [image for image in images if image not in result.failures and image not in result.unreadable]
    result.slots = dict(zip(known, cache.slots(key, known), strict=True))
    return result


_STAGE = "asking"


@dataclass(slots=True)
class _Run:
    describer: ChatDescriber
    key: str
    cache: FindingsCache
    result: Described
    progress: Progress
    failed: Callable[[str, str], None]
    total: int
    described: int = 0
    in_a_row: int = 0

    def kept(self, job: Job[list[Slot]]) -> Job[list[Slot]]:
        """The same job, with its answer kept before anything else happens.

        That is in the event loop's own thread, for a moment, and before the next request goes out: a process that is
        killed has paid in vain for what was on its way and for nothing more.
        """

        async def work(ticket: Ticket) -> list[Slot]:
            slots = await job.work(ticket)
            self.cache.put(self.key, [job.name], Findings(slots=[slots]))
            return slots

        return Job(job.name, work)

    def done(self, image: str, outcome: list[Slot] | Failed) -> None:
        meter = self.result.meter
        if isinstance(outcome, Failed):
            meter.failed += 1
            self.result.failures[image] = str(outcome)
            if not outcome.host:
                self.failed(image, str(outcome))
            # A picture that a model will not describe is no reason to stop, unless it never describes any.
            self.in_a_row += outcome.host or not self.described
            if self.in_a_row >= self.describer.client.patience.in_a_row:
                raise Stopped(self._stopped(str(outcome)))
        else:
            meter.described += 1
            self.described += 1
            self.in_a_row = 0

    def tick(self) -> None:
        done = self.described + len(self.result.failures) + len(self.result.unreadable)
        self.progress(_STAGE, done, self.total)

    def _stopped(self, reason: str) -> str:
        return (
            f"stopped after {self.in_a_row} images in a row without an answer; {self.described} of {self.total} are "
            f"described and kept; try again for the rest ({reason})"
        )
