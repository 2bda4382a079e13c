"""Holds the conversation line by line: in a pipe, in CI, for screen readers, and where a terminal can draw nothing.

There are no boxes, no colours and no moving cursor. Questions are answered in words; a "/" begins a command.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from assistant.agent.tools.cost import cost_lines
from assistant.chat.at_names import spelled_out
from assistant.chat.conversations import Conversations
from assistant.chat.job import Job
from assistant.chat.slash_replies import switch_reply
from assistant.chat.stopping import leave_within, stopping_line
from assistant.plain.approval_lines import approval_lines
from assistant.report.write_report import report_line, write_report
from assistant.text.commands import slashes, typed
from assistant.text.formatting import shortened
from assistant.text.greeting import greeting
from assistant.text.yes_no import says_no, says_yes
from tools.errors import Cancelled, RegroupError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Session
    from assistant.desk import Desk
    from assistant.settings import Settings

T = TypeVar("T")

FIRST_AFTER = 2.0
"""The seconds of work before the first line about its progress."""
EVERY = 10.0
"""The seconds between two such lines: few of them, since a screen reader reads every line aloud."""
TWICE_SECONDS = 2.0
"""The seconds within which a second ctrl+c leaves."""
_ASCII = str.maketrans({
    "·": "-", "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x", "→": "->", "✓": "yes",
})  # fmt: skip


def can_draw(out: TextIO) -> bool:
    """Return whether a terminal can show more than lines of ASCII: it is not dumb, and it writes UTF-8."""
    return os.environ.get("TERM", "") not in ("", "dumb") and writes_unicode(out)


def writes_unicode(out: TextIO) -> bool:
    """Return whether a stream takes more than ASCII: in a "C" locale only files and pipes take UTF-8."""
    if not (out.encoding or "").lower().replace("-", "").startswith("utf"):
        return False
    place = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))), "")
    return place not in ("C", "POSIX") or not out.isatty()


def run(folder: Path, settings: "Settings", first: str = "") -> int:
    """Talk on stdin and stdout until the input ends.

    Args:
        folder: The collection.
        settings: The user's settings.
        first: What is said first, in place of the user; "" for nothing.

    Returns:
        The exit code: 0, or 1 where a request from a pipe failed or was not understood, or 130 after ctrl+c.

    Raises:
        tools.errors.RegroupError: The folder cannot be opened.
        tools.errors.UsageError: The model that was named is not known or cannot be set up.
    """
    if settings.model or settings.gguf:
        from assistant.agent.brain import brain

        brain(settings)
    talk = LineChat(folder, settings, _lines(sys.stdin), sys.stdout, sys.stderr, sys.stdin.isatty())
    talk.leaving = leave_within
    talk.first = first
    return asyncio.run(talk.run())


class LineChat:
    """Holds one conversation in lines.

    Args:
        folder: The collection.
        settings: The user's settings.
        lines: The user's lines; they are read in a thread.
        out: The stream for the conversation.
        progress: The stream for lines about progress.
        typing: Whether a person types. Then a line typed before a question was shown is no answer to it, and a
            request that fails does not change the exit code.
        clock: Returns seconds; it never goes back.

    Attributes:
        leaving: Called when the user leaves while something may still be at work.
        first: What is said first, in place of the user; "" for nothing.
    """

    def __init__(
        self,
        folder: Path,
        settings: "Settings",
        lines: Iterator[str],
        out: TextIO,
        progress: TextIO,
        typing: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._settings, self._typing, self._clock = folder, settings, typing, clock
        self._lines, self._out, self._progress = lines, out, progress
        self._ascii = not writes_unicode(out)
        self._typed: asyncio.Queue[tuple[str, float] | None] = asyncio.Queue()
        self._reading = False
        self._unanswered: list[str] = []  # what was said instead of an answer, before the folder was open
        self._desk: Desk
        self._session: Session
        self._job: Job | None = None
        self._ending: Job | None = None  # what was asked to stop
        self._turning = False
        self._approval: Approval | None = None
        self._shown: Approval | None = None  # what was printed last that waits for approval
        self._approval_shown_at = clock()
        self._interrupted = -TWICE_SECONDS
        self._leave = asyncio.Event()
        self._failed = self._stopped = False
        self.leaving: Callable[[], None] = lambda: None
        self.first = ""

    async def run(self) -> int:
        """Talk until the input ends, the user types /quit, or ctrl+c comes twice. Returns the exit code."""
        loop = asyncio.get_running_loop()
        with suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread, or Windows
            loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            if not await self._open(None):
                return 130
            self._begin_to_read()
            await self._talk()
        finally:
            with suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(signal.SIGINT)
            await self._close()
        return 130 if self._stopped else int(self._failed and not self._typing)

    # --- opening ---

    async def _open(self, thread: str | None) -> bool:
        """Open the folder and a conversation, by default the last one. Returns False where ctrl+c stopped that."""
        from assistant.chat.session import Session
        from assistant.desk import Desk

        await self._recognise()
        try:
            self._desk = await self._work("reading the folder", self._opener(Desk.open))
        except Cancelled:
            self._stopped = True
            return False
        try:
            talks = Conversations(self._desk.shelf)
            self._thread = thread or talks.last
            talks.use(self._thread)
            first = not self._desk.clusterings.all()
            self._session = await Session.open(self._desk, self._thread)
        except BaseException:
            self._desk.close()
            raise
        placed: list[str] = []
        if await asyncio.to_thread(self._desk.new_images.find):
            with suppress(Cancelled):  # they are placed the next time
                placed = await self._work("placing new images", self._desk.new_images.place)
        self.say(greeting(self._desk.collection, first=first, changed=self._desk.since_last.lines()))
        for line in (*self._desk.skipped, *self._desk.status().lines):
            self.say(line)
        for line in placed:
            self.say(line)
        offer = self._session.offer
        if offer is not None:
            self.say(f"{offer.question} It is not used until you type /model {offer.model}")
        await self._ask(await self._session.pending())
        return True

    async def _recognise(self) -> None:
        """Ask whether the folder is a known one that was renamed or mounted elsewhere, and go on with that."""
        from assistant.workspace import Workspace
        from assistant.workspace.moved_folder import decline, relocate, resembling

        with Workspace(self._settings.workspace) as workspace:
            likeness = await asyncio.to_thread(resembling, workspace, self._folder)
            if likeness is None:
                return
            self.say(f"{likeness.question} Type yes or no.")
            self._begin_to_read()
            answer = await self._next([])
            if answer is not None and not self._typing:
                self.say(f"> {answer}")
            if answer is not None and says_yes(answer):
                await asyncio.to_thread(relocate, workspace, likeness.known.folder, self._folder)
            elif answer is not None and says_no(answer):
                await asyncio.to_thread(decline, workspace, likeness)
            else:
                self.say(f"No answer: {likeness.remark}")
                self._unanswered += [answer] if answer is not None else []

    def _opener(self, open_desk: "Callable[..., Desk]") -> "Callable[[Job], Desk]":
        return lambda job: open_desk(self._folder, self._settings, progress=job)

    async def _close(self) -> None:
        if hasattr(self, "_session"):
            await self._session.aclose()
        if hasattr(self, "_desk"):
            await asyncio.to_thread(self._desk.close)

    async def _reopen(self, folder: Path, settings: "Settings", thread: str | None = None) -> None:
        """Open another folder or conversation, or apply other settings; where that fails, open what was open before."""
        before = self._folder, self._settings, self._thread
        await self._close()
        try:
            self._folder, self._settings = folder, settings
            await self._open(thread)
        except RegroupError as error:
            self._complain(str(error))
            self._folder, self._settings, thread = before
            await self._open(thread)

    # --- talking ---

    async def _talk(self) -> None:
        waiting, self._unanswered = self._unanswered, []
        if self.first and self._approval is None:
            waiting.insert(0, self.first)
            if self._typing:  # else it is shown like a line from a pipe
                self.say(f"> {self.first}")
        while not self._leave.is_set():
            line = await self._next(waiting)
            if line is None:
                if self._approval is not None:
                    self.say("This is still waiting for your answer; nothing was done.")
                return
            if not self._typing:
                self.say(f"> {line}")
            try:
                await self._answer(line)
            except RegroupError as error:
                self._complain(str(error))

    async def _next(self, waiting: list[str]) -> str | None:
        """Return the next line, None at the end. Lines typed before the last question wait until it is answered."""
        if waiting and self._approval is None:
            return waiting.pop(0)
        while True:
            self._prompt()
            leave = asyncio.ensure_future(self._leave.wait())
            line = asyncio.ensure_future(self._typed.get())
            done, rest = await asyncio.wait({leave, line}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            got = line.result() if line in done else None
            if got is None:
                return None
            text, at = got
            if not text:
                continue
            if self._typing and self._approval is not None and at < self._approval_shown_at:
                waiting.append(text)
                self.say(f"Typed before the question: {text} (it is sent after your answer)")
                continue
            return text

    async def _answer(self, text: str) -> None:
        command = typed(text, plain=True)
        if command is None:
            Conversations(self._desk.shelf).name_by_first_words(self._thread, text)
            await self._follow(self._session.say(spelled_out(text, self._desk)))
            return
        name, argument = command[0].slash, command[1]
        if name in ("undo", "redo", "teach", "tune", "duplicates") or (name == "export" and argument):
            sentence = f'export to "{argument}"' if name == "export" else command[0].say
            await self._follow(self._session.say(sentence))
        elif name == "export":
            self.say("Name a folder: /export FOLDER")
        elif name == "quit":
            self._leave.set()
        elif name == "help":
            self.say("\n".join(f"{c.typed}: {c.help}" for c in slashes(plain=True)))
            if self._approval is None:
                await self._follow(self._session.say("help"))
        elif name == "cost":
            self.say("\n".join(cost_lines(self._desk.status())))
        elif name in ("model", "tier"):
            line, settings = await asyncio.to_thread(switch_reply, name, argument, self._desk)
            self.say(line)
            if settings is not None:
                await self._reopen(self._folder, settings, self._thread)
        elif name == "report":
            desk, to = self._desk, Path(argument) if argument else None
            with suppress(Cancelled):  # nothing is left of it then
                page = await self._work(
                    "writing the report", lambda job: write_report(desk, to, progress=job)
                )
                self.say(report_line(page))
        elif name == "new":
            await self._reopen(self._folder, self._settings, Conversations(self._desk.shelf).new())
        else:
            await self._sessions(argument)

    async def _sessions(self, number: str) -> None:
        talks = Conversations(self._desk.shelf).all()
        here = self._desk.collection.folder
        others = [other for other in self._desk.workspace.collections() if other.folder != here]
        if not number:
            rows = [f"{talk.title or '(empty)'}" for talk in talks]
            rows += [f"{visible(str(other.folder))}, {other.images:,} images" for other in others]
            self.say("\n".join(f"{n}. {row}" for n, row in enumerate(rows, 1)))
            self.say("Open one of these with: /sessions NUMBER")
        elif not number.isdecimal() or not 1 <= int(number) <= len(talks) + len(others):
            raise RegroupError(f"/sessions takes a number from 1 to {len(talks) + len(others)}")
        elif int(number) <= len(talks):
            await self._reopen(self._folder, self._settings, talks[int(number) - 1].thread)
        else:
            await self._reopen(others[int(number) - 1 - len(talks)].folder, self._settings)

    async def _follow(self, events: "AsyncIterator[Event]") -> None:
        """Print the events of a turn. A request for approval is printed, and the next line decides it."""
        from assistant.chat import session as s

        self._turning = True
        self._job = Job("thinking", self._clock)
        watch = asyncio.ensure_future(self._watch(self._job))
        approval: Approval | None = None
        failed, aside = "", False
        try:
            async for event in events:
                match event:
                    case s.MessageText(text=text, done=True, lost=lost):
                        self._failed = self._failed or lost
                        aside = True
                        if text.strip() != failed:  # the built-in brain says an error again
                            self.say(text)
                    case s.ToolStarted(name=name):
                        aside = aside or name != "propose_criteria"
                        self._job.note(name.replace("_", " "), 0, 0)
                    case s.ToolEnded(text=text, ok=False):
                        failed = text.strip()
                        self._complain(text)
                    case s.WorkProgress(stage=stage, done=done, total=total):
                        self._job.note(stage, done, total)
                    case s.ApprovalRequested():
                        approval = event.approval
        finally:
            self._turning, self._job = False, None
            watch.cancel()
        await self._ask(approval, aside)

    async def _ask(self, approval: "Approval | None", aside: bool = False) -> None:
        """Print what waits for approval, and how to answer; of a list of criteria only the latter where that waited
        before and the talk was about something else. What would be done to files is shown each time."""
        from assistant.agent.approvals import CriteriaApproval

        same = aside and isinstance(approval, CriteriaApproval) and approval == self._shown
        self._approval, self._shown = approval, approval
        if approval is not None:
            *shown, how = approval_lines(approval)
            self.say(f"Still waiting: {how}" if same else "\n".join([*shown, how]))
            self._approval_shown_at = self._clock()

    # --- work ---

    async def _work(self, title: str, function: Callable[[Job], T]) -> T:
        self._job = Job(title, self._clock)
        watch = asyncio.ensure_future(self._watch(self._job))
        try:
            return await asyncio.to_thread(function, self._job)
        finally:
            self._job = None
            watch.cancel()

    async def _watch(self, job: Job) -> None:
        """Print a line about the progress of a job now and then."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            stage, done, total, _ = job.state
            far = f": {done:,} of {total:,}" if total > 1 else ""
            pace = f", {job.pace}" if job.pace else ""
            self._write(f"({visible(stage)}{far}{pace})\n", self._progress)
            await asyncio.sleep(EVERY)

    def _interrupt(self) -> None:
        now = self._clock()
        if now - self._interrupted < TWICE_SECONDS or (self._job is not None and self._job is self._ending):
            self._stopped = True
            self._leave.set()
            self.leaving()
        self._interrupted = now
        if self._job is not None:
            stage, done, total, _ = self._job.state
            self.say(f"({stopping_line(stage, done, total)}; ctrl+c again leaves)")
            self._ending = self._job
        if self._turning:
            self._stopping = asyncio.ensure_future(self._session.cancel())
        elif self._job is not None:
            self._job.cancel()
        else:
            self.say("(ctrl+c again leaves)")

    # --- lines ---

    def say(self, text: str) -> None:
        """Print lines that may come from a file or a model, with hidden and control characters made visible."""
        self._write("\n".join(visible(line) for line in shortened(text).splitlines()) + "\n", self._out)

    def _complain(self, text: str) -> None:
        self._failed = True
        self.say(f"error: {text}")

    def _prompt(self) -> None:
        if self._typing and self._typed.empty():
            self._write("> ", self._out)

    def _write(self, text: str, out: TextIO) -> None:
        if self._ascii:
            text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
        out.write(text)
        out.flush()

    def _begin_to_read(self) -> None:
        if not self._reading:
            self._reading = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), daemon=True).start()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in self._lines:
            self._queue(loop, (line.strip(), self._clock()))
        self._queue(loop, None)

    def _queue(self, loop: asyncio.AbstractEventLoop, line: tuple[str, float] | None) -> None:
        with suppress(RuntimeError):  # the conversation is over
            loop.call_soon_threadsafe(self._typed.put_nowait, line)


def _lines(stdin: TextIO) -> Iterator[str]:
    """Yield the lines of stdin, read below Python's buffers, where a waiting thread holds no lock at exit."""
    rest = b""
    while chunk := os.read(stdin.fileno(), 65536):
        *complete, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in complete)
    if rest:
        yield rest.decode(errors="replace")
