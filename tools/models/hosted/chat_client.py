"""Sends requests to one chat model: a few at a time, again after passing failures, and all of them counted."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, Generic, TypeVar

from tools.errors import RegroupError, UsageError
from tools.models.hosted.chat_port import Answer, ChatModel, Failed, Fatal, Message, Rejected, Transient
from tools.models.hosted.request_policy import RequestPolicy
from tools.models.hosted.usage_meter import Kind, UsageMeter
from tools.names import amount

T = TypeVar("T")

_TICK = 0.2
"""The number of seconds between two checks whether the user wants to stop."""


@dataclass(slots=True)
class Ticket:
    """Follows one image through all its requests.

    Attributes:
        name: The job's name; with the seed it decides the jitter, in whatever order the images come.
        policy: How the host is asked.
        ended: Set when the run ends; no request is sent any more.
    """

    name: str
    policy: RequestPolicy
    ended: threading.Event
    random: Random = field(init=False)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.policy.seed} {self.name}")
        self.deadline = monotonic() + self.policy.limit

    @property
    def left(self) -> float:
        """Return the seconds until the image's time is up."""
        return self.deadline - monotonic()


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Describes one thing to do in a run.

    Attributes:
        name: Unique within the run.
        work: Does it, given its ticket.
    """

    name: str
    work: Callable[[Ticket], Coroutine[Any, Any, T]]


class ChatClient:
    """Asks one chat model. May be used from any thread in which no event loop is running.

    Args:
        model: The model.
        permit: Called before every request; raises UsageError where the user did not allow it. Without it, only a
            model on this machine is asked.
        policy: How the host is asked.
        meter: Counts what is sent; a new one where none is given.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        permit: Callable[[], None] | None = None,
        policy: RequestPolicy | None = None,
        meter: UsageMeter | None = None,
    ) -> None:
        self.model = model
        self.policy = policy or RequestPolicy()
        self.meter = meter or UsageMeter()
        self._permit = permit
        self._slots = asyncio.Semaphore(self.policy.concurrency)
        self._not_before = 0.0  # by the monotonic clock: the host asked all requests to wait until then

    def __repr__(self) -> str:
        return f"ChatClient({self.model.name!r} at {self.model.host})"

    def allowed(self) -> None:
        """Raise UsageError unless the user allowed that images go to this host."""
        if self._permit is not None:
            self._permit()
        elif not self.model.local:
            raise UsageError(
                f"nothing may be sent to {self.model.host} yet: you were not asked about it for this collection"
            )

    async def ask(
        self, messages: tuple[Message, ...], schema: dict[str, Any], ticket: Ticket, repair: bool = False
    ) -> Answer:
        """Return the answer to a conversation, after as many requests as it takes.

        Args:
            messages: The conversation so far.
            schema: JSON schema of the answer.
            ticket: The image's ticket; its time runs on from request to request.
            repair: Whether this asks for an answer in a better form, which the meter counts.

        Raises:
            Failed: There was no answer within the attempts and the time of this image.
            Fatal: There will be no answer for any image.
            UsageError: The user did not allow it.
        """
        from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, Transient) else None
            return self.policy.pause(state.attempt_number, asked, ticket.random)

        def enough(state: RetryCallState) -> bool:
            return state.attempt_number >= self.policy.attempts or state.upcoming_sleep >= ticket.left

        attempts = 0
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(Transient),
                wait=wait,
                stop=enough,
                sleep=asyncio.sleep,
                reraise=True,
            ):
                with attempt:
                    attempts += 1
                    kind: Kind = "retry" if attempts > 1 else "repair" if repair else "first"
                    return await self._once(messages, schema, ticket, kind)
        except Transient as error:
            raise Failed(self._gave_up(error, attempts), host=True) from None
        except Rejected as error:
            raise Failed(f"{self.model.host} rejected the request: {error}") from None
        raise AssertionError("tenacity neither returned nor raised")

    def run(
        self,
        jobs: Iterable[Job[T]],
        done: Callable[[str, T | Failed], None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """Do all jobs, a few at a time, and hand over each result in this thread as soon as it is there.

        However the run ends, `done` gets every result that was there, also those that were on their way and came within
        the grace.

        Args:
            jobs: Taken one by one when there is room, so that they need not all be in memory.
            done: Gets a job's name and its result, or why it failed; may raise to end the run.
            tick: Called several times a second; may raise to end the run.

        Raises:
            Fatal, UsageError: A job raised it, which ends the run.
            BaseException: Whatever `jobs`, `done` or `tick` raised.
        """
        self.allowed()
        tasks: _Tasks[T] = _Tasks(self.policy)
        remaining = iter(jobs)
        more = True
        try:
            while more or tasks.waiting:
                # Twice as many as may be on their way: while some wait to be sent again, others are sent.
                while more and tasks.waiting < 2 * self.policy.concurrency and not tasks.ready:
                    job = next(remaining, None)
                    if job is None:
                        more = False
                        break
                    tasks.start(job)
                    tick()
                tick()
                if tasks.waiting:
                    _hand_over(tasks.next(_TICK), done)
        finally:
            self._end(tasks, done)

    def _end(self, tasks: "_Tasks[T]", done: Callable[[str, T | Failed], None]) -> None:
        """End a run early: hand over what comes within the grace, and cancel the rest."""
        tasks.ended.set()
        until = monotonic() + self.policy.grace
        cancelled = False
        while tasks.waiting:
            seconds_left = until - monotonic()
            if seconds_left <= 0 and not cancelled:
                tasks.cancel()
                cancelled = True
            # The caller already gets the error that ended the run; a second one must not hide it.
            with suppress(RegroupError, asyncio.CancelledError):
                _hand_over(tasks.next(_TICK if cancelled else max(0.01, seconds_left)), done)

    async def _once(
        self, messages: tuple[Message, ...], schema: dict[str, Any], ticket: Ticket, kind: Kind
    ) -> Answer:
        """Send one request and count it, whatever becomes of it."""
        async with self._turn(ticket):
            self.allowed()
            self.meter.sent(messages, kind)
            try:
                async with asyncio.timeout(min(self.policy.timeout, ticket.left)):
                    answer = await self.model.complete(messages, schema)
            except Transient as error:
                self._heed(error)
                if not error.sent:
                    self.meter.not_sent(messages, kind)
                self.meter.failure(error)
                raise
            except Fatal:
                ticket.ended.set()  # set here, so that no request that waits for its turn is sent in vain
                raise
            except TimeoutError:
                self.meter.lost += 1
                raise Transient("no answer in time") from None
            except asyncio.CancelledError:
                self.meter.lost += 1
                raise
            self.meter.answered(answer)
            return answer

    @asynccontextmanager
    async def _turn(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for a place among the requests on their way, and until the time is over that the host asked for."""
        while True:
            async with self._slots:
                if ticket.ended.is_set():
                    raise asyncio.CancelledError
                pause = max(0.0, self._not_before - monotonic())
                if pause >= ticket.left:
                    raise Failed(f"no time left: {self.model.host} asks to wait {pause:,.0f} s", host=True)
                if not pause:
                    yield
                    return
            await asyncio.sleep(pause + ticket.random.uniform(0, 0.1 * pause))

    def _heed(self, error: Transient) -> None:
        if error.wait is not None:
            self._not_before = max(self._not_before, monotonic() + error.wait)

    def _gave_up(self, error: Transient, attempts: int) -> str:
        times = amount(attempts, "request")
        if error.wait is not None and error.wait > self.policy.limit:
            return f"{self.model.host} asks to wait {error.wait:,.0f} s, longer than one image may take ({error})"
        return f"{self.model.host} did not answer {times}: {error}"


class _Tasks(Generic[T]):
    """Holds the started jobs of one run: they run on the event loop, and finished ones are taken from a queue."""

    def __init__(self, policy: RequestPolicy) -> None:
        self.ended = threading.Event()
        self.waiting = 0
        self._patience = policy
        self._loop = _loop()
        self._queue: queue.SimpleQueue[tuple[str, asyncio.Task[T]]] = queue.SimpleQueue()
        self._tasks: set[asyncio.Task[T]] = set()  # used in the event loop's thread alone

    @property
    def ready(self) -> bool:
        """Return whether a finished job waits to be taken."""
        return not self._queue.empty()

    def start(self, job: Job[T]) -> None:
        """Start a job on the event loop."""
        ticket = Ticket(job.name, self._patience, self.ended)

        def begin() -> None:
            task = self._loop.create_task(job.work(ticket))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda ended: self._queue.put((job.name, ended)))

        self.waiting += 1
        # It gets a context of its own: in that of a conversation LangChain would stream the answer into the chat, and
        # give the picture to everything that listens there.
        self._loop.call_soon_threadsafe(begin, context=Context())

    def next(self, seconds: float) -> "tuple[str, asyncio.Task[T]] | None":
        """Return a finished job, or None where none finishes within that time."""
        try:
            finished = self._queue.get(timeout=seconds)
        except queue.Empty:
            return None
        self.waiting -= 1
        return finished

    def cancel(self) -> None:
        """Cancel all jobs; each still comes out of the queue once it has really ended."""
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in list(self._tasks)])


def _hand_over(ended: "tuple[str, asyncio.Task[T]] | None", done: Callable[[str, T | Failed], None]) -> None:
    """Give a job's result, or why it failed, to `done`. Raises whatever ends a run."""
    if ended is None:
        return
    name, task = ended
    outcome: T | Failed
    try:
        outcome = task.result()
    except Failed as error:
        outcome = error
    done(name, outcome)


_guard = threading.Lock()
_running: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of all hosted requests of this process, in a thread of its own.

    There is one for all models: providers' libraries share connections between models, and a connection belongs to the
    loop that opened it.
    """
    with _guard:
        if not _running:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="hosted", daemon=True).start()
            _running.append(loop)
        return _running[0]
