"""Sentences that the user typed while something else was under way."""

from assistant.tui.widgets.conversation import Conversation
from assistant.tui.widgets.message import Message
from tools.names import amount


class Waiting:
    """A queue of sentences, each of which already stands in the conversation.

    Args:
        conversation: Where the sentences stand, marked, until they are sent.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._sentences: list[Message] = []

    def __len__(self) -> int:
        return len(self._sentences)

    def add(self, text: str) -> None:
        """Show a sentence as one that waits for its turn."""
        self._sentences.append(self._conversation.wait(text))

    def take(self) -> str:
        """The sentence whose turn it is. Raises IndexError when none waits."""
        message = self._sentences.pop(0)
        message.state = ""
        return message.text

    def drop(self) -> None:
        """Send none of them, and say so in one line if there were any."""
        dropped, self._sentences = self._sentences, []
        for message in dropped:
            message.state = "not sent"
        if dropped:
            verb = "was" if len(dropped) == 1 else "were"
            self._conversation.note(f"{amount(len(dropped), 'waiting sentence')} {verb} not sent.")
