"""Queues the sentences that the user typed while other work was running."""

from assistant.tui.widgets.message import Message
from assistant.tui.widgets.transcript import Transcript
from tools.names import amount


class InputQueue:
    """Keeps sentences that wait to be sent, all of which are already in the transcript.

    Args:
        transcript: The transcript, which marks the sentences until they are sent.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._messages: list[Message] = []

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, text: str) -> None:
        """Add a sentence and show it as waiting."""
        self._messages.append(self._transcript.say_later(text))

    def take(self) -> str:
        """Remove and return the next sentence. Raises IndexError when none waits."""
        message = self._messages.pop(0)
        message.state = ""
        return message.text

    def drop(self) -> None:
        """Drop all sentences, and say so in one line if there were any."""
        dropped, self._messages = self._messages, []
        for message in dropped:
            message.state = "not sent"
        if dropped:
            verb = "was" if len(dropped) == 1 else "were"
            self._transcript.note(f"{amount(len(dropped), 'waiting sentence')} {verb} not sent.")
