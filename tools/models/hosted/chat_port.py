"""Defines the port of a chat model with image input, and the ways in which one fails.

Nothing here knows a provider: an adapter in the assistant turns the errors of a provider's library into these, with
every key removed from their texts.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from tools.errors import RegroupError

Block = dict[str, str]
"""{"type": "text", "text": ...}, or {"type": "image", "media_type": "image/jpeg", "data": ...} with data in base64."""


@dataclass(frozen=True, slots=True)
class Message:
    """Holds one turn of a conversation.

    Attributes:
        role: "user" or "assistant"; there is no "system", which many small models do not know.
        content: Its texts and images, in order.
    """

    role: str
    content: tuple[Block, ...]


def text(words: str) -> Block:
    """Return a text as a block of a message."""
    return {"type": "text", "text": words}


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts the tokens of one request, as the host does."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds a model's answer to one request.

    Attributes:
        text: The text that the model wrote, unchecked.
        usage: The tokens, or None where the host does not count them.
        refused: Why the model refused to answer, or ""; asking again is no use then.
    """

    text: str
    usage: Usage | None
    refused: str = ""


class ChatModel(Protocol):
    """Answers one request with image input at a time, and never tries again by itself."""

    @property
    def name(self) -> str:
        """Name the model, and where it runs if that is not its provider; a part of cache keys."""
        ...

    @property
    def model(self) -> str:
        """Return the model's own name, by which price tables list it."""
        ...

    @property
    def host(self) -> str:
        """Return the host of requests, for people and price tables, such as "api.openai.com" or "10.0.0.5:8000"."""
        ...

    @property
    def origin(self) -> str:
        """Return the host with its scheme, for which consent is given."""
        ...

    @property
    def local(self) -> bool:
        """Return whether the model runs on this machine, so that nothing leaves it."""
        ...

    async def complete(self, messages: tuple[Message, ...], schema: dict[str, Any]) -> Answer:
        """Send one request.

        Args:
            messages: The conversation so far.
            schema: JSON schema of the answer, for hosts that can enforce it; others ignore it.

        Raises:
            Transient: The request may work later.
            Rejected: This request will never work, but others may.
            Fatal: No request will work.
        """
        ...


class ChatError(RegroupError):
    """A request to a hosted model failed. Its text is one line and contains no key."""


class Transient(ChatError):
    """Asking again may help: too many requests, an error of the server, a timeout, a lost connection.

    Attributes:
        wait: Seconds that the host asks to wait, or None.
        sent: Whether the host may have received the request; False where there was no connection.
        lost: Whether the host may have worked on it, so that it may be charged although no answer came.
    """

    def __init__(
        self, reason: str, wait: float | None = None, *, sent: bool = True, lost: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.sent = sent
        self.lost = lost


class Rejected(ChatError):
    """The host does not accept this request, for example because of the picture in it."""


class Fatal(ChatError):
    """The host accepts no request: the key is wrong, the credit is used up, or there is no such model."""


class Failed(ChatError):
    """There is no usable answer for one image or one judgement. The text is the reason that people see.

    Attributes:
        host: Whether the host failed rather than the answer; many of these in a row end the run.
    """

    def __init__(self, reason: str, *, host: bool = False) -> None:
        super().__init__(reason)
        self.host = host
