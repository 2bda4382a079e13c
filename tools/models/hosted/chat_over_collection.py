"""Describes a whole collection with a hosted chat model.

Only what is not in the cache is asked about, and each answer is cached as soon as it comes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tools.errors import RegroupError
from tools.models.hosted.chat_client import Job, Ticket
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_port import Failed
from tools.models.hosted.usage_meter import UsageMeter
from tools.models.ports import Decode, Findings, FindingsStore, Question, Slot
from tools.progress import Progress, silent


@dataclass(slots=True)
class Described:
    """Holds the state of n images after a run; each is in exactly one of `slots`, `failures` and `unreadable`.

    Attributes:
        meter: What all runs through this client have sent so far.
        slots: Image id to the slots that are visible, for every image described now or before.
        failures: Image id to the reason why there is no usable answer; a new run asks about these again.
        unreadable: Image id to the reason why it could not be decoded.
    """

    meter: UsageMeter
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


class Stopped(RegroupError):
    """The host failed for many images in a row, so the rest was not asked about."""


def describe_all(
    describer: ChatDescriber,
    question: Question,
    images: Sequence[str],
    decode: Decode,
    cache: FindingsStore,
    *,
    progress: Progress = silent,
    failed: Callable[[str, str], None] = lambda image, reason: None,
) -> Described:
    """Ask one question about every image for which no answer is cached.

    Each answer is cached the moment it comes, so whatever ends the run (a kill, a cancel, a lost connection), the next
    one asks only about the rest.

    Args:
        describer: Asks the model.
        question: The question.
        images: Image ids.
        decode: Gives the pixels; those smaller than the describer's `side` are sent as they are.
        cache: Keeps the answers under `describer.key(question)`; it is written to from another thread.
        progress: Called several times a second; raises Cancelled to stop, which takes at most the policy's grace.
        failed: Given an image id and a reason as soon as an answer proves unusable, since that was paid for, even if
            the run then ends with an error. It is not called where the host failed, since asking again may help.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
        tools.errors.UsageError: The user did not allow it; nothing was sent.
        Fatal: The host accepts no request: the key is wrong, the credit is used up, or there is no such model.
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
                    yield run.cached(describer.job(image, pixels, question))

        describer.client.run(jobs(), run.done, run.tick)
    described = [image for image in images if image not in result.failures and image not in result.unreadable]
    result.slots = dict(zip(described, cache.slots(key, described), strict=True))
    return result


_STAGE = "asking"
"""The stage of the progress while the model is asked."""


@dataclass(slots=True)
class _Run:
    """Tracks what one run has done so far, and whether it should go on."""

    describer: ChatDescriber
    key: str
    cache: FindingsStore
    result: Described
    progress: Progress
    failed: Callable[[str, str], None]
    total: int
    described: int = 0
    in_a_row: int = 0

    def cached(self, job: Job[list[Slot]]) -> Job[list[Slot]]:
        """Return the same job, which caches its answer before anything else happens.

        It does so in the event loop's thread, for a moment, before the next request goes out: a process that is killed
        has paid in vain only for what was on its way.
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
            # A picture that the model will not describe is no reason to stop, unless it describes none at all.
            self.in_a_row += outcome.host or not self.described
            if self.in_a_row >= self.describer.client.policy.in_a_row:
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
