"""Lists the conversations about one collection: their threads, their titles, and which one was used last."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.text.formatting import sentence

if TYPE_CHECKING:
    from assistant.workspace import Shelf

FIRST = "main"
"""The thread of a collection's first conversation."""
_KEY = "conversations"
_LONGEST_TITLE = 80
"""The most characters of the first sentence that become a conversation's title."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Names the thread under which a conversation is kept, and its title, its first sentence ("" while empty)."""

    thread: str
    title: str


class Conversations:
    """Lists a collection's conversations, as its shelf keeps them.

    Args:
        shelf: The shelf of the open collection.
    """

    def __init__(self, shelf: "Shelf") -> None:
        self._shelf = shelf

    def all(self) -> list[Conversation]:
        """Return all conversations, the last used one first; there is always at least one."""
        noted = self._shelf.noted(_KEY, [])
        return [Conversation(str(thread), str(title)) for thread, title in noted] or [Conversation(FIRST, "")]

    @property
    def last(self) -> str:
        """Return the thread of the conversation that was used last."""
        return self.all()[0].thread

    def use(self, thread: str) -> None:
        """Make a conversation the last used one, whether it existed or not."""
        conversations = self.all()
        used = next((each for each in conversations if each.thread == thread), Conversation(thread, ""))
        self._note([used, *(each for each in conversations if each is not used and each.title)])

    def name_by_first_words(self, thread: str, text: str) -> None:
        """Make the first sentence of a conversation its title; later calls change nothing."""
        conversations = self.all()
        if any(each.thread == thread and not each.title for each in conversations):
            title = sentence(" ".join(text.split()))[:_LONGEST_TITLE]
            self._note([Conversation(thread, title) if c.thread == thread else c for c in conversations])

    def new(self) -> str:
        """Return a thread for a new conversation, or that of the last one if it is still empty."""
        conversations = self.all()
        if not conversations[0].title:
            return conversations[0].thread
        taken = {each.thread for each in conversations}
        return next(name for n in range(2, len(taken) + 3) if (name := f"talk-{n}") not in taken)

    def _note(self, conversations: list[Conversation]) -> None:
        self._shelf.note(_KEY, [(each.thread, each.title) for each in conversations])
