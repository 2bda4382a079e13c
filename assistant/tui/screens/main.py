"""The main screen: conversation left, board right, input and status below."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key, Paste
from textual.widget import Widget
from textual.widgets import Footer

from assistant.chat.conversations import FIRST, Conversations
from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.greeting import greeting
from assistant.tui.boarddata import BoardData, board_data
from assistant.tui.edits import Edits
from assistant.tui.kept import Kept
from assistant.tui.keys import bindings
from assistant.tui.learning import Learning
from assistant.tui.screens.base import DeskScreen, ancestor_is
from assistant.tui.screens.choose import ChooseScreen
from assistant.tui.screens.cluster import ClusterScreen
from assistant.tui.screens.jump import Spot
from assistant.tui.screens.pile import PileScreen
from assistant.tui.screens.sessions import Choice, SessionsScreen
from assistant.tui.screens.teach import TeachScreen
from assistant.tui.talk import Talk
from assistant.tui.widgets.board import Board
from assistant.tui.widgets.clusteringtabs import ClusteringTab
from assistant.tui.widgets.conversation import Conversation
from assistant.tui.widgets.entry import Entry
from assistant.tui.widgets.status import StatusLine
from tools.errors import Cancelled, RegroupError

if TYPE_CHECKING:
    from assistant.chat.session import Session
    from assistant.desk import Desk

T = TypeVar("T")
ON_BOARD = "the keys are the board's now; esc goes back to typing"


class MainScreen(DeskScreen):
    """Talks with the session, shows the board, and takes edits by key.

    Args:
        choice: The folder, and the conversation about it.
        word: Why this is opened again, where something else could not be.
    """

    place: ClassVar[Where] = "main"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, choice: Choice, word: str = "") -> None:
        super().__init__()
        self._choice, self._word = choice, word
        self.talk_name = choice.thread or FIRST
        self.shown: str | None = None
        self.job: Job | None = None
        self.session: Session | None = None
        self._kept: Kept | None = None
        self.edits = Edits(self)
        self.learning = Learning(self)

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield Conversation(id="conversation")
            yield Board()
        yield Entry()
        yield StatusLine()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Type at once; the folder opens once this is painted: what it loads would hold the painting."""
        self.talk = Talk(self)
        self.entry.focus()
        self.call_after_refresh(lambda: self.start(self._open(), group="open"))

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
        with self.talk.busy():
            try:
                self.regroup.attach(await self.work("scan", self._open_desk))
            except RegroupError as error:
                self.regroup.give_up(error)
                return
            first = not await self.thread(self.desk.clusterings.all)
            self.conversation.say("assistant", greeting(self.desk.collection, first=first))
            try:
                for line in await self._place_new():
                    self.conversation.note(line)
                await self.refresh_board()
                self.talk_name = self._choice.thread or Conversations(self.desk.shelf).last
                self.session = await self.regroup.open_session(self.talk_name)
                await self.thread(Conversations(self.desk.shelf).use, self.talk_name)
                self._kept = await self.thread(Kept, self.desk, self.talk_name)
                await self.talk.resume(self.session, self._kept)
            except RegroupError as error:
                if not self.regroup.goes_back:
                    self.talk.waiting.drop()
                    raise
                self.regroup.give_up(error)
                return
            except Exception:
                self.talk.waiting.drop()
                raise
            self.regroup.opened()
            if self._word:
                self.conversation.error(self._word)
            await self.talk.settle()
            await self._offer()

    async def _place_new(self) -> list[str]:
        """Images that came since join the groups that there are; a line for each grouping that grew."""
        if not await self.thread(self.desk.new_images.find):
            return []
        try:
            return await self.work("placing new images", self.desk.new_images.place)
        except Cancelled:  # they are placed the next time
            return []

    def _open_desk(self, job: Job) -> "Desk":
        folder = self._choice.folder
        assert folder is not None
        return self.regroup.desk_factory(folder, self.regroup.settings, job)

    async def _offer(self) -> None:
        """Ask once whether a provider's model may think, where one could."""
        offer = self.session.offer if self.session is not None else None
        if offer is None or self.session is None:
            return
        choices = [("yes", Content("yes, for this collection")), ("no", Content("no, and do not ask again"))]
        answer = await self.app.push_screen_wait(ChooseScreen(offer.question, choices))
        if answer is not None:
            await self.thread(self.session.answer_offer, offer, answer == "yes")
            if answer == "yes":
                self.regroup.reopen(Choice(self.desk.collection.folder, self.talk_name))

    # -- work ------------------------------------------------------------------------------------------

    async def work(self, title: str, function: Callable[[Job], T]) -> T:
        """Call something long in a thread, with its progress in the status line."""
        with self.talk.busy():
            job = self.begin(title)
            try:
                return await self.thread(function, job)
            finally:
                self.end(job)

    def begin(self, title: str) -> Job:
        """Show that something began, in the status line."""
        self.job = Job(title, self.regroup.clock)
        self.status.begin(self.job)
        return self.job

    def end(self, job: Job) -> None:
        """It is over."""
        if self.is_attached:
            self.status.end(job)
        if self.job is job:
            self.job = None

    def cancel(self) -> bool:
        """Cancel what is running, and what waits to be said after it. False when nothing is running."""
        if self.job is None:
            return False
        self.talk.waiting.drop()
        self.job.cancel()
        if self.session is not None:
            self.start(self.session.cancel(), group="cancel")  # it waits until the work has stopped
        return True

    def pause(self) -> None:
        """Hold what is running, or let it go on."""
        if self.job is None:
            self.status.say("nothing is running")
            return
        self.job.pause(not self.job.paused)
        if self.session is not None:
            self.session.pause(self.job.paused)

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

    def point(self, clustering: str, cluster: str) -> None:
        """The user asked to see a group: put the board's cursor on it, so that one key shows its pictures."""
        if clustering == self.shown and self.board.display and self.board.point(cluster):
            self.status.say("esc, then enter: its pictures")

    def _read(self) -> tuple[BoardData, Any]:
        desk = self.desk
        current = desk.clusterings.current
        failed = len(desk.models.failures(current.criterion)) if current else 0
        return board_data(desk.collection, desk.clusterings.all(), current, failed), desk.status()

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
            current = self.desk.clusterings.current
            found = self.desk.models.failures(current.criterion) if current else {}
            return [(str(self.desk.collection.by_id(image).path), why) for image, why in found.items()]

        self.app.push_screen(PileScreen("No answer (say: ask again)", await self.thread(read)))

    def action_approval(self) -> None:
        """Show again what waits for an answer."""
        if self.talk.asked is None:
            teach = "; /teach asks you about pictures" if self.shown is not None else ""
            self.status.say(f"nothing waits for an answer{teach}")
        elif not self.talk.under_way:
            self.talk.start()

    def action_edit(self, name: str) -> None:
        """One of the edits: "merge", "split", ..."""
        if self.job is not None:
            self.status.say("still working; ctrl+c cancels")
        else:
            self.start(self._edit(name), group="edit")

    async def _edit(self, name: str) -> None:
        with self.talk.busy():
            await getattr(self.edits, name)()

    def action_turn(self, by: int) -> None:
        """The clustering to the left or right."""
        clustering = self.board.neighbour(by)
        if clustering is not None:
            self.start(self._choose(clustering), group="board")

    async def _choose(self, clustering: str) -> None:
        await self.thread(self.desk.clusterings.choose, clustering)
        await self.refresh_board()

    # -- focus -----------------------------------------------------------------------------------------

    def action_focus_input(self) -> None:
        self.status.unsay(ON_BOARD)
        self.entry.focus()

    def on_key(self, event: Key) -> None:
        """What is typed elsewhere and is no key there goes to the input line: a sentence, or a "/"."""
        # The input line lets no letter through: what comes here was typed before it had the focus.
        late = self.focused is self.entry
        if (late or event.key not in self.active_bindings) and event.is_printable and event.character:
            event.stop()
            self.typed(event.character)

    def on_paste(self, event: Paste) -> None:
        """The same for what is pasted."""
        if self.focused is not self.entry:
            self.entry.on_paste(event)
            self.entry.focus()

    def typed(self, text: str) -> None:
        """Go on typing in the input line."""
        self.status.unsay(ON_BOARD)
        self.set_focus(
            self.entry
        )  # now: `focus` waits for its turn, and the next letters would be keys of the board
        self.entry.insert_text_at_cursor(text)

    @on(Entry.Said)
    def _said(self, event: Entry.Said) -> None:
        self.talk.said(event.text)

    @on(Entry.Cut)
    def _cut(self) -> None:
        self.status.say("what you pasted was too long; its end is cut off")

    @on(Entry.Left)
    def action_focus_board(self) -> None:
        """To the board, when there is something on it."""
        if self.board.display and not self.board.empty:
            self.board.rows.focus()
            self.status.say(ON_BOARD)

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

    def action_teach(self) -> None:
        """Ask the user about the clustering that is shown."""
        if self.job is not None:
            self.status.say("still working; ctrl+c cancels")
        elif self.shown is None:
            self.status.say("there are no groups yet; say what to group by")
        else:
            self.learning.lesson(True)
            self.app.push_screen(TeachScreen(self.shown), partial(self._taught, self.shown))

    def _taught(self, clustering: str, nothing: None = None) -> None:
        """The lesson is over: learn from it slowly, too, where that is worth while."""
        self.learning.lesson(False)
        self.start(self.learning.begin(clustering), group="learning")

    async def teach(self, clustering: str) -> None:
        """Ask the user about a clustering, and wait until they have had enough."""
        self.learning.lesson(True)
        await self.app.push_screen_wait(TeachScreen(clustering))
        self._taught(clustering)

    def action_sessions(self) -> None:
        """Choose another conversation or another folder."""
        if self.session is None:
            self.status.say("one moment: the folder is still being opened")
            return

        def chosen(choice: Choice | None) -> None:
            if choice is not None and choice != Choice(self.desk.collection.folder, self.talk_name):
                self.regroup.reopen(choice)

        self.app.push_screen(
            SessionsScreen(self.regroup.settings.workspace, self.desk, self.talk_name), chosen
        )

    def action_new(self) -> None:
        """Begin a new conversation about this folder."""
        if self.session is None:
            self.status.say("one moment: the folder is still being opened")
            return
        thread = Conversations(self.desk.shelf).new()
        if thread == self.talk_name:
            self.status.say("this conversation is new")
        else:
            self.regroup.reopen(Choice(self.desk.collection.folder, thread))

    def action_slash(self, name: str) -> None:
        """A command by name, as if it was typed."""
        self.regroup.action_slash(name)

    def spots(self) -> list[Spot]:
        """A letter for the input line, the conversation, each clustering and each row in sight."""

        def row(at: int) -> None:
            self.board.rows.index = at
            self.board.rows.focus()

        spots = [Spot(self.entry.region.offset, self.entry.focus)]
        cards = self.conversation.cards()
        talk: Widget = cards[-1] if cards else self.conversation
        spots.append(Spot(self.conversation.region.offset, talk.focus))
        if self.board.display and not self.board.empty:
            for tab in self.board.query(ClusteringTab):
                spots.append(Spot(tab.region.offset, tab.on_click))
            seen = self.board.rows.region
            for at, item in enumerate(self.board.rows.children):
                if item.region.area and seen.contains_region(item.region):
                    spots.append(Spot(item.region.offset, partial(row, at)))
        return spots

    def action_card(self, by: int) -> None:
        """The tool card above or below."""
        cards = self.conversation.cards()
        if self.focused in cards:
            at = cards.index(self.focused) + by
            if 0 <= at < len(cards):
                cards[at].focus()
