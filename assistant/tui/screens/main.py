"""The main screen: conversation left, board right, input and status below."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Footer

from assistant.tui.approvals import approval_screen, ask, decision
from assistant.tui.boarddata import BoardData, board_data
from assistant.tui.commands import bindings
from assistant.tui.dialogue import Dialogue
from assistant.tui.edits import Edits
from assistant.tui.greeting import greeting
from assistant.tui.job import Job
from assistant.tui.kept import Kept
from assistant.tui.screens.base import DeskScreen, ancestor_is
from assistant.tui.screens.cluster import ClusterScreen
from assistant.tui.screens.pile import PileScreen
from assistant.tui.waiting import Waiting
from assistant.tui.widgets.board import Board
from assistant.tui.widgets.conversation import Conversation
from assistant.tui.widgets.entry import SUGGESTION, Entry
from assistant.tui.widgets.status import StatusLine
from tools.errors import RegroupError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.session import Approval, Event, Session

T = TypeVar("T")


class MainScreen(DeskScreen):
    """Talks with the session, shows the board, and takes edits by key."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("main")]

    def __init__(self) -> None:
        super().__init__()
        self.shown: str | None = None
        self.job: Job | None = None
        self.session: Session | None = None
        self._asked: Approval | None = None
        self._under_way = 0
        self._kept: Kept | None = None
        self._edits = Edits(self)

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield Conversation(id="conversation")
            yield Board()
        yield Entry()
        yield StatusLine()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Type at once; the folder opens meanwhile."""
        self._dialogue = Dialogue(self.conversation, self.refresh_board)
        self.waiting = Waiting(self.conversation)
        self.entry.focus()
        self.start(self._open(), group="open")

    @property
    def conversation(self) -> Conversation:
        """The left part."""
        return self.query_one(Conversation)

    @property
    def board(self) -> Board:
        """The right part."""
        return self.query_one(Board)

    @property
    def entry(self) -> Entry:
        """The input line."""
        return self.query_one(Entry)

    @property
    def status(self) -> StatusLine:
        """The status line."""
        return self.query_one(StatusLine)

    # -- opening ---------------------------------------------------------------------------------------

    async def _open(self) -> None:
        with self._busy():
            try:
                self.regroup.attach(await self.work("scan", self.regroup.desk_factory))
            except RegroupError as error:
                self.regroup.give_up(error)
                return
            self.conversation.say("assistant", greeting(self.desk.collection, SUGGESTION))
            try:
                await self.refresh_board()
                self.session = await self.regroup.open_session()
                self._kept = await self.thread(Kept, self.desk)
                self._dialogue.replay(await self.session.history(), self._kept)
                self._asked = await self.session.pending()
            except Exception:
                self.waiting.drop()
                raise
            await self._settle()

    # -- talking ---------------------------------------------------------------------------------------

    @on(Entry.Said)
    def _said(self, event: Entry.Said) -> None:
        if self.session is None and not self._under_way:
            self.status.say("the conversation could not be opened")
            return
        self.entry.accepted(event.text)
        if self._under_way:
            self.waiting.add(event.text)
        else:
            self.conversation.say("user", event.text)
            self._start_talk(event.text)
        self.conversation.anchor()

    def _start_talk(self, text: str | None = None) -> None:
        self._under_way += 1  # now: the worker begins later, and a second sentence must not come between
        self.start(self._talk(text), group="talk")

    async def _talk(self, text: str | None) -> None:
        """Say `text` or have what waits for approval decided; then say what was typed meanwhile."""
        try:
            if text is not None:
                await self._say(text)
            await self._settle()
            # A waiting sentence was typed before the question was seen: it is no answer to it.
            while self._asked is None and self.waiting and self.session is not None:
                await self._say(self.waiting.take())
                await self._settle()
        except Exception:
            self.waiting.drop()  # they were meant for after what has just failed
            raise
        finally:
            self._release()

    async def _say(self, text: str) -> None:
        if self.session is not None:  # while an approval waits, the session takes the text for a decision
            await self._follow(self.session.say(text))

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """What is typed meanwhile waits, and is said when nothing is under way any more."""
        self._under_way += 1
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        self._under_way -= 1
        free = not self._under_way and self._asked is None and self.session is not None
        if free and self.waiting and self.is_attached:
            self._start_talk()

    async def _settle(self) -> None:
        """Ask for what waits to be approved, and what comes of that, until nothing does."""
        while self._asked is not None and self.session is not None:
            answer = await ask(self.app, approval_screen(self._asked))
            if answer is None:
                waits = " What you typed waits until then." if self.waiting else ""
                self.conversation.note(
                    f"Decide later: it is asked again when you type, or when you come back.{waits}"
                )
                return
            self._asked = None
            self.conversation.note(_answered(answer.accept, answer.criteria, answer.reason))
            await self._follow(self.session.decide(decision(answer)))

    async def _follow(self, events: "AsyncIterator[Event]") -> None:
        job = self._begin("thinking")
        try:
            self._asked = await self._dialogue.follow(events, job)
        finally:
            try:
                await self.refresh_board()
            finally:
                self._end(job)

    # -- work ------------------------------------------------------------------------------------------

    async def work(self, title: str, function: Callable[[Job], T]) -> T:
        """Call something long in a thread, with its progress in the status line."""
        with self._busy():
            job = self._begin(title)
            try:
                return await self.thread(function, job)
            finally:
                self._end(job)

    def _begin(self, title: str) -> Job:
        self.job = Job(title, self.regroup.clock)
        self.status.begin(self.job)
        return self.job

    def _end(self, job: Job) -> None:
        if self.is_attached:
            self.status.end(job)
        if self.job is job:
            self.job = None

    def cancel(self) -> bool:
        """Cancel what is running, and what waits to be said after it. False when nothing is running."""
        if self.job is None:
            return False
        self.waiting.drop()
        self.job.cancel()
        if self.session is not None:
            self.start(self.session.cancel(), group="cancel")  # it waits until the work has stopped
        return True

    async def leave(self, line: str) -> None:
        """Say what an edit by key has done, now and on reopening."""
        self.conversation.note(line)
        if self._kept is not None and self.session is not None:
            await self.thread(self._kept.add, len(await self.session.history()), line)

    # -- board -----------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the board again, beside other work."""
        self.start(self.refresh_board(), group="board")

    async def refresh_board(self) -> None:
        """Read the board again and paint it."""
        data, status = await self.thread(self._read)
        self.shown = data.current
        await self.board.show(data)
        self.status.show(status)

    def _read(self) -> tuple[BoardData, Any]:
        desk = self.desk
        current = desk.current
        failed = len(desk.failures(current.criterion)) if current else 0
        return board_data(desk.collection, desk.clusterings(), current, failed), desk.status()

    @on(Board.Turned)
    def _turned(self, event: Board.Turned) -> None:
        self.start(self._choose(event.clustering), group="board")

    @on(Board.Opened)
    def _opened(self, event: Board.Opened) -> None:
        if event.what == "duplicates":
            files = [
                (str(d.path), f"as {self.desk.collection.by_id(d.of).path}")
                for d in self.desk.collection.duplicates
            ]
            self.app.push_screen(PileScreen("Duplicates", files))
        elif event.what == "failed":
            self.start(self._show_failed(), group="board")
        elif event.what == "unreadable":
            files = [(str(u.path), u.reason) for u in self.desk.collection.unreadable]
            self.app.push_screen(PileScreen("Unreadable", files))
        elif self.shown is not None:
            self.app.push_screen(ClusterScreen(self.shown, event.what))

    async def _show_failed(self) -> None:
        def read() -> list[tuple[str, str]]:
            current = self.desk.current
            found = self.desk.failures(current.criterion) if current else {}
            return [(str(self.desk.collection.by_id(image).path), why) for image, why in found.items()]

        self.app.push_screen(PileScreen("No answer (say: ask again)", await self.thread(read)))

    def action_approval(self) -> None:
        """Show again what waits for an answer."""
        if self._asked is None:
            self.status.say("nothing waits for an answer")
        elif not self._under_way:
            self._start_talk()

    def action_edit(self, name: str) -> None:
        """One of the edits: "merge", "split", ..."""
        if self.job is not None:
            self.status.say("still working; ctrl+c cancels")
        else:
            self.start(self._edit(name), group="edit")

    async def _edit(self, name: str) -> None:
        with self._busy():
            await getattr(self._edits, name)()

    def action_turn(self, by: int) -> None:
        """The clustering to the left or right."""
        clustering = self.board.neighbour(by)
        if clustering is not None:
            self.start(self._choose(clustering), group="board")

    async def _choose(self, clustering: str) -> None:
        await self.thread(self.desk.choose, clustering)
        await self.refresh_board()

    # -- focus -----------------------------------------------------------------------------------------

    def action_focus_input(self) -> None:
        self.entry.focus()

    @on(Entry.Left)
    def action_focus_board(self) -> None:
        """To the board, when there is something on it."""
        if self.board.display and not self.board.empty:
            self.board.rows.focus()

    def action_toggle_board(self) -> None:
        self.board.display = not self.board.display
        self.entry.focus()

    def action_next_part(self) -> None:
        self._go(1)

    def action_previous_part(self) -> None:
        self._go(-1)

    def _go(self, by: int) -> None:
        cards = self.conversation.cards()
        stops: list[Widget] = [
            self.entry,
            *([self.board.rows] if self.board.display and not self.board.empty else []),
        ]
        stops.append(cards[-1] if cards else self.conversation)
        inside = (Entry, Board, Conversation)
        here = next(
            (
                i
                for i, s in enumerate(stops)
                for k in inside
                if ancestor_is(s, k) and ancestor_is(self.focused, k)
            ),
            0,
        )
        stops[(here + by) % len(stops)].focus()

    def action_card(self, by: int) -> None:
        """The tool card above or below."""
        cards = self.conversation.cards()
        if self.focused in cards:
            at = cards.index(self.focused) + by
            if 0 <= at < len(cards):
                cards[at].focus()


def _answered(accept: bool, criteria: list[str], reason: str) -> str:
    if accept:
        return f"You accepted{': ' + ', '.join(visible(c) for c in criteria) if criteria else ' it'}."
    return f"You rejected it{': ' + visible(reason) if reason else ''}."
