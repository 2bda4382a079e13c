"""Displays a session's events as messages, tool cards, progress and changes of the board."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from assistant.chat.job import Job
from assistant.tui.transcript_notes import TranscriptNotes
from assistant.tui.widgets.message import Message
from assistant.tui.widgets.tool_card import ToolCard
from assistant.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Turn


class EventRenderer:
    """Shows the streams of events, one after the other, in the transcript.

    Args:
        transcript: The transcript for turns and cards.
        changed: Called when a clustering was made or changed.

    Attributes:
        lesson: The id of the clustering that the last stream asked to teach; None where it asked for none.
        shown_group: The clustering and the group that the last stream asked to show; None where it asked for none.
    """

    def __init__(self, transcript: Transcript, changed: Callable[[], Awaitable[None]]) -> None:
        self._transcript = transcript
        self._changed = changed
        self._message: Message | None = None  # the one that streams in
        self._running: list[ToolCard] = []
        self.lesson: str | None = None
        self.shown_group: tuple[str, str] | None = None

    async def follow(self, events: "AsyncIterator[Event]", job: Job) -> "Approval | None":
        """Show one stream of events until it ends. Returns the approval that it asks for; None for none."""
        from assistant.chat.session import ApprovalRequested

        self._message = self.lesson = self.shown_group = None
        approval: Approval | None = None
        try:
            async for event in events:
                if isinstance(event, ApprovalRequested):
                    approval = event.approval
                else:
                    await self._show(event, job)
        finally:
            if (
                approval is None
            ):  # a tool that waits for an approval ends in the next stream, after the decision
                for card in self._running:
                    card.finish("stopped", False)
                self._running.clear()
        return approval

    def replay(self, turns: "list[Turn]", notes: TranscriptNotes) -> None:
        """Show the turns of an earlier session, and the notes that were left between them."""
        for number, turn in enumerate(turns):
            for line in notes.after(number, number + 1):
                self._transcript.note(line)
            if turn.role == "tool":
                self._transcript.card(turn.tool, turn.arguments).finish(turn.text, turn.ok)
            else:
                self._transcript.say(turn.role, turn.text)
        for line in notes.after(len(turns)):
            self._transcript.note(line)

    async def _show(self, event: "Event", job: Job) -> None:
        from assistant.chat.session import (
            ClusteringChanged,
            GroupShown,
            MessageText,
            TeachingRequested,
            ToolEnded,
            ToolStarted,
            WorkProgress,
        )

        match event:
            case MessageText(text=text, done=done):
                if self._message is None:
                    self._message = self._transcript.say("assistant")
                self._message.set_text(text)
                if done:
                    self._message = None
            case ToolStarted(name=name, arguments=arguments):
                self._message = None
                if not any(card.tool == name for card in self._running):
                    self._running.append(self._transcript.card(name, arguments))
                job.note(name.replace("_", " "), 0, 0)
            case ToolEnded(name=name, text=text, ok=ok):
                card = next((card for card in self._running if card.tool == name), None)
                if card is None:
                    card = self._transcript.card(name, {})
                else:
                    self._running.remove(card)
                card.finish(text, ok)
            case WorkProgress(stage=stage, done=count, total=total):
                job.note(stage, count, total)
            case ClusteringChanged():
                await self._changed()
            case TeachingRequested(clustering_id=clustering):
                self.lesson = clustering
            case GroupShown(clustering_id=clustering, cluster_id=cluster):
                self.shown_group = clustering, cluster
