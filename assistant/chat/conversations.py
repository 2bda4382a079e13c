"""The conversations about one collection: which there are, what each began with, and which was the last."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.text.formatting import sentence

if TYPE_CHECKING:
    from assistant.workspace import Shelf

FIRST = "main"
_KEY = "conversations"
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation: the thread that the session keeps it under, and what was said first in it ("" so far)."""

    thread: str
    title: str


class Conversations:
    """What the shelf knows about conversations, the last one first.

    Args:
        shelf: Of the open collection.
    """

    def __init__(self, shelf: "Shelf") -> None:
        self._shelf = shelf

    def all(self) -> list[Conversation]:
        """Every conversation, the one that was used last first; there is always one."""
        noted = self._shelf.noted(_KEY, [])
        return [Conversation(str(thread), str(title)) for thread, title in noted] or [Conversation(FIRST, "")]

    @property
    def last(self) -> str:
        """The thread of the conversation that was used last."""
        return self.all()[0].thread

    def use(self, thread: str) -> None:
        """Remember that a conversation is the last one from now on, whether there was such a one or not."""
        there = self.all()
        used = next((each for each in there if each.thread == thread), Conversation(thread, ""))
        self._note([used, *(each for each in there if each is not used and each.title)])

    def said(self, thread: str, text: str) -> None:
        """What was said first is what a conversation is called by; what is said later changes nothing."""
        there = self.all()
        if any(each.thread == thread and not each.title for each in there):
            title = sentence(" ".join(text.split()))[:_LONGEST]
            self._note([Conversation(thread, title) if c.thread == thread else c for c in there])

    def new(self) -> str:
        """A thread for a new conversation; one in which nothing was said yet is as good as new."""
        there = self.all()
        if not there[0].title:
            return there[0].thread
        taken = {each.thread for each in there}
        return next(name for n in range(2, len(taken) + 3) if (name := f"talk-{n}") not in taken)

    def _note(self, there: list[Conversation]) -> None:
        self._shelf.note(_KEY, [(each.thread, each.title) for each in there])
