"""A turn with the session: its events become messages, tool cards, progress, approvals and board changes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from assistant.chat.job import Job
from assistant.tui.kept import Kept
from assistant.tui.widgets.conversation import Conversation
from assistant.tui.widgets.message import Message
from assistant.tui.widgets.toolcard import ToolCard

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Turn


class Dialogue:
    """Shows the events of a session in the conversation.

    Args:
        conversation: Where turns and cards go.
        changed: Called when a clustering was made or changed.
    """

    def __init__(self, conversation: Conversation, changed: Callable[[], Awaitable[None]]) -> None:
        self._conversation = conversation
        self._changed = changed
        self._message: Message | None = None
        self._running: list[ToolCard] = []
        self.teach: str | None = None
        self.shown: tuple[str, str] | None = None

    async def follow(self, events: "AsyncIterator[Event]", job: Job) -> "Approval | None":
        """Show one stream of events until it ends. Returns what it asks to be approved, if it does.

        Then `teach` is the clustering about which the user is to be asked, and `shown` the clustering and the group
        that the user asked to see, if there are such.
        """
        from assistant.chat.session import Asked

        self._message = self.teach = self.shown = None
        asked: Approval | None = None
        try:
            async for event in events:
                if isinstance(event, Asked):
                    asked = event.approval
                else:
                    await self._show(event, job)
        finally:
            if asked is None:  # a tool that waits for an approval ends after the decision, in the next stream
                for card in self._running:
                    card.finish("stopped", False)
                self._running.clear()
        return asked

    def replay(self, turns: "list[Turn]", kept: Kept) -> None:
        """Show what was said before, and what edits by key left between it."""
        for number, turn in enumerate(turns):
            for line in kept.after(number, number + 1):
                self._conversation.note(line)
            if turn.role == "tool":
                self._conversation.card(turn.tool, turn.arguments).finish(turn.text, turn.ok)
            else:
                self._conversation.say(turn.role, turn.text)
        for line in kept.after(len(turns)):
            self._conversation.note(line)

    async def _show(self, event: "Event", job: Job) -> None:
        from assistant.chat import session as s

        match event:
            case s.Said(text=text, done=done):
                if self._message is None:
                    self._message = self._conversation.say("assistant")
                self._message.set_text(text)
                if done:
                    self._message = None
            case s.ToolStarted(name=name, arguments=arguments):
                self._message = None
                if not any(card.tool == name for card in self._running):
                    self._running.append(self._conversation.card(name, arguments))
                job.note(name.replace("_", " "), 0, 0)
            case s.ToolEnded(name=name, text=text, ok=ok):
                card = next((card for card in self._running if card.tool == name), None)
                if card is None:
                    card = self._conversation.card(name, {})
                else:
                    self._running.remove(card)
                card.finish(text, ok)
            case s.Worked(stage=stage, done=count, total=total):
                job.note(stage, count, total)
            case s.Changed():
                await self._changed()
            case s.Teach(clustering_id=clustering):
                self.teach = clustering
            case s.Shown(clustering_id=clustering, cluster_id=cluster):
                self.shown = clustering, cluster
