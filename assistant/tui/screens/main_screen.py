"""Shows the main screen: transcript left, board right, input and status below."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key, Paste
from textual.widget import Widget
from textual.widgets import Footer

from assistant.chat.at_names import at_names
from assistant.chat.conversations import FIRST, Conversations
from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.greeting import greeting
from assistant.tui.background_tuning import BackgroundTuning
from assistant.tui.board_data import BoardData, Member, board_data
from assistant.tui.board_edits import BoardEdits
from assistant.tui.board_layout import MOST_OPEN
from assistant.tui.escape_keys import EscapeKeys
from assistant.tui.key_bindings import bindings
from assistant.tui.protocols import SessionChoice
from assistant.tui.renamed_folder import recognise_folder
from assistant.tui.screens.base import DeskScreen, lies_in
from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.tui.screens.jump_screen import JumpTarget
from assistant.tui.screens.pile_screen import PileScreen
from assistant.tui.transcript_notes import TranscriptNotes
from assistant.tui.turn_controller import TurnController
from assistant.tui.widgets.board import Board
from assistant.tui.widgets.clustering_tabs import ClusteringTab
from assistant.tui.widgets.input_line import InputLine
from assistant.tui.widgets.status_line import StatusLine
from assistant.tui.widgets.transcript import Transcript
from tools.errors import Cancelled, RegroupError

if TYPE_CHECKING:
    from assistant.chat.session import Session
    from assistant.desk import Desk, Status

T = TypeVar("T")

ON_BOARD = "keys now act on the board; esc goes back to typing"
"""The text of the status line while the board has the focus."""


class MainScreen(DeskScreen[None]):
    """Opens a folder, and shows the conversation about it beside the board.

    Args:
        choice: The folder, and the conversation about it.
        notice: Why this one is opened again, after another could not be opened.

    Attributes:
        job: The running job, which can be cancelled, or None.
        session: The conversation; None until it is open.
        conversation_id: The thread of the conversation.
        clustering_id: The id of the clustering on the board; None where there are no groups.
        transcript: The transcript of the conversation.
        board: The clusterings and their clusters.
        input_line: The input line.
        status: The status line.
        turns: The controller of the conversation's turns.
        edits: The edits by the keys of the board.
        tuning: The tuning after a lesson.
    """

    place: ClassVar[Where] = "main"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, choice: SessionChoice, notice: str = "") -> None:
        super().__init__()
        self._choice, self._notice = choice, notice
        self._notes: TranscriptNotes | None = None
        self.job: Job | None = None
        self.session: Session | None = None
        self.conversation_id = choice.thread or FIRST
        self.clustering_id: str | None = None
        self.transcript = Transcript(id="transcript")
        self.board = Board()
        self.input_line = InputLine()
        self.status = StatusLine()
        self.turns = TurnController(self, self.transcript)
        self.edits = BoardEdits(self, self.board)
        self.tuning = BackgroundTuning(self)
        self._escapes = EscapeKeys(self.turns, self.input_line, self.show_status)

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield self.transcript
            yield self.board
        yield self.input_line
        yield self.status
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Let the user type at once, and open the folder after the first paint, which its imports would delay."""
        self.input_line.focus()
        self.call_after_refresh(lambda: self.start(self._glance(), group="glance"))
        self.call_after_refresh(lambda: self.start(self._open(), group="open"))

    # -- opening ---------------------------------------------------------------------------------------

    async def _open(self) -> None:
        with self.turns.busy():
            if self._choice.first:
                self.turns.submit(self._choice.first)  # it waits until the folder is open
            try:
                assert self._choice.folder is not None
                await recognise_folder(self, self._choice.folder)
                self.host.attach(await self.work("scan", self._load_desk))
            except RegroupError as error:
                self.host.abandon_opening(error)
                return
            first = not await self.thread(self.desk.clusterings.all)
            changed = self.desk.since_last.lines()
            self.transcript.say("assistant", greeting(self.desk.collection, first=first, changed=changed))
            for line in self.desk.skipped:
                self.note(line)
            try:
                for line in await self._place_new_images():
                    self.note(line)
                await self.refresh_board()
                await self._open_session()
            except RegroupError as error:
                if not self.host.can_go_back:
                    self.turns.queue.drop()
                    raise
                self.host.abandon_opening(error)
                return
            except Exception:
                self.turns.queue.drop()
                raise
            self.host.finish_opening()
            if self._notice:
                self.error(self._notice)
            await self.turns.decide_approvals()
            await self._offer_model()

    async def _glance(self) -> None:
        """Show pictures of the folder while it is being read."""

        def first_pictures() -> list[Path]:
            from tools.scan.collection import glance  # in the thread: it takes as long as the first paint

            assert self._choice.folder is not None
            return glance(self._choice.folder, MOST_OPEN)

        await self.board.sheet.show(await self.thread(first_pictures))

    def _load_desk(self, job: Job) -> "Desk":
        folder = self._choice.folder
        assert folder is not None
        return self.host.load_desk(folder, job)

    async def _place_new_images(self) -> list[str]:
        """Place new images in the existing groups. Returns a line for each grouping that grew."""
        if not await self.thread(self.desk.new_images.find):
            return []
        try:
            return await self.work("placing new images", self.desk.new_images.place)
        except Cancelled:  # they are placed the next time
            return []

    async def _open_session(self) -> None:
        conversations = Conversations(self.desk.shelf)
        self.conversation_id = self._choice.thread or conversations.last
        self.session = await self.host.open_session(self.conversation_id)
        await self.thread(conversations.use, self.conversation_id)
        self._notes = await self.thread(TranscriptNotes, self.desk, self.conversation_id)
        await self.turns.resume(self.session, self._notes)

    async def _offer_model(self) -> None:
        """Ask once whether a provider's model may be used, if there is one."""
        offer = self.session.offer if self.session is not None else None
        if offer is None or self.session is None:
            return
        choices = [("yes", Content("yes, for this collection")), ("no", Content("no, and do not ask again"))]
        answer = await self.ask(ChoiceScreen(offer.question, choices))
        if answer is not None:
            await self.thread(self.session.answer_offer, offer, answer == "yes")
            if answer == "yes":
                self.host.reopen(SessionChoice(self.desk.collection.folder, self.conversation_id))

    # -- work ------------------------------------------------------------------------------------------

    async def work(self, title: str, function: Callable[[Job], T]) -> T:
        """Call a long function in a thread, with its progress in the status line; sentences typed meanwhile wait."""
        with self.turns.busy():
            job = self.begin(title)
            try:
                return await self.thread(function, job)
            finally:
                self.end(job)

    def begin(self, title: str) -> Job:
        """Begin a job, show it in the status line, and return it."""
        self.job = Job(title, self.host.clock)
        self.status.begin(self.job)
        return self.job

    def end(self, job: Job) -> None:
        """End a job and remove it from the status line."""
        if self.is_attached:
            self.status.end(job)
        if self.job is job:
            self.job = None

    def cancel(self) -> bool:
        """Cancel the running work and the waiting sentences. Returns False when nothing is running."""
        if self.job is None:
            return False
        self.turns.queue.drop()
        self.job.cancel()
        if self.session is not None:
            self.start(self.session.cancel(), group="cancel")  # it waits until the work has stopped
        return True

    def pause(self) -> None:
        """Pause or resume the running work."""
        if self.job is None:
            self.show_status("nothing is running")
            return
        self.job.pause(not self.job.paused)
        if self.session is not None:
            self.session.pause(self.job.paused)

    def lesson_began(self) -> None:
        """Pause the tuning: until the end of the lesson only answers may change the groups."""
        self.tuning.pause(True)

    def lesson_ended(self, clustering: str) -> None:
        """Tune to the answers in the background, if there are enough of them."""
        self.tuning.pause(False)
        self.start(self.tuning.run(clustering), group="tuning")

    # -- conversation ----------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Add a quiet line to the transcript."""
        self.transcript.note(text)

    def error(self, text: str) -> None:
        """Add an error to the transcript."""
        self.transcript.error(text)

    def fail(self, line: str) -> None:
        """Show an error in the transcript."""
        self.error(line)

    async def keep_note(self, line: str) -> None:
        """Add a quiet line to the transcript that is shown again on reopening."""
        self.note(line)
        if self._notes is not None and self.session is not None:
            await self.thread(self._notes.add, len(await self.session.history()), line)

    def show_status(self, text: str) -> None:
        """Show a short text in the status line, unless a job is shown there."""
        self.status.say(text)

    @on(InputLine.Sent)
    def _sent(self, event: InputLine.Sent) -> None:
        if self.turns.submit(event.text):
            self.input_line.remember(event.text)

    @on(InputLine.Cut)
    def _cut(self) -> None:
        self.show_status("the pasted text was too long; its end is cut off")

    def action_approval(self) -> None:
        """Show the pending approval again."""
        if self.turns.approval is None:
            teach = "; /teach asks you about pictures" if self.clustering_id is not None else ""
            self.show_status(f"nothing is waiting for an answer{teach}")
        elif not self.turns.is_busy:
            self.turns.start()

    def action_new(self) -> None:
        """Start a new conversation about this folder."""
        if self.session is None:
            self.show_status("one moment: the folder is still being opened")
            return
        thread = Conversations(self.desk.shelf).new()
        if thread == self.conversation_id:
            self.show_status("this conversation is new")
        else:
            self.host.reopen(SessionChoice(self.desk.collection.folder, thread))

    # -- board -----------------------------------------------------------------------------------------

    def reload_board(self) -> None:
        """Refresh the board in the background."""
        self.start(self.refresh_board(), group="board")

    async def refresh_board(self) -> None:
        """Read the data of the board again and paint it."""
        data, status = await self.thread(self._read_board)
        self.clustering_id = data.current
        await self.board.show(data)
        self.status.show(status)
        self.input_line.names = await self.thread(at_names, self.desk)

    async def show_group(self, clustering: str, cluster: str) -> None:
        """Show the pictures of a cluster on the board, beside the conversation."""

        def read() -> list[Member]:
            desk = self.desk
            shown = desk.clusterings.get(clustering)
            if cluster not in {each.id for each in shown.clusters}:
                return []  # a later step of the turn merged it with another
            members = shown.members(cluster)
            return [Member(sha, desk.collection.number(sha)) for sha in members[:MOST_OPEN]]

        on_board = clustering == self.clustering_id and self.board.display
        members = await self.thread(read) if on_board else []
        if members and await self.board.open(cluster, members):
            self.show_status("esc, then enter: all of its pictures")

    def _read_board(self) -> "tuple[BoardData, Status]":
        desk = self.desk
        current = desk.clusterings.current
        failed = len(desk.models.failures(current.criterion)) if current else 0
        return board_data(desk.collection, desk.clusterings.all(), current, failed), desk.status()

    @on(Board.ClusteringChosen)
    def _clustering_chosen(self, event: Board.ClusteringChosen) -> None:
        self.start(self._choose(event.clustering), group="board")

    @on(Board.RowOpened)
    def _row_opened(self, event: Board.RowOpened) -> None:
        collection = self.desk.collection
        if event.what == "duplicates":
            files = [(str(d.path), f"as {collection.by_id(d.of).path}") for d in collection.duplicates]
            self.app.push_screen(PileScreen("Duplicates", files))
        elif event.what == "failed":
            self.start(self._show_failed(), group="board")
        elif event.what == "unreadable":
            files = [(str(u.path), u.reason) for u in collection.unreadable]
            self.app.push_screen(PileScreen("Unreadable", files))
        elif self.clustering_id is not None:
            self.app.push_screen(ClusterScreen(self.clustering_id, event.what))

    async def _show_failed(self) -> None:
        def read() -> list[tuple[str, str]]:
            desk = self.desk
            current = desk.clusterings.current
            failures = desk.models.failures(current.criterion) if current else {}
            return [(str(desk.collection.by_id(image).path), why) for image, why in failures.items()]

        self.app.push_screen(PileScreen("No answer (say: ask again)", await self.thread(read)))

    def action_edit(self, name: str) -> None:
        """Run one of the edits by the name of its method: "merge", "split", ..."""
        if self.job is not None:
            self.show_status("still working; ctrl+c cancels")
        else:
            self.start(self._edit(name), group="edit")

    async def _edit(self, name: str) -> None:
        with self.turns.busy():
            await getattr(self.edits, name)()

    def action_turn(self, by: int) -> None:
        """Show the clustering `by` tabs to the right."""
        clustering = self.board.neighbour(by)
        if clustering is not None:
            self.start(self._choose(clustering), group="board")

    async def _choose(self, clustering: str) -> None:
        await self.thread(self.desk.clusterings.choose, clustering)
        await self.refresh_board()

    # -- focus -----------------------------------------------------------------------------------------

    def on_key(self, event: Key) -> None:
        """Pass on to the input line what is typed elsewhere and is not a key there, such as a sentence or a "/"."""
        # The input line lets no letter through: what comes here was typed before it had the focus.
        late = self.focused is self.input_line
        if (late or event.key not in self.active_bindings) and event.is_printable and event.character:
            event.stop()
            self.type_text(event.character)

    def on_paste(self, event: Paste) -> None:
        """Pass pasted text on to the input line."""
        if self.focused is not self.input_line:
            self.input_line.on_paste(event)
            self.input_line.focus()

    def type_text(self, text: str) -> None:
        """Focus the input line and continue typing there."""
        self.status.withdraw(ON_BOARD)
        # now: `focus` waits for its turn, and the next letters would be keys of the board
        self.set_focus(self.input_line)
        self.input_line.insert_text_at_cursor(text)

    def action_focus_input(self) -> None:
        """Focus the input line."""
        self.status.withdraw(ON_BOARD)
        self.input_line.focus()

    @on(InputLine.Left)
    def _escaped(self) -> None:
        if not self.cancel() and not self._escapes.pressed():
            self.action_focus_board()

    def action_leave_board(self) -> None:
        """Focus the input line; the second escape in a row also goes back a step."""
        self.action_focus_input()
        self._escapes.pressed()

    def action_focus_board(self) -> None:
        """Focus the board if it is not empty."""
        if self._board_has_rows:
            self.board.rows.focus()
            self.show_status(ON_BOARD)

    def action_toggle_board(self) -> None:
        """Show or hide the board."""
        self.board.display = not self.board.display
        self.input_line.focus()

    def action_next_part(self) -> None:
        """Focus the next part: input line, board, transcript."""
        self._focus_part(1)

    def action_previous_part(self) -> None:
        """Focus the previous part."""
        self._focus_part(-1)

    def _focus_part(self, by: int) -> None:
        stops: list[tuple[type[Widget], Widget]] = [(InputLine, self.input_line)]
        if self._board_has_rows:
            stops.append((Board, self.board.rows))
        stops.append((Transcript, self._transcript_stop))
        here = next((i for i, (part, _) in enumerate(stops) if lies_in(self.focused, part)), 0)
        stops[(here + by) % len(stops)][1].focus()

    def action_card(self, by: int) -> None:
        """Focus the tool card `by` cards further down."""
        cards = self.transcript.cards()
        if self.focused in cards:
            at = cards.index(self.focused) + by
            if 0 <= at < len(cards):
                cards[at].focus()

    def jump_targets(self) -> list[JumpTarget]:
        """Return the input line, the transcript, each clustering and each row in sight as targets."""

        def row(at: int) -> None:
            self.board.rows.index = at
            self.board.rows.focus()

        targets = [
            JumpTarget(self.input_line.region.offset, self.input_line.focus),
            JumpTarget(self.transcript.region.offset, self._transcript_stop.focus),
        ]
        if self._board_has_rows:
            for tab in self.board.query(ClusteringTab):
                targets.append(JumpTarget(tab.region.offset, tab.on_click))
            in_sight = self.board.rows.region
            for at, item in enumerate(self.board.rows.children):
                if item.region.area and in_sight.contains_region(item.region):
                    targets.append(JumpTarget(item.region.offset, partial(row, at)))
        return targets

    @property
    def _board_has_rows(self) -> bool:
        return bool(self.board.display and not self.board.empty)

    @property
    def _transcript_stop(self) -> Widget:
        """Return the part of the transcript that takes the focus: its last tool card, or the transcript itself."""
        cards = self.transcript.cards()
        return cards[-1] if cards else self.transcript
