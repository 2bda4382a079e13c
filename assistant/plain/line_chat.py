"""The conversation line by line: in a pipe, in CI, for screen readers, and where a terminal can draw nothing.

No boxes, no colours, no moving cursor. What is asked is answered in words; what is typed after a "/" is a command.
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

from assistant.chat.conversations import Conversations
from assistant.chat.job import Job
from assistant.chat.slash_replies import cost_lines, reply
from assistant.text.commands import slashes, typed
from assistant.text.formatting import shortened, size
from assistant.text.greeting import greeting
from tools.errors import Cancelled, RegroupError
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Session
    from assistant.desk import Desk
    from assistant.settings import Settings

T = TypeVar("T")

FIRST_AFTER, EVERY = 2.0, 10.0
"""Seconds until work says how far it is, and how often after that: a screen reader reads every line aloud."""
TWICE_SECONDS = 2.0
LEFT_SHOWN = 8
_ASCII = str.maketrans({
    "·": "-", "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x", "→": "->", "✓": "yes",
})  # fmt: skip


def can_draw(out: TextIO) -> bool:
    """Whether a terminal can show more than lines of ASCII: it is not dumb, and it writes UTF-8."""
    return os.environ.get("TERM", "") not in ("", "dumb") and writes_unicode(out)


def writes_unicode(out: TextIO) -> bool:
    """Whether what is written there may be more than ASCII: in a "C" locale only files and pipes take UTF-8."""
    if not (out.encoding or "").lower().replace("-", "").startswith("utf"):
        return False
    place = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))), "")
    return place not in ("C", "POSIX") or not out.isatty()


def run(folder: Path, settings: "Settings") -> int:
    """Talk on stdin and stdout until the input ends. Returns the exit code.

    0, or 1 where something that was asked for in a pipe failed, or 130 after ctrl+c.

    Raises:
        tools.errors.RegroupError: The folder cannot be opened.
        tools.errors.UsageError: The model that was named is not known or cannot be set up.
    """
    if settings.model or settings.gguf:
        from assistant.agent.brain import brain

        brain(settings)
    talk = Plain(folder, settings, _lines(sys.stdin), sys.stdout, sys.stderr, sys.stdin.isatty())
    return asyncio.run(talk.run())


class Plain:
    """One conversation in lines.

    Args:
        folder: The collection.
        settings: The user's settings.
        lines: What the user says; read in a thread.
        out: Where the conversation goes.
        progress: Where it is told how far work is.
        typing: Whether a person types. Then a line that was typed before a question was seen is no answer to it, and
            what failed is no failure of the whole.
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
        self._said: asyncio.Queue[tuple[str, float] | None] = asyncio.Queue()
        self._desk: Desk
        self._session: Session
        self._job: Job | None = None
        self._turning = False
        self._asked: Approval | None = None
        self._asked_at = clock()
        self._interrupted = -TWICE_SECONDS
        self._leave = asyncio.Event()
        self._failed = self._stopped = False

    async def run(self) -> int:
        """Talk until the input ends, somebody says /quit, or ctrl+c comes twice. Returns the exit code."""
        loop = asyncio.get_running_loop()
        with suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread, or Windows
            loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            if not await self._open(None):
                return 130
            threading.Thread(target=self._read, args=(loop,), daemon=True).start()
            await self._talk()
        finally:
            with suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(signal.SIGINT)
            await self._close()
        return 130 if self._stopped else int(self._failed and not self._typing)

    # --- opening ---

    async def _open(self, thread: str | None) -> bool:
        """Open the folder and a conversation, by default the last one. False where ctrl+c came meanwhile."""
        from assistant.chat.session import Session
        from assistant.desk import Desk

        try:
            self._desk = await self._work("reading the folder", self._opener(Desk.open))
        except Cancelled:
            self._stopped = True
            return False
        try:
            talks = Conversations(self._desk.shelf)
            self._thread = thread or talks.last
            talks.use(self._thread)
            first = not self._desk.clusterings()
            self._session = await Session.open(self._desk, self._thread)
        except BaseException:
            self._desk.close()
            raise
        placed: list[str] = []
        if await asyncio.to_thread(self._desk.new_images):
            with suppress(Cancelled):  # they are placed the next time
                placed = await self._work("placing new images", self._desk.place_new)
        self.say(greeting(self._desk.collection, first=first))
        for line in self._desk.status().lines:
            self.say(line)
        for line in placed:
            self.say(line)
        offer = self._session.offer
        if offer is not None:
            self.say(f"{offer.question} It is not used until you say so: /model {offer.model}")
        await self._ask(await self._session.pending())
        return True

    def _opener(self, open_desk: "Callable[..., Desk]") -> "Callable[[Job], Desk]":
        return lambda job: open_desk(self._folder, self._settings, progress=job)

    async def _close(self) -> None:
        if hasattr(self, "_session"):
            await self._session.aclose()
        if hasattr(self, "_desk"):
            await asyncio.to_thread(self._desk.close)

    async def _reopen(self, folder: Path, settings: "Settings", thread: str | None = None) -> None:
        """The same with another folder, other settings or another conversation; where that fails, as before."""
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
        waiting: list[str] = []
        while not self._leave.is_set():
            line = await self._next(waiting)
            if line is None:
                if self._asked is not None:
                    self.say("This waits until you come back; nothing was done about it.")
                return
            if not self._typing:
                self.say(f"> {line}")
            try:
                await self._answer(line)
            except RegroupError as error:
                self._complain(str(error))

    async def _next(self, waiting: list[str]) -> str | None:
        """The next thing said. What a person typed before the last question was asked waits until it is answered."""
        if waiting and self._asked is None:
            return waiting.pop(0)
        while True:
            self._prompt()
            leave = asyncio.ensure_future(self._leave.wait())
            said = asyncio.ensure_future(self._said.get())
            done, rest = await asyncio.wait({leave, said}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            got = said.result() if said in done else None
            if got is None:
                return None
            text, at = got
            if not text:
                continue
            if self._typing and self._asked is not None and at < self._asked_at:
                waiting.append(text)
                self.say(f"Typed before the question: {text} (it waits until you have answered)")
                continue
            return text

    async def _answer(self, text: str) -> None:
        command = typed(text, plain=True)
        if command is None:
            Conversations(self._desk.shelf).said(self._thread, text)
            await self._follow(self._session.say(text))
            return
        name, argument = command[0].slash, command[1]
        if name in ("undo", "redo", "teach", "tune") or (name == "export" and argument):
            said = f'export to "{argument}"' if name == "export" else command[0].say
            await self._follow(self._session.say(said))
        elif name == "export":
            self.say("Say where to: /export FOLDER")
        elif name == "quit":
            self._leave.set()
        elif name == "help":
            self.say("\n".join(f"{c.typed}: {c.help}" for c in slashes(plain=True)))
            if self._asked is None:
                await self._follow(self._session.say("help"))
        elif name == "cost":
            self.say("\n".join(cost_lines(self._desk.status())))
        elif name in ("model", "tier"):
            line, settings = await asyncio.to_thread(reply, name, argument, self._desk)
            self.say(line)
            if settings is not None:
                await self._reopen(self._folder, settings, self._thread)
        elif name == "new":
            await self._reopen(self._folder, self._settings, Conversations(self._desk.shelf).new())
        else:
            await self._sessions(argument)

    async def _sessions(self, number: str) -> None:
        talks = Conversations(self._desk.shelf).all()
        here = self._desk.collection.folder
        others = [known for known in self._desk.workspace.collections() if known.folder != here]
        if not number:
            told = [f"{talk.title or '(nothing said yet)'}" for talk in talks]
            told += [f"{visible(str(known.folder))}, {known.images:,} images" for known in others]
            self.say("\n".join(f"{n}. {line}" for n, line in enumerate(told, 1)))
            self.say("Go on with one of these: /sessions NUMBER")
        elif not number.isdecimal() or not 1 <= int(number) <= len(talks) + len(others):
            raise RegroupError(f"/sessions takes a number from 1 to {len(talks) + len(others)}")
        elif int(number) <= len(talks):
            await self._reopen(self._folder, self._settings, talks[int(number) - 1].thread)
        else:
            await self._reopen(others[int(number) - 1 - len(talks)].folder, self._settings)

    async def _follow(self, events: "AsyncIterator[Event]") -> None:
        """Print a turn. What it asks is printed, and the next line is the answer."""
        from assistant.chat import session as s

        self._turning = True
        self._job = Job("thinking", self._clock)
        watch = asyncio.ensure_future(self._watch(self._job))
        asked: Approval | None = None
        failed = ""
        try:
            async for event in events:
                match event:
                    case s.Said(text=text, done=True):
                        if text.strip() != failed:  # the built-in brain says an error again
                            self.say(text)
                    case s.ToolStarted(name=name):
                        self._job.note(name.replace("_", " "), 0, 0)
                    case s.ToolEnded(name=name, text=text, ok=False):
                        failed = text.strip()
                        self._complain(f"{name.replace('_', ' ')}: {text}")
                    case s.Worked(stage=stage, done=done, total=total):
                        self._job.note(stage, done, total)
                    case s.Asked(approval=approval):
                        asked = approval
        finally:
            self._turning, self._job = False, None
            watch.cancel()
        await self._ask(asked)

    async def _ask(self, asked: "Approval | None") -> None:
        self._asked = asked
        if asked is not None:
            self.say("\n".join(question(asked)))
            self._asked_at = self._clock()

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
        """Say now and then how far the work is."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            stage, done, total, _ = job.state
            far = f": {done:,} of {total:,}" if total > 1 else ""
            pace = f", {job.pace}" if job.pace else ""
            self._write(f"({visible(stage)}{far}{pace})\n", self._progress)
            await asyncio.sleep(EVERY)

    def _interrupt(self) -> None:
        now = self._clock()
        if now - self._interrupted < TWICE_SECONDS:
            self._stopped = True
            self._leave.set()
        self._interrupted = now
        if self._turning:
            self.say("(stopping; ctrl+c again leaves)")
            self._stopping = asyncio.ensure_future(self._session.cancel())
        elif self._job is not None:
            self._job.cancel()
        else:
            self.say("(ctrl+c again leaves)")

    # --- lines ---

    def say(self, text: str) -> None:
        """Print lines that somebody else may have written: nothing hidden, nothing that moves the cursor."""
        self._write("\n".join(visible(line) for line in shortened(text).splitlines()) + "\n", self._out)

    def _complain(self, text: str) -> None:
        self._failed = True
        self.say(f"error: {text}")

    def _prompt(self) -> None:
        if self._typing and self._said.empty():
            self._write("> ", self._out)

    def _write(self, text: str, out: TextIO) -> None:
        if self._ascii:
            text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
        out.write(text)
        out.flush()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in self._lines:
            self._told(loop, (line.strip(), self._clock()))
        self._told(loop, None)

    def _told(self, loop: asyncio.AbstractEventLoop, said: tuple[str, float] | None) -> None:
        with suppress(RuntimeError):  # the conversation is over
            loop.call_soon_threadsafe(self._said.put_nowait, said)


def question(asked: "Approval") -> Iterator[str]:
    """What waits for approval, in lines, and how to answer."""
    from assistant.agent import wording
    from assistant.agent.approvals import CriteriaApproval, ExportApproval

    if isinstance(asked, CriteriaApproval):
        yield wording.proposals(asked)
        yield 'Group by which? Type names or numbers ("1 and 3"), "all", "only ..." in your own words, or "no".'
    elif isinstance(asked, ExportApproval):
        how = {
            "copy": "the originals stay",
            "link": "links; the originals stay",
            "move": "MOVED out of the folder",
        }
        yield f"{wording.plan(asked)} {size(asked.bytes)}; {how[asked.mode]}."
        for name, count in asked.folders:
            yield f"  {visible(name)}/ {count:,}"
        if asked.renamed:
            yield f"  {amount(asked.renamed, 'name')} taken twice: numbered, nothing is overwritten"
        for path, why in asked.left[:LEFT_SHOWN]:
            yield f"  left where it is: {visible(path)} ({visible(why)})"
        if len(asked.left) > LEFT_SHOWN:
            yield f"  and {len(asked.left) - LEFT_SHOWN:,} more left where they are"
        yield "Do this? Type yes, no, or what to do instead."
    else:
        yield wording.sending(asked)
        yield "Send them? Type yes or no; no groups with the models that are here."


def _lines(stdin: TextIO) -> Iterator[str]:
    """The lines of stdin, read below Python's buffers: a thread that waits there holds no lock when we leave."""
    rest = b""
    while chunk := os.read(stdin.fileno(), 65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")
