"""Sets the policy of requests to a host: how many at a time, how long to wait for an answer and before asking again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """Sets how requests are sent to a host.

    Attributes:
        concurrency: The most requests on their way at the same time.
        timeout: The most seconds that one request may take.
        limit: The most seconds that one image may take, with all its requests and the pauses between them.
        attempts: The most times that one request is sent.
        first: The seconds of the first pause; every further pause is twice as long as the one before.
        longest: The most seconds of a pause that the host did not ask for.
        in_a_row: The number of images in a row for which the host may fail before the run ends.
        grace: The seconds that a cancelled run waits for answers that are on their way and already paid.
        seed: The seed of the jitter.
    """

    concurrency: int = 4
    timeout: float = 60.0
    limit: float = 240.0
    attempts: int = 6
    first: float = 1.0
    longest: float = 30.0
    in_a_row: int = 8
    grace: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.attempts < 1 or self.in_a_row < 1:
            raise ValueError("concurrency, attempts and in_a_row are at least 1")
        if min(self.timeout, self.limit) <= 0 or min(self.first, self.longest, self.grace) < 0:
            raise ValueError("timeout and limit are above 0; first, longest and grace are not below 0")

    def pause(self, attempt: int, asked: float | None, random: Random) -> float:
        """Return the seconds to wait after the failure of attempt number `attempt`, counted from 1.

        They are between half and all of the doubling pause, so that requests that failed together do not return
        together, and never less than the host asked for.

        Args:
            attempt: Which attempt failed.
            asked: Seconds that the host asked to wait, or None.
            random: Gives the jitter.
        """
        # The doubling ends long before the power would overflow.
        full = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        jittered = full * random.uniform(0.5, 1.0)
        return jittered if asked is None else asked + min(jittered, self.first)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that a host asks to wait, or None where it does not or where that cannot be read.

    Args:
        headers: The headers of the answer, names in any case: `retry-after-ms`, or `retry-after` in seconds or as an
            HTTP date.
        now: What a date is compared with where the answer has no date of its own. The host's clock has precedence,
            since that of this machine may be wrong.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(lowered[name]) / unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    then = _date(lowered.get("retry-after"))
    if then is None:
        return None
    answered_at = _date(lowered.get("date")) or now or datetime.now(UTC)
    return max(0.0, (then - answered_at).total_seconds())


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
