"""Takes the turns of a conversation: one at a time, while other sentences wait and pending approvals come first."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from assistant.chat.at_names import spelled_out
from assistant.chat.conversations import Conversations
from assistant.text.commands import typed
from assistant.tui.event_renderer import EventRenderer
from assistant.tui.input_queue import InputQueue
from assistant.tui.screens.approval_screen import Answer, ApprovalScreen
from assistant.tui.screens.criteria_screen import CriteriaScreen, Option
from assistant.tui.screens.export_screen import ExportFacts, ExportScreen
from assistant.tui.screens.plan_screen import PlanScreen
from assistant.tui.screens.sending_screen import SendingFacts, SendingScreen
from assistant.tui.screens.teach_screen import TeachScreen
from assistant.tui.screens.undo_screen import UndoScreen
from assistant.tui.turns_taken import TurnsTaken
from assistant.tui.widgets.transcript import Transcript
from tools.errors import RegroupError, UsageError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Decision, Event, Session
    from assistant.tui.protocols import HostScreen
    from assistant.tui.transcript_notes import TranscriptNotes


class TurnController:
    """Sends what the user types and decides, one turn at a time.

    Args:
        screen: The main screen.
        transcript: The transcript of the conversation.

    Attributes:
        queue: The sentences that were typed and not sent yet.
        approval: The pending approval, or None.
        taken: The turns of this run, of which the last can be taken back.
    """

    def __init__(self, screen: "HostScreen", transcript: Transcript) -> None:
        self._screen = screen
        self._transcript = transcript
        self._renderer = EventRenderer(transcript, screen.refresh_board)
        self._pieces = 0  # the pieces of work that must end before the next sentence is sent
        self.queue = InputQueue(transcript)
        self.approval: Approval | None = None
        self.taken = TurnsTaken(lambda: screen.desk.shelf)

    @property
    def is_busy(self) -> bool:
        """Return whether work is running that must end before the next sentence is sent."""
        return self._pieces > 0

    @property
    def can_talk(self) -> bool:
        """Return whether there is a conversation, and else say so."""
        if self._session is None:
            self._screen.show_status("the conversation could not be opened")
        return self._session is not None

    @property
    def _session(self) -> "Session | None":
        return self._screen.session

    async def resume(self, session: "Session", notes: "TranscriptNotes") -> None:
        """Show the turns of an earlier session, and continue with its pending approval."""
        self._renderer.replay(await session.history(), notes)
        self.approval = await session.pending()

    def submit(self, text: str) -> bool:
        """Take the user's text: run it if it is a command, else send it now or in its turn.

        Returns:
            Whether it was taken: not where there is no such command or no conversation.
        """
        screen = self._screen
        if self._session is None and not self.is_busy:
            screen.show_status("the conversation could not be opened")
            return False
        try:
            command = typed(text)
        except UsageError as error:
            screen.error(str(error))
            return False
        if command is not None:
            self._transcript.say("user", text)
            screen.host.action_slash(command[0].slash, command[1])
        elif self.is_busy:
            self.queue.add(text)
        else:
            self._transcript.say("user", text)
            self.start(text)
        self._transcript.anchor()
        return True

    def start(self, text: str | None = None, goes_back: bool = False) -> None:
        """Send a sentence, or with None ask for the decision of the pending approval, in a worker; `goes_back` is
        whether the sentence takes back a turn, and is none itself."""
        self._pieces += 1  # now, as the worker begins later and no second sentence may come between
        self._screen.start(self._take_turns(text, goes_back), group="talk")

    def go_back(self) -> bool:
        """Take back the last turn as a whole by saying so. Return whether it had changed anything."""
        sentence = self.taken.back()
        if not sentence:
            return False
        self._transcript.say("user", sentence)
        self.start(sentence, goes_back=True)
        self._transcript.anchor()
        return True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Let sentences wait during the block; they are sent when no work is running any more."""
        self._pieces += 1
        try:
            yield
        finally:
            self._release()

    async def decide_approvals(self) -> None:
        """Ask the user about the pending approval, and about any that follow, until none is pending."""
        from assistant.agent.approvals import typed as typed_decision
        from assistant.chat.session import PlanApproval

        while self.approval is not None and self._session is not None:
            approval = self.approval
            answer = await self._screen.ask(approval_screen(approval))
            if answer is None:
                waits = " What you typed before waits until then." if self.queue else ""
                self._transcript.note(
                    f"Postponed: F2 shows it again; answer yes, no, or what you want instead.{waits}"
                )
                return
            self.approval = None
            names = await self._screen.thread(self._session.group_names)
            said = typed_decision(answer.reason, approval, names) if answer.reason else None
            if (isinstance(approval, PlanApproval) and said) or (said and said.change):
                await self._follow(
                    self._session.say(answer.reason)
                )  # it may change the plan, as a typed one does
                continue
            self._transcript.note(_answer_text(answer))
            await self._follow(self._session.decide(decision(answer)))

    async def _take_turns(self, text: str | None, goes_back: bool) -> None:
        """Send `text` or ask for the decision of the pending approval; then send the waiting sentences."""
        try:
            await self._take_turn(text, goes_back)
            # A queued sentence was typed before the question was shown: it does not answer it.
            while self.approval is None and self.queue and self._session is not None:
                await self._take_turn(self.queue.take(), False)
        except Exception:
            self.queue.drop()  # they were meant to follow the turn that has just failed
            raise
        finally:
            self._release()

    async def _take_turn(self, text: str | None, goes_back: bool) -> None:
        before = await self._screen.thread(self.taken.now)
        try:
            if text is not None:
                await self._send(text)
            await self.decide_approvals()
        finally:
            if text is not None and not goes_back:
                with suppress(RegroupError):  # the folder may be closed by now
                    await self._screen.thread(self.taken.add, before)

    async def _send(self, text: str) -> None:
        if self._session is not None:  # while an approval waits, the session takes the text for a decision
            name_conversation = Conversations(self._screen.desk.shelf).name_by_first_words
            await self._screen.thread(name_conversation, self._screen.conversation_id, text)
            said = await self._screen.thread(spelled_out, text, self._screen.desk)
            await self._follow(self._session.say(said))

    def _release(self) -> None:
        self._pieces -= 1
        free = not self.is_busy and self.approval is None and self._session is not None
        if free and self.queue and self._screen.is_attached:
            self.start()

    async def _follow(self, events: "AsyncIterator[Event]") -> None:
        job = self._screen.begin("thinking")
        try:
            self.approval = await self._renderer.follow(events, job)
        finally:
            try:
                await self._screen.refresh_board()
            finally:
                self._screen.end(job)
        if self._renderer.shown_group is not None:
            await self._screen.show_group(*self._renderer.shown_group)
        if self._renderer.lesson is not None:  # what was typed meanwhile is sent after it
            await self._screen.ask(TeachScreen(self._renderer.lesson))


def approval_screen(approval: "Approval") -> ApprovalScreen:
    """Return the screen that shows an approval of the session."""
    from assistant.agent import wording
    from assistant.agent.approvals import CriteriaApproval, PlanApproval, SendApproval, UndoApproval

    if isinstance(approval, PlanApproval):
        return PlanScreen(wording.plan_lines(approval))
    if isinstance(approval, CriteriaApproval):
        return CriteriaScreen([Option.from_proposal(option) for option in approval.options], approval.basis)
    if isinstance(approval, SendApproval):
        return SendingScreen(SendingFacts.from_approval(approval))
    if isinstance(approval, UndoApproval):
        return UndoScreen(approval.text, wording.undo_plan(approval))
    return ExportScreen(ExportFacts.from_approval(approval))


def decision(answer: Answer) -> "Decision":
    """Return the user's answer as the session's decision."""
    from assistant.agent.changed_export import ExportChange
    from assistant.chat.session import Decision

    change = ExportChange(to=answer.target) if answer.target else None
    return Decision(accept=answer.accept, criteria=list(answer.criteria), reason=answer.reason, change=change)


def _answer_text(answer: Answer) -> str:
    if answer.accept:
        criteria = ", ".join(visible(criterion) for criterion in answer.criteria)
        return f"You accepted{': ' + criteria if criteria else ' it'}."
    if answer.target:
        return f"You chose another folder: {visible(answer.target)}."
    return f"You rejected it{': ' + visible(answer.reason) if answer.reason else ''}."
