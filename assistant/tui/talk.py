"""Talking with the session: one turn at a time, what is typed meanwhile waits, and what is asked is asked first."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.chat.conversations import Conversations
from assistant.text.commands import typed
from assistant.tui.approvals import approval_screen, ask, decision
from assistant.tui.dialogue import Dialogue
from assistant.tui.slash import Slash
from assistant.tui.waiting import Waiting
from tools.errors import UsageError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Session
    from assistant.tui.kept import Kept
    from assistant.tui.screens.main import MainScreen

_MODES = {"copy": " as copies", "link": " as links", "move": " moving the files"}


class Talk:
    """The user's side of the conversation on the main screen.

    Attributes:
        waiting: What was typed and not said yet.
        asked: What waits for approval.
        under_way: How many pieces of work must end before the next sentence is said.
    """

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._dialogue = Dialogue(screen.conversation, screen.refresh_board)
        self.waiting = Waiting(screen.conversation)
        self.asked: Approval | None = None
        self.under_way = 0

    @property
    def _session(self) -> "Session | None":
        return self._screen.session

    async def resume(self, session: "Session", kept: "Kept") -> None:
        """Show what was said before, and remember what waits to be approved."""
        self._dialogue.replay(await session.history(), kept)
        self.asked = await session.pending()

    def said(self, text: str) -> None:
        """The user pressed enter on a sentence or a command."""
        screen = self._screen
        if self._session is None and not self.under_way:
            screen.status.say("the conversation could not be opened")
            return
        try:
            command = typed(text)
        except UsageError as error:
            screen.conversation.error(str(error))
            return
        screen.entry.accepted(text)
        if command is not None:
            screen.conversation.say("user", text)
            screen.start(Slash(screen).run(command[0].slash, command[1]), group="slash")
        elif self.under_way:
            self.waiting.add(text)
        else:
            screen.conversation.say("user", text)
            self.start(text)
        screen.conversation.anchor()

    def start(self, text: str | None = None) -> None:
        """Say a sentence, or with None have what waits for approval decided, beside the loop's other business."""
        self.under_way += 1  # now: the worker begins later, and a second sentence must not come between
        self._screen.start(self._talk(text), group="talk")

    async def _talk(self, text: str | None) -> None:
        """Say `text` or have what waits for approval decided; then say what was typed meanwhile."""
        try:
            if text is not None:
                await self._say(text)
            await self.settle()
            # A waiting sentence was typed before the question was seen: it is no answer to it.
            while self.asked is None and self.waiting and self._session is not None:
                await self._say(self.waiting.take())
                await self.settle()
        except Exception:
            self.waiting.drop()  # they were meant for after what has just failed
            raise
        finally:
            self._release()

    async def _say(self, text: str) -> None:
        if self._session is not None:  # while an approval waits, the session takes the text for a decision
            title = Conversations(self._screen.desk.shelf).said
            await self._screen.thread(title, self._screen.talk_name, text)
            await self._follow(self._session.say(text))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """What is typed meanwhile waits, and is said when nothing is under way any more."""
        self.under_way += 1
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        self.under_way -= 1
        free = not self.under_way and self.asked is None and self._session is not None
        if free and self.waiting and self._screen.is_attached:
            self.start()

    async def settle(self) -> None:
        """Ask for what waits to be approved, and what comes of that, until nothing does."""
        from assistant.chat.session import ExportApproval

        conversation = self._screen.conversation
        while self.asked is not None and self._session is not None:
            asked = self.asked
            answer = await ask(self._screen.app, approval_screen(asked))
            if answer is None:
                waits = " What you typed before waits until then." if self.waiting else ""
                conversation.note(
                    f"Put off: F2 shows it again, and yes, no or what you want instead decides it.{waits}"
                )
                return
            self.asked = None
            if answer.target and isinstance(asked, ExportApproval):
                await self._follow(self._session.say(f'export to "{answer.target}"{_MODES[asked.mode]}'))
                continue
            conversation.note(_answered(answer.accept, answer.criteria, answer.reason))
            await self._follow(self._session.decide(decision(answer)))

    async def _follow(self, events: "AsyncIterator[Event]") -> None:
        job = self._screen.begin("thinking")
        try:
            self.asked = await self._dialogue.follow(events, job)
        finally:
            try:
                await self._screen.refresh_board()
            finally:
                self._screen.end(job)
        if self._dialogue.shown is not None:
            self._screen.point(*self._dialogue.shown)
        if self._dialogue.teach is not None:  # what was typed meanwhile is said after it
            await self._screen.teach(self._dialogue.teach)


def _answered(accept: bool, criteria: list[str], reason: str) -> str:
    if accept:
        return f"You accepted{': ' + ', '.join(visible(c) for c in criteria) if criteria else ' it'}."
    return f"You rejected it{': ' + visible(reason) if reason else ''}."
